"""Custom forms on the wire."""

from typing import Any

from marshmallow import post_load

from app.models import CustomForm
from app.models.custom_forms import FORMS, TYPES
from app.schemas.base import Schema
from app.schemas.fields import Flag, Json, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import LONGEST_NAME, Choice, Name, Text


class CustomFormSchema(Schema):
    """A field of a form."""

    class Meta(Schema.Meta):
        """Type custom-form."""

        type_ = "custom-form"
        model = CustomForm
        self_url = "/v1/custom-forms/{id}"

    create_only = ("event", "form", "form_id", "field_identifier")  # answers are kept under these

    id = Text(dump_only=True)
    field_identifier = Name()
    form = Choice(FORMS, required=True)
    form_id = Text(longest=LONGEST_NAME)
    type = Choice(TYPES, allow_none=False)
    name = Text(longest=LONGEST_NAME)
    description = Text()
    main_language = Text()
    translations = Json(list)
    is_required = Flag()
    is_included = Flag()
    is_fixed = Flag(dump_only=True)
    is_complex = Flag(dump_only=True)
    is_public = Flag()
    is_allow_edit = Flag()
    position = Whole()
    min = Whole(allow_none=True)
    max = Whole(allow_none=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)

    @post_load
    def _empty_is_none(self, loaded: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """The web app sends an empty ``form-id`` for the default form, and null for no translations."""
        if "form_id" in loaded:
            loaded["form_id"] = loaded["form_id"] or None
        if "translations" in loaded:
            loaded["translations"] = loaded["translations"] or []
        return loaded
