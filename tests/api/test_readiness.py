"""Readiness over HTTP: the document, and what the edge adds to the rules' checks."""

from sqlalchemy import text

from app.clock import parse_instant, utcnow
from app.models import Backup
from tests.factories import World
from tests.http import Api


def test_the_document(api: Api, world: World):
    world.event.timezone, world.event.capacity = "Europe/Vienna", 500
    world.session.add(Backup(started_at=utcnow(), finished_at=utcnow(), bytes=1, file_name="a"))
    response = api.get(f"/v1/events/{world.event.identifier}/readiness", world.registrar)
    assert response.status_code == 200, response.json
    event_id = str(world.event.id)
    data = response.json["data"]
    assert (data["type"], data["id"]) == ("readiness-report", event_id)
    assert data["links"] == response.json["links"] == {"self": f"/v1/events/{event_id}/readiness"}
    attributes = data["attributes"]
    assert abs((utcnow() - parse_instant(attributes["as-of"])).total_seconds()) < 60
    assert attributes["status"] == "ok"
    assert attributes["checks"][0] == {
        "code": "event-published",
        "title": "The event is published and not over",
        "status": "ok",
        "detail": "It is published.",
        "noun": "event",
        "count": 0,
        "ids": [],
    }
    assert [check["code"] for check in attributes["checks"]] == [
        "event-published",
        "event-time-zone",
        "tickets-on-sale",
        "registrars",
        "venue-capacity",
        "room-capacities",
        "duplicate-guests",
        "device-clocks",
        "device-contact",
        "device-backlog",
        "held-scans",
        "open-conflicts",
        "door-passes",
        "last-backup",
        "schema",
    ]


def test_a_schema_that_is_not_this_releases(api: Api, world: World):
    for revision, advice in (("d7b454315f45", "db upgrade"), ("ffffffffffff", "install that release")):
        world.session.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        attributes = api.get(f"/v1/events/{world.event.id}/readiness", world.owner).json["data"]["attributes"]
        [schema] = [check for check in attributes["checks"] if check["code"] == "schema"]
        assert (attributes["status"], schema["status"]) == ("failed", "failed")
        assert advice in schema["detail"]


def test_thirteen_statements(api: Api, world: World, count_queries):
    with count_queries() as statements:
        assert api.get(f"/v1/events/{world.event.id}/readiness", world.owner).status_code == 200
    asked = [statement for statement in statements if not statement.startswith(("INSERT", "UPDATE"))]
    assert len(asked) == 15, asked
