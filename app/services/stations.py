"""Stations: creation, change and deletion."""

from typing import Any

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.errors import NotFound
from app.models import Microlocation, Station
from app.models.stations import ROOM_TYPES
from app.services import references


def create(data: dict[str, Any]) -> Station:
    """A new station. Raises as `update`."""
    _require_place(data["event_id"], data["station_type"], data.get("microlocation_id"))
    station = Station(**data)
    session().add(station)
    session().flush()
    return station


def update(station: Station, data: dict[str, Any]) -> None:
    """Checks a change; scans that were made keep the type that the station had.

    Raises `NotFound` for a room's door without a room (the existing server's answer), `Invalid` for a room of another
    event.
    """
    station_type = data.get("station_type", station.station_type)
    if "microlocation_id" in data:
        _require_place(station.event_id, station_type, data["microlocation_id"])
    elif station.microlocation_id is None:
        _require_place(station.event_id, station_type, None)


def delete(station: Station) -> None:
    """Hides a station; what it has scanned stays."""
    station.deleted_at = utcnow()
    session().flush()


def find(station_id: int) -> Station:
    """The living station of a living event. Raises `NotFound`."""
    station: Station | None = session().scalar(
        select(Station).where(Station.id == station_id, Station.deleted_at.is_(None))
    )
    if station is None or station.event.deleted_at is not None:
        raise NotFound.of("Station", station_id, pointer="/data/relationships/station/data")
    return station


def _require_place(event_id: int, station_type: str, microlocation_id: int | None) -> None:
    if microlocation_id is None and station_type in ROOM_TYPES:
        raise NotFound(
            f"A station of type '{station_type}' needs the microlocation whose door it is.",
            pointer="/data/relationships/microlocation/data",
        )
    references.require_of_event(event_id, Microlocation, microlocation_id, "microlocation")
