"""Attributes as JSON Schema: what is accepted, and what is shown.

apispec's converter knows marshmallow's own fields and validators; here is what our kinds say beyond those.
"""

from collections.abc import Callable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema as PlainSchema
from marshmallow import fields
from packaging.version import Version
from sqlalchemy import inspect

from app.api.jsonapi.querystring import SchemaClass, attribute_names
from app.models.custom_forms import MOST_COMPLEX
from app.models.door_passes import ABILITIES
from app.models.feedbacks import BEST
from app.permissions.confidential import CONFIDENTIAL
from app.schemas.attendees import Answers
from app.schemas.badge_forms import MOST_FIELDS, BadgeFields
from app.schemas.base import dasherized
from app.schemas.door_passes import Abilities
from app.schemas.events import Currency, WallTime
from app.schemas.feedbacks import Rating
from app.schemas.fields import Flag, Instant, Json, Money, RowId, Whole
from app.schemas.movement_batches import Scans, ScanSchema
from app.schemas.orders import OnSiteTickets, OnSiteTicketSchema, Quantity
from app.schemas.session_types import Length
from app.schemas.texts import Color, Email, Link, Name, Text
from app.services.orders import MOST_SEATS

VERSION = "3.1.0"

Property = dict[str, Any]

MARKED = {"readOnly", "writeOnly"}

SHOWN = {"type", "format", "enum", "items", "properties", "additionalProperties"}
"""What is told of a value that is shown. Lengths and ranges bind who sends one, and may change."""

WORDS = r"\S"
"""Something but blanks."""

YEARS = "^(19|2[0-9])[0-9]{2}-"
"""How times begin that are taken: from `EARLIEST_YEAR` to `LATEST_YEAR` of `app.schemas.fields`."""

KINDS: dict[type[Any], Callable[[Any], Property]] = {
    Text: lambda field: {"maxLength": field.longest},
    Name: lambda _field: {"minLength": 1, "pattern": WORDS},
    Color: lambda _field: {"pattern": "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"},
    Currency: lambda _field: {"pattern": "^[A-Z]{3}$"},
    WallTime: lambda _field: {"pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"},
    Length: lambda _field: {"pattern": "^[0-9]{1,2}:[0-5][0-9]$"},
    Link: lambda _field: {"format": "uri"},
    Email: lambda _field: {"format": "email"},
    Whole: lambda field: {"type": "integer", "minimum": field.least, "maximum": field.most},
    RowId: lambda _field: {"type": ["string", "integer"], "pattern": "^[0-9]{1,18}$", "minimum": 0},
    Money: lambda field: {"type": "number"} if field.compared_only else _money(field),
    Instant: lambda _field: {"type": "string", "format": "date-time", "pattern": YEARS},
    Json: lambda field: {"type": "object"} if field.kind is dict else {"type": "array", "items": {}},
    Answers: lambda _field: {
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        "maxProperties": MOST_COMPLEX,
    },
    BadgeFields: lambda _field: {"items": {"type": "object"}, "maxItems": MOST_FIELDS},
    Abilities: lambda _field: {"type": "array", "items": {"enum": list(ABILITIES)}, "minItems": 1},
    Rating: lambda _field: {"type": "number", "minimum": 0, "maximum": BEST},
    Quantity: lambda field: {
        "type": "integer",
        "minimum": field.least,
        "maximum": MOST_SEATS,
        "description": "Digits as text are understood, too.",
    },
    Scans: lambda _field: {"items": plain(ScanSchema)},
    OnSiteTickets: lambda _field: {"type": "array", "items": _on_site_ticket()},
}
"""Kinds of attributes → what they say of themselves, beyond what they have from the kinds that they are made of."""


class Attributes(OpenAPIConverter):
    """apispec's converter with `KINDS`."""

    def __init__(self) -> None:
        unused = APISpec("", "", VERSION)  # it keeps shared schemas there, of which there are none
        super().__init__(Version(VERSION), schema_name_resolver=lambda _schema: None, spec=unused)

    def init_attribute_functions(self) -> None:
        """Ours come before the last, which lets null in where it is allowed: it looks at the type."""
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.attribute_functions.insert(-1, self.kind)

    def kind(self, field: fields.Field[Any], **_options: Any) -> Property:
        """What the kinds of a field say, from the widest to its own."""
        told: Property = {}
        for class_ in reversed(type(field).__mro__):
            if class_ in KINDS:
                told |= KINDS[class_](field)
        return told


def accepted(schema: SchemaClass, *, creating: bool) -> tuple[dict[str, Property], list[str]]:
    """The attributes that a client may send, by their names on the wire, and which of them he must."""
    properties, required = {}, []
    for name, field in _written(schema, creating=creating):
        property_ = {key: value for key, value in _converter.field2property(field).items() if key not in MARKED}
        if field.load_only:
            property_["writeOnly"] = True
        if creating and field.required:
            required.append(dasherized(name))
        if field.required and field.load_only and not creating:  # a password, which is changed at an address of its own
            property_ = {"type": "null", "writeOnly": True}
        # Null is no value, and taken for nothing where it cannot empty the attribute (`app.schemas.base.Schema`).
        properties[dasherized(name)] = property_ if field.required else _or_null(property_)
    return properties, required


def shown(schema: SchemaClass) -> dict[str, Property]:
    """The attributes of a document, by their names on the wire. All may be left out (``fields``)."""
    declared = schema().fields
    return {dasherized(name): _shown(schema, name, declared[name]) for name in attribute_names(schema) if name != "id"}


def plain(schema: type[PlainSchema]) -> Property:
    """The body that a schema reads which is no JSON:API document."""
    told: Property = _converter.schema2jsonschema(schema())  # type: ignore[no-untyped-call]
    return told


def _written(schema: SchemaClass, *, creating: bool) -> list[tuple[str, fields.Field[Any]]]:
    left_out = {"id", *(schema.update_only if creating else schema.create_only)}
    declared = schema().fields
    sent = [(name, declared[name]) for name in schema._declared_fields if name not in left_out]
    return [(name, field) for name, field in sent if not field.dump_only and not hasattr(field, "schema")]


def _shown(schema: SchemaClass, name: str, field: fields.Field[Any]) -> Property:
    told = {key: value for key, value in _converter.field2property(field).items() if key in SHOWN}
    told = {key: value for key, value in told.items() if key != "format" or isinstance(field, Instant)}
    column = inspect(schema.Meta.model).columns.get(name)
    # What is no column of a table (a property, a column of a query) may be null, but for flags.
    is_nullable = getattr(column, "nullable", not isinstance(field, Flag))
    is_nullable = is_nullable or name in CONFIDENTIAL.get(schema.Meta.model, ())
    told = _or_null(told) if is_nullable else _not_null(told)
    return told | ({"readOnly": True} if field.dump_only else {})


def _or_null(property_: Property) -> Property:
    types = property_.get("type")
    if types is None or "null" in types:
        return property_
    choices = {"enum": [*property_["enum"], None]} if "enum" in property_ else {}
    return property_ | {"type": [types, "null"] if isinstance(types, str) else [*types, "null"]} | choices


def _not_null(property_: Property) -> Property:
    types = property_.get("type")
    if not isinstance(types, list):
        return property_
    [type_] = [word for word in types if word != "null"]
    choices = {"enum": [word for word in property_["enum"] if word is not None]} if "enum" in property_ else {}
    return property_ | {"type": type_} | choices


def _money(field: Money) -> Property:
    return {"type": "number", "minimum": 0, "maximum": float(field.most), "description": "At most two decimals."}


def _on_site_ticket() -> Property:
    """A row in its flat form; `OnSiteTickets` also takes a resource object around it."""
    declared: Any = OnSiteTicketSchema
    row = {name: _converter.field2property(field) for name, field in declared().fields.items()}
    required = [name for name, field in declared().fields.items() if field.required]
    flat = {"type": "object", "properties": row, "required": required}
    attributes = {"type": "object", "properties": row, "required": required}
    resource = {"type": "object", "properties": {"type": {"const": "on-site-ticket"}, "attributes": attributes}}
    wrapped = {"type": "object", "properties": {"data": resource}, "required": ["data"]}
    return {"anyOf": [wrapped, flat]}


_converter = Attributes()
