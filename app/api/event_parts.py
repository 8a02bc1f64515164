"""Nouns that are simply stored under an event, over HTTP: one row of `NOUNS` for each, one declaration for all."""

from dataclasses import dataclass
from typing import Any

from app.api.base import PARENTS, DataLayer, Parent, ResourceDetail, ResourceList, ResourceRelationship
from app.permissions.policy import Permission
from app.permissions.policy import Permission as P
from app.schemas import MicrolocationSchema, TrackSchema
from app.services import event_parts


def under_event(noun: str) -> tuple[str, str]:
    """The two addresses of an event's rows: by its id and by its identifier."""
    return f"/events/<id:event_id>/{noun}", f"/events/<identifier:event_identifier>/{noun}"


@dataclass(frozen=True)
class Noun:
    """What is listed under its event, created at the top, and read, changed and deleted by its id.

    ``path`` is its segment of addresses. ``lists`` are more addresses of lists, ``related`` those where it is the one
    that something refers to.
    """

    schema: Any
    path: str
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


NOUNS = (
    Noun(
        MicrolocationSchema,
        "microlocations",
        related=("/sessions/<id:session_id>/microlocation", "/stations/<id:station_id>/microlocation"),
    ),
    Noun(TrackSchema, "tracks", write=P.TRACK_WRITE, related=("/sessions/<id:session_id>/track",)),
)


class Parts(DataLayer):
    """Rows of a noun."""

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """Makes the row."""
        return event_parts.create(self.model, data)

    def before_update_object(self, obj: Any, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """There is no rule to break: the schema has checked every value."""

    def before_delete_object(self, obj: Any, view_kwargs: dict[str, Any]) -> None:
        """Hides the row."""
        event_parts.delete(obj)


def routes_of(noun: Noun) -> tuple[tuple[Any, ...], ...]:
    """The rows of `app.api.ROUTES` for a noun, with the resource classes that they name."""
    layer = type(f"{noun.model.__name__}Parts", (Parts,), {"__doc__": f"Rows of {noun.path}.", "model": noun.model})

    def resource(base: type, name: str, doc: str, permissions: dict[str, Permission]) -> type:
        declared = {"schema": noun.schema, "data_layer": {"class": layer}, "permissions": permissions, "__doc__": doc}
        return type(name, (base,), declared)

    class_name, detail = noun.model.__name__, f"/{noun.path}/<id:id>"
    read, write = {"GET": noun.read}, {"PATCH": noun.write, "DELETE": noun.write}
    event_list = resource(ResourceList, f"{class_name}List", f"An event's {noun.path}.", read)
    creation = resource(ResourceList, f"{class_name}ListPost", "Creation.", {"POST": noun.write})
    one = resource(ResourceDetail, f"{class_name}Detail", f"One of {noun.path}.", read | write)
    related = resource(ResourceDetail, f"Related{class_name}", f"The one of {noun.path} that is referred to.", read)
    links = resource(ResourceRelationship, f"{class_name}Relationship", f"What {noun.path} are linked to.", read)
    return (
        (event_list, f"{noun.name}_list", *under_event(noun.path), *noun.lists),
        (creation, f"{noun.name}_list_post", f"/{noun.path}"),
        (one, f"{noun.name}_detail", detail),
        *([(related, f"related_{noun.name}", *noun.related)] if noun.related else []),
        (links, f"{noun.name}_relationship", f"{detail}/relationships/<relationship>"),
    )


PART_ROUTES = tuple(route for noun in NOUNS for route in routes_of(noun))
"""Rows of `app.api.ROUTES`."""

EVENTS_OF_PARTS = tuple(f"/{noun.path}/<id:{noun.argument}>/event" for noun in NOUNS)
"""Where the event of a part is."""

PARENTS.update({noun.argument: Parent(noun.model, "id", noun.read) for noun in NOUNS})
