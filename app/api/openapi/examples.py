"""Real requests and answers, kept in `examples.json` by the test that has sent them."""

import json
from pathlib import Path
from typing import Any

from app.api.openapi.resources import Described

FILE = Path(__file__).with_name("examples.json")


def read() -> dict[str, dict[str, Any]]:
    """``operations`` by their ids: ``request`` and ``answers`` by status; ``refusals`` by status."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return found


def put(operation: Described, seen: dict[str, Any]) -> None:
    """Puts what was seen of an operation beside what is said of it."""
    if "request" in seen:
        _put(operation["requestBody"], seen["request"])
    for status, answer in seen.get("answers", {}).items():
        _put(operation["responses"][status], answer)


def _put(described: Described, example: Any) -> None:
    for content in described["content"].values():
        content["example"] = example
