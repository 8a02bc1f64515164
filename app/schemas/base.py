"""What every schema stands on: dasherized names, tolerance for what clients really send, errors with pointers."""

from functools import cache
from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, pre_load
from marshmallow_jsonapi import Schema as JsonApiSchema
from marshmallow_jsonapi.fields import BaseRelationship


def dasherized(name: str) -> str:
    """The wire name of a Python name."""
    return name.replace("_", "-")


WANTED: dict[type, str] = {fields.String: "a text", fields.Boolean: "true or false", fields.Float: "a number"}
"""What is to be sent of the library's own kinds."""


class Schema(JsonApiSchema):
    """A JSON:API resource type.

    ``Meta`` gives ``type_``, ``model`` (which class its rows are) and ``self_url`` (a template over the row's
    attributes); every relationship is served under ``self_url`` by its own wire name. ``create_only`` names members
    that a PATCH ignores, ``update_only`` those that a creation does. Unknown and read-only members are ignored, as are
    nulls for members that cannot be null but need not be sent: the clients send whole objects back. ``numeric_id``: the
    id is shown as a JSON number, in resource objects, never in linkage.
    """

    class Meta:
        """Filled in by each schema."""

        unknown = EXCLUDE
        inflect = dasherized

    create_only: tuple[str, ...] = ()
    update_only: tuple[str, ...] = ()
    numeric_id: bool = False

    @classmethod
    def load_resource(cls, resource: dict[str, Any], *, creating: bool) -> dict[str, Any]:
        """The members of a resource object by Python name; without the absent ones when not ``creating``.

        Raises `marshmallow.ValidationError` whose messages are JSON:API errors. ``resource`` has been checked for its
        shape (`app.api.jsonapi.documents`).
        """
        schema: Any = cls
        loaded: dict[str, Any] = _reader(schema).load({"data": resource}, partial=not creating)
        return loaded

    @pre_load
    def _forgive(self, payload: dict[str, Any], *, partial: bool, **_options: Any) -> dict[str, Any]:
        schema: Any = type(self)
        ignored, null_is_nothing = _forgiven(schema, bool(partial))
        named = {dasherized(name): value for name, value in payload.items()}
        return {
            name: value
            for name, value in named.items()
            if name not in ignored and (value is not None or name not in null_is_nothing)
        }

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """What the library says of a member also says what to send."""
        super().on_bind_field(field_name, field_obj)
        name, kind = field_obj.data_key, next((kind for kind in WANTED if isinstance(field_obj, kind)), None)
        remedies = {"required": f"Send {name}.", "null": f"Send a value for {name}."}
        if kind is not None:
            remedies["invalid"] = f"Send {name} as {WANTED[kind]}."
        said = field_obj.error_messages  # of the class: a copy, other schemas have such members under other names
        field_obj.error_messages = said | {key: f"{said[key]} {remedy}" for key, remedy in remedies.items()}

    def format_error(self, field_name: str, message: str, index: int | None = None) -> dict[str, Any]:
        """A JSON:API error object with a pointer to the member."""
        name = field_name.split("/")[0]
        field = next((field for field in self.fields.values() if name in (field.data_key, field.name)), None)
        if isinstance(field, BaseRelationship):
            pointer = f"/data/relationships/{dasherized(field_name)}/data"
        else:
            pointer = f"/data/{field_name}" if field_name == "id" else f"/data/attributes/{dasherized(field_name)}"
        return {"detail": message, "source": {"pointer": pointer}}


@cache
def _reader(schema: Any) -> Any:
    """The instance that reads whatever is sent for this type, in all threads.

    To make one copies all its fields: 0.6 ms of processor time for an attendee, ten times what reading a PATCH takes
    (measured on the benchmarks' machine). It keeps nothing of a request: the library notes on it what stands beside
    ``data`` in a document, which here is nothing, and our hooks write nothing to it.
    """
    return schema()


@cache
def _forgiven(schema: Any, partial: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Wire names of the members that are ignored, and of those whose null is."""
    ignored, null_is_nothing = set(), set()
    for name, field in schema._declared_fields.items():
        wire_name = field.data_key or dasherized(name)
        # Who sends back what he has read sends null for what is never shown, a password.
        needed = field.required and not (partial and field.load_only)
        if name in (schema.create_only if partial else schema.update_only):
            ignored.add(wire_name)
        elif not needed and not field.allow_none:
            null_is_nothing.add(wire_name)
    return frozenset(ignored), frozenset(null_is_nothing)


def messages(error: ValidationError) -> list[dict[str, Any]]:
    """The JSON:API error objects of a failed `Schema.load_resource`."""
    found = error.messages
    return found["errors"] if isinstance(found, dict) else [{"detail": str(text)} for text in found]
