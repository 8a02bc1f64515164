"""Amendments on the wire: who put the ledger right, when, and why."""

from app.models import Amendment
from app.models.amendments import KINDS
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Name, Text


class AmendmentSchema(Schema):
    """An entry about a movement that was taken back; to undo one, a reason is all that is sent."""

    class Meta(Schema.Meta):
        """Type amendment."""

        type_ = "amendment"
        model = Amendment
        self_url = "/v1/amendments/{id}"

    id = Text(dump_only=True)
    kind = Choice(KINDS, dump_only=True)
    reason = Name()
    created_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema")
    movement = ToOne("movement", "MovementSchema")
    replacement = ToOne("movement", "MovementSchema")
    repair = ToOne("repair", "RepairSchema")
    author = ToOne("user", "ColleagueSchema")
    door_pass = ToOne("door-pass", "DoorPassSchema")


class CorrectionSchema(AmendmentSchema):
    """The same with the time that a movement is to count for, which the replacement shows then."""

    occurred_at = Instant(required=True, load_only=True)
