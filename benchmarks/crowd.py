"""A small crowd for the fault matrix, over real HTTP.

Each client does one deed (`benchmarks.deeds`) after the other, and sends it until it is acknowledged, as a phone at the
door does. It keeps what it was told, so that the database can be asked whether that is there, and nothing else.
"""

import http.client
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.deeds import Acknowledged, Deed, Told

MEDIA_TYPE = "application/vnd.api+json"

BOUND = 20.0
"""Seconds within which everything must be answered, also while servers start again; later is a hang, and wrong."""

PAUSE = 0.1
"""Seconds after which a client comes back that was sent away: far sooner than ``Retry-After`` asks for."""

CUT_AFTER = (0.0, 0.002, 0.005, 0.01, 0.02, None)
"""Seconds after which a cutting client hangs up without a word; None: as soon as it has the answer's first byte."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def is_done(self) -> bool:
        """It was done, and the client knows it."""
        return self.status in {200, 201}

    @property
    def is_sent_away(self) -> bool:
        """He is to come back, and told when."""
        return self.status in {409, 503} and self.headers.get("Retry-After") is not None


class Crowd:
    """The clients. They work from `begin` to `finish`; what they were told since is `told`."""

    def __init__(self, port: int, token: str, deeds: list[Iterator[Deed]], *, may_break: bool):
        self.port, self.token, self.may_break = port, token, may_break
        self.told = Told()
        self.lock = threading.Lock()
        self.cutting = threading.Event()
        self.closing = threading.Event()
        self.giving_up = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(each,)) for each in deeds]

    def begin(self) -> None:
        """Sends them off."""
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Lets each finish what it is at; what is not acknowledged by then is given up, and wrong."""
        self.closing.set()
        give_up = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        self.giving_up.set()
        for thread in self._threads:
            thread.join()

    def kinds_since(self, moment: float) -> set[str]:
        """What kinds of deeds were acknowledged that were sent after ``moment``."""
        with self.lock:
            return {each.kind for each in self.told.acknowledged if each.sent >= moment}

    def first_since(self, moment: float) -> float:
        """When the first of them was answered."""
        with self.lock:
            return min(each.answered for each in self.told.acknowledged if each.sent >= moment)

    def keep(self, noting: Callable[[Told], None]) -> None:
        """Notes something that was told."""
        with self.lock:
            noting(self.told)

    def _work(self, deeds: Iterator[Deed]) -> None:
        line = Line(self.port, self.token)
        while not self.closing.is_set():
            deed = next(deeds)
            while not self._is_done(line, deed):
                if self.giving_up.wait(PAUSE):
                    self.keep(lambda told: told.wrong.update(["never acknowledged"]))
                    break
        line.hang_up()

    def _is_done(self, line: "Line", deed: Deed) -> bool:
        began = time.monotonic()
        try:
            if self.cutting.is_set():
                line.cut(deed)
            answer = line.ask(deed)
        except TimeoutError:
            self.keep(self._count_hang)
            return False
        except (OSError, http.client.HTTPException) as error:
            reason = f"connection ended: {type(error).__name__}"
            self.keep(lambda told: self._count_break(told, reason))
            return False
        self.keep(lambda told: self._note(told, deed, answer, began))
        return answer.is_done

    @staticmethod
    def _count_hang(told: Told) -> None:
        told.slowest = max(told.slowest, BOUND)
        told.wrong[f"no answer for {BOUND:.0f} s"] += 1

    def _count_break(self, told: Told, reason: str) -> None:
        told.broken += 1
        if not self.may_break:
            told.wrong[reason] += 1

    @staticmethod
    def _note(told: Told, deed: Deed, answer: Answer, began: float) -> None:
        now = time.monotonic()
        told.slowest = max(told.slowest, now - began)
        if answer.is_done:
            deed.note(told, json.loads(answer.body))
            told.acknowledged.append(Acknowledged(deed.kind, began, now))
        elif answer.is_sent_away:
            told.sent_away += 1
        else:
            told.wrong[f"{answer.status} {deed.kind} {answer.body[:200]!r}"] += 1


class Line:
    """One client's connection, kept alive as long as it holds."""

    def __init__(self, port: int, token: str):
        self._port, self._token = port, token
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, deed: Deed) -> Answer:
        """The answer to it. Raises `OSError` and `http.client.HTTPException` when there is none."""
        connection = self._connection or http.client.HTTPConnection("127.0.0.1", self._port, timeout=BOUND)
        self._connection = None
        try:
            self._send(connection, deed)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return answer

    def cut(self, deed: Deed) -> None:
        """Sends it and hangs up with a reset, before the answer or in the middle of it."""
        self.hang_up()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=BOUND)
        try:
            self._send(connection, deed)
            after = random.choice(CUT_AFTER)
            if after is None:
                connection.sock.recv(1)
            else:
                time.sleep(after)
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            connection.close()

    def hang_up(self) -> None:
        """In order."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, connection: http.client.HTTPConnection, deed: Deed) -> None:
        headers = {"Authorization": f"JWT {self._token}", "Content-Type": MEDIA_TYPE}
        if deed.key is not None:
            headers["Idempotency-Key"] = deed.key
        connection.request(deed.method, deed.path, json.dumps(deed.document), headers)
