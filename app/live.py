"""Who is inside, live: what a scan through any worker changes reaches the listeners of all workers.

A commit that changed counts leaves the event's id here. One thread for each worker tells the other workers
(`app.notices`), hears from them, and reads the occupancy of each event that somebody listens to, once for all of its
listeners. It works ten times a second at most; what comes in between goes together. A notice may be lost, with its
connection or its worker: every few seconds all is read again.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from sqlalchemy import event as hooks

from app.config import Settings
from app.database import db, session
from app.errors import StreamsTaken
from app.models import Event
from app.notices import PAUSE_SECONDS, Line
from app.services import occupancy
from app.services.occupancy import Occupancy

log = logging.getLogger(__name__)

BOARD = "app.live"
"""Where the application keeps its board, among its extensions."""

GAP_SECONDS = 0.1
"""From one turn of the thread to the next, at least."""

POLL_SECONDS = 5
"""How often everything is read again, whatever was heard."""

STOP_SECONDS = 2
"""How long the end of a worker waits for the thread."""


class Listener:
    """One who watches an event, and a place at the board until he is closed. ``shown`` is what he has seen last, and
    ``since`` when that was read."""

    def __init__(self, board: "Board", event_id: int):
        self._board = board
        self.event_id = event_id
        self.shown: Occupancy | None = None
        self.since = 0.0

    def read(self, event: Event) -> Occupancy:
        """The occupancy as it is now, which is shown from now on: whoever joins waits for nothing."""
        self.since = time.monotonic()
        self.shown = occupancy.of_event(event)
        return self.shown

    def news(self, seconds: float) -> Occupancy | None:
        """The occupancy as soon as it differs from what is shown, which it is then; None after that time."""
        return self._board.news(self, seconds)

    def close(self) -> None:
        """Gives the place back; again does nothing."""
        self._board.leave(self)


class Board:
    """What a worker knows of the events that its listeners watch. Until `start`, and when the worker is to end, it is
    closed: nobody is told anything."""

    def __init__(self, app: Flask):
        settings: Settings = app.config["SETTINGS"]
        self.app = app
        self.tell_number: Callable[[int], None] = lambda _number: None
        """Told how many listen, whenever that changes."""
        self._places = settings.stream_places
        self._line = Line(settings.database_listen_url or app.config["SQLALCHEMY_DATABASE_URI"])
        self._news = threading.Condition()
        self._listeners: set[Listener] = set()
        self._latest: dict[int, tuple[float, Occupancy]] = {}
        self._changed: set[int] = set()
        self._poll_at = 0.0
        self._stopping = threading.Event()
        self._goes_on: Callable[[], bool] = lambda: False
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    # --- of the worker -------------------------------------------------------------------------------------------

    def start(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Begins to watch; ``goes_on`` says whether the worker is to live on."""
        self._bell, self._knocker = socket.socketpair()
        self._knocker.setblocking(False)
        self._goes_on = goes_on
        hooks.listen(db.session, "after_commit", self._committed)
        hooks.listen(db.session, "after_rollback", self._rolled_back)
        self._thread.start()

    def stop(self) -> None:
        """Ends the listeners' waiting, and the thread."""
        hooks.remove(db.session, "after_commit", self._committed)
        hooks.remove(db.session, "after_rollback", self._rolled_back)
        self._stopping.set()
        self._ring()
        with self._news:
            self._news.notify_all()
        self._thread.join(STOP_SECONDS)
        self._knocker.close()

    # --- of the listeners ----------------------------------------------------------------------------------------

    def is_open(self) -> bool:
        """Whether listeners are told anything."""
        return not self._stopping.is_set() and self._goes_on()

    def join(self, event_id: int) -> Listener:
        """A place for one who watches the event. Raises `StreamsTaken` when there is none: the other threads of the
        worker are for requests that end."""
        with self._news:
            if len(self._listeners) >= self._places:
                raise StreamsTaken("All places for live streams are taken. Ask again in a moment, or read occupancy.")
            listener = Listener(self, event_id)
            self._listeners.add(listener)
            self.tell_number(len(self._listeners))
        self._ring()
        return listener

    def leave(self, listener: Listener) -> None:
        """Takes the listener off, and what only he watched."""
        with self._news:
            self._listeners.discard(listener)
            self.tell_number(len(self._listeners))
            for event_id in self._latest.keys() - self._watched():
                del self._latest[event_id]

    def news(self, listener: Listener, seconds: float) -> Occupancy | None:
        """What the listener has not been shown; he is shown it."""
        with self._news:
            self._news.wait_for(lambda: self._stopping.is_set() or self._has_news(listener), seconds)
            if not self._has_news(listener):
                return None
            listener.since, listener.shown = self._latest[listener.event_id]
            return listener.shown

    def _has_news(self, listener: Listener) -> bool:
        since, found = self._latest.get(listener.event_id, (0.0, None))
        # He may have read for himself, after the thread had begun to.
        return since > listener.since and found != listener.shown

    def _watched(self) -> set[int]:
        return {listener.event_id for listener in self._listeners}

    # --- of the transactions -------------------------------------------------------------------------------------

    def _committed(self, session: Any) -> None:
        changed = session.info.pop(occupancy.CHANGED, None)
        if changed:
            with self._news:
                self._changed |= changed
            self._ring()

    def _rolled_back(self, session: Any) -> None:
        session.info.pop(occupancy.CHANGED, None)

    # --- of the thread -------------------------------------------------------------------------------------------

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already, or nobody is there any more
            self._knocker.send(b"\0")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wait()
            try:
                self._turn()
            except Exception as error:  # the database is away: all is read again when it is back
                log.warning("who is inside cannot be read now: %s", type(error).__name__)
            self._stopping.wait(GAP_SECONDS)
        self._line.close()
        self._bell.close()

    def _wait(self) -> None:
        """Until the bell rings, a notice arrives, or something is due."""
        with self._news:
            is_needed, is_watched = bool(self._changed or self._listeners), bool(self._listeners)
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        seconds = None
        if self._line.is_open:
            poll.register(self._line, select.POLLIN)
        elif is_needed:
            seconds = float(PAUSE_SECONDS)
        if is_watched:
            seconds = max(0.0, min(seconds or POLL_SECONDS, self._poll_at - time.monotonic()))
        if any(source == self._bell.fileno() for source, _ in poll.poll(None if seconds is None else seconds * 1000)):
            self._bell.recv(4096)

    def _turn(self) -> None:
        with self._news:
            changed, self._changed = self._changed, set()
            watched = self._watched()
        stale = self._exchanged(changed, watched)
        if time.monotonic() >= self._poll_at:
            self._poll_at = time.monotonic() + POLL_SECONDS
            stale = watched
        for event_id in stale & watched:
            self._read(event_id)

    def _exchanged(self, changed: set[int], watched: set[int]) -> set[int]:
        """Tells what has changed here; gives what has changed anywhere."""
        was_open = self._line.is_open
        if not (was_open or changed or watched):
            return set()
        heard = self._line.exchange(changed) if was_open or self._line.may_open else None
        if heard is None:
            with self._news:
                self._changed |= changed  # told later; those who listen here need not wait for that
            return changed
        return heard if was_open else watched  # as long as it was closed, notices were missed

    def _read(self, event_id: int) -> None:
        since = time.monotonic()
        with self.app.app_context():
            event = session().get(Event, event_id)
            if event is None:
                return
            found = occupancy.of_event(event)
        with self._news:
            if event_id in self._watched():
                self._latest[event_id] = since, found
            self._news.notify_all()
