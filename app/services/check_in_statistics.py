"""How many guests the stations of an event have seen today, as the kiosk's screens show it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from app.clock import format_instant, start_of_local_day, utcnow
from app.database import session
from app.models import Event, Order, Session, StationStorePax, TicketHolder, Track, UserCheckIn
from app.models.orders import ADMITTING
from app.models.stations import CHECK_IN, CHECK_OUT, REGISTRATION, ROOM_TYPES

Scans = Sequence[Any]
"""Today's scans at the doors of rooms: rows of session_id, track_id, station_type, number."""


def of_event(event: Event, *, session_ids: Collection[int] = (), track_ids: Collection[int] = ()) -> dict[str, Any]:
    """The counts of the event's day so far, under the names of the wire.

    ``session_stats`` and ``track_stats`` have a row for each asked session or track that the event has. The totals of
    sessions and tracks are those of what was asked for (the tracks of the sessions too), or of all.
    """
    now = utcnow()
    since = start_of_local_day(now, event.timezone)
    scans = _room_scans(event, since)
    sessions = _asked(select(Session).options(joinedload(Session.track)), Session, event, session_ids)
    tracks = _asked(select(Track), Track, event, track_ids)
    if session_ids or track_ids:
        shown_tracks = {track.id for track in tracks} | {each.track_id for each in sessions if each.track_id}
    else:
        shown_tracks = {scan.track_id for scan in scans if scan.track_id}
    shown_sessions = {each.id for each in sessions} if session_ids else {scan.session_id for scan in scans}
    of_tracks = [scan for scan in scans if scan.track_id in shown_tracks]
    of_sessions = [scan for scan in scans if scan.session_id in shown_sessions]
    expected, registered = _guests(event, since)
    return {
        "total_attendee": expected,
        "total_registered": registered,
        "total_not_checked_in": expected - registered,
        "total_track_checked_in": _number(of_tracks, CHECK_IN),
        "total_track_checked_out": _number(of_tracks, CHECK_OUT),
        "total_session_checked_in": _number(of_sessions, CHECK_IN),
        "total_session_checked_out": _number(of_sessions, CHECK_OUT),
        "session_stats": _session_rows(sessions, scans),
        "track_stats": _track_rows(tracks, scans, now),
    }


def _guests(event: Event, since: datetime) -> tuple[int, int]:
    """How many may come, and how many of them were registered since then."""
    seen = (
        select(UserCheckIn.id)
        .where(
            UserCheckIn.ticket_holder_id == TicketHolder.id,
            UserCheckIn.station_type == REGISTRATION,
            UserCheckIn.created_at >= since,
            UserCheckIn.deleted_at.is_(None),
        )
        .correlate(TicketHolder)
        .exists()
    )
    statement = (
        select(func.count(), func.count().filter(seen))
        .select_from(TicketHolder)
        .join(Order, TicketHolder.order_id == Order.id)
        .where(TicketHolder.event_id == event.id, TicketHolder.deleted_at.is_(None), Order.status.in_(ADMITTING))
    )
    expected, registered = session().execute(statement).one()
    return expected, registered


def _room_scans(event: Event, since: datetime) -> Scans:
    statement = (
        select(UserCheckIn.session_id, Session.track_id, UserCheckIn.station_type, func.count().label("number"))
        .join(Session, UserCheckIn.session_id == Session.id)
        .where(
            UserCheckIn.event_id == event.id,
            UserCheckIn.created_at >= since,
            UserCheckIn.station_type.in_(ROOM_TYPES),
            UserCheckIn.deleted_at.is_(None),
        )
        .group_by(UserCheckIn.session_id, Session.track_id, UserCheckIn.station_type)
    )
    return session().execute(statement).all()


def _asked(statement: Select[Any], model: type[Session | Track], event: Event, ids: Collection[int]) -> Sequence[Any]:
    """The event's living rows of these ids."""
    if not ids:
        return []
    mine = (model.id.in_(ids), model.event_id == event.id, model.deleted_at.is_(None))
    return session().scalars(statement.where(*mine).order_by(model.id)).all()


def _session_rows(sessions: Sequence[Session], scans: Scans) -> list[dict[str, Any]]:
    by_hand = _counted_by_hand([each.id for each in sessions])
    return [
        {
            "session_id": str(each.id),
            "session_name": each.title,
            "track_name": each.track.name if each.track else "",
            "speakers": [],
            "check_in": _number([scan for scan in scans if scan.session_id == each.id], CHECK_IN),
            "check_out": _number([scan for scan in scans if scan.session_id == each.id], CHECK_OUT),
            "manual_count": by_hand.get(each.id, {}),
        }
        for each in sessions
    ]


def _track_rows(tracks: Sequence[Track], scans: Scans, now: datetime) -> list[dict[str, Any]]:
    running = _running([track.id for track in tracks], now)
    return [
        {
            "track_id": str(track.id),
            "track_name": track.name,
            "current_speakers": "",
            "current_session": running.get(track.id, ""),
            "check_in": _number([scan for scan in scans if scan.track_id == track.id], CHECK_IN),
            "check_out": _number([scan for scan in scans if scan.track_id == track.id], CHECK_OUT),
        }
        for track in tracks
    ]


def _counted_by_hand(session_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The last count of heads in each session."""
    statement = (
        select(StationStorePax)
        .where(StationStorePax.session_id.in_(session_ids))
        .ext(distinct_on(StationStorePax.session_id))
        .order_by(StationStorePax.session_id, StationStorePax.id.desc())
    )
    return {
        counted.session_id: {
            "current_pax": counted.current_pax,
            "created_at": format_instant(counted.created_at),
            "modified_at": format_instant(counted.modified_at),
        }
        for counted in session().scalars(statement)
    }


def _running(track_ids: list[int], now: datetime) -> dict[int, str]:
    """The title of what is on now in each track; of what began last where there is more."""
    on_now = (Session.starts_at <= now, Session.ends_at > now, Session.deleted_at.is_(None))
    statement = (
        select(Session.track_id, Session.title)
        .where(Session.track_id.in_(track_ids), *on_now)
        .order_by(Session.starts_at, Session.id)
    )
    return {row.track_id: row.title for row in session().execute(statement)}


def _number(scans: Scans, station_type: str) -> int:
    return sum(scan.number for scan in scans if scan.station_type == station_type)
