"""Which rows somebody may see, as SQL: the policy's READ rows in the words of a query.

Everything that reaches rows without a check of its own goes through these conditions: lists, ``include``, and the
relationships that ``filter`` and ``sort`` walk over. A test holds them against the policy row by row.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

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
from app.models.door_passes import SCAN, SELL
from app.models.events import PUBLISHED
from app.models.sessions import PUBLIC_STATES
from app.models.speakers import sessions_speakers
from app.permissions import predicates
from app.permissions.actors import Actor
from app.permissions.predicates import DOOR, ORGANIZERS

Condition = ColumnElement[bool]

EVENT_PARTS = (EventCopyright, Faq, Microlocation, SessionType, SocialLink, SpeakersCall, Sponsor, Track)
"""Models that the public sees with their event."""

CATALOGUES = (EventSubTopic, EventTopic, EventType)
"""Models of the whole server."""


def events(actor: Actor) -> Condition:
    """`EVENT_READ`: published ones, and those he has a role at, or a door pass."""
    living = Event.deleted_at.is_(None)
    if actor.is_staff:
        return living
    return and_(living, or_(Event.state == PUBLISHED, Event.id.in_(_own_events(actor))))


def event_parts(model: Any) -> Callable[[Actor], Condition]:
    """`EVENT_PART_READ` for rows of ``model``: those of events that he may see."""
    return lambda actor: and_(model.deleted_at.is_(None), _of_visible_event(actor, model, _own_events(actor)))


def catalogue(model: Any) -> Callable[[Actor], Condition]:
    """`CATALOGUE_READ` for rows of ``model``: all living ones."""
    return lambda _actor: model.deleted_at.is_(None)


def tags(actor: Actor) -> Condition:
    """`TAG_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, Tag)


def sessions(actor: Actor) -> Condition:
    """`SESSION_READ`: accepted and confirmed ones, and all of events he has a role at."""
    living = Session.deleted_at.is_(None)
    if actor.is_staff:
        return living
    on_show = and_(Session.state.in_(PUBLIC_STATES), _of_published_event(Session))
    return and_(living, or_(Session.event_id.in_(list(actor.roles)), on_show))


def speakers(actor: Actor) -> Condition:
    """`SPEAKER_READ`: those of accepted and confirmed sessions, and all of events he has a role at."""
    living = Speaker.deleted_at.is_(None)
    if actor.is_staff:
        return living
    on_stage = select(sessions_speakers.c.speaker_id).join_from(sessions_speakers, Session).where(_session_on_show())
    on_show = and_(Speaker.id.in_(on_stage.correlate(None)), _of_published_event(Speaker))
    return and_(living, or_(Speaker.event_id.in_(list(actor.roles)), on_show))


def feedbacks(actor: Actor) -> Condition:
    """`FEEDBACK_READ`: of events and sessions that the public sees, all of events he has a role at, and his own."""
    if actor.is_staff:
        return true()
    of_session = Feedback.session_id.in_(select(Session.id).where(_session_on_show()).correlate(None))
    on_show = and_(or_(Feedback.session_id.is_(None), of_session), _of_published_event(Feedback))
    seen = [Feedback.event_id.in_(list(actor.roles)), on_show]
    if actor.user_id is not None:
        seen.append(Feedback.user_id == actor.user_id)
    return or_(*seen)


def tickets(actor: Actor) -> Condition:
    """`TICKET_READ`: those on show, those of events whose door he keeps or where he sells with a door pass, and those
    he bought or sold."""
    living = Ticket.deleted_at.is_(None)
    if actor.is_staff:
        return living
    on_show = and_(Ticket.is_hidden.is_(False), _of_published_event(Ticket))
    selling = _events_of_pass(actor, SELL)
    seen = [Ticket.event_id.in_([*actor.events_as(DOOR), *selling]), on_show]
    if actor.user_id is not None:
        his = select(OrderLine.ticket_id).join(OrderLine.order).where(predicates.own_orders(actor))
        seen.append(Ticket.id.in_(his))
    return and_(living, or_(*seen))


def orders(actor: Actor) -> Condition:
    """`ORDER_READ`: those of events whose door he keeps, and those he bought or sold."""
    if actor.is_staff:
        return true()
    return or_(Order.event_id.in_(actor.events_as(DOOR)), own_orders(actor))


def own_orders(actor: Actor) -> Condition:
    """Orders that he bought or sold."""
    if actor.user_id is not None:
        return predicates.own_orders(actor)
    return false() if actor.pass_id is None else Order.sold_by_pass_id == actor.pass_id


def attendees(actor: Actor) -> Condition:
    """`ATTENDEE_READ`: those of events whose door he keeps, of orders he bought, and those he just made."""
    living = TicketHolder.deleted_at.is_(None)
    if actor.is_staff:
        return living
    if actor.user_id is None:
        return false()
    bought = TicketHolder.order_id.in_(select(Order.id).where(Order.user_id == actor.user_id))
    made = and_(TicketHolder.order_id.is_(None), TicketHolder.created_by_id == actor.user_id)
    return and_(living, or_(TicketHolder.event_id.in_(actor.events_as(DOOR)), bought, made))


def movements(actor: Actor) -> Condition:
    """`MOVEMENT_READ`: those of events whose door he keeps, and those he scanned with his door pass."""
    if actor.door_pass is None:
        return _of_own_door(actor, Movement)
    return and_(Movement.door_pass_id == actor.pass_id, Movement.event_id.in_(_events_of_pass(actor, SCAN)))


def check_in_conflicts(actor: Actor) -> Condition:
    """`CHECK_IN_CONFLICT_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, CheckInConflict)


def amendments(actor: Actor) -> Condition:
    """`AMENDMENT_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, Amendment)


def repairs(actor: Actor) -> Condition:
    """`REPAIR_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, Repair)


def stations(actor: Actor) -> Condition:
    """`STATION_READ`: those of events whose door he keeps."""
    return and_(Station.deleted_at.is_(None), _of_own_door(actor, Station))


def user_check_ins(actor: Actor) -> Condition:
    """`USER_CHECK_IN_READ`: those of events whose door he keeps."""
    return and_(UserCheckIn.deleted_at.is_(None), _of_own_door(actor, UserCheckIn))


def station_store_paxs(actor: Actor) -> Condition:
    """`STATION_STORE_PAX_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, StationStorePax)


def statistics_of(model: Any) -> Callable[[Actor], Condition]:
    """`STATISTICS_READ`: those of events he organizes."""
    return lambda actor: true() if actor.is_staff else model.event_id.in_(actor.events_as(ORGANIZERS))


def custom_forms(actor: Actor) -> Condition:
    """`CUSTOM_FORM_READ`."""
    return _of_visible_event(actor, CustomForm, list(actor.roles))


def badge_forms(actor: Actor) -> Condition:
    """`BADGE_FORM_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, BadgeForm)


def users(actor: Actor) -> Condition:
    """`USER_READ`, and for organizers who bought at their events; not who was only named in a sale at the door."""
    buyers = select(Order.user_id).where(Order.event_id.in_(actor.events_as(ORGANIZERS)), Order.is_sold_online)
    return _himself_or(actor, buyers)


def members(actor: Actor) -> Condition:
    """With the address: himself, and who works at events he organizes."""
    working = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id.in_(actor.events_as(ORGANIZERS)))
    return _himself_or(actor, working)


def colleagues(actor: Actor) -> Condition:
    """By name only: himself, and who works at, makes the programme of, or has rated, events he organizes."""
    led = actor.events_as(ORGANIZERS)
    working = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id.in_(led))
    sellers = select(Order.sold_by_id).where(Order.event_id.in_(led))
    programme = (
        select(made_by).where(model.event_id.in_(led)).correlate(None)
        for model, made_by in ((Session, Session.creator_id), (Speaker, Speaker.user_id), (Feedback, Feedback.user_id))
    )
    return _himself_or(actor, working, sellers, *programme)


def roles(_actor: Actor) -> Condition:
    """`ROLE_READ`: all."""
    return true()


def users_events_roles(actor: Actor) -> Condition:
    """`USERS_EVENTS_ROLES_READ`: of events he organizes, and his own."""
    if actor.is_staff:
        return true()
    if actor.user_id is None:
        return false()
    return or_(UsersEventsRoles.event_id.in_(actor.events_as(ORGANIZERS)), UsersEventsRoles.user_id == actor.user_id)


def role_invites(actor: Actor) -> Condition:
    """`ROLE_INVITE_READ`: of events he organizes."""
    return true() if actor.is_staff else RoleInvite.event_id.in_(actor.events_as(ORGANIZERS))


def audit_entries(actor: Actor) -> Condition:
    """`AUDIT_ENTRY_READ`: of events he organizes; what is of no event is for staff."""
    return true() if actor.is_staff else AuditEntry.event_id.in_(actor.events_as(ORGANIZERS))


def door_passes(actor: Actor) -> Condition:
    """`DOOR_PASS_READ`: of events he organizes, and his own."""
    if actor.is_staff:
        return true()
    own = false() if actor.pass_id is None else DoorPass.id == actor.pass_id
    return or_(DoorPass.event_id.in_(actor.events_as(ORGANIZERS)), own)


def public(_actor: Actor) -> Condition:
    """What the server tells of itself."""
    return true()


CONDITIONS: dict[Any, Callable[[Actor], Condition]] = {
    Event: events,
    **{model: event_parts(model) for model in EVENT_PARTS},
    **{model: catalogue(model) for model in CATALOGUES},
    Tag: tags,
    Session: sessions,
    Ticket: tickets,
    Order: orders,
    TicketHolder: attendees,
    Movement: movements,
    CheckInConflict: check_in_conflicts,
    Amendment: amendments,
    Repair: repairs,
    Station: stations,
    UserCheckIn: user_check_ins,
    StationStorePax: station_store_paxs,
    EventStatisticsGeneral: statistics_of(EventStatisticsGeneral),
    OrderStatisticsEvent: statistics_of(OrderStatisticsEvent),
    OrderStatisticsTicket: statistics_of(OrderStatisticsTicket),
    CustomForm: custom_forms,
    BadgeForm: badge_forms,
    User: users,
    Role: roles,
    UsersEventsRoles: users_events_roles,
    RoleInvite: role_invites,
    DoorPass: door_passes,
    "colleague": colleagues,
    "member": members,
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


def keeps_door(actor: Actor, thing: Any) -> bool:
    """Whether he sees all orders and attendees of the event that the thing is of, as `orders` and `attendees` say."""
    event = predicates.event_of(thing)
    return event is not None and (actor.is_staff or actor.has_role(event.id, DOOR))


def _himself_or(actor: Actor, *others: Select[Any]) -> Condition:
    """Accounts: all for staff, none for nobody, else his own and those whose ids are selected."""
    living = User.deleted_at.is_(None)
    if actor.is_staff:
        return living
    if actor.user_id is None:
        return false()
    return and_(living, or_(User.id == actor.user_id, *(User.id.in_(ids) for ids in others)))


def _session_on_show() -> Condition:
    return and_(Session.state.in_(PUBLIC_STATES), Session.deleted_at.is_(None))


def _of_own_door(actor: Actor, model: Any) -> Condition:
    return true() if actor.is_staff else model.event_id.in_(actor.events_as(DOOR))


def _own_events(actor: Actor) -> list[int]:
    """Ids of events that he has a role at, or a door pass."""
    return [*actor.roles, *([] if actor.door_pass is None else [actor.door_pass.event_id])]


def _events_of_pass(actor: Actor, ability: str) -> list[int]:
    """The id of the event that he has a door pass of, if it has the ability."""
    door_pass = actor.door_pass
    return [] if door_pass is None or ability not in door_pass.abilities else [door_pass.event_id]


def _of_visible_event(actor: Actor, model: Any, own: list[int]) -> Condition:
    if actor.is_staff:
        return true()
    return or_(model.event_id.in_(own), _of_published_event(model))


def _of_published_event(model: Any) -> Condition:
    published = select(Event.id).where(Event.state == PUBLISHED, Event.deleted_at.is_(None))
    return model.event_id.in_(published)
