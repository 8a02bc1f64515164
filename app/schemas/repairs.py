"""Repairs on the wire: a device that was in the wrong mode for a while."""

from typing import ClassVar

from app.models import Repair
from app.models.movements import DIRECTIONS
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, DeviceName, Name, Text


class RepairSchema(Schema):
    """Which scans should have been of which direction. With ``is-preview`` nothing is done; what is told then holds a
    ``preview``, which the real call may send."""

    class Meta(Schema.Meta):
        """Type repair."""

        type_ = "repair"
        model = Repair
        self_url = "/v1/repairs/{id}"
        include: ClassVar = {"from": Instant(required=True)}  # one of Python's own words

    id = Text(dump_only=True)
    device = DeviceName()
    until = Instant(required=True)
    direction = Choice(DIRECTIONS, required=True)
    reason = Name()
    is_preview = Flag(load_only=True)
    preview = Name(required=False, load_only=True)
    movement_count = Whole(dump_only=True)
    attendee_count = Whole(dump_only=True)
    created_at = Instant(dump_only=True)
    undone_at = Instant(dump_only=True)
    undo_reason = Text(dump_only=True)

    event = ToOne("event", "EventSchema")
    author = ToOne("user", "ColleagueSchema")
    undone_by = ToOne("user", "ColleagueSchema")


class RepairUndoSchema(RepairSchema):
    """To undo one, a reason is all that is sent."""

    class Meta(RepairSchema.Meta):
        """Type repair."""

        include: ClassVar = {"from": Instant(dump_only=True)}

    device = DeviceName(dump_only=True)
    until = Instant(dump_only=True)
    direction = Choice(DIRECTIONS, dump_only=True)
