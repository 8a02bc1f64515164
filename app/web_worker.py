"""gunicorn's worker with threads, which leaves new connections to workers that have fewer.

A connection stays with the worker that took it, and phones and proxies keep theirs. All workers wait for new ones, and
the same one is woken first again and again: of 20 clients that connected one after the other it had all (measured).
"""

import mmap
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEAD_START = 0.002
"""Seconds that others have to take a connection first. While a worker sleeps it begins no request; those that it has
begun go on."""

_MOST = 256
"""Workers that can see each other: as many as WORKERS says, and once more while they are replaced by others."""

_NOBODY, _LOADING = 2**31 - 1, 2**31 - 2
_held = memoryview(mmap.mmap(-1, 4 * _MOST)).cast("i")
"""How many connections each has, in memory that workers share because they are forked."""
for _place in range(_MOST):
    _held[_place] = _NOBODY


class EvenWorker(ThreadWorker):
    """It has a place in the shared memory, which the master gives to another when it has ended."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._place = next(place for place, number in enumerate(_held) if number == _NOBODY)
        _held[self._place] = _LOADING

    def leave(self) -> None:
        """Nobody waits for it any more. To be called by the master when the worker has ended."""
        _held[self._place] = _NOBODY

    def accept(self, listener: Any) -> None:
        """Takes a new connection, unless somebody else who has fewer has taken it."""
        if self.nr_conns > min(_held):
            time.sleep(HEAD_START)
        super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Does what there is to do, and tells how many connections it has."""
        _held[self._place] = self.nr_conns
        super().wait_for_and_dispatch_events(timeout)
