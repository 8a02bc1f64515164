"""A town of events for the tests of permissions: whatever can be seen or hidden is there, next to its opposite."""

from typing import Any

from sqlalchemy import select

from app.clock import utcnow
from app.models import (
    Amendment,
    AuditEntry,
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Event,
    EventStatisticsGeneral,
    Feedback,
    Microlocation,
    Movement,
    Order,
    OrderStatisticsEvent,
    OrderStatisticsTicket,
    Page,
    Repair,
    Role,
    RoleInvite,
    Session,
    Setting,
    Speaker,
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
from app.models.door_passes import ABILITIES, SCAN, SEARCH, SELL
from app.models.orders import CANCELLED, INITIALIZING
from app.models.sessions import STATES
from app.permissions import visible
from app.permissions.actors import ANONYMOUS, Actor, actor_with, load_actor
from app.permissions.policy import Permission, permits
from tests.factories import (
    ROLES,
    grant,
    make_attendee,
    make_event,
    make_field,
    make_invite,
    make_order,
    make_ticket,
    make_user,
)
from tests.programme import (
    make_amendment,
    make_badge_form,
    make_check_in,
    make_conflict,
    make_feedback,
    make_kinds,
    make_movement,
    make_page,
    make_parts,
    make_pass,
    make_pax,
    make_repair,
    make_speaker,
    make_station,
)

READ = {
    Event: Permission.EVENT_READ,
    **dict.fromkeys(visible.EVENT_PARTS, Permission.EVENT_PART_READ),
    **dict.fromkeys(visible.CATALOGUES, Permission.CATALOGUE_READ),
    Tag: Permission.TAG_READ,
    Session: Permission.SESSION_READ,
    Ticket: Permission.TICKET_READ,
    Order: Permission.ORDER_READ,
    TicketHolder: Permission.ATTENDEE_READ,
    Movement: Permission.MOVEMENT_READ,
    CheckInConflict: Permission.CHECK_IN_CONFLICT_READ,
    Amendment: Permission.AMENDMENT_READ,
    Repair: Permission.REPAIR_READ,
    AuditEntry: Permission.AUDIT_ENTRY_READ,
    Station: Permission.STATION_READ,
    UserCheckIn: Permission.USER_CHECK_IN_READ,
    StationStorePax: Permission.STATION_STORE_PAX_READ,
    EventStatisticsGeneral: Permission.STATISTICS_READ,
    OrderStatisticsEvent: Permission.STATISTICS_READ,
    OrderStatisticsTicket: Permission.STATISTICS_READ,
    CustomForm: Permission.CUSTOM_FORM_READ,
    BadgeForm: Permission.BADGE_FORM_READ,
    User: Permission.USER_READ,
    Role: Permission.ROLE_READ,
    RoleInvite: Permission.ROLE_INVITE_READ,
    DoorPass: Permission.DOOR_PASS_READ,
    UsersEventsRoles: Permission.USERS_EVENTS_ROLES_READ,
    Speaker: Permission.SPEAKER_READ,
    Feedback: Permission.FEEDBACK_READ,
    Page: Permission.PAGE_READ,
    Setting: Permission.SETTING_READ,
}
"""What the policy asks before it shows one row of a model."""

FOREIGN_ROLES = ("coorganizer", "registrar", "moderator")
PASSES = {
    "home_pass": ("home", ABILITIES),
    "draft_pass": ("draft", ABILITIES),
    "scan_pass": ("draft", (SCAN,)),
    "search_pass": ("draft", (SEARCH,)),
    "sell_pass": ("draft", (SELL,)),
    "foreign_pass": ("foreign_draft", ABILITIES),
}
"""Who has a door pass: of which event, with which abilities."""
ACTORS = (
    *("anonymous", "stranger", "buyer", "seller", *ROLES, *(f"foreign_{name}" for name in FOREIGN_ROLES), "staff"),
    *PASSES,
)


class Town:
    """Two published events, two drafts and a deleted event, each with everything.

    At ``home``, ``draft`` and ``deleted`` the people have the roles they are named by; at ``foreign`` and
    ``foreign_draft`` the ``foreign_…`` people have theirs. The seller has sold at the door once and has no role now.
    """

    def __init__(self, session: Any):
        self.session = session
        names = {*ACTORS, "deleted", "blocked"} - {"anonymous", *PASSES}
        self.people = {name: make_user(session, is_admin=name == "staff", is_verified=True) for name in sorted(names)}
        self.people["deleted"].deleted_at = utcnow()
        self.people["blocked"].is_blocked = True
        team = {name: self.people[name] for name in ROLES}
        others = {name: self.people[f"foreign_{name}"] for name in FOREIGN_ROLES}
        self.home = self._event(team)
        self.draft = self._event(team, state="draft")
        self.deleted = self._event(team, deleted_at=utcnow())
        self.foreign = self._event(others)
        self.foreign_draft = self._event(others, state="draft")
        make_kinds(session, self.home, self.draft, self.foreign_draft)
        make_kinds(session)["event-type"].deleted_at = utcnow()
        self.passes = {name: self._pass(name) for name in PASSES}
        session.flush()
        session.expire_all()
        self.actors = {name: self._actor(name) for name in ACTORS}

    def rows(self, model: Any) -> list[Any]:
        """All rows of a model, the deleted ones too."""
        return list(self.session.scalars(select(model).order_by(model.id)))

    def readable(self, actor: Actor, model: Any) -> set[int]:
        """Ids of the living rows that the policy lets the actor read, asked one by one."""
        return {row.id for row in self.rows(model) if is_alive(row) and permits(actor, READ[model], row)}

    def secrets(self, actor: Actor, model: Any) -> list[Any]:
        """The rows that he may not read, and the deleted ones."""
        readable = self.readable(actor, model)
        return [row for row in self.rows(model) if row.id not in readable]

    def _actor(self, name: str) -> Actor:
        if name == "anonymous":
            return ANONYMOUS
        if name in PASSES:
            return actor_with(self.passes[name])
        actor = load_actor(self.people[name].id)
        assert actor is not None
        return actor

    def as_(self, name: str) -> User | str | None:
        """What requests are sent with: an account, the token of a door pass, or nothing."""
        return f"pass.{name}" if name in PASSES else self.people.get(name)

    def _pass(self, name: str) -> DoorPass:
        """A pass with which somebody has scanned and sold, whatever it lets him do now."""
        where, abilities = PASSES[name]
        event: Event = getattr(self, where)
        door_pass = make_pass(self.session, event, *abilities, token=f"pass.{name}")
        ticket = self.session.query(Ticket).filter_by(event_id=event.id, deleted_at=None).first()
        guest = make_order(self.session, ticket, sold_by_pass_id=door_pass.id).attendees[0]
        scanned = make_movement(self.session, guest, door_pass_id=door_pass.id)
        make_amendment(self.session, scanned, door_pass_id=door_pass.id)
        return door_pass

    def _event(self, team: dict[str, User], **facts: Any) -> Event:
        session = self.session
        event = make_event(session, **facts)
        for name, person in team.items():
            grant(session, person, event, name)
        self._programme(event)
        make_field(session, event)
        make_invite(session, event)
        shown, _hidden, bought = (
            make_ticket(session, event, **more) for more in ({}, {"is_hidden": True}, {"is_hidden": True})
        )
        make_ticket(session, event, deleted_at=utcnow())
        buyer, seller, stranger = (self.people[name].id for name in ("buyer", "seller", "stranger"))
        tagged = make_order(session, shown, user_id=buyer).attendees[0]
        tagged.tag_id = session.scalar(select(Tag.id).where(Tag.event_id == event.id).limit(1))
        make_order(session, shown, user_id=buyer, status=INITIALIZING)
        make_order(session, bought, user_id=buyer, sold_by_id=seller, status=CANCELLED)
        sale = make_order(session, bought, user_id=self.people["blocked"].id, sold_by_id=seller)
        make_attendee(session, bought, sale, created_by_id=seller)  # no longer his once it has an order
        make_order(session, shown, user_id=self.people["deleted"].id)
        make_order(session, shown)
        for maker in (None, buyer, seller, stranger):
            make_attendee(session, shown, created_by_id=maker)
            make_attendee(session, shown, created_by_id=maker, deleted_at=utcnow())
        make_attendee(session, shown, make_order(session, shown, user_id=buyer), deleted_at=utcnow())
        self._stations(event, make_order(session, shown, user_id=buyer).attendees[0])
        return event

    def _stations(self, event: Event, guest: TicketHolder) -> None:
        for deleted_at in (None, utcnow()):
            desk = make_station(self.session, event, deleted_at=deleted_at)
            make_check_in(self.session, desk, guest, deleted_at=deleted_at)
        scanned = make_movement(self.session, guest)
        links = {"replacement_id": scanned.id, "repair_id": make_repair(self.session, event).id}
        make_amendment(self.session, scanned, **links)
        make_conflict(self.session, guest, resolved_by_id=self.people["registrar"].id)
        make_badge_form(self.session, event)
        make_pax(self.session, desk, self.session.query(Session).filter_by(event_id=event.id).first())

    def _programme(self, event: Event) -> None:
        for deleted_at in (None, utcnow()):
            track = Track(event_id=event.id, name="Track", color="#102030", deleted_at=deleted_at)
            hall = Microlocation(event_id=event.id, name="Hall", deleted_at=deleted_at)
            self.session.add_all([track, hall])
            parts = make_parts(self.session, event, deleted_at=deleted_at)
            place = {"event_id": event.id, "track_id": track.id, "microlocation_id": hall.id}
            place["session_type_id"] = parts["session-type"].id
            self.session.add_all([Session(**place, title=state, state=state) for state in STATES])
            self.session.add(Session(**place, title="Gone", state="accepted", deleted_at=utcnow()))
            self.session.flush()
        self._people_of_the_programme(event)

    def _people_of_the_programme(self, event: Event) -> None:
        """Speakers and feedbacks for every session, living or not, and without one."""
        talks = self.session.query(Session).filter_by(event_id=event.id).order_by(Session.id).all()
        talks[0].creator_id = self.people["track_organizer"].id
        buyer, stranger = self.people["buyer"], self.people["stranger"]
        for talk in talks:
            make_speaker(self.session, event, talk, name=talk.title, user_id=buyer.id)
            make_feedback(self.session, stranger, talk)
        make_speaker(self.session, event, name="Not asked yet")
        make_speaker(self.session, event, *talks, name="Everywhere")
        make_speaker(self.session, event, *talks, name="Gone", deleted_at=utcnow())
        make_feedback(self.session, buyer, event)
        make_page(self.session)


def is_alive(row: Any) -> bool:
    """Nobody has deleted the row."""
    return getattr(row, "deleted_at", None) is None
