"""Real requests and answers, kept by the tests that have sent them: a day at the door (`STORY`), and one of each of the
other operations (`CALLS`)."""

import json
from pathlib import Path
from typing import Any

from app.api.openapi.resources import Described

STORY = Path(__file__).with_name("examples.json")
CALLS = Path(__file__).with_name("examples_of_calls.json")


def read() -> dict[str, dict[str, Any]]:
    """``operations`` by their ids: what was ``asked``, its ``request``, its ``answers`` by status; ``refusals`` by
    status."""
    story: dict[str, dict[str, Any]] = json.loads(STORY.read_text())
    return story | {"operations": json.loads(CALLS.read_text()) | story["operations"]}


def put(operation: Described, seen: dict[str, Any]) -> None:
    """Puts what was seen of an operation beside what is said of it; what is said no more is left out, until the tests
    have written the examples anew."""
    if "request" in seen and "requestBody" in operation:
        _put(operation["requestBody"], seen["asked"], seen["request"])
    for status, answer in seen.get("answers", {}).items():
        if status in operation["responses"]:
            _put(operation["responses"][status], seen["asked"], answer)


def _put(described: Described, asked: str, value: Any) -> None:
    for media_type, content in described["content"].items():
        if media_type.endswith("json"):
            content["examples"] = {"real": {"summary": asked, "value": value}}
