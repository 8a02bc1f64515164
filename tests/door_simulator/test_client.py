"""Sending again: the same request until it is answered, and never what was answered."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.door_simulator.client import NO_ANSWER, Client, GaveUp, Tally

Reply = tuple[int, dict[str, str], str] | None
"""Status, headers and body; None hangs up without an answer."""

OK: Reply = (201, {}, '{"data": {"id": "1"}}')


@contextmanager
def server(*replies: Reply) -> Iterator[tuple[str, list[tuple[str | None, Any]]]]:
    """Its address, and the key and body of each request it gets; the last reply is given for ever."""
    heard: list[tuple[str | None, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["Idempotency-Key"], json.loads(body)))
            reply = replies[min(len(heard), len(replies)) - 1]
            if reply is None:
                self.close_connection = True
                return
            status, headers, text = reply
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())
            self.close_connection = "Content-Length" in headers  # it promised more

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", heard
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@contextmanager
def client(*replies: Reply) -> Iterator[tuple[Client, Tally, list[tuple[str | None, Any]]]]:
    with server(*replies) as (url, heard):
        tally = Tally()
        asking = Client(url, tally, "seed")
        try:
            yield asking, tally, heard
        finally:
            asking.close()


@pytest.mark.parametrize(
    "first",
    [
        None,
        (503, {"Retry-After": "0"}, ""),
        (409, {"Retry-After": "0"}, '{"errors": []}'),
        (429, {}, ""),
        (201, {"Content-Length": "100"}, '{"data"'),
    ],
)
def test_what_was_not_answered_is_sent_again_under_its_key(first: Reply):
    bodies = iter([{"sent-at": 1}, {"sent-at": 2}])
    with client(first, OK) as (asking, tally, heard):
        answer = asking.post("sale", "/v1/orders", lambda: next(bodies), key="mine")
    assert (answer.status, answer.data, answer.tries) == (201, {"id": "1"}, 2)
    assert heard == [("mine", {"sent-at": 1}), ("mine", {"sent-at": 2})]
    measured = tally.kinds["sale"]
    assert (len(measured.seconds), measured.retries) == (1, 1)
    assert measured.statuses.total() == 2


def test_retry_after_is_waited_for():
    with client((503, {"Retry-After": "1"}, ""), OK) as (asking, _, _):
        assert 1 <= asking.post("sale", "/v1/orders", {}).seconds < 3


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_an_answer_is_an_answer(status: int):
    with client((status, {}, '{"errors": [{"detail": "No."}]}')) as (asking, tally, heard):
        answer = asking.post("scan", "/v1/events/1/movements", {})
    assert (answer.status, answer.told, len(heard)) == (status, f"{status} No.", 1)
    assert tally.kinds["scan"].retries == 0


def test_what_is_no_json_tells_its_status():
    with client((500, {}, "<h1>Sorry</h1>")) as (asking, _, _):
        assert asking.post("scan", "/v1/events/1/movements", {}).told == "500"


def test_it_gives_up_some_time():
    with client(None) as (asking, tally, _):
        asking.patience = 0.2
        with pytest.raises(GaveUp, match=r"POST /v1/orders was not answered within 0\.2 seconds"):
            asking.post("sale", "/v1/orders", {})
    assert tally.kinds["sale"].statuses[NO_ANSWER] >= 2
    assert tally.kinds["sale"].seconds == []
