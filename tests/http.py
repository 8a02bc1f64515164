"""JSON:API requests in tests."""

import contextvars
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from sqlalchemy.orm import Session, scoped_session

from app.models import User
from tests import conformance
from tests.conformance import MEDIA_TYPE


class ApiClient(FlaskClient):
    """A client whose requests run, as in production, in nobody else's application context, and whose answers keep to
    JSON:API."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = contextvars.Context().run(super().open, *args, **kwargs)
        conformance.check(response)
        return response


class Api:
    """A client that sends documents as somebody: ``as_`` is a user, the token of a door pass, or None for nobody."""

    def __init__(self, client: FlaskClient, session: scoped_session[Session] | None = None):
        self.client = client
        self._session = session

    def get(self, url: str, as_: User | str | None = None, **query: str) -> Any:
        """A GET; ``query`` becomes the query string (``page_size`` is written ``page[size]``)."""
        return self.send("GET", _with_query(url, query), as_)

    def post(self, url: str, document: Any, as_: User | str | None = None) -> Any:
        """A POST of a JSON:API document."""
        return self.send("POST", url, as_, document)

    def patch(self, url: str, document: Any, as_: User | str | None = None, *, fresh: bool = False) -> Any:
        """A PATCH with a JSON:API document."""
        return self.send("PATCH", url, as_, document, fresh=fresh)

    def delete(self, url: str, as_: User | str | None = None) -> Any:
        """A DELETE."""
        return self.send("DELETE", url, as_)

    def authorization(self, as_: User | str, *, fresh: bool = False) -> str:
        """The header of somebody who has logged in; ``fresh``: with his password, just now. Of a door pass, its
        token's."""
        if isinstance(as_, str):
            return f"JWT {as_}"
        return f"JWT {create_access_token(as_.id, fresh=fresh, additional_claims={'epoch': as_.token_epoch})}"

    def send(
        self,
        method: str,
        url: str,
        as_: User | str | None = None,
        document: Any = None,
        *,
        fresh: bool = False,
        key: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Any:
        """Any request; ``key`` is its ``Idempotency-Key``. What the test has changed is flushed before, and read anew
        after."""
        headers = dict(headers)
        if as_ is not None:
            headers["Authorization"] = self.authorization(as_, fresh=fresh)
        if key is not None:
            headers["Idempotency-Key"] = key
        body: dict[str, Any] = {}
        if document is not None:
            body = {"json": document, "content_type": MEDIA_TYPE}
        if self._session is not None:
            self._session.flush()
        response = self.client.open(url, method=method, headers=headers, **body)
        if self._session is not None:
            self._session.expire_all()
        return response


def resource(type_: str, attributes: Any = None, *, id_: int | None = None, **relationships: Any) -> dict[str, Any]:
    """A document with one resource object; relationships are given as rows: ``event=world.event``."""
    data: dict[str, Any] = {"type": type_, "attributes": attributes or {}}
    if id_ is not None:
        data["id"] = str(id_)
    if relationships:
        data["relationships"] = {name: {"data": _linkage(rows)} for name, rows in relationships.items()}
    return {"data": data}


def error_codes(response: Any) -> list[str]:
    """The codes of an error document, whose form is checked on the way."""
    assert response.content_type == MEDIA_TYPE, response.content_type
    for error in response.json["errors"]:
        assert all(isinstance(error[name], str) for name in ("status", "code", "title", "detail")), error
        assert isinstance(error["source"], dict), error
        assert error["status"] == str(response.status_code), error
        assert re.search(r"[^.]\.$", error["detail"]), error  # whole sentences, for people
    return [error["code"] for error in response.json["errors"]]


def _linkage(rows: Any) -> Any:
    if isinstance(rows, list):
        return [_linkage(row) for row in rows]
    name = type(rows).__name__
    dashed = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    types = {"TicketHolder": "attendee", "UserCheckIn": "user_check_in"}
    return None if rows is None else {"type": types.get(name, dashed), "id": str(rows.id)}


def _with_query(url: str, query: dict[str, str]) -> str:
    if not query:
        return url
    named = {f"page[{key[5:]}]" if key.startswith("page_") else key: value for key, value in query.items()}
    return f"{url}?{urlencode(named)}"
