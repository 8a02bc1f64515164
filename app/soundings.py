"""Questions to the database whose asker waits for a limited time, whatever has become of the database."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import Flask

PATIENCE_SECONDS = 1.5
"""A database that has not answered by then does not answer."""

Found = TypeVar("Found")


class Sounding(Generic[Found]):
    """Asks ``question`` in a thread and an application context of its own. Who asks while it is being answered gets the
    same answer: a database that hangs holds one thread and one connection, however often it is asked."""

    def __init__(self, app: Flask, question: Callable[[], Found]):
        self._app, self._question = app, question
        self._lock = threading.Lock()
        self._running: _Asked[Found] | None = None

    def answer(self, seconds: float) -> Found | None:
        """What was found; None when the question failed, or has no answer yet after ``seconds``."""
        with self._lock:
            if self._running is None or self._running.done.is_set():
                self._running = _Asked()
                threading.Thread(target=self._ask, args=(self._running,), name="sounding", daemon=True).start()
            asked = self._running
        asked.done.wait(seconds)
        return asked.found

    def _ask(self, asked: "_Asked[Found]") -> None:
        try:
            with self._app.app_context():
                asked.found = self._question()
        except Exception:  # whatever it was: there is no answer, which is what is told
            asked.found = None
        finally:
            asked.done.set()


class _Asked(Generic[Found]):
    def __init__(self) -> None:
        self.done = threading.Event()
        self.found: Found | None = None
