"""JSON:API documents as JSON Schema, made of the schemas: each component is named after the schema it is made of."""

import re
from typing import Any

from apispec.core import Components
from marshmallow_jsonapi.fields import BaseRelationship

from app.api.jsonapi.querystring import SchemaClass, relationship
from app.api.openapi import attributes
from app.schemas.base import dasherized
from app.schemas.fields import ROW_ID

Described = dict[str, Any]

ID: Described = {"type": "string", "pattern": f"^{ROW_ID.pattern}$"}
NUMBER: Described = {"type": "integer", "minimum": 1}
LINK: Described = {"type": "string"}

JSONAPI: Described = {
    "description": "The version of JSON:API that is spoken.",
    "type": "object",
    "required": ["version"],
    "properties": {"version": {"const": "1.0"}},
}
SELF: Described = {
    "description": "The address itself.",
    "type": "object",
    "required": ["self"],
    "properties": {"self": LINK},
}
PAGES: Described = {
    "description": "The pages of a list: `next` is there as long as there is more.",
    "type": "object",
    "required": ["self"],
    "properties": dict.fromkeys(("self", "first", "last", "prev", "next"), LINK),
}
RELATED: Described = {
    "description": "Where a relationship is, and where it leads.",
    "type": "object",
    "required": ["self", "related"],
    "properties": {"self": LINK, "related": LINK},
}
BASIS = {"JsonApi": JSONAPI, "SelfLink": SELF, "PageLinks": PAGES, "RelationshipLinks": RELATED}


def ref(name: str) -> Described:
    """The reference to a schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


INCLUDED: Described = {"type": "array", "items": ref("Included")}


def name_of(schema: SchemaClass) -> str:
    """What the components of a schema begin with."""
    name: str = schema.__name__.removesuffix("Schema")
    return name


class Resources:
    """Puts what documents of schemas are made of among the components, each once."""

    def __init__(self, components: Components):
        self._components = components
        self._resources: set[str] = set()
        for name, described in BASIS.items():
            components.schema(name, described)

    def document(self, schema: SchemaClass, *, may_be_none: bool = False, meta: Described | None = None) -> Described:
        """The document of one row, or of none."""
        one = ref(self._resource(schema))
        data = {"anyOf": [one, {"type": "null"}]} if may_be_none else one
        return self._compound(data, ref("SelfLink"), meta or {"type": "object"}, required=())

    def collection(self, schema: SchemaClass, meta: Described) -> Described:
        """The document of a list."""
        data = {"type": "array", "items": ref(self._resource(schema))}
        return self._compound(data, ref("PageLinks"), meta, required=("meta",))

    def bare(self, schema: SchemaClass) -> Described:
        """A row and its address, in plain JSON."""
        properties = {"data": ref(self._resource(schema)), "links": ref("SelfLink")}
        return {"type": "object", "required": ["data", "links"], "properties": properties}

    def _compound(self, data: Described, links: Described, meta: Described, required: tuple[str, ...]) -> Described:
        """A document with what may be included in it."""
        members = {"data": data, "included": INCLUDED, "meta": meta, "links": links}
        return {
            "type": "object",
            "required": ["data", "links", "jsonapi", *required],
            "properties": members | {"jsonapi": ref("JsonApi")},
        }

    def linkage(self, schema: SchemaClass) -> Described:
        """The document of any one of a schema's relationships."""
        self._resource(schema)
        kinds = {field.type_: field for field in relationships(schema).values()}
        one = [ref(self._identifier(type_)) for type_ in kinds]
        data = {"anyOf": [*one, {"type": "null"}, {"type": "array", "items": {"anyOf": one}}]}
        properties = {"data": data, "included": INCLUDED, "links": ref("RelationshipLinks"), "jsonapi": ref("JsonApi")}
        return {"type": "object", "required": ["data", "links", "jsonapi"], "properties": properties}

    def sent_linkage(self, schema: SchemaClass, names: list[str]) -> Described:
        """The body that changes one of these relationships."""
        fields = [field for name, field in relationships(schema).items() if name in names]
        found = [self._sent_linkage(field)["properties"]["data"] for field in fields]
        data = {"anyOf": [kind for place, kind in enumerate(found) if kind not in found[:place]]}
        return {"type": "object", "required": ["data"], "properties": {"data": data}}

    def creation(self, schema: SchemaClass) -> Described:
        """What creates a row."""
        data = self._sent(schema, creating=True)
        return self._body(f"{name_of(schema)}Creation", f"Creates: {summary(schema)}", data)

    def update(self, schema: SchemaClass) -> Described:
        """What changes a row: what it names, and nothing else."""
        data = self._sent(schema, creating=False)
        data["required"] = ["type", "id"]
        data["properties"]["id"] = {"type": ["string", "integer"]} | ID if schema.numeric_id else ID
        return self._body(f"{name_of(schema)}Update", f"Changes: {summary(schema)}", data)

    def include_all(self) -> None:
        """Says what can be included anywhere, when all resources are known."""
        described = "Any resource, as it is included in a document of others."
        self._components.schema(
            "Included", {"description": described, "anyOf": [ref(name) for name in sorted(self._resources)]}
        )

    def _resource(self, schema: SchemaClass) -> str:
        name = name_of(schema)
        if name in self._resources:
            return name
        self._resources.add(name)
        shown, linked = attributes.shown(schema), relationships(schema)
        self._components.schema(f"{name}Attributes", {"type": "object", "properties": shown})
        properties: Described = {
            "type": {"const": schema.opts.type_},
            "id": NUMBER if schema.numeric_id else ID,
            "attributes": ref(f"{name}Attributes"),
        }
        if linked:
            shown_links = {dasherized(wire): ref(self._relationship(field)) for wire, field in linked.items()}
            self._components.schema(f"{name}Relationships", {"type": "object", "properties": shown_links})
            properties["relationships"] = ref(f"{name}Relationships")
        properties["links"] = ref("SelfLink")
        required = ["type", "id", "attributes", "links"]
        resource = {"description": schema.__doc__, "type": "object", "required": required, "properties": properties}
        self._components.schema(name, resource)
        return name

    def _relationship(self, field: BaseRelationship) -> str:
        name = f"ToMany{pascal(field.type_)}" if field.many else f"ToOne{pascal(field.type_)}"
        if name not in self._components.schemas:
            one = ref(self._identifier(field.type_))
            data = {"type": "array", "items": one} if field.many else {"anyOf": [one, {"type": "null"}]}
            properties = {"data": data, "links": ref("RelationshipLinks")}
            described = "Its linkage stands in `data` where it is included."
            whole = {"description": described, "type": "object", "required": ["links"], "properties": properties}
            self._components.schema(name, whole)
        return name

    def _identifier(self, type_: str) -> str:
        name = f"{pascal(type_)}Identifier"
        if name not in self._components.schemas:
            properties = {"type": {"const": type_}, "id": ID}
            required = ["type", "id"]
            self._components.schema(name, {"type": "object", "required": required, "properties": properties})
        return name

    def _sent(self, schema: SchemaClass, *, creating: bool) -> Described:
        properties: Described = {"type": {"const": schema.opts.type_}}
        required = ["type"]
        accepted, needed = attributes.accepted(schema, creating=creating)
        if accepted:
            properties["attributes"] = {"type": "object", "properties": accepted}
        if needed:
            properties["attributes"]["required"] = needed
            required.append("attributes")
        links = {name: field for name, field in relationships(schema).items() if not field.dump_only}
        if not creating:
            links = {name: field for name, field in links.items() if name not in schema.create_only}
        if links:
            sent = {dasherized(name): self._sent_linkage(field) for name, field in links.items()}
            properties["relationships"] = {"type": "object", "properties": sent}
        needed = [dasherized(name) for name, field in links.items() if creating and field.required]
        if needed:
            properties["relationships"]["required"] = needed
            required.append("relationships")
        return {"type": "object", "required": required, "properties": properties}

    def _sent_linkage(self, field: BaseRelationship) -> Described:
        one = ref(self._identifier(field.type_))
        data = {"type": "array", "items": one} if field.many else one
        if field.allow_none:
            data = {"anyOf": [data, {"type": "null"}]}
        return {"type": "object", "required": ["data"], "properties": {"data": data}}

    def _body(self, name: str, described: str, data: Described) -> Described:
        if name not in self._components.schemas:
            body = {"description": described, "type": "object", "required": ["data"], "properties": {"data": data}}
            self._components.schema(name, body)
        return ref(name)


def relationships(schema: SchemaClass) -> dict[str, BaseRelationship]:
    """The relationships of a schema, by their Python names."""
    found = {name: relationship(schema, name) for name in schema._declared_fields}
    return {name: field for name, field in found.items() if field is not None}


def changed(resource: Any, method: str) -> list[str]:
    """The relationships that a method changes at addresses of their own: to links to one row nothing is added, and
    nothing is taken from them."""
    fields = relationships(resource.schema)
    return [name for name in resource.changeable if method == "PATCH" or fields[name].many]


def summary(documented: Any) -> str:
    """The first sentence of a docstring."""
    return _sentences(documented)[0]


def rest(documented: Any) -> str:
    """What a docstring says after its first sentence."""
    return _sentences(documented)[1]


def _sentences(documented: Any) -> tuple[str, str]:
    """The first sentence of a docstring and the others, in Markdown as OpenAPI has it."""
    text = re.sub(r"`+", "`", " ".join((documented.__doc__ or "").split()))
    first, _, others = text.partition(". ")
    return (first if first.endswith((".", "?")) else f"{first}.") if first else "", others


def pascal(name: str) -> str:
    """A name with dashes or underscores as one word: ``user_check_in`` is ``UserCheckIn``."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("_", "-").split("-"))
