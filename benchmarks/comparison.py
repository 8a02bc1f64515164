"""Ours beside the floor: each job in turns, A B A B, so that a slow moment of the machine hits both."""

import itertools
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks import wrk
from benchmarks.jobs import Job
from benchmarks.load import CONNECTIONS, Refused, Round
from benchmarks.servers import Server
from benchmarks.stage import Bench

MANY_CONNECTIONS = 64
SLOWEST = 4
"""So many times the median may the slowest hundredth take, at most."""


@dataclass
class Compared:
    """What was measured of a job: the turns of both servers, and one of ours with many connections."""

    job: Job
    turns: dict[str, list[Round]] = field(default_factory=lambda: {"ours": [], "floor": []})
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of an answer's body."""
    crowded: Round | None = None
    by_rate: bool = True
    """The ratio is that of requests a second; else that of the processor time that a request takes."""

    def total(self, name: str) -> Round:
        """All turns of a server together."""
        found = Round()
        for turn in self.turns[name]:
            found.add(turn)
        return found

    @property
    def ratio(self) -> float:
        """Which share of the floor's speed is ours."""
        ours, floor = self.total("ours"), self.total("floor")
        if self.by_rate:
            return ours.rate / floor.rate
        return (floor.cpu_ms + floor.database_ms) / (ours.cpu_ms + ours.database_ms)

    @property
    def spread(self) -> float:
        """How far the floor's own turns are apart: their greatest difference beside their median."""
        rates = [turn.rate for turn in self.turns["floor"]]
        return (max(rates) - min(rates)) / statistics.median(rates)

    @property
    def steepness(self) -> float:
        """How many times the median the slowest hundredth takes."""
        ours = self.total("ours")
        return ours.percentile(99) / ours.percentile(50)

    @property
    def misses(self) -> list[str]:
        """Which targets are missed, in words."""
        ours, found = self.total("ours"), []
        if self.ratio < self.job.target:
            found.append(f"ratio {self.ratio:.2f} < {self.job.target}")
        if self.steepness > SLOWEST:
            found.append(f"p99 {self.steepness:.1f} × p50 > {SLOWEST}")
        if self.crowded is not None and self.crowded.rate < ours.rate:
            found.append(f"{self.crowded.rate:.0f}/s with {MANY_CONNECTIONS} connections < {ours.rate:.0f}/s")
        return found


def require_all_met(found: Iterable[Compared]) -> None:
    """Raises `Refused` when a target is missed, and says all that are."""
    missed = [f"{one.job.name}: {'; '.join(one.misses)}" for one in found if one.misses]
    if missed:
        raise Refused("Targets that are missed:\n" + "\n".join(missed))


def compare(
    bench: Bench,
    servers: Mapping[str, Server],
    jobs: Sequence[Job],
    *,
    seconds: float,
    rounds: int,
    crowded: bool = True,
) -> list[Compared]:
    """Measures the jobs. Raises `Refused` when an answer is not what it must be, also with many connections."""
    found = []
    for job in jobs:
        print(f"{job.name} …", file=sys.stderr, flush=True)
        measured = Compared(job, by_rate=wrk.drives(seconds))
        for server in servers.values():
            measured.sizes[server.name] = turn(bench, server, job).answer_bytes
        for _, server in itertools.product(range(rounds), servers.values()):
            measured.turns[server.name].append(turn(bench, server, job, seconds))
        if crowded:
            measured.crowded = turn(bench, servers["ours"], job, seconds, connections=MANY_CONNECTIONS)
        found.append(measured)
    return found


def turn(
    bench: Bench, server: Server, job: Job, seconds: float | None = None, *, connections: int = CONNECTIONS
) -> Round:
    """One turn of a server; without ``seconds`` one that warms up. Raises `Refused`."""
    requests = job.requests(bench, seconds or 1)
    try:
        if seconds is None:
            measured = server.probe(requests, again=job.again)
        else:
            if wrk.drives(seconds):  # the other generator waits for the answers that are on their way
                seconds = max(seconds, job.at_least)
            measured = server.measure(requests, seconds, connections=connections, again=job.again)
    except Refused as error:
        raise Refused(f"{job.name}, {server.name}: {error}") from None
    job.note(bench, measured.taken)
    return measured
