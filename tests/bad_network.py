"""A network between a client and the server that fails as it is told: what clients must live with."""

import http.client
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.committed import PATIENCE

LOST = "lost"
"""The server does what was asked, and its answer does not arrive."""
BUSY = "busy"
"""A proxy on the way says 503, and when to come back; the server hears nothing."""
TOO_LARGE = "too large"
"""A proxy on the way says 413, in HTML; the server hears nothing."""
LOGGED_OUT = "logged out"
"""The token does not arrive as it was: the server answers 401."""


class BadNetwork(ThreadingHTTPServer):
    """Passes requests on to the server at ``port``. ``faults``: by method what befalls its next requests, one each."""

    daemon_threads = True

    def __init__(self, port: int, faults: dict[str, list[str]]):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = port
        self.faults = {method: deque(each) for method, each in faults.items()}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def left(self) -> int:
        """How many faults nobody has met yet."""
        return sum(map(len, self.faults.values()))


@contextmanager
def bad_network(port: int, **faults: list[str]) -> Iterator[BadNetwork]:
    """The network, up for the block."""
    with BadNetwork(port, faults) as network:
        thread = threading.Thread(target=network.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield network
        finally:
            network.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: BadNetwork

    def _pass_on(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        faults = self.server.faults.get(self.command)
        # Whoever has no token yet is refused in any case, and logging in is how a client gets over it: both pass.
        is_call = self.path.startswith("/v1/") and "Authorization" in self.headers
        fault = faults.popleft() if faults and is_call else None
        if fault == BUSY:
            self._answer(503, {"Retry-After": "1"}, b"")
            return
        if fault == TOO_LARGE:
            self._answer(413, {"Content-Type": "text/html"}, b"<h1>413 Request Entity Too Large</h1>")
            return
        if fault == LOGGED_OUT:
            self.headers.replace_header("Authorization", "JWT was.cut.off")
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=PATIENCE)) as connection:
            connection.request(self.command, self.path, sent or None, dict(self.headers))
            answer = connection.getresponse()
            body = answer.read()
        if fault != LOST:
            self._answer(answer.status, dict(answer.headers), body)

    do_GET = do_POST = do_PATCH = _pass_on  # noqa: N815  # the library calls them so

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in (headers | {"Content-Length": str(len(body)), "Connection": "close"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
