"""What organizers take away: each list is a row of `REPORTS`, its columns are data. How they are written: `exports`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import BigInteger, ColumnElement, Select, SQLColumnExpression, and_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.clock import parse_instant
from app.models import Event, Microlocation, Order, OrderLine, Session, Speaker, Ticket, TicketHolder, Track, User
from app.models.speakers import sessions_speakers


def word(value: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """A status or kind, to be read by people."""
    return func.concat(func.upper(func.left(value, 1)), func.lower(func.substr(value, 2)))


def yes_no(value: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """``Yes`` or ``No``."""
    return case((value, "Yes"), else_="No")


def dialled(value: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """A number as it is, harmless already if it begins as most do: else no row with one would be plain."""
    return case((value.startswith("+"), func.concat("'", value)), else_=value)


@lru_cache(maxsize=128)
def moment(value: datetime, zone: ZoneInfo) -> str:
    """A time as the event's clocks show it, in the form that spreadsheets know. Remembered for a while: guests of one
    order stand beside each other."""
    return _by_the_clock(value, zone)


def moments(value: str, zone: ZoneInfo) -> str:
    """The times of an attendee's ``checkin_times`` and the like."""
    return ", ".join(_by_the_clock(parse_instant(part), zone) for part in value.split(",") if part)


def as_json(value: Any, _zone: ZoneInfo) -> str:
    """Answers to an organizer's own questions."""
    return orjson.dumps(value).decode() if value else ""


@dataclass(frozen=True)
class Column:
    """A column of a report: SQL, whose text is what is shown, or else how a value is written. ``paper`` is its share of
    a printed page's width; columns without it are left out there.

    ``typed``: somebody may have typed what stands in it. What nobody has is plain in any case (see `spreadsheets`), and
    not looked at: times, numbers that the tables' constraints keep from being negative, and words of which they allow a
    few only.
    """

    heading: str
    value: SQLColumnExpression[Any]
    shown: Callable[[Any, ZoneInfo], str] | None = None
    paper: float = 0
    typed: bool = True


@dataclass(frozen=True)
class Report:
    """A list: which rows of an event, in which order, and its columns."""

    rows: Callable[[Event], Select[Any]]
    columns: tuple[Column, ...]


def _attendees(event: Event) -> Select[Any]:
    line = and_(OrderLine.order_id == TicketHolder.order_id, OrderLine.ticket_id == TicketHolder.ticket_id)
    bought = select(TicketHolder.id).join(TicketHolder.ticket).outerjoin(TicketHolder.order).outerjoin(OrderLine, line)
    return bought.where(TicketHolder.event_id == event.id, TicketHolder.deleted_at.is_(None)).order_by(TicketHolder.id)


def _orders(event: Event) -> Select[Any]:
    # Who was only named in a sale at the door has told this event nothing (`people.users`).
    buyer = and_(User.id == Order.user_id, Order.is_sold_online, User.deleted_at.is_(None))
    return select(Order.id).outerjoin(User, buyer).where(Order.event_id == event.id).order_by(Order.id)


def _sessions(event: Event) -> Select[Any]:
    placed = select(Session.id).outerjoin(Session.track).outerjoin(Session.microlocation)
    living = placed.where(Session.event_id == event.id, Session.deleted_at.is_(None))
    return living.order_by(Session.starts_at.asc().nulls_last(), Session.id)


def _speakers(event: Event) -> Select[Any]:
    living = select(Speaker.id).where(Speaker.event_id == event.id, Speaker.deleted_at.is_(None))
    return living.order_by(Speaker.name, Speaker.id)


_ORDER_NUMBER: ColumnElement[Any] = case(
    (
        Order.id.is_not(None),
        func.concat("O", cast(func.floor(func.extract("epoch", Order.created_at)), BigInteger), "-", Order.id),
    )
)
"""`app.models.orders.number_of` in SQL."""

_SEATS = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id).scalar_subquery()

_WHO_SPEAKS = (
    select(func.string_agg(Speaker.name, aggregate_order_by(literal("; "), Speaker.id)))
    .join(sessions_speakers, sessions_speakers.c.speaker_id == Speaker.id)
    .where(sessions_speakers.c.session_id == Session.id, Speaker.deleted_at.is_(None))
    .correlate(Session)
    .scalar_subquery()
)

_SPOKEN = (
    select(func.string_agg(Session.title, aggregate_order_by(literal("; "), Session.id)))
    .join(sessions_speakers, sessions_speakers.c.session_id == Session.id)
    .where(sessions_speakers.c.speaker_id == Speaker.id, Session.deleted_at.is_(None))
    .correlate(Speaker)
    .scalar_subquery()
)

_SALE = (
    Column("Order#", _ORDER_NUMBER, paper=3, typed=False),
    Column("Order Date", Order.created_at, moment, typed=False),
    Column("Status", word(Order.status), paper=2, typed=False),
    Column("Payment Type", Order.paid_via),
    Column("Payment Mode", word(Order.payment_mode), typed=False),
)

_BILLING = (
    Column("Tax ID", Order.tax_business_info),
    Column("Address", Order.address),
    Column("Company", Order.company),
    Column("Country", Order.country),
    Column("State", Order.state),
    Column("City", Order.city),
    Column("Zipcode", Order.zipcode),
)

REPORTS = {
    "attendees": Report(
        _attendees,
        (
            *_SALE,
            Column("Ticket ID", Ticket.id, typed=False),
            Column("Ticket Name", Ticket.name, paper=3),
            Column("Ticket Price", func.coalesce(OrderLine.price, Ticket.price), typed=False),
            Column("Ticket Type", Ticket.type),
            *_BILLING,
            Column("Email", TicketHolder.email, paper=5),
            Column("First Name", TicketHolder.firstname, paper=3),
            Column("Last Name", TicketHolder.lastname, paper=3),
            Column("Attendee ID", TicketHolder.id, typed=False),
            Column("Attendee Company", TicketHolder.company),
            Column("Job Title", TicketHolder.job_title),
            Column("Phone", dialled(TicketHolder.phone)),
            Column("Gender", TicketHolder.gender),
            Column("Age Group", TicketHolder.age_group),
            Column("Website", TicketHolder.website),
            Column("Other Answers", TicketHolder.complex_field_values, as_json),
            Column("Notes", TicketHolder.attendee_notes),
            Column("Registered", yes_no(TicketHolder.is_registered), typed=False),
            Column("Registration Time", TicketHolder.register_times, moments),
            Column("Checked In", yes_no(TicketHolder.is_checked_in), paper=1.5, typed=False),
            Column("Checked Out", yes_no(TicketHolder.is_checked_out), typed=False),
            Column("Check-in Times", TicketHolder.checkin_times, moments, paper=4),
            Column("Check-out Times", TicketHolder.checkout_times, moments),
            Column("Badge Printed", yes_no(TicketHolder.is_badge_printed), typed=False),
        ),
    ),
    "orders": Report(
        _orders,
        (
            *_SALE[:1],
            *(Column("Order Date", Order.created_at, moment, paper=3, typed=False), *_SALE[2:4]),
            Column("Payment Mode", word(Order.payment_mode), paper=2, typed=False),
            Column("Total Amount", Order.amount, paper=2, typed=False),
            Column("Quantity", _SEATS, paper=1.5, typed=False),
            Column("Discount Code", literal(""), typed=False),
            Column("Access Code", literal(""), typed=False),
            Column("First Name", User.first_name, paper=3),
            Column("Last Name", User.last_name, paper=3),
            Column("Email", User.email, paper=5),
            *_BILLING,
            Column("Order Identifier", Order.identifier),
            Column("Completed At", Order.completed_at, moment, typed=False),
            Column("Cancel Note", Order.cancel_note),
            Column("Order Notes", Order.order_notes),
        ),
    ),
    "sessions": Report(
        _sessions,
        (
            Column("Session Title", Session.title, paper=6),
            Column("Session Subtitle", Session.subtitle),
            Column("Session Starts At", Session.starts_at, moment, paper=3, typed=False),
            Column("Session Ends At", Session.ends_at, moment, paper=3, typed=False),
            Column("Session Track", Track.name, paper=3),
            Column("Session Room", Microlocation.name, paper=3),
            Column("Session Speakers", _WHO_SPEAKS, paper=5),
            Column("Session Abstract Short", Session.short_abstract),
            Column("Session Abstract Long", Session.long_abstract),
            Column("Comment", Session.comments),
            Column("Created At", Session.created_at, moment, typed=False),
            Column("Submitted At", Session.submitted_at, moment, typed=False),
            Column("Level", Session.level),
            Column("Status", word(Session.state), paper=2, typed=False),
            Column("Language", Session.language),
            Column("Slides", Session.slides_url),
            Column("Audio", Session.audio_url),
            Column("Video", Session.video_url),
        ),
    ),
    "speakers": Report(
        _speakers,
        (
            Column("Speaker Name", Speaker.name, paper=4),
            Column("Speaker Email", Speaker.email, paper=5),
            Column("Speaker Sessions", _SPOKEN, paper=6),
            Column("Speaker Mobile", Speaker.mobile),
            Column("Speaker Organisation", Speaker.organisation, paper=3),
            Column("Speaker Position", Speaker.position),
            Column("Speaker Short Biography", Speaker.short_biography),
            Column("Speaker Long Biography", Speaker.long_biography),
            Column("Speaker Country", Speaker.country),
            Column("Speaker City", Speaker.city),
            Column("Speaker Gender", Speaker.gender),
            Column("Speaker Website", Speaker.website),
            Column("Speaker Photo", Speaker.photo_url),
        ),
    ),
}
"""By the name in the address. What is added here is served, as CSV and as PDF."""


def _by_the_clock(value: datetime, zone: ZoneInfo) -> str:
    return value.astimezone(zone).isoformat(" ", "seconds")[: len("2026-11-22 10:00:00")]
