"""Attendees (ticket holders) on the wire. There is no ``identifier``: the Android app cannot read one."""

from typing import Any

from marshmallow import ValidationError, post_load

from app.models import TicketHolder
from app.models.attendees import AGE_GROUPS
from app.models.custom_forms import MOST_COMPLEX
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Json, MaybeFlag, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Email, Link, Text


class Answers(Json):
    """Answers to an event's own fields, by their identifiers: flat."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        answers = super()._deserialize(value, attr, data, **kwargs)
        if len(answers) > MOST_COMPLEX:
            raise ValidationError(f"At most {MOST_COMPLEX} answers. Leave some out.")
        if any(isinstance(answer, dict | list) for answer in answers.values()):
            raise ValidationError("Each answer must be a text, a number, true, false or null.")
        return answers


class AttendeeSchema(Schema):
    """A guest with a ticket."""

    class Meta(Schema.Meta):
        """Type attendee."""

        type_ = "attendee"
        model = TicketHolder
        self_url = "/v1/attendees/{id}"

    create_only = ("event", "ticket")

    id = Text(dump_only=True)
    ticket_id = Text(dump_only=True)
    tag_id = Whole(allow_none=True)
    firstname = Text()
    lastname = Text()
    email = Email()
    address = Text()
    city = Text()
    state = Text()
    country = Text()
    job_title = Text()
    phone = Text()
    tax_business_info = Text()
    billing_address = Text()
    home_address = Text()
    shipping_address = Text()
    company = Text()
    work_address = Text()
    work_phone = Text()
    website = Link()
    blog = Link()
    twitter = Link()
    facebook = Link()
    github = Link()
    instagram = Link()
    linkedin = Link()
    gender = Text()
    age_group = Choice(AGE_GROUPS)
    birth_date = Instant()
    home_wiki = Text()
    wiki_scholarship = Text()
    native_language = Text()
    fluent_language = Text()
    accept_video_recording = MaybeFlag()
    accept_share_details = MaybeFlag()
    accept_receive_emails = MaybeFlag()
    is_consent_form_field = MaybeFlag()
    is_consent_form_field_photo = MaybeFlag()
    is_consent_form_field_email = MaybeFlag()
    is_consent_of_refund_policy = Flag()
    complex_field_values = Answers(dict)
    attendee_notes = Text()
    is_badge_printed = Flag()
    badge_printed_at = Instant()
    is_discount_applied = Flag(dump_only=True)
    is_access_code_applied = Flag(dump_only=True)
    is_checked_in = MaybeFlag()
    is_checked_out = MaybeFlag()
    checkin_times = Text()
    checkout_times = Text()
    device_name_checkin = Text()
    is_registered = Flag(dump_only=True)
    register_times = Text(dump_only=True)
    secret = Text(dump_only=True)
    created_at = Instant(dump_only=True)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    ticket = ToOne("ticket", "TicketSchema", column="ticket_id", required=True)
    order = ToOne("order", "OrderSchema")
    user = ToOne("user", "BuyerSchema")
    tag = ToOne("tag", "TagSchema", column="tag")

    @post_load
    def _keep_a_first_name(self, loaded: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """A blank first name asks for nothing: the clients crash on an attendee without one."""
        if not (loaded.get("firstname") or "").strip():
            loaded.pop("firstname", None)
        return loaded

    @post_load
    def _tag_in_either_way(self, loaded: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Its id is an attribute too, which counts when both are sent: it is the one that the web app changes."""
        if "tag" in loaded:
            loaded.setdefault("tag_id", loaded["tag"])
            del loaded["tag"]
        return loaded
