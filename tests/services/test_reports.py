"""Reports: which rows and columns organizers take away."""

import csv
from datetime import UTC, datetime
from decimal import Decimal

from app.clock import utcnow
from app.models.orders import CANCELLED
from app.services import exports
from tests.factories import World, make_attendee, make_event, make_order, make_ticket, make_user
from tests.programme import make_microlocation, make_session, make_speaker, make_track


def table(world: World, name: str) -> list[dict[str, str]]:
    world.session.flush()
    text = b"".join(exports.as_csv(name, world.event)).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines(keepends=True)))


def test_attendees(world: World):
    world.event.timezone = "Asia/Kolkata"
    order, guest = world.order, world.attendee
    order.created_at = datetime(2026, 7, 1, 20, 0, 0, 900_000, tzinfo=UTC)
    order.company, order.city, order.zipcode, order.tax_business_info = "ACME", "Pune", "411001", "T1"
    guest.firstname, guest.lastname = "=cmd|' /C calc'!A0", "Lovelace"
    guest.is_checked_in = True
    guest.checkin_times = "2026-07-01T20:00:00+00:00,2026-07-02T04:00:00.500000+00:00"
    guest.checkout_times = "2026-07-01T21:00:00+00:00"
    guest.complex_field_values = {"shirt": "M"}
    world.paid.price = Decimal(99)  # not what was paid
    row = table(world, "attendees")[0]
    assert list(row)[:17] == [
        "Order#", "Order Date", "Status", "Payment Type", "Payment Mode", "Ticket ID", "Ticket Name", "Ticket Price",
        "Ticket Type", "Tax ID", "Address", "Company", "Country", "State", "City", "Zipcode", "Email",
    ]  # fmt: skip
    expected = {
        "Order#": order.number,
        "Order Date": "2026-07-02 01:30:00",
        "Status": "Completed",
        "Payment Mode": "Onsite",
        "Ticket ID": str(world.paid.id),
        "Ticket Name": "Paid",
        "Ticket Price": "25.50",
        "Company": "ACME",
        "City": "Pune",
        "Zipcode": "411001",
        "Tax ID": "T1",
        "Email": guest.email,
        "First Name": "'=cmd|' /C calc'!A0",
        "Last Name": "Lovelace",
        "Checked In": "Yes",
        "Checked Out": "No",
        "Check-in Times": "2026-07-02 01:30:00, 2026-07-02 09:30:00",
        "Check-out Times": "2026-07-02 02:30:00",
        "Other Answers": '{"shirt":"M"}',
    }
    assert {name: row[name] for name in expected} == expected


def test_deleted_rows_are_left_out_and_cancelled_orders_are_in(world: World):
    world.order.attendees[1].deleted_at = utcnow()
    cancelled = make_order(world.session, world.free, status=CANCELLED).attendees[0]
    loose = make_attendee(world.session, world.free)
    make_order(world.session, make_ticket(world.session, make_event(world.session)))
    rows = table(world, "attendees")
    assert [(int(row["Attendee ID"]), row["Status"]) for row in rows] == [
        (world.attendee.id, "Completed"),
        (cancelled.id, "Cancelled"),
        (loose.id, ""),
    ]
    assert rows[-1]["Order#"] == ""
    assert [row["Status"] for row in table(world, "orders")] == ["Completed", "Cancelled"]


def test_orders(world: World):
    world.buyer.first_name, world.buyer.last_name = "Grace", "Hopper"
    world.order.paid_via = "Bank"
    [row] = table(world, "orders")
    assert list(row)[:19] == [
        "Order#", "Order Date", "Status", "Payment Type", "Payment Mode", "Total Amount", "Quantity", "Discount Code",
        "Access Code", "First Name", "Last Name", "Email", "Tax ID", "Address", "Company", "Country", "State", "City",
        "Zipcode",
    ]  # fmt: skip
    expected = {
        "Order#": world.order.number,
        "Payment Type": "Bank",
        "Total Amount": "51.00",
        "Quantity": "2",
        "First Name": "Grace",
        "Email": world.buyer.email,
        "Order Identifier": world.order.identifier,
    }
    assert {name: row[name] for name in expected} == expected


def test_accounts_that_were_only_named_in_a_sale_or_are_deleted_are_left_out(world: World):
    make_order(world.session, world.free, user_id=world.stranger.id, sold_by_id=world.registrar.id)
    make_order(world.session, world.free, user_id=make_user(world.session, deleted_at=utcnow()).id)
    assert [row["Email"] for row in table(world, "orders")] == [world.buyer.email, "", ""]
    assert [row["First Name"] for row in table(world, "orders")] == ["buyer", "", ""]


def test_sessions(world: World):
    session, event = world.session, world.event
    place = {"track_id": make_track(session, event).id, "microlocation_id": make_microlocation(session, event).id}
    make_session(session, event, title="Unplanned")
    make_session(session, event, title="Gone", deleted_at=utcnow())
    times = {"starts_at": datetime(2026, 7, 1, 9, tzinfo=UTC), "ends_at": datetime(2026, 7, 1, 10, tzinfo=UTC)}
    make_session(session, event, title="Talk", level=2, **place, **times)
    talk, unplanned = table(world, "sessions")
    expected = {
        "Session Title": "Talk",
        "Session Starts At": "2026-07-01 09:00:00",
        "Session Ends At": "2026-07-01 10:00:00",
        "Session Track": "Music",
        "Session Room": "Main hall",
        "Status": "Accepted",
        "Level": "2",
    }
    assert {name: talk[name] for name in expected} == expected
    assert (unplanned["Session Title"], unplanned["Session Starts At"], unplanned["Session Track"]) == (
        "Unplanned",
        "",
        "",
    )


def test_sessions_and_speakers_name_each_other(world: World):
    talks = [make_session(world.session, world.event, title=title) for title in ("Opening", "Closing")]
    make_speaker(world.session, world.event, *talks, name="Ada")
    make_speaker(world.session, world.event, talks[0], name="Grace")
    make_speaker(world.session, world.event, talks[0], name="Gone", deleted_at=world.event.starts_at)
    spoken = {row["Session Title"]: row["Session Speakers"] for row in table(world, "sessions")}
    assert spoken == {"Opening": "Ada; Grace", "Closing": "Ada"}
    told = {row["Speaker Name"]: row["Speaker Sessions"] for row in table(world, "speakers")}
    assert told == {"Ada": "Opening; Closing", "Grace": "Opening"}
