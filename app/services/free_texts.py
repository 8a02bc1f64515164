"""Texts that people type about each other, where a name may stand: found and blanked when a person is removed.

A new column of this kind gets a line in `FREE_TEXTS`; a test finds the ones that are missing.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, tuple_, update
from sqlalchemy import Text as TextType
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

from app.database import Base, session
from app.models import (
    Amendment,
    CheckInConflict,
    DoorPass,
    Feedback,
    IdempotencyKey,
    Mail,
    Movement,
    Order,
    Repair,
    Session,
    TicketHolder,
)
from app.models.attendees import NAMELESS

ERASED = "(erased)"

SHORTEST = 2
"""Letters of a name that is looked for: shorter ones would blank every text."""

BATCH = 1_000


@dataclass(frozen=True)
class Names:
    """What one person is called. A last name is enough to know him by; a first name only in what is about him."""

    addresses: frozenset[str]
    last: frozenset[str]
    first: frozenset[str]

    @classmethod
    def of(cls, *, addresses: Iterable[str | None], last: Iterable[str | None], first: Iterable[str | None]) -> "Names":
        """Without the empty ones, and without those that this server gives by itself. Who has only a first name is
        looked for by it."""
        told, names = frozenset(_real(last)), frozenset(_real(first))
        return cls(frozenset(_real(addresses)), told - names or names, names)

    def pattern(self, *, about_him: bool) -> re.Pattern[str] | None:
        """Finds them as whole words, also as JSON spells them; None when there is nothing to find."""
        words = self.addresses | self.last | (self.first if about_him else frozenset())
        spelled = words | {json.dumps(word, ensure_ascii=ascii_)[1:-1] for word in words for ascii_ in (True, False)}
        longest_first = "|".join(re.escape(word) for word in sorted(spelled, key=len, reverse=True))
        return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)", re.IGNORECASE) if words else None


@dataclass(frozen=True)
class FreeText:
    """A column of text (or of bytes that hold text). ``about`` gives the condition that a row is about guests with
    these ids. ``instead`` is what a text with a name in it becomes; ``words_only``: only the names in it are replaced.
    """

    column: Any
    about: Callable[[Sequence[int]], ColumnElement[bool]] | None = None
    instead: str | None = ERASED
    words_only: bool = False


FREE_TEXTS = (
    FreeText(
        Amendment.reason,
        lambda guests: Amendment.movement_id.in_(select(Movement.id).where(Movement.attendee_id.in_(guests))),
    ),
    FreeText(Repair.reason),
    FreeText(Repair.undo_reason),
    FreeText(Movement.override_reason, Movement.attendee_id.in_),
    FreeText(Movement.scanned),
    FreeText(CheckInConflict.resolution_reason, CheckInConflict.attendee_id.in_),
    FreeText(
        Order.cancel_note,
        lambda guests: Order.id.in_(select(TicketHolder.order_id).where(TicketHolder.id.in_(guests))),
    ),
    FreeText(Order.order_notes),
    FreeText(TicketHolder.attendee_notes),
    FreeText(Feedback.comment),
    FreeText(Session.comments),
    FreeText(Mail.subject, words_only=True),
    FreeText(Mail.text, words_only=True),
    FreeText(DoorPass.name, words_only=True),
    FreeText(DoorPass.paired_device, words_only=True),
    FreeText(IdempotencyKey.body, instead=None),  # the request that comes again is told that it was done
)


def blank(names: Names, guests: Sequence[int]) -> Counter[str]:
    """Takes the names out of all free texts, and gives how many were changed, by table and column."""
    changed = Counter[str]()
    anywhere, about_him = names.pattern(about_him=False), names.pattern(about_him=True)
    for text in FREE_TEXTS:
        if anywhere is not None:
            changed[_name(text)] += _blank(text, anywhere, None)
        if about_him is not None and text.about is not None and guests:
            changed[_name(text)] += _blank(text, about_him, text.about(guests))
    return +changed


def left(names: Names) -> Counter[str]:
    """Where the names stand all the same, by table and column: in what was published, or of others who are called so.
    Somebody has to look."""
    words = names.addresses | names.last
    found = Counter[str]()
    if words:
        pattern = rf"\m({'|'.join(re.escape(word) for word in sorted(words))})\M"
        for table in Base.metadata.sorted_tables:
            found.update(_left(table, pattern))
    return +found


def _left(table: Table, pattern: str) -> dict[str, int]:
    columns = [column for column in table.columns if isinstance(column.type, TextType | JSONB)]
    if not columns:
        return {}
    texts = [sql_cast(column, TextType) for column in columns]
    numbers = [func.count().filter(text.op("~*")(pattern)) for text in texts]
    somewhere = func.concat_ws("\n", *texts).op("~*")(pattern)  # at most one search in each of a million rows
    row = session().execute(select(*numbers).select_from(table).where(somewhere)).one()
    return {f"{table.name}.{column.name}": number for column, number in zip(columns, row, strict=True)}


def _blank(text: FreeText, pattern: re.Pattern[str], about: ColumnElement[bool] | None) -> int:
    table: Table = text.column.class_.__table__
    keys = list(table.primary_key.columns)
    statement = select(*keys, text.column.label("value")).where(text.column.is_not(None)).order_by(*keys)
    if about is not None:
        statement = statement.where(about)
    number, last = 0, None
    while True:
        after = statement if last is None else statement.where(tuple_(*keys) > tuple_(*last))
        rows = session().execute(after.limit(BATCH)).all()
        for row in rows:
            if pattern.search(_readable(row.value)):
                _put(text, keys, row, pattern)
                number += 1
        if len(rows) < BATCH:
            return number
        last = rows[-1][: len(keys)]


def _put(text: FreeText, keys: list[Any], row: Any, pattern: re.Pattern[str]) -> None:
    new = pattern.sub(ERASED, _readable(row.value)) if text.words_only else text.instead
    same = [key == value for key, value in zip(keys, row, strict=False)]
    session().execute(update(text.column.class_.__table__).where(*same).values({text.column.key: new}))


def _readable(value: Any) -> str:
    text = bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)
    return unicodedata.normalize("NFC", text)


def _name(text: FreeText) -> str:
    return f"{text.column.class_.__tablename__}.{text.column.key}"


def _real(words: Iterable[str | None]) -> Iterable[str]:
    for word in words:
        known = unicodedata.normalize("NFC", word or "").strip()
        if len(known) >= SHORTEST and known not in {NAMELESS, ERASED}:
            yield known
