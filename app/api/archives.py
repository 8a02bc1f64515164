"""An event to be taken elsewhere: a zip of JSON files, its own data and its programme. Nobody who bought is in it."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from app.api.jsonapi import reading
from app.api.jsonapi.querystring import Query
from app.api.jsonapi.rendering import compiled
from app.models import Event
from app.permissions.actors import Actor
from app.schemas import EventSchema, MicrolocationSchema, SessionSchema, TicketSchema, TrackSchema
from app.services import event_parts

CONTENTS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("tickets", TicketSchema, ()),
    ("tracks", TrackSchema, ()),
    ("microlocations", MicrolocationSchema, ()),
    ("sessions", SessionSchema, ("track", "microlocation")),
)
"""File, schema of its rows, and which of their relationships are told."""


def of_event(event: Event, actor: Actor) -> bytes:
    """The archive. Its resource objects are those of the API, so that they can be sent to it again."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("event.json", _json([event], EventSchema, (), actor))
        for name, schema, told in CONTENTS:
            rows = list(event_parts.living(schema.Meta.model, event))
            archive.writestr(f"{name}.json", _json(rows, schema, told, actor))
    return packed.getvalue()


def _json(entities: list[Any], schema: Any, told: tuple[str, ...], actor: Actor) -> bytes:
    query = Query(include={relation: {} for relation in told})
    rows, related = reading.of_entities(entities, schema, query, actor)
    shape = compiled(schema, None, frozenset(told), primary=True)
    return orjson.dumps([shape.resource(row, related) for row in rows], option=orjson.OPT_INDENT_2)
