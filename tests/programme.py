"""Rows of an event's programme for tests: tracks, microlocations, sessions, and stations at their doors."""

from collections.abc import Mapping
from typing import Any

from app.clock import utcnow
from app.database import session
from app.models import (
    Amendment,
    AuditEntry,
    BadgeForm,
    CheckInConflict,
    DoorPass,
    Event,
    EventCopyright,
    EventSubTopic,
    EventTopic,
    EventType,
    Faq,
    Feedback,
    Microlocation,
    Movement,
    Page,
    Repair,
    Session,
    SessionType,
    SocialLink,
    Speaker,
    SpeakersCall,
    Sponsor,
    Station,
    StationStorePax,
    Tag,
    TicketHolder,
    Track,
    User,
    UserCheckIn,
)
from app.models.check_in_conflicts import LOST_ENTRY, OPEN
from app.models.movements import CONFLICT, OUT
from app.models.stations import REGISTRATION
from app.services import hashes, occupancy, recordsets
from app.services.occupancy import Way


def make_track(session: Any, event: Event, **facts: Any) -> Track:
    """A grey track."""
    return _add(session, Track(**{"event_id": event.id, "name": "Music", "color": "#808080"} | facts))


def make_microlocation(session: Any, event: Event, **facts: Any) -> Microlocation:
    """A hall."""
    return _add(session, Microlocation(**{"event_id": event.id, "name": "Main hall"} | facts))


def make_session(session: Any, event: Event, **facts: Any) -> Session:
    """An accepted programme item without a time."""
    return _add(session, Session(**{"event_id": event.id, "title": "Opening", "state": "accepted"} | facts))


def make_speaker(session: Any, event: Event, *talks: Session, **facts: Any) -> Speaker:
    """Somebody with an address, who speaks in these sessions."""
    defaults = {"event_id": event.id, "name": "Hedy", "email": "hedy@example.org", "mobile": "+43 1"}
    return _add(session, Speaker(**defaults | facts, sessions=list(talks)))


def make_feedback(session: Any, user: User, about: Event | Session, **facts: Any) -> Feedback:
    """Four stars."""
    whole = isinstance(about, Event)
    place = {"event_id": about.id if whole else about.event_id, "session_id": None if whole else about.id}
    return _add(session, Feedback(**{"user_id": user.id, "rating": 4, "comment": "Fine"} | place | facts))


def make_page(session: Any, **facts: Any) -> Page:
    """An imprint."""
    return _add(session, Page(**{"name": "Imprint", "url": "/imprint"} | facts))


def make_station(session: Any, event: Event, station_type: str = REGISTRATION, **facts: Any) -> Station:
    """A station; a room's door needs its ``microlocation_id``."""
    defaults = {"event_id": event.id, "station_name": "Kiosk 9", "station_type": station_type}
    return _add(session, Station(**defaults | facts))


def count_more(event: Event, changes: Mapping[Way, int]) -> None:
    """Counts of who is inside that no movements stand behind."""
    session().execute(occupancy.COUNT, {"more": recordsets.rows(occupancy.more(event.id, changes))})


def make_check_in(session: Any, station: Station, guest: TicketHolder, **facts: Any) -> UserCheckIn:
    """The bare row of a scan: it has moved nobody."""
    defaults = {
        "event_id": station.event_id,
        "station_id": station.id,
        "station_type": station.station_type,
        "ticket_holder_id": guest.id,
    }
    return _add(session, UserCheckIn(**defaults | facts))


def make_movement(session: Any, guest: TicketHolder, **facts: Any) -> Movement:
    """The bare row of an entry: it has let nobody in."""
    now = utcnow()
    defaults = {"event_id": guest.event_id, "attendee_id": guest.id, "direction": "in", "source": "desk"}
    times = {"occurred_at": now, "recorded_at": now, "verdict": "accepted", "told": "accepted"}
    return _add(session, Movement(**defaults | times | facts))


def make_conflict(session: Any, guest: TicketHolder, **facts: Any) -> CheckInConflict:
    """The bare rows of two exits and the open question about them: nobody was let out."""
    first = make_movement(session, guest, direction=OUT)
    second = make_movement(session, guest, direction=OUT, verdict=CONFLICT, reason="not-inside")
    defaults = {"event_id": guest.event_id, "attendee_id": guest.id, "suggestion": LOST_ENTRY, "state": OPEN}
    both = {"first_id": first.id, "second_id": second.id, "seconds_apart": 0}
    return _add(session, CheckInConflict(**defaults | both | facts))


def make_repair(session: Any, event: Event, **facts: Any) -> Repair:
    """The bare row of a repair: it has turned nothing round."""
    wrong = {"device": "Phone 7", "since": event.starts_at, "until": utcnow(), "direction": "in"}
    counts = {"movement_count": 0, "attendee_count": 0}
    return _add(session, Repair(**{"event_id": event.id, "reason": "Wrong mode"} | wrong | counts | facts))


def make_amendment(session: Any, movement: Movement, **facts: Any) -> Amendment:
    """The bare row of an amendment: the movement is as it was."""
    defaults = {"event_id": movement.event_id, "movement_id": movement.id, "kind": "undo", "reason": "A slip"}
    return _add(session, Amendment(**defaults | facts))


def make_pass(session: Any, event: Event, *abilities: str, token: str = "", **facts: Any) -> DoorPass:
    """A pass that scans (unless it is said what it does), in force; with a ``token`` a phone has it, and was just
    there."""
    now = utcnow()
    defaults = {"event_id": event.id, "name": "North gate", "abilities": list(abilities) or ["scan"]}
    times = {"valid_from": event.starts_at, "valid_until": event.ends_at}
    phone = {"token_hash": hashes.of_secret(token), "paired_at": now, "paired_device": "Phone 1", "last_used_at": now}
    return _add(session, DoorPass(**defaults | times | (phone if token else {}) | facts))


def make_pax(session: Any, station: Station, programme_item: Session, **facts: Any) -> StationStorePax:
    """Seven heads."""
    defaults = {"event_id": station.event_id, "station_id": station.id, "session_id": programme_item.id}
    return _add(session, StationStorePax(**defaults | {"current_pax": 7} | facts))


def make_parts(session: Any, event: Event, **facts: Any) -> dict[str, Any]:
    """One of each of what is simply stored under an event besides tracks and microlocations, by wire type."""
    rows = {
        "event-copyright": EventCopyright(holder="Ada"),
        "faq": Faq(question="Where?", answer="Here."),
        "session-type": SessionType(name="Talk"),
        "social-link": SocialLink(name="Blog", link="https://example.org/blog"),
        "speakers-call": SpeakersCall(starts_at=event.starts_at, ends_at=event.ends_at),
        "sponsor": Sponsor(name="Bakery"),
        "tag": Tag(name="Speakers", color="#ff0000"),
    }
    for row in rows.values():
        row.event_id = event.id
        for name, value in facts.items():
            if hasattr(row, name):
                setattr(row, name, value)
        _add(session, row)
    return rows


def make_kinds(session: Any, *events: Event) -> dict[str, Any]:
    """A type, a topic and a sub-topic of it, by wire type; the events are of these."""
    topic = _add(session, EventTopic(name="Sounds"))
    rows = {
        "event-sub-topic": _add(session, EventSubTopic(name="Jazz", event_topic_id=topic.id)),
        "event-topic": topic,
        "event-type": _add(session, EventType(name="Open air")),
    }
    for event in events:
        event.event_type_id, event.event_topic_id = rows["event-type"].id, topic.id
        event.event_sub_topic_id = rows["event-sub-topic"].id
    session.flush()
    return rows


def make_badge_form(session: Any, event: Event, **facts: Any) -> BadgeForm:
    """A form with a first name on it."""
    fields = [{"id": 1, "field_identifier": "firstname", "custom_field": "First Name"}]
    return _add(session, BadgeForm(**{"event_id": event.id, "badge_id": "plain", "badge_fields": fields} | facts))


def where_it_is_noon() -> str:
    """A time zone in which no test crosses midnight."""
    ahead = 12 - utcnow().hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"  # the sign is the other way round than in ISO 8601


def _add(session: Any, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_entry(session: Any, event: Event, **facts: Any) -> AuditEntry:
    """An audit entry of somebody's order, as the database writes one."""
    facts = {"event_id": event.id, "verb": "update", "noun": "orders", "row_id": 1} | facts
    return _add(session, AuditEntry(**facts))
