"""Pages over HTTP."""

from typing import Any

import pytest

from tests.factories import World
from tests.http import Api, error_codes, resource
from tests.programme import make_page

PAGE = {
    "name": "Imprint",
    "title": "Who we are",
    "url": "/imprint",
    "description": "<p>Text</p>",
    "language": "en",
    "index": 3,
    "place": "footer",
}


def test_staff_makes_changes_and_removes_a_page(api: Api, world: World):
    created = api.post("/v1/pages", resource("page", PAGE), world.staff)
    assert created.status_code == 201, created.json
    assert created.json["data"]["attributes"] == PAGE
    url = created.json["data"]["links"]["self"]
    changed = api.patch(url, resource("page", {"place": "event"}, id_=created.json["data"]["id"]), world.staff)
    assert changed.json["data"]["attributes"] == PAGE | {"place": "event"}
    assert api.delete(url, world.staff).status_code == 200
    assert api.get(url).status_code == 404


def test_everybody_lists_them(api: Api, world: World):
    """The web app does before its first page; without pages too."""
    url = "/v1/pages?cache=true&public=true"
    assert api.get(url).json["data"] == []
    later, first = make_page(world.session, index=2), make_page(world.session, index=1)
    listed = api.get("/v1/pages", sort="index").json
    assert [row["id"] for row in listed["data"]] == [str(first.id), str(later.id)]
    assert listed["meta"] == {"count": 2}


@pytest.mark.parametrize(("member", "value"), [("name", ""), ("url", None), ("place", "top"), ("index", "first")])
def test_values_that_are_refused(api: Api, world: World, member: str, value: Any):
    response = api.post("/v1/pages", resource("page", PAGE | {member: value}), world.staff)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{member}"}


def test_who_may_not(api: Api, world: World):
    page = make_page(world.session)
    for person, status in ((None, 401), (world.owner, 403)):
        assert api.post("/v1/pages", resource("page", PAGE), person).status_code == status
        document = resource("page", {"name": "Mine"}, id_=page.id)
        assert api.patch(f"/v1/pages/{page.id}", document, person).status_code == status
        assert api.delete(f"/v1/pages/{page.id}", person).status_code == status
