"""Where events are, over HTTP."""

from tests.factories import World, make_event
from tests.http import Api


def test_everybody_lists_them(api: Api, world: World):
    first = make_event(world.session, searchable_location_name="New York")
    make_event(world.session, searchable_location_name="New York")
    response = api.get("/v1/event-locations", page_size="0")
    assert response.json["data"] == [
        {"type": "event-location", "id": str(first.id), "attributes": {"name": "New York", "slug": "new-york"}}
    ]
    assert response.json["meta"] == {"count": 1}
