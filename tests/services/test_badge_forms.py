"""Badges: what is on them."""

from typing import Any

import pytest

from app.clock import utcnow
from app.errors import NotFound
from app.services import badge_forms
from tests.factories import World, make_event
from tests.pdfs import qr_codes, texts
from tests.programme import make_badge_form


def test_a_ticket_means_the_newest_form_of_its_event_that_is_called_so(world: World):
    assert badge_forms.of_ticket(world.free) is None
    world.free.badge_id = "plain"
    make_badge_form(world.session, make_event(world.session))
    assert badge_forms.of_ticket(world.free) is None
    make_badge_form(world.session, world.event)
    newest = make_badge_form(world.session, world.event)
    make_badge_form(world.session, world.event, badge_id="other")
    assert badge_forms.of_ticket(world.free) is newest
    badge_forms.delete(newest)
    assert badge_forms.of_ticket(world.free) is not newest


def test_fields_that_were_taken_off_are_left_out(world: World):
    fields = [{"id": 1, "is_deleted": True}, {"id": 2, "is_deleted": None}]
    assert badge_forms.fields_of(make_badge_form(world.session, world.event, badge_fields=fields)) == fields[1:]
    assert badge_forms.fields_of(None) == []


def test_a_badge(world: World):
    guest = world.attendee
    guest.firstname, guest.lastname, guest.job_title, guest.company = "Łukasz", "Ωμέγα", "Poet", "ACME"
    guest.complex_field_values = {"tableNumber": 7}
    pdf = badge_forms.badge(guest, ("firstname", "jobTitle", "tableNumber", "password_hash", "firstname"))
    [page] = texts(pdf)
    assert page.split() == ["Łukasz", "Poet", "7"]
    assert qr_codes(pdf) == [badge_forms.contact(guest)]


def test_without_a_wish_the_name(world: World):
    world.attendee.firstname, world.attendee.lastname = "Ada", "Lovelace"
    assert texts(badge_forms.badge(world.attendee, ()))[0].split() == ["Ada", "Lovelace"]


@pytest.mark.parametrize("asked", [None, "", "24", "24px", "1e9", 10**9, "x", [], {}, -3, 0, "999"])
@pytest.mark.parametrize("alignment", [None, "left", "Right", 7])
def test_whatever_a_form_says_of_its_letters(world: World, asked: Any, alignment: Any):
    style = {"field_identifier": "firstname", "font_size": asked, "text_alignment": alignment}
    make_badge_form(world.session, world.event, badge_fields=[style], badge_orientation="Landscape")
    world.paid.badge_id = "plain"
    assert "Ada" in texts(badge_forms.badge(world.attendee, ("firstname",)))[0]


def test_a_badge_is_one_page(world: World):
    world.attendee.complex_field_values = {f"q{number}": "answer " * 40 for number in range(60)}
    pdf = badge_forms.badge(world.attendee, tuple(world.attendee.complex_field_values))
    assert len(texts(pdf)) == 1
    assert len(qr_codes(pdf)) == 1


def test_the_line_that_the_kiosk_looks_for(world: World):
    guest = world.attendee
    guest.firstname, guest.lastname = "Ada;\nEVENTYAY:9", "x" * 500
    lines = badge_forms.contact(guest).split("\n")
    assert [line for line in lines if line.startswith("EVENTYAY:")] == [f"EVENTYAY:{guest.id}"]
    assert (lines[0], lines[-1]) == ("BEGIN:VCARD", "END:VCARD")
    assert qr_codes(badge_forms.badge(guest, ())) == [badge_forms.contact(guest)]


def test_who_has_a_badge(world: World):
    assert not world.attendee.is_badge_printed
    badge_forms.mark_printed(world.attendee)
    assert world.attendee.is_badge_printed
    assert (utcnow() - world.attendee.badge_printed_at).total_seconds() < 60


def test_who_is_gone_gets_none(world: World):
    assert badge_forms.find_guest(world.attendee.id) is world.attendee
    world.attendee.deleted_at = utcnow()
    for attendee_id in (world.attendee.id, 0):
        with pytest.raises(NotFound):
            badge_forms.find_guest(attendee_id)
