"""Removing a person: what goes, what stays, and who cannot be removed."""

from typing import Any

import pytest
from sqlalchemy import select

from app.errors import Conflict, NotFound
from app.models import AuditEntry, Mail, RecentMail, RoleInvite, TicketHolder, UsersEventsRoles
from app.models.attendees import NAMELESS
from app.models.audit_entries import ERASE
from app.services import integrity, mails, passwords, privacy
from app.services.addresses import by_email
from app.services.free_texts import ERASED
from tests.factories import PASSWORD, World, grant, make_attendee, make_invite, make_order, make_user
from tests.programme import make_feedback, make_speaker


def erased(session: Any) -> list[tuple[str, int]]:
    session.flush()
    found = session.scalars(select(AuditEntry).where(AuditEntry.verb == ERASE).order_by(AuditEntry.id))
    return [(entry.noun, entry.row_id) for entry in found]


def test_an_account_ends_and_its_address_is_free(world: World, session: Any):
    ada = make_user(session, email="Ada@example.org", first_name="Ada", last_name="Lovelace", billing_phone="1")
    order = make_order(session, world.paid, user_id=ada.id, company="Engines", tax_business_info="T1", order_notes="x")
    amount = order.amount
    privacy.erase_user(ada)
    session.refresh(ada)
    assert (ada.email, ada.first_name, ada.last_name, ada.billing_phone) == (f"erased-{ada.id}@erased.invalid",) + (
        None,
    ) * 3
    assert ada.deleted_at is not None
    assert not passwords.matches(PASSWORD, ada.password_hash)
    assert by_email("ada@example.org") is None
    make_user(session, email="ada@example.org")
    session.refresh(order)
    assert (order.company, order.tax_business_info, order.order_notes) == (None, None, None)
    assert (order.amount, order.user_id, order.status) == (amount, ada.id, "completed")
    assert erased(session) == [("users", ada.id)]
    assert integrity.report() == []


def test_his_guests_are_those_with_his_address_or_his_name_in_his_orders(world: World, session: Any):
    ada = make_user(session, email="ada@example.org", first_name="Ada", last_name="Lovelace")
    own = make_order(session, world.free, seats=3, user_id=ada.id)
    named = {"firstname": "ADA", "lastname": "lovelace"}
    himself, other, third = own.attendees
    himself.firstname, himself.lastname, himself.email = "Ada", "Lovelace", None
    other.firstname, other.lastname = "Charles", "Babbage"
    third.email = "ADA@example.org"
    bought_for_him = make_attendee(session, world.free, world.order, email="ada@example.org", **named)
    namesake = make_attendee(session, world.free, world.order, email="another@example.org", **named)
    session.flush()
    done = privacy.erase_user(ada)
    session.expire_all()
    assert done.rows["attendees"] == 3
    assert [each.firstname for each in (himself, other, third, bought_for_him, namesake)] == [
        NAMELESS, "Charles", NAMELESS, NAMELESS, "ADA",
    ]  # fmt: skip
    assert done.left == {"ticket_holders.lastname": 1}, "who has the same name is told, and left alone"
    assert erased(session) == [
        ("users", ada.id), *(("ticket_holders", each.id) for each in (himself, third, bought_for_him)),
    ]  # fmt: skip


def test_what_belongs_to_an_address_goes(world: World, session: Any):
    ada = make_user(session, email="ada@example.org")
    grant(session, ada, world.event, "registrar")
    make_invite(session, world.event, email="ADA@example.org")
    make_invite(session, world.event, "registrar", email="other@example.org")
    mails.queue("ada@example.org", "Hello", "Text", kind="hello")
    mails.queue("other@example.org", "About ada@example.org", "Text")
    speaker = make_speaker(session, world.event, email="ada@example.org", name="Ada L.", short_biography="Born")
    feedback = make_feedback(session, ada, world.event, comment="So good", rating=4)
    done = privacy.erase_user(ada)
    session.expire_all()
    assert session.scalars(select(Mail.subject)).all() == [f"About {ERASED}"]
    assert session.scalars(select(RecentMail)).all() == []
    assert session.scalars(select(RoleInvite.email)).all() == ["other@example.org"]
    assert session.scalar(select(UsersEventsRoles.id).where(UsersEventsRoles.user_id == ada.id)) is None
    assert (speaker.name, speaker.email, speaker.short_biography) == (ERASED, None, None)
    assert (feedback.comment, feedback.rating, feedback.user_id) == (None, 4, ada.id)
    assert done.rows == {
        "accounts": 1, "roles": 1, "role invites": 1, "orders": 0, "feedbacks": 1, "speakers": 1, "attendees": 0,
        "mails": 1,
    }  # fmt: skip


def test_a_guest_goes_and_the_account_with_his_address_stays(world: World, session: Any):
    guest = world.attendee
    guest.email, guest.complex_field_values, guest.phone = world.buyer.email, {"shirt": "M"}, "1"
    guest.accept_receive_emails, guest.checkin_times = True, "2026-11-21T18:00:00+00:00"
    session.flush()
    written = guest.written_in
    privacy.erase_attendee(guest)
    session.refresh(guest)
    assert (guest.firstname, guest.lastname, guest.email, guest.phone) == (NAMELESS, None, None, None)
    assert (guest.complex_field_values, guest.accept_receive_emails) == (None, None)
    assert guest.checkin_times == "2026-11-21T18:00:00+00:00"
    assert guest.written_in >= written
    nulls = TicketHolder.complex_field_values.is_(None)
    assert session.scalar(select(TicketHolder.id).where(TicketHolder.id == guest.id, nulls)), "not JSON's null"
    session.refresh(world.buyer)
    assert world.buyer.deleted_at is None
    assert erased(session) == [("ticket_holders", guest.id)]


def test_who_cannot_be_removed(world: World, session: Any):
    with pytest.raises(Conflict, match=f"owns events \\({world.event.id}\\)"):
        privacy.erase_user(world.owner)
    privacy.erase_user(world.stranger)
    session.expire_all()
    with pytest.raises(Conflict, match="erased already"):
        privacy.erase_user(world.stranger)


def test_finding_them(world: World):
    assert privacy.find_user(str(world.buyer.id)) is world.buyer
    assert privacy.find_user(world.buyer.email) is world.buyer
    assert privacy.find_attendee(str(world.attendee.id)) is world.attendee
    for name in ("", "0", "x", "²", "9" * 30, "nobody@example.org"):
        with pytest.raises(NotFound):
            privacy.find_user(name)
        with pytest.raises(NotFound):
            privacy.find_attendee(name)
