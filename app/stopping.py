"""What is told before a server stops: readiness goes down first, while requests are still taken.

gunicorn's master closes its sockets as soon as it hears SIGTERM, and tells nobody. So the signal is held back for
``DRAIN_SECONDS``, in which whoever shares requests out among servers sees at ``/readyz`` that this one is to get none.
"""

import mmap
import signal
from types import FrameType

_told = mmap.mmap(-1, 1)
"""Shared by gunicorn's master and the workers that it forks."""


def is_told() -> bool:
    """Whether the server of this process is about to stop."""
    return _told[0] == 1


def hold_back(seconds: int) -> None:
    """Lets SIGTERM be told at once and happen after ``seconds``, in the master process that handles it by now. A second
    one happens at once; so do SIGINT and SIGQUIT, as ever."""
    stop = signal.getsignal(signal.SIGTERM)
    assert callable(stop)

    def hear(number: int, frame: FrameType | None) -> None:
        at_once = is_told() or not seconds
        _told[0] = 1
        if at_once:
            signal.setitimer(signal.ITIMER_REAL, 0)
            stop(number, frame)
        else:
            # Not a thread that waits: the master forks workers also meanwhile.
            signal.setitimer(signal.ITIMER_REAL, seconds)

    signal.signal(signal.SIGALRM, lambda _number, frame: stop(signal.SIGTERM, frame))
    signal.signal(signal.SIGTERM, hear)
