"""Nouns that are simply stored, under an event or for the whole server, over HTTP: a row of `NOUNS` for each."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import inspect

from app.api.base import PARENTS, DataLayer, Parent, ResourceDetail, ResourceList, ResourceRelationship
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
from app.services import event_parts


def under_event(noun: str) -> tuple[str, str]:
    """The two addresses of an event's rows: by its id and by its identifier."""
    return f"/events/<id:event_id>/{noun}", f"/events/<identifier:event_identifier>/{noun}"


class Place(Enum):
    """Where a noun is stored."""

    MANY_IN_EVENT = auto()
    ONE_IN_EVENT = auto()
    WHOLE_SERVER = auto()


@dataclass(frozen=True)
class Noun:
    """What is created and listed, and read, changed and deleted by its id, without much of a rule.

    ``path`` is its segment of addresses. ``lists`` are more addresses of lists, ``related`` those where it is the one
    that something refers to.
    """

    schema: Any
    path: str
    place: Place = Place.MANY_IN_EVENT
    read: Permission = P.EVENT_PART_READ
    write: Permission = P.EVENT_PART_WRITE
    lists: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

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
    def argument(self) -> str:
        """What addresses under one of its rows call the row's id."""
        return f"{self.name}_id"


def catalogue(schema: Any, path: str, **more: Any) -> Noun:
    """A noun of the whole server, which events refer to."""
    related = (*under_event(schema.opts.type_), *more.pop("related", ()))
    return Noun(schema, path, Place.WHOLE_SERVER, P.CATALOGUE_READ, P.CATALOGUE_WRITE, related=related, **more)


NOUNS = (
    Noun(
        MicrolocationSchema,
        "microlocations",
        related=("/sessions/<id:session_id>/microlocation", "/stations/<id:station_id>/microlocation"),
    ),
    Noun(TrackSchema, "tracks", write=P.TRACK_WRITE, related=("/sessions/<id:session_id>/track",)),
    Noun(SessionTypeSchema, "session-types", related=("/sessions/<id:session_id>/session-type",)),
    Noun(SponsorSchema, "sponsors"),
    Noun(SocialLinkSchema, "social-links"),
    Noun(FaqSchema, "faqs"),
    Noun(SpeakersCallSchema, "speakers-calls", Place.ONE_IN_EVENT),
    Noun(EventCopyrightSchema, "event-copyrights", Place.ONE_IN_EVENT),
    Noun(
        TagSchema,
        "tags",
        read=P.TAG_READ,
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


class Parts(DataLayer):
    """Rows of a noun."""

    def belongs_to(self, parent: Any, relation: str) -> Any:
        """An attendee's tags are the one that it has."""
        if relation not in inspect(type(parent)).relationships:
            relation = relation.removesuffix("s")
        return super().belongs_to(parent, relation)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """Makes the row."""
        return event_parts.create(self.model, data)

    def before_update_object(self, obj: Any, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        event_parts.update(obj, data)

    def before_delete_object(self, obj: Any, view_kwargs: dict[str, Any]) -> None:
        """Hides or removes the row."""
        event_parts.delete(obj)


Route = tuple[Any, ...]


class Resources:
    """The resource classes of a noun, and where each is served."""

    def __init__(self, noun: Noun):
        self.noun = noun
        self._layer = type(f"{self._class}Parts", (Parts,), {"__doc__": f"Rows of {noun.path}.", "model": noun.model})
        self._detail = f"/{noun.path}/<id:id>"
        self._read = {"GET": noun.read}

    @property
    def routes(self) -> list[Route]:
        """Rows of `app.api.ROUTES`."""
        return [*self._lists(), self._one(), *self._related(), self._links()]

    @property
    def _class(self) -> str:
        name: str = self.noun.model.__name__
        return name

    def _lists(self) -> list[Route]:
        noun, writes = self.noun, {"POST": self.noun.write}
        if noun.place is Place.WHOLE_SERVER:
            top = self._make(ResourceList, f"{self._class}List", f"The server's {noun.path}.", self._read | writes)
            return [
                (top, f"{noun.name}_list", f"/{noun.path}"),
                *self._more_lists(f"Related{self._class}List", f"related_{noun.name}_list"),
            ]
        creation = self._make(ResourceList, f"{self._class}ListPost", "Creation.", writes)
        return [
            *self._more_lists(f"{self._class}List", f"{noun.name}_list"),
            (creation, f"{noun.name}_list_post", f"/{noun.path}"),
        ]

    def _more_lists(self, name: str, view: str) -> list[Route]:
        noun = self.noun
        addresses = (*(under_event(noun.path) if noun.place is Place.MANY_IN_EVENT else ()), *noun.lists)
        listed = self._make(ResourceList, name, f"The {noun.path} of something.", self._read)
        return [(listed, view, *addresses)] if addresses else []

    def _one(self) -> Route:
        noun, writes = self.noun, {"PATCH": self.noun.write, "DELETE": self.noun.write}
        one = self._make(ResourceDetail, f"{self._class}Detail", f"One of {noun.path}.", self._read | writes)
        return one, f"{noun.name}_detail", self._detail

    def _related(self) -> list[Route]:
        noun = self.noun
        addresses = (*(under_event(noun.schema.opts.type_) if noun.place is Place.ONE_IN_EVENT else ()), *noun.related)
        related = self._make(ResourceDetail, f"Related{self._class}", f"One of {noun.path}, or none.", self._read)
        return [(related, f"related_{noun.name}", *addresses)] if addresses else []

    def _links(self) -> Route:
        links = self._make(ResourceRelationship, f"{self._class}Relationship", "What one is linked to.", self._read)
        return links, f"{self.noun.name}_relationship", f"{self._detail}/relationships/<relationship>"

    def _make(self, base: type, name: str, doc: str, permissions: dict[str, Permission]) -> type:
        layer = {"class": self._layer}
        declared = {"schema": self.noun.schema, "data_layer": layer, "permissions": permissions, "__doc__": doc}
        return type(name, (base,), declared)


PART_ROUTES = tuple(route for noun in NOUNS for route in Resources(noun).routes)
"""Rows of `app.api.ROUTES`."""

_CATALOGUES = [noun for noun in NOUNS if noun.place is Place.WHOLE_SERVER]

EVENTS_OF_PARTS = tuple(f"/{noun.path}/<id:{noun.argument}>/event" for noun in NOUNS if noun not in _CATALOGUES)
"""Where the event of a part is."""

CATALOGUE_EVENTS = tuple(f"/{noun.path}/<id:{noun.argument}>/events" for noun in _CATALOGUES)
"""Where the events of a type or topic are."""

PARENTS.update({noun.argument: Parent(noun.model, "id", noun.read) for noun in NOUNS})
