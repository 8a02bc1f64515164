"""What the web app asks of a programme in plain JSON."""

from datetime import UTC, datetime, timedelta

from tests.factories import World
from tests.http import Api
from tests.programme import make_session


def test_states(api: Api, world: World):
    """The web app takes the keys of ``organizer.<state>`` for its menu."""
    response = api.get("/v1/sessions/states")
    assert response.content_type == "application/json"
    assert response.json["organizer"]["pending"]["accepted"] is True
    assert "pending" not in response.json["organizer"]["pending"]
    assert response.json["speaker"]["pending"] == {}


def test_dates_of_what_the_caller_may_see(api: Api, world: World):
    for day, state in ((21, "accepted"), (22, "pending"), (21, "confirmed")):
        start = datetime(2026, 11, day, 10, tzinfo=UTC)
        make_session(world.session, world.event, starts_at=start, ends_at=start + timedelta(hours=1), state=state)
    for name in (world.event.id, world.event.identifier):
        url = f"/v1/events/{name}/sessions/dates"
        assert api.get(url).json == ["2026-11-21"]
        assert api.get(url, world.track_organizer).json == ["2026-11-21", "2026-11-22"]
    assert api.get("/v1/events/999999/sessions/dates").status_code == 404
