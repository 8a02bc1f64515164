"""Putting the ledger right: a scan is taken back, or gets another time, and an entry says who did it, and why.

Nothing is deleted. The movement stays, undone; what stands in its place is a movement beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from app.clock import format_instant, utcnow
from app.database import session
from app.errors import Conflict, Forbidden, Invalid
from app.models import Amendment, Event, Movement, Repair, TicketHolder, UserCheckIn
from app.models.amendments import CORRECT, UNDO
from app.models.movements import DESK, LIVE, REFUSED, REPLAYED, UNDONE
from app.services import ledger
from app.services.admission import OUTSIDE
from app.services.ledger import Ledger, Origin

NEVER_COUNTED = {
    REFUSED: "The guest was not let through, so there is nothing to amend. Scan the guest again.",
    REPLAYED: "This scan told nothing that was not known, so there is nothing to amend. Amend the movement that it "
    "repeats: see the attendee's movements.",
}
"""What is said of scans that have changed nothing, by their verdict."""


@dataclass(frozen=True)
class Author:
    """Who puts the ledger right, by account or by door pass, and why. ``overrules``: he may bring back what somebody
    else has taken back."""

    user_id: int | None
    reason: str
    overrules: bool = True
    door_pass_id: int | None = None


@dataclass(frozen=True)
class Amended:
    """The entry, and the movements that have contradicted the guest's others since."""

    amendment: Amendment
    conflicts: list[Movement]


def undo(movement: Movement, author: Author) -> Amended:
    """Takes a scan back: it did not happen. Raises `Conflict` unless it is a fact that stands."""
    book = _book_of(movement)
    if movement.verdict == UNDONE:
        raise Conflict("This movement is undone already. Correct it, with its time, to bring it back.", pointer="/data")
    return _written(book, movement, author, kind=UNDO)


def correct(movement: Movement, author: Author, *, occurred_at: datetime) -> Amended:
    """Gives a scan another time: it is taken back, and one at that time stands beside it. That brings one back, too,
    which was undone.

    Raises `Invalid` for a time that nobody can believe, `Conflict` unless it is a scan that may have happened, and
    `Forbidden` where somebody else has undone it (see `Author`).
    """
    _require_believable(movement.event, occurred_at)
    book = _book_of(movement)
    _require_not_replaced(movement)
    _require_own_undoing(movement, author)
    replacement = stand_in(book, movement, author, direction=movement.direction, at=occurred_at)
    return _written(book, movement, author, kind=CORRECT, replacement=replacement)


def stand_in(book: Ledger, movement: Movement, author: Author, *, direction: str, at: datetime) -> Movement:
    """A fact that may stand in a movement's place, not yet part of the story.

    The client's own name stays with the movement: a device that sends it again gets its first answer.
    """
    kept: dict[str, Any] = {name: getattr(movement, name) for name in ("microlocation_id", "gate", "device")}
    origin = Origin(DESK, author.user_id, utcnow(), author.door_pass_id)
    return book.fact(origin, direction, at, device_time=movement.device_time, **kept)


def entry(
    movement: Movement, author: Author, *, kind: str, replacement: Movement | None, repair: Repair | None = None
) -> Amendment:
    """The entry of an amendment whose movements are written."""
    return Amendment(
        event_id=movement.event_id,
        movement=movement,
        kind=kind,
        replacement=replacement,
        repair=repair,
        reason=author.reason,
        author_id=author.user_id,
        door_pass_id=author.door_pass_id,
    )


def opened(attendee_ids: Iterable[int | None], *, locked: bool = True) -> list[Ledger]:
    """The ledgers of attendees, also of deleted ones, in order of id, with two statements however many they are.

    Their rows are locked, in that order, unless nothing will be written; all is read anew.
    """
    statement = (
        select(TicketHolder)
        .where(TicketHolder.id.in_(attendee_ids))
        .order_by(TicketHolder.id)
        .execution_options(populate_existing=True)
    )
    if locked:
        statement = statement.with_for_update(of=TicketHolder, key_share=True)
    return ledger.books(session().scalars(statement).all())


def of_stations() -> ColumnElement[bool]:
    """The condition that a movement was written by a station's scan, which has a resource of its own."""
    living = (UserCheckIn.deleted_at.is_(None), UserCheckIn.movement_id.is_not(None))
    return Movement.id.in_(select(UserCheckIn.movement_id).where(*living))


def _book_of(movement: Movement) -> Ledger:
    """The ledger of the movement's guest, locked, and the movement as it is now. Raises `Conflict` for what was never
    a fact, and for what another resource stands for."""
    if movement.verdict in NEVER_COUNTED or movement.attendee_id is None:
        raise Conflict(NEVER_COUNTED.get(movement.verdict, NEVER_COUNTED[REFUSED]), pointer="/data")
    [book] = opened([movement.attendee_id])
    session().refresh(movement)
    if movement.is_inferred:
        raise Conflict(_no_scan(book, movement), pointer="/data")
    _require_no_station(movement)
    return book


def _written(
    book: Ledger, movement: Movement, author: Author, *, kind: str, replacement: Movement | None = None
) -> Amended:
    before = book.contradictions.keys()
    book.replace([movement], [] if replacement is None else [replacement])
    book.write()
    amendment = entry(movement, author, kind=kind, replacement=replacement)
    session().add(amendment)
    session().flush()
    return Amended(amendment, sorted(book.contradictions.keys() - before, key=lambda row: row.id))


def _no_scan(book: Ledger, movement: Movement) -> str:
    cause = book.cause(movement)
    if cause is None:
        return f"Nobody scanned this movement ({movement.reason}), and it does not count any more."
    return (
        f"Nobody scanned this movement: it follows from movement {cause.id} ({movement.reason}). Undo or correct "
        "that one."
    )


def _require_no_station(movement: Movement) -> None:
    scan = select(UserCheckIn.id).where(UserCheckIn.movement_id == movement.id, UserCheckIn.deleted_at.is_(None))
    check_in_id = session().scalar(scan)
    if check_in_id is not None:
        raise Conflict(
            f"This movement is a station's scan. DELETE /v1/user-check-in/{check_in_id} takes both back.",
            pointer="/data",
        )


def _require_not_replaced(movement: Movement) -> None:
    statement = (
        select(Movement.id)
        .join(Amendment, Amendment.replacement_id == Movement.id)
        .where(Amendment.movement_id == movement.id, Movement.verdict.in_(LIVE))
    )
    standing = session().scalar(statement.limit(1)) if movement.verdict == UNDONE else None
    if standing is not None:
        raise Conflict(f"Movement {standing} stands in the place of this one. Correct that one.", pointer="/data")


def _require_own_undoing(movement: Movement, author: Author) -> None:
    if movement.verdict != UNDONE or author.overrules:
        return
    latest = select(Amendment.author_id, Amendment.door_pass_id).where(Amendment.movement_id == movement.id)
    by = session().execute(latest.order_by(Amendment.id.desc()).limit(1)).one_or_none()
    if by is None or tuple(by) != (author.user_id, author.door_pass_id):
        raise Forbidden("Somebody else has taken this movement back. Ask an organizer to bring it back.")


def _require_believable(event: Event, moment: datetime) -> None:
    if event.starts_at - OUTSIDE <= moment <= min(event.ends_at + OUTSIDE, utcnow()):
        return
    raise Invalid(
        f"{format_instant(moment)} lies in the future, or more than a day before or after the event "
        f"({format_instant(event.starts_at)} to {format_instant(event.ends_at)}). Send the time at which the guest "
        "was seen.",
        pointer="/data/attributes/occurred-at",
    )
