"""Kinds of members on the wire: what they accept, what they refuse with which words, how they are written.

Those of text are `app.schemas.texts`.

marshmallow's own fields accept values that PostgreSQL then refuses (NUL, numbers out of range), so each kind here ends
what it lets in at what its column holds.
"""

import math
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.clock import format_instant, parse_instant

LARGEST_INTEGER = 2**31 - 1
LARGEST_PRICE = Decimal("99999999.99")
LARGEST_TOTAL = Decimal("999999999999.99")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
DEEPEST_JSON = 10
LONGEST_NUMBER = 40

NO_NUL = "Text must not contain NUL characters. Take them out."

ROW_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
"""A row's id as text: as many digits as a 64-bit number surely holds."""


class EmptyIsNone:
    """For kinds of which an empty text is no value: it means null where null is allowed. Forms of the web app send it
    of what was not filled in."""

    allow_none: bool

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """As the kind does, of null where nothing was filled in."""
        empty = self.allow_none and isinstance(value, str) and not value.strip()
        return super().deserialize(None if empty else value, attr, data, **kwargs)  # type: ignore[misc]


class Flag(fields.Boolean):
    """True or false; in requests ``"true"`` and ``1`` count, and null asks for nothing."""


class MaybeFlag(EmptyIsNone, fields.Boolean):
    """True, false or null."""

    def __init__(self, **options: Any):
        super().__init__(allow_none=True, **options)


class Whole(EmptyIsNone, fields.Field[Any]):
    """A whole number of 32 bits; digits as text are accepted."""

    _TEXT = re.compile(r"-?[0-9]{1,10}", re.ASCII)

    def __init__(self, *, least: int = -LARGEST_INTEGER, most: int = LARGEST_INTEGER, **options: Any):
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = self._number(value)
        if number is None:
            raise ValidationError("Not a whole number. Send one, such as 12.")
        if not self.least <= number <= self.most:
            raise ValidationError(f"Must be between {self.least} and {self.most}.")
        return number

    def _number(self, value: Any) -> int | None:
        if isinstance(value, str) and self._TEXT.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return int(value) if value == int(value) else None


class RowId(fields.Field[Any]):
    """The id of a row, as text or number; ``of`` is what the row is, in words."""

    def __init__(self, of: str, **options: Any):
        super().__init__(**options)
        self.of = of

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        text = str(value).strip()
        if isinstance(value, bool) or not isinstance(value, str | int) or not ROW_ID.fullmatch(text):
            raise ValidationError(f"Must be the numeric id of {self.of}.")
        return int(text)


class Degrees(EmptyIsNone, fields.Float):
    """A latitude or longitude, or null."""

    def __init__(self, most: int, **options: Any):
        super().__init__(allow_none=True, validate=validate.Range(-most, most), **options)


class Money(EmptyIsNone, fields.Field[Any]):
    """An amount of money, exact to two decimals: a JSON number on the wire, a `Decimal` inside."""

    def __init__(self, *, most: Decimal = LARGEST_PRICE, compared_only: bool = False, **options: Any):
        """``compared_only``: the amount is never stored, so that any number is let in."""
        super().__init__(**options)
        self.most = most
        self.compared_only = compared_only

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else float(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            amount = exact_decimal(value)
        except ValueError:
            raise ValidationError("Not a number. Send one, such as 12.5.") from None
        if self.compared_only:
            return amount
        if not 0 <= amount <= self.most:
            raise ValidationError(f"Must be between 0 and {self.most}.")
        if amount != amount.quantize(Decimal("0.01")):
            raise ValidationError("At most two decimals. Round it.")
        return amount


def exact_decimal(value: Any) -> Decimal:
    """A JSON number, or one as text, as it is written. Raises `ValueError` for anything else, and for infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > LONGEST_NUMBER:
        raise ValueError(value)
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(value) from None
    if not amount.is_finite():
        raise ValueError(value)
    return amount


class Instant(EmptyIsNone, fields.Field[Any]):
    """A moment: RFC 3339 with an offset on the wire (nanoseconds are cut off), aware UTC inside."""

    def __init__(self, **options: Any):
        options.setdefault("allow_none", not options.get("required", False))
        super().__init__(**options)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_instant(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = parse_instant(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise ValidationError("Not a time with an offset. Send one, such as 2026-11-21T18:00:00Z.")
        return moment


class Json(fields.Field[Any]):
    """Any JSON value of a kind (``dict`` or ``list``), not deeply nested, or null."""

    def __init__(self, kind: type, **options: Any):
        super().__init__(allow_none=True, **options)
        self.kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, self.kind):
            raise ValidationError(f"Must be a JSON {'object' if self.kind is dict else 'array'}.")
        _require_storable(value, DEEPEST_JSON)
        return value


def _require_storable(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValidationError(f"Nested too deeply. Send {DEEPEST_JSON} levels at most.")
    if isinstance(value, str) and "\x00" in value:
        raise ValidationError(NO_NUL)
    if isinstance(value, dict):
        _require_storable(list(value), depth)
        _require_storable(list(value.values()), depth)
    elif isinstance(value, list):
        for part in value:
            _require_storable(part, depth - 1)
