"""Real requests and answers, kept in `examples.json` by the test that has sent them."""

import json
from pathlib import Path
from typing import Any

from app.api.openapi.resources import Described

FILE = Path(__file__).with_name("examples.json")


def read() -> dict[str, dict[str, Any]]:
    """``operations`` by their ids: what was ``asked``, its ``request``, its ``answers`` by status; ``refusals`` by
    status."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return found


def put(operation: Described, seen: dict[str, Any]) -> None:
    """Puts what was seen of an operation beside what is said of it; what is said no more is left out, until the test
    has written the examples anew."""
    if "request" in seen and "requestBody" in operation:
        _put(operation["requestBody"], seen["asked"], seen["request"])
    for status, answer in seen.get("answers", {}).items():
        if status in operation["responses"]:
            _put(operation["responses"][status], seen["asked"], answer)


def _put(described: Described, asked: str, value: Any) -> None:
    for content in described["content"].values():
        content["examples"] = {"real": {"summary": asked, "value": value}}
