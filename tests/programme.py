"""Rows of an event's programme for tests: tracks, microlocations, sessions, and stations at their doors."""

from typing import Any

from app.clock import utcnow
from app.models import (
    BadgeForm,
    Event,
    Microlocation,
    Session,
    Station,
    StationStorePax,
    TicketHolder,
    Track,
    UserCheckIn,
)
from app.models.stations import REGISTRATION


def make_track(session: Any, event: Event, **facts: Any) -> Track:
    """A grey track."""
    return _add(session, Track(**{"event_id": event.id, "name": "Music", "color": "#808080"} | facts))


def make_microlocation(session: Any, event: Event, **facts: Any) -> Microlocation:
    """A hall."""
    return _add(session, Microlocation(**{"event_id": event.id, "name": "Main hall"} | facts))


def make_session(session: Any, event: Event, **facts: Any) -> Session:
    """An accepted programme item without a time."""
    return _add(session, Session(**{"event_id": event.id, "title": "Opening", "state": "accepted"} | facts))


def make_station(session: Any, event: Event, station_type: str = REGISTRATION, **facts: Any) -> Station:
    """A station; a room's door needs its ``microlocation_id``."""
    defaults = {"event_id": event.id, "station_name": "Kiosk 9", "station_type": station_type}
    return _add(session, Station(**defaults | facts))


def make_check_in(session: Any, station: Station, guest: TicketHolder, **facts: Any) -> UserCheckIn:
    """The bare row of a scan: it has moved nobody."""
    defaults = {
        "event_id": station.event_id,
        "station_id": station.id,
        "station_type": station.station_type,
        "ticket_holder_id": guest.id,
    }
    return _add(session, UserCheckIn(**defaults | facts))


def make_pax(session: Any, station: Station, programme_item: Session, **facts: Any) -> StationStorePax:
    """Seven heads."""
    defaults = {"event_id": station.event_id, "station_id": station.id, "session_id": programme_item.id}
    return _add(session, StationStorePax(**defaults | {"current_pax": 7} | facts))


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
