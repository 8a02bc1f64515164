"""Listening to who is inside: what a stream says, when it says nothing, and when it ends."""

import contextvars
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from flask_jwt_extended import create_access_token
from sqlalchemy import make_url

from app import live, notices
from app.api.edge import streams
from app.clock import utcnow
from app.database import session as current_session
from app.database import transaction
from app.live import BOARD, Board
from app.models import User, UsersEventsRoles
from app.models.movements import IN
from app.notices import CHANNEL, MOST_IDS, Line
from app.services import accounts, logins, occupancy
from tests.committed import Shop
from tests.database import run
from tests.factories import World
from tests.http import Api, error_codes
from tests.processes import wait_until
from tests.programme import count_more, make_pass


@pytest.fixture
def board(store: Shop) -> Iterator[Board]:
    """The board of a worker that has just started."""
    board = store.app.extensions[BOARD] = Board(store.app)
    board.start()
    yield board
    board.stop()


@pytest.fixture
def world(store: Shop) -> World:
    return store.open()


class Stream:
    """An answer that is read while it is sent, here in the same process."""

    def __init__(self, store: Shop, world: World, token: str | None = None):
        headers = {"Authorization": f"JWT {token or store.token(world.registrar)}", "Accept": streams.MEDIA_TYPE}
        url = f"/v1/events/{world.event.id}/occupancy/stream"
        client = store.app.test_client()
        self.response = contextvars.Context().run(client.get, url, headers=headers)
        self._parts = self.response.iter_encoded()

    def next(self) -> str:
        """What is sent next; nothing when the stream has ended."""
        return next(self._parts, b"").decode()

    def inside(self) -> int:
        """How many are inside, by the next event."""
        *_, data = self.next().strip().splitlines()
        return json.loads(data.removeprefix("data: "))["data"]["attributes"]["inside"]


@contextmanager
def listening(store: Shop, world: World, **facts: Any) -> Iterator[Stream]:
    stream = Stream(store, world, **facts)
    try:
        yield stream
    finally:
        stream.response.close()


def enter(store: Shop, world: World, guests: int = 1) -> None:
    """So many come in, by a transaction of this process."""
    with store.app.app_context(), transaction():
        count_more(world.event, {(None, None, IN): guests})


def enter_unnoticed(store: Shop, world: World) -> None:
    """One comes in, and nobody is told."""
    columns = "(event_id, slot, entries, exits)"
    store.rows(f"INSERT INTO occupancy_counts {columns} VALUES ({world.event.id}, 99, 1, 0)")


def test_the_first_event_is_the_document_that_is_read(store: Shop, board: Board, world: World):
    enter(store, world, 3)
    with listening(store, world) as stream:
        assert stream.response.status_code == 200
        assert stream.response.content_type == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-store"
        retry, data, *_ = stream.next().splitlines()
        assert retry == f"retry: {streams.RETRY_SECONDS * 1000}"
    told = json.loads(data.removeprefix("data: "))
    read = store.send(
        "GET", f"/v1/events/{world.event.identifier}/occupancy", store.token(world.registrar), None
    ).document
    for document in (told, read):
        assert document["data"]["attributes"].pop("as-of")
    assert told == read
    assert told["data"]["attributes"]["inside"] == 3


def test_every_change_is_told_and_only_changes(store: Shop, board: Board, world: World):
    with listening(store, world) as stream:
        assert stream.inside() == 0
        for inside in (1, 2, 3):
            enter(store, world)
            assert stream.inside() == inside
        with store.app.app_context(), transaction():
            count_more(world.event, {(None, None, IN): 1})
            count_more(world.event, {(None, None, IN): -1})
        time.sleep(3 * live.GAP_SECONDS)
        enter(store, world, 4)
        assert stream.inside() == 7, "what is the same is not told again"
    assert not board._listeners
    assert not board._latest


def test_two_listeners_of_an_event_cost_one_reading(
    store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(board, "_places", 2)
    with listening(store, world) as first, listening(store, world) as second:
        assert first.inside() == second.inside() == 0
        time.sleep(3 * live.GAP_SECONDS)
        readings: list[int] = []
        read = occupancy.of_event
        monkeypatch.setattr(occupancy, "of_event", lambda event: readings.append(event.id) or read(event))
        enter(store, world)
        assert first.inside() == second.inside() == 1
    assert readings == [world.event.id]


def test_a_lost_notice_is_healed(store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "POLL_SECONDS", 0.3)
    with listening(store, world) as stream:
        assert stream.inside() == 0
        enter_unnoticed(store, world)
        assert stream.inside() == 1


def test_it_goes_on_without_the_connection_that_listens(
    store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(notices, "PAUSE_SECONDS", 3600)
    with listening(store, world) as stream:
        assert stream.inside() == 0
        wait_until(lambda: board._line.is_open)
        store.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE application_name = '{notices.NAME}' AND datname = current_database()"
        )
        wait_until(lambda: not board._line.is_open)
        for inside in (1, 2):
            enter(store, world)
            assert stream.inside() == inside
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_silence_is_broken_by_a_heart_beat(store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "BEAT_SECONDS", 0.2)
    with listening(store, world) as stream:
        stream.next()
        began = time.monotonic()
        assert stream.next() == stream.next() == ":\n\n"
        assert 0.4 <= time.monotonic() - began < 2


@pytest.mark.parametrize(
    "loss", ["blocked", "without his role", "without his token", "logged out", "with another password"]
)
def test_it_ends_with_the_right_to_it(
    store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch, loss: str
):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)
    life = timedelta(seconds=2 if loss == "without his token" else 60)
    with store.app.app_context():
        token = create_access_token(world.registrar.id, expires_delta=life, additional_claims={"login": loss})
    with listening(store, world, token=token) as stream:
        assert stream.inside() == 0
        time.sleep(0.3)
        enter(store, world)
        assert stream.inside() == 1, "as long as he may"
        with store.stocking() as session:
            if loss == "blocked":
                session.get(User, world.registrar.id).is_blocked = True
            elif loss == "without his role":
                session.query(UsersEventsRoles).filter_by(user_id=world.registrar.id).delete()
            elif loss == "logged out":
                logins.end(loss, longest_life=timedelta(days=1))
            elif loss == "with another password":
                accounts.give_password(world.registrar.email, "another horse")
        assert stream.next() == ""


@pytest.mark.parametrize("loss", ["revoked", "over"])
def test_with_a_door_pass_it_ends_with_the_pass(
    store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch, loss: str
):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)
    token, life = f"pass.{loss} {world.event.id}", timedelta(seconds=2 if loss == "over" else 60)
    with store.stocking() as session:
        door_pass = make_pass(session, world.event, token=token, valid_until=utcnow() + life)
    with listening(store, world, token=token) as stream:
        assert stream.inside() == 0
        time.sleep(0.3)
        enter(store, world)
        assert stream.inside() == 1, "as long as it is in force"
        if loss == "revoked":
            store.rows(f"UPDATE door_passes SET revoked_at = now() WHERE id = {door_pass.id}")
        assert stream.next() == ""


def test_without_the_database_it_waits_a_moment_and_ends(
    store: Shop, board: Board, world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)
    name = make_url(store.url).database
    with listening(store, world) as stream:
        stream.next()
        run(database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        run(
            database_url,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        try:
            assert stream.next() == ""
        finally:
            run(database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_beyond_the_places_it_is_503(store: Shop, board: Board, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(board, "_places", 1)
    with listening(store, world) as first:
        assert first.inside() == 0
        refused = Stream(store, world).response
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert error_codes(refused) == ["streams-taken"]
    with listening(store, world) as second:
        assert second.inside() == 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_place_is_given_back_although_nothing_was_read(store: Shop, board: Board, world: World, method: str):
    headers = {"Authorization": f"JWT {store.token(world.registrar)}"}
    url = f"/v1/events/{world.event.id}/occupancy/stream"
    response = contextvars.Context().run(store.app.test_client().open, url, method=method, headers=headers)
    assert response.status_code == 200
    response.close()
    assert not board._listeners


def test_it_holds_no_connection_of_the_pool_while_it_waits(store: Shop, board: Board, world: World):
    with listening(store, world) as stream:
        stream.next()
        enter(store, world)
        stream.next()
        with store.app.app_context():
            pool: Any = current_session().get_bind().engine.pool
            wait_until(lambda: pool.checkedout() == 0)


def test_it_ends_with_the_worker(store: Shop, world: World):
    board = store.app.extensions[BOARD] = Board(store.app)
    lives = [True]
    board.start(lambda: lives[0])
    try:
        with listening(store, world) as stream:
            stream.next()
            lives.clear()
            lives.append(False)
            assert stream.next() == ""
        with listening(store, world) as late:
            assert late.inside() == 0
            assert late.next() == "", "the client comes back, to another worker"
    finally:
        began = time.monotonic()
        board.stop()
        assert time.monotonic() - began < live.STOP_SECONDS
    assert "live" not in {thread.name for thread in threading.enumerate()}


def test_without_a_board_a_stream_is_its_first_event(api: Api, session: Any):
    world = World(session)
    response = api.get(f"/v1/events/{world.event.id}/occupancy/stream", world.organizer)
    assert response.text.startswith("retry: ")
    assert response.text.count("data: ") == 1


@contextmanager
def spying(store: Shop) -> Iterator[Any]:
    """What all workers are told, as another one hears it."""
    url = make_url(store.url).set(drivername="postgresql")
    spy = psycopg2.connect(url.render_as_string(hide_password=False))
    spy.autocommit = True
    with spy.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    yield spy
    spy.close()


def heard(spy: Any) -> list[str]:
    spy.poll()
    return [notice.payload for notice in spy.notifies]


def break_off(world: World) -> None:
    with transaction():
        count_more(world.event, {(None, None, IN): 1})
        raise ZeroDivisionError


def test_only_commits_that_changed_counts_are_told(store: Shop, board: Board, world: World):
    with spying(store) as spy:
        with store.app.app_context():
            with pytest.raises(ZeroDivisionError):
                break_off(world)
            with transaction():  # with the same session
                count_more(world.event, {(None, None, IN): 0})
        time.sleep(4 * live.GAP_SECONDS)
        assert heard(spy) == []
        assert not board._line.is_open, "nobody has needed it"
        enter(store, world)
        wait_until(lambda: heard(spy) == [str(world.event.id)])


def test_what_comes_within_a_moment_is_told_together(store: Shop, board: Board, world: World):
    other = store.open()
    with spying(store) as spy:
        began = time.monotonic()
        for _ in range(50):
            enter(store, world)
            enter(store, other)
        seconds = time.monotonic() - began
        ids = {str(world.event.id), str(other.event.id)}
        wait_until(lambda: ids <= set(",".join(heard(spy)).split(",")))
        time.sleep(3 * live.GAP_SECONDS)
        assert len(heard(spy)) <= seconds / live.GAP_SECONDS + 3


def test_many_ids_are_told_in_several_notices(store: Shop):
    line = Line(store.url)
    ids = set(range(10**17, 10**17 + 2 * MOST_IDS + 1))
    with spying(store) as spy:
        try:
            found = line.exchange(ids)
            assert found == ids
        finally:
            line.close()
        wait_until(lambda: len(heard(spy)) == 3)


def test_what_others_say_on_the_channel_is_no_fault(store: Shop):
    line = Line(store.url)
    try:
        assert line.exchange([]) == set()
        for words in ("", "²", "x,7,-1"):
            store.rows(f"SELECT pg_notify('{CHANNEL}', '{words}')")
        found: set[int] = set()
        wait_until(lambda: bool(found.update(line.exchange([]) or set()) or found))
        assert found == {7}
    finally:
        line.close()


def test_a_client_who_hangs_up_or_reads_nothing_is_noticed():
    ours, his = socket.socketpair()
    assert streams.is_listening(None)
    assert streams.is_listening(ours)
    ours.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            ours.send(b"x" * 65536)
    assert not streams.is_listening(ours)
    his.close()
    assert not streams.is_listening(ours)
    ours.close()
    ours, his = socket.socketpair()
    his.close()
    assert not streams.is_listening(ours)
    ours.close()
