"""Badge forms on the wire."""

from typing import Any

from marshmallow import ValidationError

from app.models import BadgeForm
from app.schemas.base import Schema
from app.schemas.fields import Json
from app.schemas.relationships import ToOne
from app.schemas.texts import Link, Name, Text

MOST_FIELDS = 100

FIELD_KEYS = (
    "id", "badge_id", "field_identifier", "custom_field", "sample_text", "font_size", "font_name", "font_weight",
    "font_color", "text_rotation", "text_alignment", "text_type", "margin_top", "margin_bottom", "margin_left",
    "margin_right", "qr_custom_field", "is_field_expanded", "is_deleted",
)  # fmt: skip
"""What is kept of a field, in snake case as the clients read it."""


class BadgeFields(Json):
    """The fields of a badge: a list of objects with `FIELD_KEYS`. A field without an id gets its place in the list."""

    def __init__(self, **options: Any):
        super().__init__(list, load_default=list, **options)
        self.allow_none = False

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        sent = super()._deserialize(value, attr, data, **kwargs)
        if len(sent) > MOST_FIELDS:
            raise ValidationError(f"A badge may have {MOST_FIELDS} fields at most. Leave some out.")
        if not all(isinstance(field, dict) for field in sent):
            raise ValidationError("Must be a JSON array of objects.")
        return [_kept(field, place) for place, field in enumerate(sent, start=1)]


class BadgeFormSchema(Schema):
    """A kind of badge."""

    class Meta(Schema.Meta):
        """Type badge-form."""

        type_ = "badge-form"
        model = BadgeForm
        self_url = "/v1/badge-forms/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    badge_id = Name()
    badge_size = Text()
    badge_color = Text()
    badge_image_url = Link()
    badge_orientation = Text()
    badge_fields = BadgeFields()

    event = ToOne("event", "EventSchema", column="event_id", required=True)


def _kept(field: dict[str, Any], place: int) -> dict[str, Any]:
    known = {name.replace("-", "_"): value for name, value in field.items()}
    kept = {key: known.get(key) for key in FIELD_KEYS}
    return kept | {"id": place} if kept["id"] is None else kept
