"""What a worker does beside its requests: one thread for each task, which never keeps the worker alive."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)

STOP_SECONDS = 2
"""How long the end of a worker waits for what is being done."""


class Background:
    """A thread that does its ``work`` every so many seconds, and at once when it is woken.

    ``work`` runs in an application context of its own, and is given a function that says whether to go on. It outlives
    the database's absences; ``complaint`` is what the log says of them.
    """

    def __init__(
        self, app: Flask, name: str, work: Callable[[Callable[[], bool]], Any], *, every: float, complaint: str
    ):
        self._app, self._work, self._every, self._complaint = app, work, every, complaint
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Ends after what is being done, or without it when that takes long."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                with self._app.app_context():
                    self._work(lambda: not self._stopping.is_set())
            except DBAPIError as error:  # the database is away; what is to be done waits in it
                log.warning("%s: %s", self._complaint, type(error).__name__)
            except Exception:  # a fault of ours must not end the thread, and must be found
                log.exception("%s", self._complaint)
            self._wake.wait(self._every)
