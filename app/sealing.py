"""Sealing the audit entries: beside the requests, a chunk in each transaction."""

import logging
from collections.abc import Callable

from flask import Flask

from app.background import Background
from app.database import SYSTEM, transaction
from app.services import audit_seals, turns
from app.services.audit_seals import Round

log = logging.getLogger(__name__)

LOOK_SECONDS = 60


def seal(*, go_on: Callable[[], bool] = lambda: True, in_turn: bool = False, by: str = SYSTEM) -> int:
    """Seals all entries that wait for it, and gives how many they were. ``in_turn``: none, while another worker is at
    it; else waits for him. ``by``: whom the audit names."""
    number = 0
    begun: Round | None = None
    while go_on():
        with transaction(by):
            if not in_turn:
                turns.wait_for(audit_seals.TURN)
            elif not turns.is_ours(audit_seals.TURN):
                break
            done = audit_seals.seal(begun)
        number += done.entries
        if done.entries:
            log.info("audit: %d entries sealed, head %s", done.entries, done.head)
        if done.rest is None:
            break
        begun = done.rest
    return number


def sealer(app: Flask) -> Background:
    """Who seals beside the requests of a worker. Stopped, he ends after the chunk that he is at."""
    return Background(
        app,
        "sealing",
        lambda go_on: seal(go_on=go_on, in_turn=True),
        every=LOOK_SECONDS,
        complaint="audit entries cannot be sealed now",
    )
