"""Clients of event streams in tests."""

import http.client
import json
import threading
import time
from typing import Any

from tests.processes import wait_until

PATIENCE = 10


class Ear:
    """One who listens, on a connection and in a thread of his own. ``heard`` are documents with the time they came."""

    def __init__(self, port: int, url: str, token: str):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._connection.request("GET", url, headers={"Authorization": f"JWT {token}", "Accept": "text/event-stream"})
        self.response = self._connection.getresponse()
        self.status = self.response.status
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.ended_at: float | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        if self.status == 200:
            self._thread.start()
            wait_until(lambda: bool(self.heard), PATIENCE)

    def inside(self) -> int:
        """How many he was last told are inside."""
        return self.heard[-1][1]["data"]["attributes"]["inside"]

    def hang_up(self) -> None:
        """Goes away without a word."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(2)
        if self.status == 200:
            self._thread.join(PATIENCE)
        self.response.close()
        self._connection.close()

    def _listen(self) -> None:
        try:
            while line := self.response.readline():
                if line.startswith(b"data: "):
                    self.heard.append((time.monotonic(), json.loads(line.removeprefix(b"data: "))))
        except (OSError, http.client.HTTPException):
            pass  # hung up
        self.ended_at = time.monotonic()
