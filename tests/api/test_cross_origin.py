"""Web pages of other origins: preflights as browsers send them, and headers on every answer."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import World
from tests.http import MEDIA_TYPE, Api, resource

PAGE = "http://127.0.0.1:8080"


@pytest.fixture
def client(app: Any, session: Any) -> FlaskClient:
    return app.test_client()


def preflight(client: FlaskClient, url: str, method: str, headers: str = "authorization,content-type") -> Any:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return client.options(url, headers={"Accept": "*/*", **asked})


@pytest.mark.parametrize(
    ("url", "method", "headers"),
    [
        ("/v1/auth/login", "POST", "authorization,content-type"),
        ("/v1/auth/token/refresh", "POST", "authorization,content-type,x-csrf-token"),
        ("/v1/users/user-details/get-user-id", "GET", "authorization,content-type"),
        ("/v1/users/1/events?sort=name&page[size]=1000", "GET", "authorization,content-type"),
        ("/v1/attendees/11", "PATCH", "authorization,content-type"),
        ("/v1/tracks/1", "DELETE", "authorization,content-type"),
        ("/v1/tracks/1", "PATCH", "authorization,content-type,if-match"),
        ("/v1/tracks/1/relationships/sessions", "DELETE", "authorization,content-type,if-match"),
        ("/v1/events/1", "GET", "authorization,if-none-match"),
        ("/v1/orders?onsite=true", "POST", "authorization,content-type,idempotency-key"),
        ("/v1/nothing/here", "GET", "authorization,content-type"),
    ],
)
def test_a_preflight_allows_what_is_asked(client: FlaskClient, url: str, method: str, headers: str):
    response = preflight(client, url, method, headers)
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert method in response.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert set(headers.split(",")) <= set(allowed)


def test_no_page_may_use_cookies(client: FlaskClient):
    assert "Access-Control-Allow-Credentials" not in preflight(client, "/v1/events", "GET").headers
    assert "Access-Control-Allow-Credentials" not in client.get("/v1/events", headers={"Origin": PAGE}).headers


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/v1/events", 200),
        ("POST", "/v1/auth/login", 400),
        ("GET", "/v1/users/user-details/get-user-id", 401),
        ("GET", "/v1/events/999999", 404),
        ("GET", "/v1/nothing/here", 404),
        ("PUT", "/v1/events", 405),
        ("POST", "/v1/events", 401),
        ("OPTIONS", "/v1/events", 200),
    ],
)
def test_every_answer_may_be_read_by_the_page(client: FlaskClient, method: str, url: str, status: int):
    response = client.open(url, method=method, headers={"Origin": PAGE})
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_where_a_creation_went_may_be_read_by_the_page(api: Api, world: World):
    track = resource("track", {"name": "Jazz", "color": "#a1b2c3"}, event=world.event)
    response = api.post("/v1/tracks", track, world.organizer)
    assert response.headers["Location"]
    assert "Location" in response.headers["Access-Control-Expose-Headers"].split(", ")


def test_tags_may_be_read_by_the_page(api: Api, world: World):
    response = api.get(f"/v1/events/{world.event.id}")
    assert response.headers["ETag"]
    assert "ETag" in response.headers["Access-Control-Expose-Headers"].split(", ")


def test_what_is_told_of_methods_and_of_their_end_may_be_read_by_the_page(client: FlaskClient):
    response = client.put("/v1/events", headers={"Origin": PAGE})
    assert "GET" in response.headers["Allow"]
    shown = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Allow", "Deprecation", "Sunset"} <= set(shown)


def test_a_fault_of_ours_may_be_read_by_the_page(app: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setitem(app.view_functions, "auth.log_out", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    response = client.post("/v1/auth/logout", headers={"Origin": PAGE})
    assert response.status_code == 500
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.content_type != MEDIA_TYPE
