"""A small bounded load generator: some connections on the loopback, each sends its next request after an answer."""

import itertools
import socket
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 8
TIMEOUT = 60


class Refused(Exception):
    """A request of the benchmark did not get what it must get."""


class NoAnswer(Refused):
    """The turn was over before the first answer came."""


@dataclass
class Round:
    """What was measured while one server worked on one job."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Processor time of the web processes."""
    database_seconds: float = 0.0
    """Processor time of PostgreSQL, of all its processes."""
    requests: int = 0
    """How many were answered."""
    taken: int = 0
    """How many were sent: at the end of a turn some are on their way."""
    latencies: Counter[int] = field(default_factory=Counter)
    """How often an answer took so many microseconds."""
    received_bytes: int = 0

    def add(self, other: "Round") -> None:
        """Counts another round of the same job on the same server in."""
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds
        self.database_seconds += other.database_seconds
        self.requests += other.requests
        self.taken += other.taken
        self.latencies += other.latencies
        self.received_bytes += other.received_bytes

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    def percentile(self, percent: float) -> float:
        """Milliseconds within which ``percent`` of the requests were answered."""
        ordered = sorted(self.latencies)
        up_to = list(itertools.accumulate(self.latencies[microseconds] for microseconds in ordered))
        place = bisect_right(up_to, self.latencies.total() * percent / 100)
        return ordered[min(place, len(ordered) - 1)] / 1000

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time that the web processes spent on one request."""
        return 1000 * self.cpu_seconds / self.requests

    @property
    def database_ms(self) -> float:
        """Milliseconds of processor time that PostgreSQL spent on one request."""
        return 1000 * self.database_seconds / self.requests

    @property
    def answer_bytes(self) -> int:
        """Size of an answer's body."""
        return self.received_bytes // self.requests


def drive(
    port: int, requests: Sequence[bytes], *, seconds: float, connections: int = CONNECTIONS, again: bool = False
) -> Round:
    """Sends ``requests`` until they (or, ``again`` and again, only the ``seconds``) are over. Raises `Refused` for any
    answer but 200 and 201."""
    taking, found, failures = threading.Lock(), Round(), []
    waiting = itertools.cycle(requests) if again else iter(requests)
    deadline = time.perf_counter() + seconds

    def work() -> None:
        latencies, received = Counter[int](), 0
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while time.perf_counter() < deadline and not failures:
                    with taking:
                        request = next(waiting, None)
                        found.taken += request is not None
                    if request is None:
                        break
                    began = time.perf_counter()
                    connection.sendall(request)
                    received += _body_length(connection)
                    latencies[int(1e6 * (time.perf_counter() - began))] += 1
        except (OSError, Refused) as error:
            failures.append(error)
        with taking:
            found.latencies += latencies
            found.requests += latencies.total()
            found.received_bytes += received

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.seconds = time.perf_counter() - began
    if failures:
        raise Refused(str(failures[0]))
    if not found.requests:
        raise Refused("No request was left to be sent: take more guests, or shorter turns.")
    return found


def encoded(method: str, path: str, token: str | None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request; of nobody without a ``token``."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if token is not None:
        head += f"Authorization: JWT {token}\r\n"
    if body:
        head += f"Content-Type: application/vnd.api+json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def _body_length(connection: socket.socket) -> int:
    """Reads one answer; gives the length of its body."""
    answer = b""
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _some(connection)
    head = answer[:end].lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    missing = end + 4 + length - len(answer)
    body = [answer[end + 4 :]]
    while missing > 0:
        body.append(_some(connection))
        missing -= len(body[-1])
    if head.split(maxsplit=2)[1] not in {b"200", b"201"}:
        raise Refused(f"{answer[:end].decode()}\n{b''.join(body).decode(errors='replace')[:1000]}")
    return length


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise Refused("The server closed the connection in the middle of an answer.")
    return received
