"""How much memory processes take while something happens."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

MEGABYTE = 2**20
SAMPLING_SECONDS = 0.005


@dataclass
class Growth:
    """By how many bytes the process that grew most was larger than before, at most."""

    most: int = 0


@contextmanager
def watched(processes: Iterable[psutil.Process]) -> Iterator[Growth]:
    """How much they grow during the block: somebody looks all the time, so that what is soon given back counts, too."""
    growth, is_over = Growth(), threading.Event()
    before = {process: process.memory_info().rss for process in processes}

    def watch() -> None:
        while not is_over.wait(SAMPLING_SECONDS):
            growth.most = max(growth.most, *(process.memory_info().rss - size for process, size in before.items()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield growth
    finally:
        is_over.set()
        watching.join()
