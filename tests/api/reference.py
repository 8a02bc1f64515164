"""What the library itself makes of rows: marshmallow-jsonapi's dump, told where our links lead.

Ours differs from it in this, and in nothing else:

1. Links: a schema says where its rows are (``self_url``), and every relationship is served below that. The library is
   given these templates.
2. The value of a relationship is the row behind it; ``attribute`` says where an id that is sent goes.
3. Sparse fieldsets name attributes and relationships; ``id`` is always shown, and so is what is included. Links do
   not depend on them: the library makes a row's own from what it shows.
4. ``attributes`` is there when it is empty (the Android app needs it).
5. A resource is there once, in ``data`` or in ``included``, with the linkage of all ways that lead to it; the library
   keeps the last.
6. Linkage is given for what is included, and of primary data for what is always linked.
7. The ids of some types are JSON numbers, though not in linkage.
8. What this server does not have yet leads to nothing (`Later`).
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from app.api.jsonapi.querystring import Tree, relationship, schema_behind
from app.schemas.relationships import Later

Key = tuple[str, str]
Fieldsets = Mapping[str, frozenset[str]]


class Resources(dict[Key, dict[str, Any]]):
    """Included resources; of one that comes again, the linkage of all ways (5)."""

    def __setitem__(self, key: Key, resource: dict[str, Any]) -> None:
        if key in self:
            _merge(self[key], resource)
        else:
            super().__setitem__(key, resource)


def document(rows: Sequence[Any], schema: Any, include: Tree, fieldsets: Fieldsets) -> dict[str, Any]:
    """``data`` and ``included`` (by type and id) of a list of rows, which have their relationships as attributes."""
    library = _schema(schema, include, fieldsets, primary=True)
    dumped = library.dump(rows, many=True)
    included: dict[Key, Any] = library.included_data
    primary = {(shown["type"], shown["id"]): shown for shown in dumped["data"]}
    for key in primary.keys() & included.keys():
        _merge(primary[key], included.pop(key))
    numeric = {schema.opts.type_: schema.numeric_id, **_numeric_ids(schema, include)}
    for shown in (*primary.values(), *included.values()):
        shown.setdefault("attributes", {})  # (4)
        if shown["type"] == "order" and "identifier" not in fieldsets.get("order", {"identifier"}):
            shown["attributes"].pop("identifier")  # (3)
        shown["id"] = int(shown["id"]) if numeric[shown["type"]] else shown["id"]  # (7)
    return {"data": list(primary.values()), "included": included}


def ours(rendered: dict[str, Any]) -> dict[str, Any]:
    """The same of a document of ours, as clients parse it."""
    parsed = orjson.loads(orjson.dumps(rendered))
    included = {(row["type"], str(row["id"])): row for row in parsed.get("included", [])}
    assert len(included) == len(parsed.get("included", []))
    return {"data": parsed["data"], "included": included}


def parsed(expected: dict[str, Any]) -> dict[str, Any]:
    """The library's as clients parse it."""
    return {
        "data": orjson.loads(orjson.dumps(expected["data"])),
        "included": {key: orjson.loads(orjson.dumps(row)) for key, row in expected["included"].items()},
    }


def _address(schema: Any) -> str:
    """What the address of a row is made of."""
    return "identifier" if "{identifier}" in schema.Meta.self_url else "id"


def _merge(resource: dict[str, Any], again: dict[str, Any]) -> None:
    for name, shown in again.get("relationships", {}).items():
        resource.setdefault("relationships", {}).setdefault(name, {}).update(shown)


def _numeric_ids(schema: Any, include: Tree) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name, subtree in include.items():
        there = schema_behind(schema, name)
        found |= {there.opts.type_: getattr(there, "numeric_id", False), **_numeric_ids(there, subtree)}
    return found


def _schema(schema: Any, include: Tree, fieldsets: Fieldsets, *, primary: bool) -> Any:
    """An instance that dumps as we mean it, with one for each step of ``include``."""
    fieldset = fieldsets.get(schema.opts.type_)
    only = (
        None if fieldset is None else {*(fieldset & schema._declared_fields.keys()), *include, "id", _address(schema)}
    )
    made = schema(only=only)
    made.included_data = Resources()
    made.opts = copy.copy(made.opts)
    arguments = {_address(schema): f"<{_address(schema)}>"}
    made.opts.self_url, made.opts.self_url_kwargs = schema.Meta.self_url, arguments
    for name, field in made.fields.items():
        if relationship(schema, name) is None:
            continue
        field.attribute = None  # (2)
        wire = name.replace("_", "-")
        field.related_url, field.related_url_kwargs = f"{schema.Meta.self_url}/{wire}", arguments  # (1)
        field.self_url, field.self_url_kwargs = f"{schema.Meta.self_url}/relationships/{wire}", arguments
        field.include_resource_linkage = primary and getattr(field, "always_linked", False)  # (6)
        if name in include:
            field.include_data = True
            if not isinstance(field, Later):
                there = schema_behind(schema, name)
                field._Relationship__schema = _schema(there, include[name], fieldsets, primary=False)
    return made
