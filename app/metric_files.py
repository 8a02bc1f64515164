"""The folder in which gunicorn's workers count together: prometheus-client adds up what each has written there.

It is of one run of the server. Its master holds a lock in it, and so do its workers, which are forked from it; a folder
that nobody holds is left over from a server that was killed.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""What prometheus-client reads when it is imported."""

_PREFIX = "event-server-metrics-"
_LOCK = "lock"

_held: list[int] = []


def prepare(parent: Path) -> None:
    """Makes the folder, below ``parent``, and lets prometheus-client find it; takes leftovers away. One that an
    operator has set is used as it is."""
    given = os.environ.get(VARIABLE)
    if given and not Path(given).name.startswith(_PREFIX):  # such a one is that of the master that is being replaced
        return
    for folder in parent.glob(f"{_PREFIX}*"):
        _remove_leftover(folder)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    _held.append(descriptor)
    os.environ[VARIABLE] = str(folder)


def remove() -> None:
    """Takes the folder away that `prepare` has made."""
    if _held:
        shutil.rmtree(os.environ.pop(VARIABLE), ignore_errors=True)
        os.close(_held.pop())


def forget_worker(pid: int) -> None:
    """A worker has ended: what it had in use is not in use any more; what it has counted stays."""
    # Imported only now: it reads `VARIABLE` when it is imported, and at the top of this module nobody has set that yet.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)


def _remove_leftover(folder: Path) -> None:
    with suppress(OSError):  # somebody else's, or gone already, or one that is just being made
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(descriptor)
