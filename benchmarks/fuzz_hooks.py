"""What Schemathesis is given beyond the document: who asks, what he cannot know, and what is let pass.

``schemathesis.toml`` names this module, `benchmarks.fuzz` sets the environment. What is let pass by
`benchmarks.untellable` is counted in the tool's summary: «Filtered».
"""

import os
import re
from datetime import UTC, datetime
from itertools import count
from typing import Any

import requests
import schemathesis
from hypothesis import strategies
from schemathesis import AuthContext, Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

from app.schemas.fields import EARLIEST_YEAR, LATEST_YEAR, ROW_ID
from benchmarks.untellable import UNTELLABLE

KEY, MATCH = "Idempotency-Key", "If-Match"

LONGEST_STEM = 230
"""What is kept of a key that the tool makes up, before what makes it one of its own."""

ROWS, MADE_UP = 6, 1000
"""So many rows of most nouns there are at the beginning; such a number is no id but of the tool's making."""


@schemathesis.auth()
class Asking:
    """Logs in; and again, as the next one if need be, when a token is refused (401): a request may log out whoever
    sends it, and end his account."""

    def __init__(self) -> None:
        self._number = 0

    def get(self, _case: Case, _context: AuthContext) -> str:
        """The token of a new log-in."""
        while self._number < int(os.environ["FUZZ_ACCOUNTS"]):
            answer = requests.post(f"{os.environ['FUZZ_URL']}/auth/session", json=self._credentials(), timeout=60)
            if answer.status_code == 200:
                token: str = answer.json()["access_token"]
                return token
            self._number += 1
        raise RuntimeError("No account is left.")

    def set(self, case: Case, data: str, _context: AuthContext) -> None:
        """Sends it."""
        case.headers["Authorization"] = f"JWT {data}"

    def _credentials(self) -> dict[str, str]:
        return {"email": f"fuzz-{self._number}@demo.example", "password": os.environ["FUZZ_PASSWORD"]}


def instants() -> strategies.SearchStrategy[str]:
    """Times of the years that are taken, with an offset."""
    first, last = (datetime(year, 7, 1, tzinfo=UTC).replace(tzinfo=None) for year in (EARLIEST_YEAR, LATEST_YEAR))
    offsets = strategies.sampled_from(["Z", "+00:00", "+05:30", "-08:00"])
    return strategies.builds(lambda at, offset: f"{at.isoformat()}{offset}", strategies.datetimes(first, last), offsets)


schemathesis.openapi.format("date-time", instants())

_numbers = count()

TOO_LONG = 414
"""Of addresses beyond 8190 bytes: the web server's, which looks no further, and told in the document's introduction."""

TAIL = re.compile(r"\.[^,]*")
BY_TAIL = re.compile(r"[^,]*\.[^,]*,?")
"""Parts of lists of paths: what follows a relationship's name, and a whole path that has such a tail."""


@schemathesis.hook
def before_call(_context: HookContext, case: Case, _kwargs: dict[str, Any]) -> None:
    """A request that is to be accepted gets what the tool cannot know, so that it comes as far as the rules: a key that
    no other has, the tag that fits all, a row that there is, its id in the body, and paths without tails, which are
    names of other rows (``order.user``), at a relationship its own. A filter is left to every second one only."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    number = next(_numbers)
    if KEY in case.headers:
        case.headers[KEY] = f"{case.headers[KEY][:LONGEST_STEM]}{number}"
    if MATCH in case.headers:
        case.headers[MATCH] = "*"
    places = case.path_parameters or {}
    places.update({name: _row(value) for name, value in places.items() if _is_made_up(value)})
    if case.method == "PATCH" and _is_resource(case.body) and not case.path.endswith("{relationship}"):
        case.body["data"]["id"] = places.get("id", "1")
    query = case.query or {}
    if number % 2:
        query.pop("filter", None)
    _cut(query, "include", TAIL)
    _cut(query, "sort", BY_TAIL)
    if "relationship" in places and "include" in query:
        query["include"] = places["relationship"]


def _is_made_up(value: Any) -> bool:
    return isinstance(value, str) and bool(ROW_ID.fullmatch(value)) and not 0 < int(value) < MADE_UP


def _row(value: str) -> str:
    return str(int(value) % ROWS + 1)


def _cut(query: dict[str, Any], name: str, part: re.Pattern[str]) -> None:
    if isinstance(query.get(name), list):
        query[name] = [left for path in query[name] if (left := part.sub("", path))]
    elif isinstance(query.get(name), str):
        query[name] = part.sub("", query[name])


def _is_resource(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("data"), dict)


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """False for what is let pass."""
    if response.status_code == TOO_LONG:
        return False
    if not isinstance(failure, RejectedPositiveData) or "vnd.api" not in response.headers.get("content-type", [""])[0]:
        return True
    errors = response.json()["errors"]
    return not all(any(each.covers(case.operation.label, error) for each in UNTELLABLE) for error in errors)
