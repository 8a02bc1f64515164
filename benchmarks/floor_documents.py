"""Documents of the floor: as long as ours, because names and links are those of our schemas; they are taken from there
once, when it starts. What stays for a request is to put values beside names."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.api.jsonapi.querystring import SchemaClass, model_of, relationship
from app.schemas.base import dasherized

Row = tuple[Any, ...]
Document = dict[str, Any]


class Shape:
    """Resource objects of a schema, from rows of ``columns``, the first of which is the id."""

    def __init__(self, schema: SchemaClass, table: str, *, absent: Sequence[str] = ()):
        declared = {name: field for name, field in schema._declared_fields.items() if not field.load_only}
        columns = model_of(schema).__table__.columns
        shown = [name for name in declared if name in columns and name != "id"]
        self.type_: str = schema.Meta.type_
        self.columns = ", ".join(f"{table}.{name}" for name in ("id", *shown))
        self.width = len(shown) + 1
        self._names = [dasherized(name) for name in shown]
        self._absent = dict.fromkeys(absent)
        self._relations = [dasherized(name) for name in declared if relationship(schema, name)]
        self._address: str = schema.Meta.self_url

    def resource(self, row: Row, linkage: Mapping[str, Any] | None = None) -> Document:
        """The resource object; ``linkage`` is the data of the relationships that have some."""
        number = str(row[0])
        attributes = dict(zip(self._names, row[1:], strict=True)) | self._absent
        own = self._address.format(id=number, identifier=attributes.get("identifier"))
        relationships: Document = {
            name: {"links": {"self": f"{own}/relationships/{name}", "related": f"{own}/{name}"}}
            for name in self._relations
        }
        for name, data in (linkage or {}).items():
            relationships[name]["data"] = data
        return {
            "type": self.type_,
            "id": number,
            "attributes": attributes,
            "relationships": relationships,
            "links": {"self": own},
        }

    def reference(self, number: int | None) -> Document | None:
        """The linkage of one row."""
        return None if number is None else {"type": self.type_, "id": str(number)}


class Included:
    """The resource objects behind a document's, each once, from the parts of joined rows."""

    def __init__(self, *shapes: Shape):
        self._shapes = shapes
        self.resources: list[Document] = []
        self._seen: set[tuple[str, int]] = set()

    def take(self, row: Row) -> list[Document | None]:
        """Notes the rows of ``row``, one for each shape one behind the other; gives their references."""
        references, start = [], 0
        for shape in self._shapes:
            part = row[start : start + shape.width]
            start += shape.width
            references.append(shape.reference(part[0]))
            if part[0] is not None and (shape.type_, part[0]) not in self._seen:
                self._seen.add((shape.type_, part[0]))
                self.resources.append(shape.resource(part))
        return references
