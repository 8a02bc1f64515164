"""Nouns that are simply stored, under an event or for the whole server, over HTTP: resources for each of `NOUNS`."""

from typing import Any

from sqlalchemy import inspect

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.api.nouns import NOUNS, Noun, Place, under_event
from app.permissions.policy import Permission
from app.permissions.policy import Permission as P
from app.services import event_parts


class Parts(DataLayer):
    """Rows of a noun."""

    def belongs_to(self, parent: type, relation: str) -> Any:
        """An attendee's tags are the one that it has."""
        if relation not in inspect(parent).relationships:
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
        """Rows of `app.api.routes.ROUTES`."""
        return [*self._lists(), self._one(), *self._related(), self._links()]

    @property
    def _class(self) -> str:
        name: str = self.noun.model.__name__
        return name

    @property
    def _called(self) -> str:
        """One of them in a sentence."""
        return self.noun.name.replace("_", " ")

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
        one = self._make(ResourceDetail, f"{self._class}Detail", f"One {self._called}.", self._read | writes)
        return one, f"{noun.name}_detail", self._detail

    def _related(self) -> list[Route]:
        noun = self.noun
        addresses = (*(under_event(noun.schema.opts.type_) if noun.place is Place.ONE_IN_EVENT else ()), *noun.related)
        related = self._make(ResourceDetail, f"Related{self._class}", f"One {self._called}, or none.", self._read)
        return [(related, f"related_{noun.name}", *addresses)] if addresses else []

    def _links(self) -> Route:
        name, doc, noun = f"{self._class}Relationship", "What one is linked to.", self.noun
        opened = changed_with(P.SESSION_WRITE) if noun.has_sessions else {}
        changeable = ("sessions",) if noun.has_sessions else ()
        links = self._make(ResourceRelationship, name, doc, self._read | opened, changeable=changeable)
        return links, f"{noun.name}_relationship", f"{self._detail}/relationships/<relationship>"

    def _make(self, base: type, name: str, doc: str, permissions: dict[str, Permission], **more: Any) -> type:
        layer = {"class": self._layer}
        declared = {"schema": self.noun.schema, "data_layer": layer, "permissions": permissions, "__doc__": doc}
        return type(name, (base,), declared | more)


PART_ROUTES = tuple(route for noun in NOUNS for route in Resources(noun).routes)
"""Rows of `app.api.routes.ROUTES`."""

_CATALOGUES = [noun for noun in NOUNS if noun.place is Place.WHOLE_SERVER]

EVENTS_OF_PARTS = tuple(f"/{noun.path}/<id:{noun.argument}>/event" for noun in NOUNS if noun not in _CATALOGUES)
"""Where the event of a part is."""

CATALOGUE_EVENTS = tuple(f"/{noun.path}/<id:{noun.argument}>/events" for noun in _CATALOGUES)
"""Where the events of a type or topic are."""
