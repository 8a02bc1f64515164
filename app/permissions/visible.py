"""Which rows somebody may see, as SQL: the policy's READ rows in the words of a query.

Everything that reaches rows without a check of its own goes through these conditions: lists, ``include``, and the
relationships that ``filter`` and ``sort`` walk over. A test holds them against the policy row by row.

They are made once for each kind of actor, with parameters where actors of a kind differ: to make them anew for each
statement of each request costs more than to send it.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.models import (
    Amendment,
    AuditEntry,
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Event,
    EventCopyright,
    EventStatisticsGeneral,
    EventSubTopic,
    EventTopic,
    EventType,
    Faq,
    Feedback,
    Microlocation,
    Movement,
    Order,
    OrderLine,
    OrderStatisticsEvent,
    OrderStatisticsTicket,
    Page,
    Repair,
    Role,
    RoleInvite,
    Session,
    SessionType,
    Setting,
    SocialLink,
    Speaker,
    SpeakersCall,
    Sponsor,
    Station,
    StationStorePax,
    Tag,
    Ticket,
    TicketHolder,
    Track,
    User,
    UserCheckIn,
    UsersEventsRoles,
)
from app.models.events import PUBLISHED
from app.models.sessions import PUBLIC_STATES
from app.models.speakers import sessions_speakers
from app.permissions import people
from app.permissions.actors import Actor
from app.permissions.kinds import Asker, Condition, Kind, Rule

EVENT_PARTS = (EventCopyright, Faq, Microlocation, SessionType, SocialLink, SpeakersCall, Sponsor, Track)
"""Models that the public sees with their event."""

CATALOGUES = (EventSubTopic, EventTopic, EventType)
"""Models of the whole server."""

DOOR_PARTS = (Amendment, BadgeForm, CheckInConflict, Repair, StationStorePax, Tag)
"""Models that are for those who keep their event's door."""


@Rule
def events(who: Asker) -> Condition:
    """`EVENT_READ`: published ones, and those he has a role at, or a door pass."""
    living = Event.deleted_at.is_(None)
    if who.is_staff:
        return living
    return and_(living, or_(Event.state == PUBLISHED, Event.id == who.events_to_see))


def event_parts(model: Any) -> Rule:
    """`EVENT_PART_READ` for rows of ``model``: those of events that he may see."""
    return Rule(lambda who: and_(model.deleted_at.is_(None), _of_visible_event(who, model, who.events_to_see)))


def catalogue(model: Any) -> Rule:
    """`CATALOGUE_READ` for rows of ``model``: all living ones."""
    return Rule(lambda _who: model.deleted_at.is_(None))


def door_parts(model: Any) -> Rule:
    """`AMENDMENT_READ`, `BADGE_FORM_READ` and so on for rows of ``model``: those of events whose door he keeps."""
    return Rule(lambda who: _of_own_door(who, model))


@Rule
def sessions(who: Asker) -> Condition:
    """`SESSION_READ`: accepted and confirmed ones, and all of events he has a role at."""
    living = Session.deleted_at.is_(None)
    if who.is_staff:
        return living
    on_show = and_(Session.state.in_(PUBLIC_STATES), _of_published_event(Session))
    return and_(living, or_(Session.event_id == who.events_as_member, on_show))


@Rule
def speakers(who: Asker) -> Condition:
    """`SPEAKER_READ`: those of accepted and confirmed sessions, and all of events he has a role at."""
    living = Speaker.deleted_at.is_(None)
    if who.is_staff:
        return living
    on_stage = select(sessions_speakers.c.speaker_id).join_from(sessions_speakers, Session).where(_session_on_show())
    on_show = and_(Speaker.id.in_(on_stage.correlate(None)), _of_published_event(Speaker))
    return and_(living, or_(Speaker.event_id == who.events_as_member, on_show))


@Rule
def feedbacks(who: Asker) -> Condition:
    """`FEEDBACK_READ`: of events and sessions that the public sees, all of events he has a role at, and his own."""
    if who.is_staff:
        return true()
    of_session = Feedback.session_id.in_(select(Session.id).where(_session_on_show()).correlate(None))
    on_show = and_(or_(Feedback.session_id.is_(None), of_session), _of_published_event(Feedback))
    seen = [Feedback.event_id == who.events_as_member, on_show]
    if who.has_account:
        seen.append(Feedback.user_id == who.user_id)
    return or_(*seen)


@Rule
def tickets(who: Asker) -> Condition:
    """`TICKET_READ`: those on show, those of events whose door he keeps or where he sells with a door pass, and those
    he bought or sold."""
    living = Ticket.deleted_at.is_(None)
    if who.is_staff:
        return living
    if who.is_at_door:
        return and_(living, Ticket.event_id == who.events_as_door)
    on_show = and_(Ticket.is_hidden.is_(False), _of_published_event(Ticket))
    seen = [Ticket.event_id == who.events_to_sell, on_show]
    if who.has_account:
        his = select(OrderLine.ticket_id).join(OrderLine.order).where(own_orders.condition(who))
        seen.append(Ticket.id.in_(his))
    return and_(living, or_(*seen))


@Rule
def orders(who: Asker) -> Condition:
    """`ORDER_READ`: those of events whose door he keeps, and those he bought or sold."""
    if who.is_staff:
        return true()
    if who.is_at_door:
        return Order.event_id == who.events_as_door
    return or_(Order.event_id == who.events_as_door, own_orders.condition(who))


@Rule
def own_orders(who: Asker) -> Condition:
    """Orders that he bought or sold."""
    if who.has_account:
        return or_(Order.user_id == who.user_id, Order.sold_by_id == who.user_id)
    return false() if not who.has_pass else Order.sold_by_pass_id == who.pass_id


@Rule
def attendees(who: Asker) -> Condition:
    """`ATTENDEE_READ`: those of events whose door he keeps, of orders he bought, and those he just made."""
    living = TicketHolder.deleted_at.is_(None)
    if who.is_staff:
        return living
    if who.is_at_door:
        return and_(living, TicketHolder.event_id == who.events_as_door)
    if not who.has_account:
        return false()
    bought = TicketHolder.order_id.in_(select(Order.id).where(Order.user_id == who.user_id))
    made = and_(TicketHolder.order_id.is_(None), TicketHolder.created_by_id == who.user_id)
    return and_(living, or_(TicketHolder.event_id == who.events_as_door, bought, made))


@Rule
def movements(who: Asker) -> Condition:
    """`MOVEMENT_READ`: those of events whose door he keeps, and those he scanned with his door pass."""
    if not who.has_pass:
        return _of_own_door(who, Movement)
    return and_(Movement.door_pass_id == who.pass_id, Movement.event_id == who.events_to_scan_by_pass)


@Rule
def stations(who: Asker) -> Condition:
    """`STATION_READ`: those of events whose door he keeps."""
    return and_(Station.deleted_at.is_(None), _of_own_door(who, Station))


@Rule
def user_check_ins(who: Asker) -> Condition:
    """`USER_CHECK_IN_READ`: those of events whose door he keeps."""
    return and_(UserCheckIn.deleted_at.is_(None), _of_own_door(who, UserCheckIn))


def statistics_of(model: Any) -> Rule:
    """`STATISTICS_READ`: those of events he organizes."""
    return Rule(lambda who: true() if who.is_staff else model.event_id == who.events_as_organizer)


@Rule
def custom_forms(who: Asker) -> Condition:
    """`CUSTOM_FORM_READ`."""
    return _of_visible_event(who, CustomForm, who.events_as_member)


@Rule
def audit_entries(who: Asker) -> Condition:
    """`AUDIT_ENTRY_READ`: of events he organizes; what is of no event is for staff."""
    return true() if who.is_staff else AuditEntry.event_id == who.events_as_organizer


@Rule
def door_passes(who: Asker) -> Condition:
    """`DOOR_PASS_READ`: of events he organizes, and his own."""
    if who.is_staff:
        return true()
    own = false() if not who.has_pass else DoorPass.id == who.pass_id
    return or_(DoorPass.event_id == who.events_as_organizer, own)


@Rule
def public(_who: Asker) -> Condition:
    """What the server tells of itself."""
    return true()


CONDITIONS: dict[Any, Rule] = {
    Event: events,
    **{model: event_parts(model) for model in EVENT_PARTS},
    **{model: catalogue(model) for model in CATALOGUES},
    **{model: door_parts(model) for model in DOOR_PARTS},
    Session: sessions,
    Ticket: tickets,
    Order: orders,
    TicketHolder: attendees,
    Movement: movements,
    Station: stations,
    UserCheckIn: user_check_ins,
    EventStatisticsGeneral: statistics_of(EventStatisticsGeneral),
    OrderStatisticsEvent: statistics_of(OrderStatisticsEvent),
    OrderStatisticsTicket: statistics_of(OrderStatisticsTicket),
    CustomForm: custom_forms,
    User: people.users,
    Role: people.roles,
    UsersEventsRoles: people.users_events_roles,
    RoleInvite: people.role_invites,
    DoorPass: door_passes,
    "colleague": people.colleagues,
    "member": people.members,
    Speaker: speakers,
    Feedback: feedbacks,
    AuditEntry: audit_entries,
    Page: public,
    Setting: public,
}
"""By model, and by name where one model is shown in two ways (``seen_as`` of a schema)."""


def rows(actor: Actor, shown: Any) -> Condition:
    """The condition for any model that has documents, or for a way to show one: a key of `CONDITIONS`."""
    return CONDITIONS[shown](actor)


def rows_of(kind: Kind, shown: Any) -> Condition:
    """The same for any actor of a kind, in a statement that is sent with his `kinds.parameters`."""
    return CONDITIONS[shown].of(kind)


def _session_on_show() -> Condition:
    return and_(Session.state.in_(PUBLIC_STATES), Session.deleted_at.is_(None))


def _of_own_door(who: Asker, model: Any) -> Condition:
    return true() if who.is_staff else model.event_id == who.events_as_door


def _of_visible_event(who: Asker, model: Any, own: ColumnElement[Any]) -> Condition:
    if who.is_staff:
        return true()
    return or_(model.event_id == own, _of_published_event(model))


def _of_published_event(model: Any) -> Condition:
    published = select(Event.id).where(Event.state == PUBLISHED, Event.deleted_at.is_(None))
    return model.event_id.in_(published)
