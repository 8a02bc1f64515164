"""What a scan at a station means, by the station's type; the refusals are in the words that the kiosk's users know.

Registration and the daily check are done once a day at each station. A room's door counts in and out for a session. A
day is a day in the event's time zone.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from app.clock import format_instant, start_of_local_day, utcnow
from app.database import session
from app.errors import AlreadyScanned, Invalid, NotCheckedIn, NotFound, OrderNotPaid, ScanRefused, WrongEvent
from app.models import Movement, Session, Station, TicketHolder, UserCheckIn
from app.models.movements import IN, OUT, STATION
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY, REGISTRATION, ROOM_TYPES
from app.services import admission, guests, occupancy
from app.services.ledger import Ledger, Origin
from app.services.venue_door import Scanner, VenueDoor

ATTENDEE = "/data/relationships/ticket-holder/data"
SESSION = "/data/relationships/session/data"


Refused = OrderNotPaid | AlreadyScanned | NotCheckedIn | WrongEvent | ScanRefused
"""Refusals of a guest who stood at the station: they are kept in the ledger."""


def record(station: Station, *, attendee_id: int, session_id: int | None, scanner: Scanner) -> UserCheckIn | Refused:
    """Records a scan, and what it does to the guest; gives a refusal of the guest, which is kept.

    Raises `NotFound` for an unknown attendee or session, and `Invalid` when the session is missing, or not of the
    station's event or place.
    """
    book = _opened(attendee_id)
    try:
        return _recorded(station, book, session_id, scanner)
    except (OrderNotPaid, AlreadyScanned, NotCheckedIn, WrongEvent, ScanRefused) as refusal:
        _keep(refusal, station, book, scanner)
        return refusal


def _recorded(station: Station, book: Ledger, session_id: int | None, scanner: Scanner) -> UserCheckIn:
    attendee = book.attendee
    if attendee.event_id != station.event_id:
        raise WrongEvent(
            "Attendee not belong to this event. Check the ticket: it is for another one.", pointer=ATTENDEE
        )
    programme_item = None if station.station_type == REGISTRATION else _session_at(station, session_id)
    if station.station_type != CHECK_OUT:  # who is in a room may leave it, whatever became of his order
        admission.require(book)
    check_in = UserCheckIn(
        event_id=station.event_id,
        station_id=station.id,
        station_type=station.station_type,
        ticket_holder_id=attendee.id,
        session_id=programme_item.id if programme_item else None,
        recorded_by_id=scanner.user_id,
        created_at=utcnow(),
    )
    _require_sense(check_in, station.event.timezone)
    _require_room(station)
    check_in.movement = _move(station, book, scanner)
    session().add(check_in)
    session().flush()
    if station.station_type == REGISTRATION:
        _show_registration(attendee)
    return check_in


def _keep(refusal: Refused, station: Station, book: Ledger, scanner: Scanner) -> None:
    reason = refusal.code
    if isinstance(refusal, OrderNotPaid):
        reason = admission.unpaid(book)
    elif isinstance(refusal, ScanRefused):
        reason = refusal.reason
    direction = OUT if station.station_type == CHECK_OUT else IN
    admission.refuse(
        book,
        Origin(STATION, scanner.user_id, utcnow()),
        direction,
        reason=reason,
        event_id=station.event_id,
        microlocation_id=station.microlocation_id if station.station_type in ROOM_TYPES else None,
        device=admission.one_name(station.station_name),
    )


def delete(check_in: UserCheckIn) -> None:
    """Takes a scan back: it may be made again. At a room's door that takes back what was concluded from it alone, too;
    an entry to the venue that another station made stays, and a PATCH of the attendee checks him out."""
    book = _opened(check_in.ticket_holder_id, living=False)
    check_in.deleted_at = utcnow()
    if check_in.movement is not None:
        book.undo(check_in.movement)
        book.write()
    session().flush()
    if check_in.station_type == REGISTRATION:
        _show_registration(book.attendee)


def _opened(attendee_id: int, *, living: bool = True) -> Ledger:
    """The attendee's ledger, his row locked. Raises `NotFound`."""
    attendee = guests.locked({attendee_id}, living=living).get(attendee_id)
    if attendee is None:
        raise NotFound.of("Attendee", attendee_id, pointer=ATTENDEE)
    return Ledger(attendee)


def _session_at(station: Station, session_id: int | None) -> Session | None:
    if session_id is None:
        if station.station_type in ROOM_TYPES:
            raise Invalid(
                f"A station of type '{station.station_type}' needs a session. Name the one that is on there.",
                pointer=SESSION,
            )
        return None
    programme_item = session().get(Session, session_id)
    if programme_item is None or programme_item.deleted_at is not None:
        raise NotFound.of("Session", session_id, pointer=SESSION)
    if programme_item.event_id != station.event_id:
        raise Invalid("Session not belong to this event. Name one of the station's event.", pointer=SESSION)
    if station.microlocation_id not in {None, programme_item.microlocation_id}:
        raise Invalid(
            "Location of your session not matches with station location, please check with the organizer.",
            pointer=SESSION,
        )
    return programme_item


def _require_sense(scan: UserCheckIn, timezone: str) -> None:
    """Raises `AlreadyScanned` and `NotCheckedIn`."""
    today = UserCheckIn.created_at >= start_of_local_day(scan.created_at, timezone)
    here = UserCheckIn.station_id == scan.station_id
    if scan.station_type == REGISTRATION and _last(scan, today, here):
        raise AlreadyScanned("Attendee already registered.", pointer=ATTENDEE)
    if scan.station_type == DAILY and _last(scan, today, here, _same_session(scan)):
        raise AlreadyScanned("Attendee already check daily on station.", pointer=ATTENDEE)
    # A guest enters anew each day, but may leave after midnight.
    if scan.station_type == CHECK_IN and _last(scan, today, _same_session(scan)) == CHECK_IN:
        raise AlreadyScanned("Attendee already checked in.", pointer=ATTENDEE)
    if scan.station_type == CHECK_OUT and _last(scan, _same_session(scan)) != CHECK_IN:
        raise NotCheckedIn("Attendee not check in yet.", pointer=ATTENDEE)


def _require_room(station: Station) -> None:
    """Raises `ScanRefused` at the door of a room with a hard limit that is full."""
    room_id = station.microlocation_id if station.station_type == CHECK_IN else None
    if room_id is not None and occupancy.fullness(room_id) is occupancy.Full.HARD:
        raise ScanRefused("The room is full. Wait until somebody has left.", reason=occupancy.ROOM_FULL)


def _last(scan: UserCheckIn, *conditions: ColumnElement[bool]) -> str | None:
    """The type of the guest's last scan like this one, in or out alike; None when there is none."""
    kinds = ROOM_TYPES if scan.station_type in ROOM_TYPES else (scan.station_type,)
    statement = _scans_of(scan.ticket_holder_id).where(UserCheckIn.station_type.in_(kinds), *conditions)
    return session().scalar(statement.with_only_columns(UserCheckIn.station_type).limit(1))


def _same_session(scan: UserCheckIn) -> ColumnElement[bool]:
    return UserCheckIn.session_id.is_not_distinct_from(scan.session_id)


def _scans_of(attendee_id: int) -> Select[Any]:
    """Those of one guest that were not taken back, the last one first."""
    mine = (UserCheckIn.ticket_holder_id == attendee_id, UserCheckIn.deleted_at.is_(None))
    return select(UserCheckIn).where(*mine).order_by(UserCheckIn.id.desc())


def _move(station: Station, book: Ledger, scanner: Scanner) -> Movement | None:
    """Lets the guest into the venue, or in or out of the room. Gives the room's movement.

    Nobody reaches a room from outside: who enters one is in the venue, too.
    """
    device = admission.one_name(station.station_name)
    if station.microlocation_id is not None and station.station_type in ROOM_TYPES:
        now = utcnow()
        movement = book.scan(
            Origin(STATION, scanner.user_id, now),
            IN if station.station_type == CHECK_IN else OUT,
            book.after_all(now),
            microlocation_id=station.microlocation_id,
            device=device,
        )
        book.write()
        return movement
    if station.station_type != CHECK_OUT:
        _let_in(VenueDoor(book, scanner, STATION), device)
    return None


def _let_in(door: VenueDoor, device: str | None) -> None:
    """An entry to the venue, unless the guest is inside since today."""
    at = door.counted(None)
    if not door.is_still_inside(at):
        door.enter(at, device=device)
        door.write()


def _show_registration(attendee: TicketHolder) -> None:
    """Writes the two columns that show the last registration."""
    scans = _scans_of(attendee.id).where(UserCheckIn.station_type == REGISTRATION)
    last = session().scalar(scans.with_only_columns(UserCheckIn.created_at).limit(1))
    attendee.is_registered = last is not None
    attendee.register_times = format_instant(last) if last else None
    session().flush()
