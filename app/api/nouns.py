"""Nouns that are simply stored, under an event or for the whole server: a row of `NOUNS` for each."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from app.api.jsonapi.parents import PARENTS
from app.permissions.policy import Permission
from app.permissions.policy import Permission as P
from app.schemas import (
    EventCopyrightSchema,
    EventSubTopicSchema,
    EventTopicSchema,
    EventTypeSchema,
    FaqSchema,
    MicrolocationSchema,
    SessionTypeSchema,
    SocialLinkSchema,
    SpeakersCallSchema,
    SponsorSchema,
    TagSchema,
    TrackSchema,
)


def under_event(noun: str) -> tuple[str, str]:
    """The two addresses of an event's rows: by its id and by its identifier."""
    return f"/events/<id:event_id>/{noun}", f"/events/<identifier:event_identifier>/{noun}"


def under_order(noun: str) -> tuple[str, str]:
    """The two addresses of what belongs to an order: by its id and by its identifier."""
    return f"/orders/<id:order_id>/{noun}", f"/orders/<identifier:order_identifier>/{noun}"


class Place(Enum):
    """Where a noun is stored."""

    MANY_IN_EVENT = auto()
    ONE_IN_EVENT = auto()
    WHOLE_SERVER = auto()


@dataclass(frozen=True)
class Noun:
    """What is created and listed, and read, changed and deleted by its id, without much of a rule. Who may read it says
    its row of `app.api.jsonapi.parents.PARENTS`.

    ``path`` is its segment of addresses. ``lists`` are more addresses of lists, ``related`` those where it is the one
    that something refers to. With ``has_sessions`` it is changed at its own address which those are.
    """

    schema: Any
    path: str
    place: Place = Place.MANY_IN_EVENT
    write: Permission = P.EVENT_PART_WRITE
    lists: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    has_sessions: bool = False

    @property
    def model(self) -> Any:
        """The class of its rows."""
        return self.schema.Meta.model

    @property
    def name(self) -> str:
        """Its Python name in the singular."""
        name: str = self.schema.opts.type_.replace("-", "_")
        return name

    @property
    def read(self) -> Permission:
        """What reading one of its rows needs."""
        return PARENTS[self.argument].permission

    @property
    def argument(self) -> str:
        """What addresses under one of its rows call the row's id."""
        return f"{self.name}_id"


def catalogue(schema: Any, path: str, **more: Any) -> Noun:
    """A noun of the whole server, which events refer to."""
    related = (*under_event(schema.opts.type_), *more.pop("related", ()))
    return Noun(schema, path, Place.WHOLE_SERVER, P.CATALOGUE_WRITE, related=related, **more)


NOUNS = (
    Noun(
        MicrolocationSchema,
        "microlocations",
        related=(
            "/sessions/<id:session_id>/microlocation",
            "/stations/<id:station_id>/microlocation",
            "/movements/<id:movement_id>/microlocation",
            "/door-passes/<id:door_pass_id>/microlocation",
        ),
        has_sessions=True,
    ),
    Noun(
        TrackSchema,
        "tracks",
        write=P.TRACK_WRITE,
        related=("/sessions/<id:session_id>/track",),
        has_sessions=True,
    ),
    Noun(
        SessionTypeSchema,
        "session-types",
        related=("/sessions/<id:session_id>/session-type",),
        has_sessions=True,
    ),
    Noun(SponsorSchema, "sponsors"),
    Noun(SocialLinkSchema, "social-links"),
    Noun(FaqSchema, "faqs"),
    Noun(SpeakersCallSchema, "speakers-calls", Place.ONE_IN_EVENT),
    Noun(EventCopyrightSchema, "event-copyrights", Place.ONE_IN_EVENT),
    Noun(
        TagSchema,
        "tags",
        lists=("/attendees/<id:attendee_id>/tags",),
        related=("/attendees/<id:attendee_id>/tag",),
    ),
    catalogue(EventTypeSchema, "event-types"),
    catalogue(EventTopicSchema, "event-topics", related=("/event-sub-topics/<id:event_sub_topic_id>/event-topic",)),
    catalogue(
        EventSubTopicSchema,
        "event-sub-topics",
        lists=("/event-topics/<id:event_topic_id>/event-sub-topics",),
    ),
)
