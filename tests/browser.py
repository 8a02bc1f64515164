"""The web app in somebody's browser."""

import json
from typing import Any

from flask_jwt_extended import create_access_token, decode_token

from app.models import User

JSON, JSONAPI = "application/json", "application/vnd.api+json"


class Browser:
    """Its loader sends plain JSON, its store JSON:API; both accept JSON:API. What it asks for must succeed."""

    def __init__(self, client: Any, user: User | None):
        """A visitor has no user; what the app asks as «public» it asks as a visitor."""
        self.client = client
        self.headers = {"Accept": JSONAPI}
        if user is not None:
            self.headers["Authorization"] = f"JWT {create_access_token(user.id)}"

    def log_in(self, email: str, password: str) -> Any:
        """The form for it, and whom the page then greets."""
        both = {"Accept": JSON, "Content-Type": JSON}
        body = {"username": email, "password": password, "remember-me": False, "include-in-response": False}
        answer = self.client.post("/auth/session", json=body, headers=both)
        assert answer.status_code == 200, answer.json
        self.headers["Authorization"] = f"JWT {answer.json['access_token']}"
        me = decode_token(answer.json["access_token"])["identity"]
        return self.get(f"/v1/users/{me}")["data"]

    def load(self, method: str, url: str, body: Any = None) -> Any:
        """A call of the loader; without a body it still names its content type."""
        data = None if body is None else json.dumps(body)
        return self._answer(method, url, data, JSON).json

    def download(self, url: str) -> bytes:
        """A PDF that the loader fetches, and the page saves."""
        answer = self._answer("GET", url, None, JSON)
        assert answer.content_type == "application/pdf"
        content: bytes = answer.data
        return content

    def get(self, url: str, **query: Any) -> Any:
        """A call of the store; the filter is given as nodes, and sent as JSON."""
        if "filter" in query and not isinstance(query["filter"], str):
            query["filter"] = json.dumps(query["filter"])
        return self._answer("GET", url, None, JSONAPI, query).json

    def create(self, type_: str, url: str, attributes: Any, **linked: str) -> Any:
        """A new object of the store, linked to others by their ids: ``event="1"``."""
        relationships = {name: {"data": {"type": name, "id": id_}} for name, id_ in linked.items()}
        data = {"attributes": attributes, "relationships": relationships, "type": type_}
        answer = self._answer("POST", url, json.dumps({"data": data}), JSONAPI)
        assert answer.status_code == 201
        return answer.json["data"]

    def save(self, type_: str, url: str, row: Any, **changes: Any) -> Any:
        """The store sends a whole object back: what it has read with some attributes changed, nulls for what it did not
        get, and its relationships as far as it has loaded them, null where it knows that there is none."""
        loaded = {name: {"data": part["data"]} for name, part in row["relationships"].items() if "data" in part}
        attributes = row["attributes"] | {"pdf-url": None, "same-as-buyer": False} | changes
        data = {"id": row["id"], "type": type_, "attributes": attributes, "relationships": loaded}
        return self._answer("PATCH", url, json.dumps({"data": data}), JSONAPI).json

    def destroy(self, url: str) -> None:
        """The store deletes an object."""
        self._answer("DELETE", url, None, JSONAPI)

    def _answer(self, method: str, url: str, data: Any, content_type: str, query: Any = None) -> Any:
        answer = self.client.open(
            url, method=method, data=data, content_type=content_type, headers=self.headers, query_string=query
        )
        assert answer.status_code in {200, 201}, answer.json
        return answer
