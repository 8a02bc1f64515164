"""Custom forms: the fields that an event asks attendees, speakers and sessions for; a row is one field of a form."""

import re
from typing import Any

from sqlalchemy import Index, Integer, Text
from sqlalchemy import text as text_clause
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import flag, one_of, primary_key, reference, text
from app.models.events import Event

ATTENDEE, SESSION, SPEAKER = "attendee", "session", "speaker"
FORMS = (ATTENDEE, SESSION, SPEAKER)

FILE_TYPES = ("file", "image")
TYPES = (
    "text", "checkbox", "select", *FILE_TYPES, "email", "number", "paragraph", "richtextlink", "boolean", "year",
)  # fmt: skip

FIXED = ("firstname", "lastname", "email")
"""What every event asks its attendees for; the web app counts on it. It shows them first, in the order of their ids."""

MOST_COMPLEX = 30
"""Fields of an organizer's own in one form, and answers to such of one attendee."""

KNOWN = {
    ATTENDEE: {
        "firstname": "First Name",
        "lastname": "Last Name",
        "email": "Email",
        "address": "Address",
        "city": "City",
        "state": "State",
        "country": "Country",
        "job_title": "Job Title",
        "phone": "Phone",
        "tax_business_info": "Tax Business Info",
        "billing_address": "Billing Address",
        "home_address": "Home Address",
        "shipping_address": "Shipping Address",
        "company": "Organisation",
        "work_address": "Work Address",
        "work_phone": "Work Phone",
        "website": "Website",
        "blog": "Blog",
        "twitter": "Twitter",
        "facebook": "Facebook",
        "github": "GitHub",
        "instagram": "Instagram",
        "linkedin": "LinkedIn",
        "gender": "Gender",
        "age_group": "Age Group",
        "birth_date": "Birth Date",
        "home_wiki": "Home Wiki",
        "wiki_scholarship": "Wiki Scholarship",
        "native_language": "Native Language",
        "fluent_language": "Fluent Languages",
        "accept_video_recording": "Photo & video & text consent",
        "accept_share_details": "Partner contact consent",
        "accept_receive_emails": "Email consent",
        "is_consent_form_field": "Code of conduct consent",
        "is_consent_form_field_photo": "Photo consent",
        "is_consent_form_field_email": "Email updates consent",
        "is_consent_of_refund_policy": "Refund policy consent",
    },
    SESSION: {
        "title": "Title",
        "subtitle": "Subtitle",
        "short_abstract": "Short Abstract",
        "long_abstract": "Long Abstract",
        "comments": "Comment",
        "track": "Track",
        "session_type": "Session Type",
        "level": "Level",
        "language": "Language",
        "slides": "Slides",
        "slides_url": "Slide",
        "video_url": "Video",
        "audio_url": "Audio",
        "website": "Website",
        "facebook": "Facebook",
        "twitter": "Twitter",
        "github": "GitHub",
        "linkedin": "LinkedIn",
        "instagram": "Instagram",
        "gitlab": "GitLab",
        "mastodon": "Mastodon",
    },
    SPEAKER: {
        "name": "Name",
        "email": "Email",
        "photo_url": "Photo",
        "organisation": "Organisation",
        "position": "Position",
        "address": "Address",
        "country": "Country",
        "city": "City",
        "short_biography": "Short Biography",
        "long_biography": "Long Biography",
        "speaking_experience": "Speaking Experience",
        "sponsorship_required": "Sponsorship Required",
        "gender": "Gender",
        "heard_from": "Heard From",
        "mobile": "Mobile",
        "website": "Website",
        "facebook": "Facebook",
        "twitter": "Twitter",
        "github": "GitHub",
        "linkedin": "LinkedIn",
        "instagram": "Instagram",
        "mastodon": "Mastodon",
    },
}
"""Form → attribute → its name: fields that are attributes of their resource. All others are an organizer's own."""

_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def python_name(identifier: str) -> str:
    """The Python name of a field's identifier: ``jobTitle``, ``job-title`` and ``job_title`` are the same field."""
    return _INNER_CAPITAL.sub("_", identifier.strip()).replace("-", "_").lower()


class CustomForm(Base):
    """A field. ``form_id`` (null: the default form) tells several forms for attendees apart; tickets name theirs."""

    __tablename__ = "custom_forms"
    __table_args__ = (
        one_of("form", FORMS),
        one_of("type", TYPES),
        # Two indexes, since a null is no duplicate of another null.
        Index(
            "uq_custom_forms_field_of_default_form",
            "event_id",
            "form",
            "field_identifier",
            unique=True,
            postgresql_where=text_clause("form_id IS NULL"),
        ),
        Index(
            "uq_custom_forms_field_of_form",
            "event_id",
            "form",
            "form_id",
            "field_identifier",
            unique=True,
            postgresql_where=text_clause("form_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    form: Mapped[str] = mapped_column(Text, nullable=False)
    form_id: Mapped[str | None] = text()
    field_identifier: Mapped[str] = mapped_column(Text, nullable=False)
    type: Mapped[str] = mapped_column(Text, nullable=False, default="text", server_default="text")
    name: Mapped[str] = mapped_column(Text, nullable=False)
    description: Mapped[str | None] = text()
    main_language: Mapped[str | None] = text()
    translations: Mapped[list[Any]] = mapped_column(
        JSONB, nullable=False, default=list, server_default=text_clause("'[]'::jsonb")
    )
    is_required: Mapped[bool] = flag()
    is_included: Mapped[bool] = flag()
    is_fixed: Mapped[bool] = flag()
    is_complex: Mapped[bool] = flag()
    is_public: Mapped[bool] = flag()
    is_allow_edit: Mapped[bool] = flag()
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    min: Mapped[int | None] = mapped_column(Integer, default=0, server_default="0")
    max: Mapped[int | None] = mapped_column(Integer, default=10, server_default="10")

    event: Mapped[Event] = relationship(back_populates="custom_forms")

    @property
    def attribute(self) -> str:
        """The Python name of the field; of one that is known, the attribute it asks for."""
        return python_name(self.field_identifier)
