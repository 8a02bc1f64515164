"""Garbage collection in a worker: what was loaded stays, so that nobody waits while it is looked through."""

import gc
import logging

from sqlalchemy.orm import configure_mappers

log = logging.getLogger(__name__)

YOUNG = 5_000
"""So many more objects are made than given up before the young ones are looked at. With Python's 700 a page of 50
attendees spends 0.14 ms of processor time on that, a sale 0.09 ms; with 5,000 it is 0.02 and 0.04 (measured). With more
a single look takes so long that the request it falls into notices."""


def settle() -> None:
    """Leaves all that is there out of later collections, when everything is loaded and nothing is served yet.

    A full collection stops all threads of the process. Of the 215,000 objects of a worker it took 160 to 340 ms; of
    what comes to it while it serves, 1 to 16 ms (measured on the benchmarks' machine, at work). The mappings are made
    ready before, which takes 0.5 s once: otherwise the first request of each worker would wait for it.
    """
    configure_mappers()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
    log.info("ready: %s objects are left out of garbage collections", gc.get_freeze_count())
