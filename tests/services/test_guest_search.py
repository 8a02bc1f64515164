"""Guests are found by what they say, and by who may know them."""

import pytest

from app.errors import Invalid
from app.services import guest_search
from tests.factories import World, make_attendee, make_event, make_order, make_ticket


def found(world: World, text: str, *, may_name: bool = True, may_read: bool = True) -> list[str]:
    rows = guest_search.find(world.event, text, may_name=may_name, may_read=may_read)
    return [row.TicketHolder.full_name for row in rows]


@pytest.fixture
def crowd(world: World) -> World:
    for attendee in world.order.attendees:
        attendee.firstname, attendee.lastname = "Walk-in", str(attendee.id)
    people = (("Ada", "Byron", "ada@mail.example"), ("Grace", "Hopper", None), ("Ada", "100%", None))
    for first, last, email in people:
        make_attendee(world.session, world.free, firstname=first, lastname=last, email=email)
    elsewhere = make_ticket(world.session, make_event(world.session))
    make_attendee(world.session, elsewhere, firstname="Ada", lastname="Elsewhere")
    world.session.flush()
    return world


def test_every_word_is_somewhere_in_the_name(crowd: World):
    assert found(crowd, "ada") == found(crowd, "ADA") == ["Ada 100%", "Ada Byron"]
    assert found(crowd, "byr ad") == found(crowd, " Ada  byron ") == ["Ada Byron"]
    assert found(crowd, "ada hopper") == []
    assert found(crowd, "opp") == ["Grace Hopper"]


def test_wildcards_are_letters(crowd: World):
    assert found(crowd, "%") == ["Ada 100%"]
    for none in ("_", "a_a", "\\", "ad%n"):
        assert found(crowd, none) == [], none


def test_an_address_is_found_by_who_may_read_it(crowd: World):
    assert found(crowd, "mail.example") == ["Ada Byron"]
    assert found(crowd, "mail.example", may_read=False) == []


def test_an_order_is_found_by_its_beginning(crowd: World):
    order = make_order(crowd.session, crowd.free, identifier="0a1b2c3d-0000-4000-8000-000000000001")
    name = order.attendees[0].full_name
    for beginning in ("0A1b2c", order.identifier):
        assert found(crowd, beginning) == [name]
    assert found(crowd, "a1b2") == []
    for told, beginning in (([name], "0a1b2c3d"), ([], "0a1b2c3d-0")):
        assert found(crowd, beginning, may_name=True, may_read=False) == told
        assert found(crowd, beginning, may_name=False, may_read=False) == told, "no code is guessed bit by bit"


def test_who_may_see_little_sends_three_letters(crowd: World):
    assert found(crowd, "ada", may_name=False, may_read=False) == ["Ada 100%", "Ada Byron"]
    assert found(crowd, "a byr", may_name=False, may_read=False) == ["Ada Byron"]
    for short in ("", "  ", "ad", "a b c", "ad by"):
        with pytest.raises(Invalid) as refused:
            found(crowd, short, may_name=False, may_read=False)
        assert refused.value.parameter == "search"
    assert len(found(crowd, "a")) > 1
    with pytest.raises(Invalid):
        found(crowd, " ")


def test_twenty_are_enough(crowd: World):
    for _ in range(25):
        make_attendee(crowd.session, crowd.free, firstname="Cyd")
    assert len(found(crowd, "cyd")) == guest_search.MOST


def test_the_short_name(world: World):
    guest = world.attendee
    guest.firstname, guest.lastname = "Ada", "Byron"
    assert guest.short_name == "Ada B."
    guest.lastname = None
    assert guest.short_name == "Ada"
    guest.firstname, guest.lastname = "Walk-in", str(guest.id)
    assert guest.short_name == f"Walk-in {guest.id}"
