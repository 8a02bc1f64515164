"""Shapes that are declared beside calls, as JSON Schema: msgspec reads Python's types."""

from typing import Any

import msgspec
from apispec.core import Components

from app.api.openapi.resources import Described

TEMPLATE = "#/components/schemas/{name}"


class Shapes:
    """Puts shapes among the components, each once."""

    def __init__(self, components: Components):
        self._components = components
        self._known: dict[str, Described] = {}

    def schema(self, of: Any) -> Described:
        """The schema of a type. Raises `ValueError` where two shapes have one name."""
        [schema], found = msgspec.json.schema_components([of], ref_template=TEMPLATE)
        for name, described in found.items():
            told = {key: value for key, value in described.items() if key != "title"}
            if name not in self._known:
                self._known[name] = told
                self._components.schema(name, told)
            elif self._known[name] != told:
                raise ValueError(f"two shapes are named {name}")
        return schema
