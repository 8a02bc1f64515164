"""What supervisors decide about scans that contradict each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.clock import TICK, format_instant, utcnow
from app.database import session
from app.errors import Conflict, Invalid
from app.models import CheckInConflict, TicketHolder
from app.models.check_in_conflicts import LOST_ENTRY, LOST_EXIT, MISSING, RESOLUTIONS, RESOLVED, WITHDRAWN
from app.models.movements import DESK, IN, OUT
from app.services.ledger import Ledger, Origin

RESOLUTION = "/data/attributes/resolution"
REASON = "/data/attributes/resolution-reason"
TIME = "/data/attributes/occurred-at"


@dataclass(frozen=True)
class Decision:
    """What a supervisor says. ``occurred_at``: when the missing movement happened, where one is added."""

    resolution: str | None = None
    resolution_reason: str | None = None
    occurred_at: datetime | None = None


def lock_attendee(conflict_id: int) -> None:
    """Locks the row of the attendee whose scans contradict each other: before the conflict's own, as scans do."""
    mine = select(CheckInConflict.attendee_id).where(CheckInConflict.id == conflict_id).scalar_subquery()
    statement = select(TicketHolder).where(TicketHolder.id == mine).with_for_update(of=TicketHolder, key_share=True)
    session().scalar(statement.execution_options(populate_existing=True))


def resolve(conflict: CheckInConflict, decision: Decision, *, resolved_by_id: int | None) -> None:
    """Decides. A missing movement is recorded, so that the second one counts.

    The rows of the attendee (`lock_attendee`) and of the conflict must be locked, in this order. Raises `Conflict` when
    there is nothing to decide any more, and `Invalid` for a decision without a reason, or one that does not fit.
    """
    _require_open(conflict)
    _require_sense(conflict, decision)
    now = utcnow()
    book = _with_the_missing(conflict, decision, Origin(DESK, resolved_by_id, now))
    conflict.resolution, conflict.resolution_reason = decision.resolution, decision.resolution_reason
    conflict.state, conflict.resolved_by_id, conflict.resolved_at = RESOLVED, resolved_by_id, now
    if book is not None:
        book.write()  # after the decision, or the conflict would be withdrawn by it
    session().flush()


def _require_open(conflict: CheckInConflict) -> None:
    """Raises `Conflict`, and says who was faster."""
    if conflict.state == WITHDRAWN:
        raise Conflict("There is nothing to resolve any more: the two scans agree by now. Load the conflicts again.")
    if conflict.state == RESOLVED and conflict.resolved_at is not None:
        who = conflict.resolved_by.display_name if conflict.resolved_by is not None else None
        raise Conflict(
            f"This was resolved as {conflict.resolution}{f' by {who}' if who else ''} at "
            f"{format_instant(conflict.resolved_at)}. Read it again to see why."
        )


def _require_sense(conflict: CheckInConflict, decision: Decision) -> None:
    """Raises `Invalid`."""
    if decision.resolution is None:
        raise Invalid(f"Say what happened: one of {', '.join(RESOLUTIONS)}.", pointer=RESOLUTION)
    if not (decision.resolution_reason or "").strip():
        raise Invalid("Say in a few words how you know: send a resolution-reason.", pointer=REASON)
    fits = {LOST_EXIT: IN, LOST_ENTRY: OUT}.get(decision.resolution, conflict.second.direction)
    if conflict.second.direction != fits:
        way, other = ("an exit", LOST_ENTRY) if conflict.second.direction == OUT else ("an entry", LOST_EXIT)
        raise Invalid(
            f"The second scan is {way}: what may be missing before it is a {other}. Send that.", pointer=RESOLUTION
        )
    if decision.occurred_at is not None and decision.resolution not in MISSING:
        raise Invalid("Only a lost-exit and a lost-entry have a time of their own. Leave it away.", pointer=TIME)


def _with_the_missing(conflict: CheckInConflict, decision: Decision, origin: Origin) -> Ledger | None:
    """The attendee's ledger with the movement that nobody scanned, to be written; None for decisions that add none.
    Raises `Invalid` where it would not make the second one count."""
    if decision.resolution not in MISSING:
        return None
    first, second = conflict.first, conflict.second
    pointer = TIME if decision.occurred_at is not None else RESOLUTION
    at = decision.occurred_at or second.occurred_at - TICK
    if at >= second.occurred_at or (first is not None and at <= first.occurred_at):
        after = f"after {format_instant(first.occurred_at)} and " if first is not None else ""
        raise Invalid(
            f"It must have been {after}before {format_instant(second.occurred_at)}. Send such a time.", pointer=pointer
        )
    book = Ledger(conflict.attendee)
    direction = OUT if second.direction == IN else IN
    uncertainty_ms = None
    if decision.occurred_at is None and first is not None:  # at any time between the two
        uncertainty_ms = (second.occurred_at - first.occurred_at) // timedelta(milliseconds=1)
    missing = book.scan(origin, direction, at, microlocation_id=second.microlocation_id, uncertainty_ms=uncertainty_ms)
    if book.contradictions.keys() & {missing, second}:
        raise Invalid(
            "At that time it would contradict other scans of the guest. Name a later one: occurred-at.", pointer=pointer
        )
    return book
