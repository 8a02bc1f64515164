"""Streams of server-sent events: the body of an answer that goes on until one of the two hangs up.

It is sent after the request has ended and its session is given back: while it waits, it holds a thread, and neither a
transaction nor a connection of the database.
"""

import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from flask import Response, request

from app.live import Listener

MEDIA_TYPE = "text/event-stream"

RETRY_SECONDS = 3
"""After it a client comes back whose stream has ended."""

LOOK_SECONDS = 1
"""How often a stream that waits looks whether it is to go on."""

CHECK_SECONDS = 5
"""How often it is asked again whether the client may listen."""

BEAT_SECONDS = 15
"""How long it is silent at most: a client that has vanished without a word is found by what does not reach him."""

BEAT = b":\n\n"


def respond(body: Any) -> Response:
    """The answer of a stream, which nobody on the way keeps or gathers."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(body, headers=headers, content_type=MEDIA_TYPE)


def beginning(document: Any) -> bytes:
    """The first event, and when to come back after the stream's end."""
    return b"retry: %d\n" % (RETRY_SECONDS * 1000) + event(document)


def event(document: Any) -> bytes:
    """A document as an event. JSON has no line breaks of its own."""
    return b"data: " + orjson.dumps(document) + b"\n\n"


class Stream:
    """What a listener is told. ``rendered`` makes a document of what he hears; ``may_go_on`` is asked now and then."""

    def __init__(
        self,
        listener: Listener,
        first: bytes,
        rendered: Callable[[Any], Any],
        goes_on: Callable[[], bool],
        may_go_on: Callable[[], bool],
    ):
        self._listener = listener
        self._first = first
        self._rendered = rendered
        self._goes_on = goes_on
        self._may_go_on = may_go_on
        self._client: socket.socket | None = request.environ.get("gunicorn.socket")
        self._check_at = time.monotonic() + CHECK_SECONDS

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        told_at = time.monotonic()
        while self._is_to_go_on():
            found = self._listener.news(LOOK_SECONDS)
            if found is not None:
                yield event(self._rendered(found))
            elif time.monotonic() >= told_at + BEAT_SECONDS:
                yield BEAT
            else:
                continue
            told_at = time.monotonic()

    def close(self) -> None:
        """Gives the place back. Called by the server, also when nothing was sent."""
        self._listener.close()

    def _is_to_go_on(self) -> bool:
        if not self._goes_on() or not is_listening(self._client):
            return False
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + CHECK_SECONDS
            return self._may_go_on()
        return True


def is_listening(client: socket.socket | None) -> bool:
    """Whether the client is there and takes more: neither has he hung up, nor does he let us wait.

    Without the socket, which other servers do not give, and under TLS, it shows when something is sent.
    """
    if client is None:
        return True
    poll = select.poll()
    poll.register(client, select.POLLOUT)
    if not poll.poll(0):
        return False  # he reads nothing: sending more would keep the thread, even when the server stops
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except (BlockingIOError, ValueError):
        return True
    except OSError:
        return False
