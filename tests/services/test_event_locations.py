"""Where most events are."""

from app.clock import utcnow
from app.services import event_locations
from tests.factories import World, make_event


def test_the_most_frequent_first_six_at_most(world: World):
    for number, name in enumerate(("Bern", "Oslo", "Rome", "Graz", "Nice", "Lyon", "New York")):
        for _ in range(number + 1):
            make_event(world.session, searchable_location_name=name)
    found = event_locations.most_frequent()
    assert [place.name for place in found] == ["New York", "Lyon", "Nice", "Graz", "Rome", "Oslo"]
    assert found[0].slug == "new-york"
    assert len({place.id for place in found}) == 6


def test_drafts_deleted_events_and_events_without_a_place_are_no_places(world: World):
    make_event(world.session, searchable_location_name="Bern", state="draft")
    make_event(world.session, searchable_location_name="Oslo", deleted_at=utcnow())
    make_event(world.session, searchable_location_name="")
    assert event_locations.most_frequent() == []
