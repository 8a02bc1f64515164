"""HTTP to the server under test: what may be sent again is sent again, and what came back is tallied."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import requests

MEDIA_TYPE = "application/vnd.api+json"

TIMEOUTS = 5, 60
"""Seconds to connect, and to wait for an answer."""

PATIENCE = 120.0
"""Seconds after which something that is never answered is given up."""

LONGEST_PAUSE = 5.0
"""Seconds between two tries when nobody says how many."""

LONGEST_WAIT = 60.0
"""Of a Retry-After no more is believed, in seconds."""

UNAVAILABLE = {429, 502, 503, 504}
"""Statuses after which the same is sent again."""

NO_ANSWER = 0
"""What stands for a status where there was none: the connection failed."""

Body = Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None
"""A document, or what makes it anew for each try."""


class GaveUp(Exception):
    """Something was never answered; the text says what, and what came instead."""


@dataclass(frozen=True)
class Answer:
    """An answer; ``seconds`` from the first try to here, ``tries`` how many it took."""

    status: int
    document: dict[str, Any]
    seconds: float
    tries: int

    @property
    def data(self) -> Any:
        """The document's data."""
        return self.document["data"]

    @property
    def count(self) -> int:
        """Of a list: how many there are in all."""
        return int(self.document["meta"]["count"])

    @property
    def told(self) -> str:
        """What was refused, in a line."""
        errors = self.document.get("errors")
        detail = errors[0].get("detail") if isinstance(errors, list) and errors else self.document.get("error")
        return f"{self.status} {detail or ''}".strip()


@dataclass
class Measured:
    """Requests of one kind."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    retries: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def rate(self) -> float:
        """So many a second, from the first to the last."""
        return len(self.seconds) / max(self.ended - self.began, 0.001)

    def milliseconds(self, percent: float) -> float:
        """Within so many, ``percent`` of them were answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Tally:
    """What all threads have measured, by kind of request."""

    def __init__(self) -> None:
        self.kinds: dict[str, Measured] = defaultdict(Measured)
        self._lock = threading.Lock()

    def tried(self, kind: str, status: int, *, again: bool) -> None:
        """One try, and what came of it. ``again``: it is not the last one."""
        with self._lock:
            self.kinds[kind].statuses[status] += 1
            self.kinds[kind].retries += again

    def answered(self, kind: str, began: float, ended: float) -> None:
        """One request, however many tries it took."""
        with self._lock:
            measured = self.kinds[kind]
            measured.began = min(measured.began or began, began)
            measured.ended = max(measured.ended, ended)
            measured.seconds.append(ended - began)


class Client:
    """Somebody who is logged in, or nobody yet."""

    def __init__(self, base_url: str, tally: Tally, seed: str):
        self.patience = PATIENCE
        self._base_url, self._tally = base_url, tally
        self._chance = Random(seed)  # noqa: S311  # pauses are no secrets
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc would take the place of our token
        self._session.headers["Accept"] = MEDIA_TYPE

    def log_in(self, email: str, password: str) -> Answer:
        """Takes the account's token for all that follows; the answer says whether there is one."""
        answer = self._sent("log-in", "POST", "/auth/session", {"email": email, "password": password}, {}, plain=True)
        if answer.status == 200:
            self._session.headers["Authorization"] = f"JWT {answer.document['access_token']}"
        return answer

    def as_well(self, seed: str) -> "Client":
        """The same account on a connection of its own."""
        other = Client(self._base_url, self._tally, seed)
        other._session.headers.update(self._session.headers)
        return other

    def close(self) -> None:
        """Hangs up."""
        self._session.close()

    def get(self, path: str) -> Answer:
        """Reads."""
        return self._sent("read", "GET", path, None, {})

    def post(self, kind: str, path: str, body: Body, *, key: str | None = None) -> Answer:
        """Writes; with a ``key`` it is the same request, however often it is sent. Raises `GaveUp`."""
        return self._sent(kind, "POST", path, body, {} if key is None else {"Idempotency-Key": key})

    def _sent(
        self, kind: str, method: str, path: str, body: Body, headers: dict[str, str], *, plain: bool = False
    ) -> Answer:
        """The answer, after as many tries as it needs. Raises `GaveUp`."""
        media_type = "application/json" if plain else MEDIA_TYPE
        began, tries = time.monotonic(), 0
        while True:
            tries += 1
            document = body() if callable(body) else body
            status, answer, pause, words = self._tried(method, path, document, headers | {"Content-Type": media_type})
            ended = time.monotonic()
            again = pause is not None and ended - began < self.patience
            self._tally.tried(kind, status, again=again)
            if pause is None:
                self._tally.answered(kind, began, ended)
                return Answer(status, answer, ended - began, tries)
            if not again:
                raise GaveUp(f"{method} {path} was not answered within {self.patience:g} seconds: {words}.")
            time.sleep(pause or self._pause(tries))

    def _tried(
        self, method: str, path: str, document: Mapping[str, Any] | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any], float | None, str]:
        """Status and document; how long to wait before it is sent again (0: nobody says, None: it is an answer); and
        what came instead of an answer."""
        try:
            response = self._session.request(
                method, self._base_url + path, json=document, headers=headers, timeout=TIMEOUTS, allow_redirects=False
            )
        except requests.RequestException as error:
            return NO_ANSWER, {}, 0.0, str(error)
        wait = response.headers.get("Retry-After")
        is_running = response.status_code == 409 and wait is not None
        if response.status_code in UNAVAILABLE or is_running:
            seconds = float(wait) if wait is not None and wait.isdecimal() else 0.0
            return response.status_code, {}, min(seconds, LONGEST_WAIT), f"status {response.status_code}"
        return response.status_code, _document(response), None, ""

    def _pause(self, tries: int) -> float:
        """Longer after each try, and never the same for two who have failed together."""
        return min(LONGEST_PAUSE, 0.1 * 2.0 ** min(tries, 10)) * self._chance.uniform(0.5, 1)


def _document(response: requests.Response) -> dict[str, Any]:
    """What stands in an answer; a bare list as the data of a document, nothing where it is no JSON."""
    try:
        found = response.json()
    except requests.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {"data": found}


def resource(type_: str, attributes: Mapping[str, Any], **links: tuple[str, str] | None) -> dict[str, Any]:
    """A JSON:API document; ``links`` are the relationships' types and ids."""
    related = {name: {"data": {"type": link[0], "id": link[1]}} for name, link in links.items() if link is not None}
    data = {"type": type_, "attributes": dict(attributes)}
    return {"data": data | ({"relationships": related} if related else {})}
