"""Stories told anew: when an event's end, closing time or time zone change, its days do, and what was concluded from
them."""

from sqlalchemy import select

from app.database import session
from app.models import Movement, TicketHolder
from app.models.movements import LIVE
from app.services import guests, ledger

GUESTS = 200
"""How many are locked at once."""


def retell(after: int) -> tuple[int, int | None]:
    """Brings columns, verdicts and counts of the next guests with movements, those with ids above ``after``, to what
    their scans say. Gives how many had to be changed, and after whom to go on; None: there are no more."""
    seen = select(Movement.id).where(Movement.attendee_id == TicketHolder.id, Movement.verdict.in_(LIVE)).exists()
    statement = select(TicketHolder.id).where(TicketHolder.id > after, seen).order_by(TicketHolder.id).limit(GUESTS)
    ids = session().scalars(statement).all()
    if not ids:
        return 0, None
    books = ledger.books(list(guests.locked(ids, living=False).values()))
    outdated = [book for book in books if not book.is_told()]
    ledger.write_together(outdated)
    return len(outdated), ids[-1]
