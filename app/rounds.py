"""The rounds after closing time: whom nobody has scanned out is checked out, a few at a time, each few for good.
What was kept of log-ins long enough is deleted by the way."""

from collections.abc import Callable

from flask import Flask, current_app

from app.background import Background
from app.config import Settings
from app.database import transaction
from app.services import forgotten_exits, login_attempts, logins
from app.services.closing import Due

LOOK_SECONDS = 60


def make(*, go_on: Callable[[], bool] = lambda: True, in_turn: bool = False) -> int:
    """Checks out the guests of all events that are due, and gives how many they were. ``in_turn``: nobody, while
    another worker is at it."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction():
        events = forgotten_exits.due_events(grace=settings.closing_grace)
    return sum(_of_event(event_id, due, go_on, in_turn=in_turn) for event_id, due in events)


def forget() -> int:
    """Deletes what is kept of log-ins for longer than anybody asks; gives how many rows that was."""
    with transaction():
        return login_attempts.forget_old() + logins.forget_ended()


class Watchman:
    """Makes the rounds in the background."""

    def __init__(self, app: Flask):
        self._background = Background(
            app,
            "rounds",
            _look,
            every=LOOK_SECONDS,
            complaint="nobody can be checked out now",
        )

    def start(self) -> None:
        """Begins."""
        self._background.start()

    def stop(self) -> None:
        """Ends after the guests who are being checked out."""
        self._background.stop()


def _look(go_on: Callable[[], bool]) -> None:
    make(go_on=go_on, in_turn=True)
    forget()


def _of_event(event_id: int, due: Due, go_on: Callable[[], bool], *, in_turn: bool) -> int:
    number = last = 0
    while go_on():
        with transaction():
            if in_turn and not forgotten_exits.is_our_turn():
                break
            done = forgotten_exits.check_out(event_id, due, after=last)
        number += done.checked_out
        if done.last is None:
            break
        last = done.last
    return number
