"""Where the table of rights is asked: an event with one of everything, and an account for everybody."""

from typing import Any

from app.api.tasks import DOWNLOAD, TASK, Statement, signed
from app.models import Microlocation, Setting, Track, User
from app.models import Session as ProgrammeItem
from app.models.orders import INITIALIZING, PLACED
from app.services import hashes
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
    make_entry,
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
from tests.rights.answers import ACTORS, ELSEWHERE

TOKEN = "of the invite"
PAIRING_CODE = "of the pass"


class Place:
    """An event with one of everything. ``rows`` is keyed by the segment of a URL before a row's id."""

    def __init__(self, session: Any, actors: dict[str, User], *, state: str):
        event = self.event = make_event(session, state=state)
        buyer = actors["buyer"]
        grants = {name: grant(session, actors[name], event, name) for name in ROLES}
        self.newcomer = make_user(session)
        self.ticket = make_ticket(session, event)
        spare, hidden = make_ticket(session, event), make_ticket(session, event, is_hidden=True)
        paid = make_ticket(session, event, type="paid", price=10)
        order = make_order(session, self.ticket, user_id=buyer.id)
        unfinished = make_order(session, self.ticket, user_id=buyer.id, status=INITIALIZING)
        placed = make_order(session, paid, user_id=buyer.id, status=PLACED)
        place = {"event_id": event.id}
        self.track = Track(**place, name="Track", color="#102030")
        hall = Microlocation(**place, name="Hall")
        session.add_all([self.track, hall])
        parts = make_parts(session, event) | make_kinds(session, event)
        place |= {"track_id": self.track.id, "microlocation_id": hall.id, "session_type_id": parts["session-type"].id}
        accepted = ProgrammeItem(**place, title="Accepted", state="accepted")
        rejected = ProgrammeItem(**place, title="Rejected", state="rejected")
        session.add_all([accepted, rejected])
        session.flush()
        loose = make_attendee(session, self.ticket, created_by_id=buyer.id)
        desk = make_station(session, event, microlocation_id=hall.id)
        scanned = make_check_in(session, desk, unfinished.attendees[0], session_id=accepted.id)
        self.made_by = {
            name: make_attendee(session, self.ticket, created_by_id=person.id) for name, person in actors.items()
        }
        self.links = {
            f"<{purpose}>": signed(purpose, Statement("csv", event.id, actors["owner"].id, ("attendees",)))
            for purpose in (TASK, DOWNLOAD)
        }
        self.rows = {
            "attendees": order.attendees[0],
            "audit-entries": make_entry(session, event),
            "custom-forms": make_field(session, event, form_id="vip"),
            "owner's invite": make_invite(session, event, "owner"),
            "role-invites": make_invite(session, event, email=actors["stranger"].email, token=TOKEN),
            "badge-forms": make_badge_form(session, event),
            "events": event,
            "loose attendee": loose,
            "microlocations": hall,
            "orders": order,
            "unfinished order": unfinished,
            "placed order": placed,
            "registered attendee": unfinished.attendees[0],
            "roles": grants["registrar"].role,
            "sessions": accepted,
            "speakers": make_speaker(session, event, accepted, user_id=buyer.id),
            "hidden speaker": make_speaker(session, event, rejected),
            "feedbacks": make_feedback(session, actors["moderator"], event),
            "pages": make_page(session),
            "door-passes": make_pass(
                session,
                event,
                pairing_hash=hashes.of_secret(PAIRING_CODE),
                pairing_until=event.ends_at,
                created_by_id=actors["organizer"].id,
                microlocation_id=hall.id,
            ),
            "settings": session.get(Setting, 1),
            "station-store-paxs": make_pax(session, desk, accepted),
            "stations": desk,
            "movements": make_movement(  # refused, so that he may still be scanned
                session, order.attendees[0], microlocation_id=hall.id, recorded_by_id=buyer.id, verdict="refused"
            ),
            "check-in-conflicts": make_conflict(session, placed.attendees[0]),
            "user-check-in": scanned,
            **self._amended(session, actors),
            "rejected session": rejected,
            "spare ticket": spare,
            "hidden ticket": hidden,
            "tickets": self.ticket,
            "tracks": self.track,
            "users": actors["stranger"],
            **{f"{type_}s": row for type_, row in parts.items()},
            "users-events-roles": grants["registrar"],
        }

    def _amended(self, session: Any, actors: dict[str, User]) -> dict[str, Any]:
        """Movements that can be amended, and what has been amended."""
        others, his = (
            make_movement(
                session, make_attendee(session, self.ticket), recorded_by_id=actors[name].id, device="Phone 7"
            )
            for name in ("organizer", "registrar")
        )
        author = {"author_id": actors["organizer"].id}
        repair = make_repair(session, self.event, **author)
        amendment = make_amendment(session, others, replacement_id=his.id, repair_id=repair.id, **author)
        return {"scan": others, "registrar's scan": his, "repairs": repair, "amendments": amendment}


def open_place(session: Any, *, state: str = "published") -> tuple[Place, dict[str, User]]:
    """A place and `everybody`, whose rows stay as they are now, whatever requests do."""
    actors = everybody(session)
    place = Place(session, actors, state=state)
    session.commit()
    session.expunge_all()
    return place, actors


def everybody(session: Any) -> dict[str, User]:
    """An account for each of `ACTORS` that has one, and `ELSEWHERE`; only the buyer's e-mail is not verified."""
    names = {*ACTORS, ELSEWHERE} - {"anonymous"}
    people = {name: make_user(session, is_verified=name != "buyer", is_admin=name == "staff") for name in sorted(names)}
    other = make_event(session)
    for role in ROLES:
        grant(session, people[ELSEWHERE], other, role)
    make_order(session, make_ticket(session, other), user_id=people[ELSEWHERE].id, sold_by_id=people[ELSEWHERE].id)
    return people
