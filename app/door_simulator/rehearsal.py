"""A whole rehearsal: the event is made, everybody works at once, and what came of it is compared."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.door_simulator import checks, plan
from app.door_simulator.checks import Check
from app.door_simulator.client import Answer, GaveUp, Tally
from app.door_simulator.crowd import Crowd, Ended
from app.door_simulator.door import Gate, Seller
from app.door_simulator.plan import Options
from app.door_simulator.stage import Stage, build

LOOKS = 0.2
"""Seconds between two looks at how far everybody is."""


@dataclass(frozen=True)
class Target:
    """The server, and a staff account there."""

    base_url: str
    email: str
    password: str


@dataclass
class Outcome:
    """What came of it; ``integrity`` is the server's answer about itself, None when nobody has asked."""

    options: Options
    target: Target
    stage: Stage
    crowd: Crowd
    tally: Tally
    seconds: float
    checks: list[Check]
    integrity: Answer | None


def rehearse(
    target: Target, options: Options, *, minutes: float, asks_integrity: bool, tell: Callable[[int, int], None]
) -> Outcome:
    """Runs it; ``tell`` is told now and then how much is done of how much.

    After ``minutes`` nobody begins anything more. Raises `app.door_simulator.stage.CannotSimulate`, and `GaveUp` when
    the server does not answer before or after it.
    """
    tally, crowd = Tally(), Crowd(plan.make(options))
    stage = build(target.base_url, target.email, target.password, options, tally)
    began = time.monotonic()
    try:
        _work(stage, crowd, began + 60 * minutes, tell)
        seconds = time.monotonic() - began
        compared = checks.compare(stage, crowd, tally)
        integrity = stage.staff.get(f"{stage.url}/integrity") if asks_integrity else None
    finally:
        stage.close()
    return Outcome(options, target, stage, crowd, tally, seconds, compared, integrity)


def _work(stage: Stage, crowd: Crowd, until: float, tell: Callable[[int, int], None]) -> None:
    """All sellers and gates at once, until they are done, somebody cannot go on, or the time is up."""
    run, options = secrets.token_hex(4), crowd.plan.options
    people = [
        *(Seller(number, stage, crowd, run) for number in range(options.sellers)),
        *(Gate(number, stage, crowd, run) for number in range(options.gates)),
    ]
    threads = [threading.Thread(target=_working, args=(each, crowd), daemon=True) for each in people]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            tell(crowd.done, crowd.plan.number)
            if time.monotonic() > until:
                crowd.stop()
            time.sleep(LOOKS)
        tell(crowd.done, crowd.plan.number)
    finally:
        crowd.stop()  # also when somebody has pressed Ctrl-C


def _working(person: Seller | Gate, crowd: Crowd) -> None:
    try:
        person.work()
    except Ended:
        return
    except Exception as error:
        crowd.complain(str(error) if isinstance(error, GaveUp) else f"The simulator itself stumbled: {error!r}.")
        crowd.stop()
