"""Cursors: where a reader of rows that keep changing has come to, so that he is given what has been written since.

A position is the transaction that wrote a row last, and the row's id. Ids and times are given out long before the
commit: a reader who goes by them passes a row that is committed late, and never sees it. The numbers of transactions
are given out early too, but the database knows which of them are still running (``pg_snapshot_xmin``): below the oldest
of these nothing can appear any more, and no further is read. A row that is written again comes again.
"""

import hashlib
import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from struct import Struct
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, literal_column, or_, tuple_, update
from sqlalchemy import text as sql

from app.database import session
from app.errors import BadRequest, CursorExpired
from app.models import Setting

PARAMETER = "cursor"

MOST = 10_000
"""Rows that are read at once."""

SETTLED_BELOW: ColumnElement[int] = literal_column(
    "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint", BigInteger
)
"""Transactions with smaller numbers are over, in the snapshot of the statement that asks."""

NOT_BEGUN: ColumnElement[int] = literal_column("(pg_snapshot_xmax(pg_current_snapshot())::text)::bigint", BigInteger)
"""No transaction of this server has this number or a larger one yet."""

# What a restored database does not have in common with the one before: a copy of the files that was wound forward has
# another timeline, pg_restore makes a table anew, into another cluster or not. `expire_all` is for all others.
_EPOCH = sql(
    """
    SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                     (SELECT timeline_id FROM pg_control_checkpoint()),
                     (SELECT oid FROM pg_database WHERE datname = current_database()),
                     CAST(:table AS regclass)::oid, pg_relation_filenode(:table), (SELECT max(epoch) FROM settings)),
           (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint
    """
)
_PACKED = Struct(">8sqq")
_TEXT = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    """A place in the rows of ``origin``: of one list, one event, one database. All before it has been read."""

    origin: bytes
    written_in: int = 0
    id: int = 0

    def __str__(self) -> str:
        """What clients keep and send again: 32 characters that are safe in an address."""
        return urlsafe_b64encode(_PACKED.pack(self.origin, self.written_in, self.id)).decode()


@dataclass(frozen=True)
class Stretch:
    """The rows after a cursor, as far as they were read; where to go on, and whether there are more already."""

    rows: Sequence[Row[Any]]
    cursor: Cursor
    more: bool


def at(text: str, model: Any, scope: str) -> Cursor:
    """The cursor that a client sends for rows of ``model``; an empty text is the beginning. ``scope`` names the list
    that is read: which event, which filter.

    Raises `BadRequest` for what is no cursor, and `CursorExpired` for one of another list, or of a database that was
    replaced meanwhile.
    """
    epoch, next_transaction = session().execute(_EPOCH, {"table": model.__tablename__}).one()
    start = Cursor(hashlib.blake2b(f"{epoch} {scope}".encode(), digest_size=8).digest())
    if not text:
        return start
    cursor = _parsed(text)
    # A database that was restored by copying files gives numbers out again; a place beyond them is not its own.
    if cursor.origin != start.origin or cursor.written_in >= next_transaction:
        raise CursorExpired(
            "This cursor is of another list, or the database was restored since. Forget what you have, and begin again "
            "with an empty cursor.",
            parameter=PARAMETER,
        )
    return cursor


def read(statement: Select[Any], model: Any, cursor: Cursor, size: int) -> Stretch:
    """The rows of ``statement`` after ``cursor``, in the order in which they were written; ``size`` at most."""
    placed = statement.add_columns(model.written_in.label("at_written_in"), model.id.label("at_id"))
    placed = placed.order_by(model.written_in, model.id).limit(size + 1)
    if cursor.written_in == 0:
        # First what was written before the database took notes, or on a server whose transactions had other numbers, of
        # which this is a restored copy: there will never be more of it.
        elsewhere = or_(model.written_in.is_(None), model.written_in >= NOT_BEGUN), model.id > cursor.id
        former = session().execute(placed.order_by(None).order_by(model.id).where(*elsewhere)).all()[:size]
        if former:
            return Stretch(former, replace(cursor, id=former[-1].at_id), more=True)
    since = tuple_(model.written_in, model.id) > (cursor.written_in, cursor.id if cursor.written_in else 0)
    rows = session().execute(placed.where(since, model.written_in < SETTLED_BELOW)).all()
    found = rows[:size]
    if found:
        cursor = replace(cursor, written_in=found[-1].at_written_in, id=found[-1].at_id)
    return Stretch(found, cursor, more=len(rows) > size)


def expire_all() -> None:
    """Makes every cursor that was ever given expire: for a database that was restored without a trace of it."""
    session().execute(update(Setting).values(epoch=str(uuid.uuid4())))


def _parsed(text: str) -> Cursor:
    if _TEXT.fullmatch(text):
        origin, written_in, row_id = _PACKED.unpack(urlsafe_b64decode(text))
        if written_in >= 0 and row_id >= 0:
            return Cursor(origin, written_in, row_id)
    raise BadRequest(
        "This is no cursor. Send the one of meta.cursor as it was, or an empty one to begin again.", parameter=PARAMETER
    )
