"""The statements of the ledger (`app.services.ledger`), each one the same however much is read or written.

They pass over the session's unit of work (`app.services.recordsets`); the objects are in step with their rows
afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, and_, any_, bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm.attributes import set_committed_value

from app.database import session
from app.models import Event, Movement, Order, TicketHolder
from app.models.movements import LIVE
from app.plans import Constant, planned_once
from app.services import occupancy, recordsets
from app.services.closing import Times
from app.services.pictures import Picture


class Standing(NamedTuple):
    """What the rules ask of a guest beside his own row: when his event is, what became of his order (None: he has
    none), and his scans that are part of his story with what was concluded from them, in order of time."""

    event: Event | Times
    order_status: str | None
    movements: list[Movement]


_NEW = recordsets.NewRows(Movement, made={"id", "written_in"})
_PICTURE = ("checkin_times", "checkout_times", "device_name_checkin", "is_checked_in", "is_checked_out")
_movements, _holders = recordsets.table(Movement), recordsets.table(TicketHolder)
_ids = bindparam("ids", type_=ARRAY(BigInteger))

_is_live = and_(Movement.attendee_id == TicketHolder.id, or_(*(Movement.verdict == verdict for verdict in LIVE)))
_standings = (
    select(TicketHolder.id, *(getattr(Event, name) for name in Times._fields), Order.status, Movement)
    .join(TicketHolder.event)
    .outerjoin(TicketHolder.order)
    .outerjoin(Movement, _is_live)
    .order_by(Movement.occurred_at, Movement.id)
    .execution_options(populate_existing=True)
)
_STANDINGS = planned_once(_standings.where(TicketHolder.id == any_(_ids)))
# Of one guest PostgreSQL knows that he is one. Of an array it expects ten; and as long as it has not counted the
# movements, when a day begins, it reads all of them for ten guests: 11 ms of 100,000 (measured).
_STANDING = planned_once(_standings.where(TicketHolder.id == bindparam("id")))
_JUDGE = (
    update(_movements)
    .where(_movements.c.id == any_(_ids))
    .values(verdict=bindparam("its_verdict"), reason=bindparam("its_reason"))
)

_painted = recordsets.of_columns("painted", TicketHolder, ("id", *_PICTURE))
# Of rows made from a parameter PostgreSQL expects a hundred, and would read the whole table of guests for them; of an
# array, ten.
_of_these = and_(_holders.c.id == any_(_ids), _holders.c.id == _painted.c.id)
_paint = update(_holders).where(_of_these).values({name: _painted.c[name] for name in _PICTURE})
_new = _NEW.named("new")
_STORE = Constant(
    insert(_movements)
    .from_select(_NEW.names, select(*(_new.c[name] for name in _NEW.names)).order_by(_new.c.place))
    .add_cte(_paint.cte("paint"), occupancy.COUNT.cte("count"))
    .returning(_movements.c.id)
)
"""All at once: the guests' rows are locked by then, the movements are new, and only counts may be waited for."""


def standing(attendee_id: int) -> Standing:
    """How an attendee stands: see `standings`."""
    return _found(session().execute(_STANDING, {"id": attendee_id}))[attendee_id]


def standings(attendee_ids: Sequence[int]) -> dict[int, Standing]:
    """How attendees stand, by id, as it is now; also where an earlier transaction of the session has read it before.

    To be asked when their rows are locked. What is joined to a row in the statement that locks it is as it was before
    that waited: PostgreSQL reads anew the locked row alone, and the order may just have been cancelled.
    """
    return _found(session().execute(_STANDINGS, {"ids": list(attendee_ids)}))


def _found(rows: Iterable[Any]) -> dict[int, Standing]:
    found: dict[int, Standing] = {}
    for attendee_id, *times, status, movement in rows:
        standing = found.setdefault(attendee_id, Standing(Times(*times), status, []))
        if movement is not None:
            standing.movements.append(movement)
    return found


def judge(rows: Sequence[Movement], verdict: str, reason: str | None) -> None:
    """Gives stored rows a verdict; who reads what has changed sees them as changed."""
    session().execute(_JUDGE, {"ids": [row.id for row in rows], "its_verdict": verdict, "its_reason": reason})
    for row in rows:
        set_committed_value(row, "verdict", verdict)
        set_committed_value(row, "reason", reason)


def store(
    new: Sequence[Movement], painted: Iterable[tuple[TicketHolder, Picture]], more: Sequence[Mapping[str, Any]]
) -> None:
    """Stores movements that are not in the session yet, in their order, gives attendees their columns, and counts how
    many ``more`` went in and out (`app.services.occupancy`). One statement, or none where there is nothing to do."""
    pictures = [(attendee, picture) for attendee, picture in painted if not _shows(attendee, picture)]
    if not new and not pictures and not more:
        return
    shown = [{"id": attendee.id, **picture} for attendee, picture in pictures]
    rows = {"new": _NEW.sent(new), "painted": recordsets.rows(shown), "more": recordsets.rows(more)}
    ids = _STORE.rows(session().connection(), rows | {"ids": [attendee.id for attendee, _ in pictures]})
    _NEW.are_stored(new, ids)
    for attendee, picture in pictures:
        for name, value in picture.items():
            set_committed_value(attendee, name, value)


def _shows(attendee: TicketHolder, picture: Mapping[str, Any]) -> bool:
    return all(getattr(attendee, name) == value for name, value in picture.items())
