"""Settings over HTTP: what the web app asks for before anything else."""

from typing import Any

import pytest

from app.schemas import SettingSchema
from tests.factories import World
from tests.http import Api, error_codes, resource

START = "/v1/settings?cache=true&public=true"


def test_everybody_reads_them_in_one_statement(api: Api, world: World, count_queries: Any):
    with count_queries() as statements:
        response = api.client.get(START, headers={"Authorization": "JWT null"})
    assert response.status_code == 200
    assert len(statements) == 1
    data = response.json["data"]
    assert (data["type"], data["id"]) == ("setting", "1")
    shown = data["attributes"]
    assert (shown["app-name"], shown["order-expiry-time"], shown["max-complex-custom-fields"]) == ("Open Event", 15, 30)
    assert shown["is-stripe-activated"] is False
    assert {"tagline", "frontend-url", "cookie-policy", "cookie-policy-link", "facebook-url"} <= shown.keys()


def test_nothing_in_them_is_secret():
    for word in ("secret", "password", "key", "token", "smtp"):
        assert not [name for name in SettingSchema._declared_fields if word in name]


def test_whatever_id_is_asked_for(api: Api, world: World):
    assert api.get("/v1/settings/7").json["data"]["id"] == "1"


def test_staff_changes_them(api: Api, world: World):
    changed = {"app-name": "Fairs", "twitter-url": "https://twitter.com/fairs"}
    fixed = {"order-expiry-time": 50, "frontend-url": "https://elsewhere.example", "max-complex-custom-fields": 7}
    response = api.patch("/v1/settings/1", resource("setting", changed | fixed, id_=1), world.staff)
    assert response.status_code == 200, response.json
    shown = api.get("/v1/settings").json["data"]["attributes"]
    assert (shown["app-name"], shown["twitter-url"]) == ("Fairs", "https://twitter.com/fairs")
    assert [shown[name] for name in fixed] == [15, "http://localhost:4200", 30], "the operator's configuration"


@pytest.mark.parametrize(
    "attributes",
    [
        {"app-name": ""},
        {"facebook-url": "javascript:alert(1)"},
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any]):
    response = api.patch("/v1/settings", resource("setting", attributes, id_=1), world.staff)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])


def test_who_may_not(api: Api, world: World):
    document = resource("setting", {"app-name": "Mine"}, id_=1)
    assert api.patch("/v1/settings", document).status_code == 401
    assert api.patch("/v1/settings", document, world.owner).status_code == 403
