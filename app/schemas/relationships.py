"""Kinds of relationships on the wire: what they accept, what they refuse with which words, where they lead."""

from typing import Any

from marshmallow import ValidationError, fields, missing
from marshmallow_jsonapi.fields import Relationship

from app.schemas.base import Schema
from app.schemas.fields import ROW_ID
from app.schemas.texts import Text


class ToOne(Relationship):
    """A relationship to one row; read-only unless it has a ``column``, which then gets the row's id."""

    def __init__(self, type_: str, schema: str, *, column: str | None = None, **options: Any):
        options.setdefault("dump_only", column is None)
        options.setdefault("allow_none", not options.get("required", False))
        super().__init__(type_=type_, schema=schema, attribute=column, **options)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The row's id, or None. Raises `ValidationError` unless ``value`` is a relationship object of our type."""
        linkage = _linkage(self, value)
        return linkage if _is_missing(linkage) or linkage is None else _row_id(linkage, self.type_)


class ToMany(Relationship):
    """A relationship to many rows; read-only unless it has a ``column``, which then gets the rows' ids."""

    def __init__(
        self, type_: str, schema: str, *, column: str | None = None, always_linked: bool = False, **options: Any
    ):
        options.setdefault("dump_only", column is None)
        super().__init__(type_=type_, schema=schema, many=True, attribute=column, **options)
        self.always_linked = always_linked

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The rows' ids, each once. Raises `ValidationError` unless ``value`` is a relationship object of our type."""
        linkage = _linkage(self, value)
        if _is_missing(linkage) or linkage is None:
            return linkage
        if not isinstance(linkage, list):
            raise ValidationError("Relationship is list-like. Send an array as `data`.")
        return list(dict.fromkeys(_row_id(part, self.type_) for part in linkage))


class LaterSchema(Schema):
    """What stands behind `Later`: no document shows it, and it leads nowhere."""

    class Meta(Schema.Meta):
        """A type of nothing."""

        type_ = "later"

    id = Text(dump_only=True)


class Later(Relationship):
    """A relationship to what this server does not have yet: it may be included and asked for, and leads to nothing."""

    def __init__(self, type_: str, *, many: bool = False):
        super().__init__(type_=type_, schema="LaterSchema", many=many, dump_only=True)

    @property
    def nothing(self) -> list[Any] | None:
        """What it leads to."""
        return [] if self.many else None


def _is_missing(value: Any) -> bool:
    return value is missing


def _linkage(field: fields.Field[Any], value: Any) -> Any:
    """The ``data`` of a relationship object, or marshmallow's «missing»."""
    if _is_missing(value) or (isinstance(value, dict) and "data" not in value and "links" in value):
        if field.required:
            raise ValidationError(f"Missing data for required relationship. Send {field.data_key}.")
        return missing
    if not isinstance(value, dict) or "data" not in value:
        raise ValidationError('Must include a `data` key. Send {"data": …}.')
    if value["data"] is None and not field.allow_none:
        raise ValidationError("Field may not be null. Name a row.")
    return value["data"]


def _row_id(linkage: Any, type_: str) -> int:
    if not isinstance(linkage, dict) or "id" not in linkage:
        raise ValidationError(f"Must have an `id` field. Send {_example(type_)}.")
    if "type" not in linkage:
        raise ValidationError(f"Must have a `type` field. Send {_example(type_)}.")
    if linkage["type"] != type_:
        raise ValidationError(f"Invalid `type` specified. Send {_example(type_)}.")
    text = linkage["id"] if isinstance(linkage["id"], str) else str(linkage["id"])
    if isinstance(linkage["id"], bool) or not ROW_ID.fullmatch(text):
        raise ValidationError(f"The `id` must be the numeric id of a {type_}.")
    return int(text)


def _example(type_: str) -> str:
    return f'{{"type": "{type_}", "id": "12"}}'
