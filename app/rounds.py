"""The rounds: whom nobody has scanned out after closing time is checked out, and what has been kept long enough is
deleted; a few at a time, each few for good."""

from collections.abc import Callable

from flask import Flask, current_app

from app.background import Background
from app.config import Settings
from app.database import SYSTEM, transaction
from app.services import forgotten_exits, idempotency_keys, login_attempts, logins, turns
from app.services.closing import Due

LOOK_SECONDS = 60


def make(*, go_on: Callable[[], bool] = lambda: True, in_turn: bool = False, by: str = SYSTEM) -> int:
    """Checks out the guests of all events that are due, and gives how many they were. ``in_turn``: nobody, while
    another worker is at it. ``by``: whom the audit names."""
    settings: Settings = current_app.config["SETTINGS"]
    with transaction(by):
        events = forgotten_exits.due_events(grace=settings.closing_grace)
    return sum(_of_event(event_id, due, go_on, in_turn=in_turn, by=by) for event_id, due in events)


def purge_answers(*, go_on: Callable[[], bool] = lambda: True) -> int:
    """Deletes the answers that were kept long enough for requests that come again, and gives how many these were."""
    number, purged = 0, idempotency_keys.BATCH
    while purged == idempotency_keys.BATCH and go_on():
        with transaction():
            purged = idempotency_keys.purge()
        number += purged
    return number


def purge_logins() -> int:
    """Deletes what is kept of log-ins for longer than anybody asks; gives how many rows those were."""
    with transaction():
        return login_attempts.purge() + logins.purge()


def watchman(app: Flask) -> Background:
    """Who makes the rounds of a worker. Stopped, he ends after the few that he is at."""

    def look(go_on: Callable[[], bool]) -> None:
        make(go_on=go_on, in_turn=True)

    return Background(app, "rounds", look, every=LOOK_SECONDS, complaint="the rounds cannot be made now")


def cleaner(app: Flask) -> Background:
    """Who deletes what has been kept long enough. By himself: whatever keeps the rounds from being made, no table must
    grow."""

    def look(go_on: Callable[[], bool]) -> None:
        purge_answers(go_on=go_on)
        purge_logins()

    return Background(app, "cleaner", look, every=LOOK_SECONDS, complaint="nothing old can be deleted now")


def _of_event(event_id: int, due: Due, go_on: Callable[[], bool], *, in_turn: bool, by: str) -> int:
    number = last = 0
    while go_on():
        with transaction(by):
            if in_turn and not turns.is_ours(forgotten_exits.TURN):
                break
            done = forgotten_exits.check_out(event_id, due, after=last)
        number += done.checked_out
        if done.last is None:
            break
        last = done.last
    return number
