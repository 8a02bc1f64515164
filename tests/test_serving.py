"""``manage.py serve`` with real processes: it starts, refuses in one sentence, survives kills, and stops in order."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app import serving
from app.mailing import LOOK_SECONDS
from app.ownership import attach_or_borrow
from app.serving import SILENT_SECONDS
from tests.database import new_database, run, temporary_folder
from tests.gunicorns import ask
from tests.http import resource
from tests.processes import wait_until
from tests.servers import PROJECT, Server, environment, free_port, serving_in

MANAGE = ("manage.py",)
IMPATIENT = ("-c", "import manage; from app import serving; serving._PORT_SECONDS = 0.2; manage.cli()")
"""The same, but it does not wait long for somebody else to leave the port."""


def manage(
    *arguments: str, data_dir: Path, program: tuple[str, ...] = MANAGE, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=PROJECT,
        env=environment(data_dir, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(*arguments: str, data_dir: Path, program: tuple[str, ...] = MANAGE, **settings: str) -> str:
    """The one sentence with which a command refuses."""
    result = manage(*arguments, data_dir=data_dir, program=program, **settings)
    assert result.returncode == 1, result.stdout + result.stderr
    lines = [line for line in result.stderr.splitlines() if not line.startswith("Running as root")]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with temporary_folder() as folder, serving_in(folder) as server:
        run(server.postgres.running_url(), "CREATE TABLE acknowledged AS SELECT 7 AS number")
        yield server


def test_it_answers(server: Server):
    assert server.status() < 500


def test_it_answers_after_the_kill_of_a_worker(server: Server):
    master = server.gunicorn()
    assert master is not None
    master.children()[0].kill()
    assert server.status() < 500
    assert server.gunicorn() == master


def test_it_answers_after_the_kill_of_gunicorn(server: Server):
    master = server.gunicorn()
    assert master is not None
    master.kill()
    assert server.status() < 500
    wait_until(lambda: server.gunicorn() not in {None, master})
    assert server.status() < 500
    assert "gunicorn has ended" in server.output()


def test_it_answers_after_the_kill_of_postgresql_and_nothing_is_lost(server: Server):
    killed = server.postgres.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server.postgres.pid() not in {None, killed} and server.postgres.running_url() is not None)
    assert run(server.postgres.running_url(), "SELECT number FROM acknowledged") == [7]
    wait_until(lambda: server.status() < 500)


def test_mails_leave_soon_after_the_request(server: Server):
    account = resource("user", {"email": "new@example.org", "password": "correct horse"})
    assert ask(server.port, "POST", "/v1/users", document=account).status == 201
    wait_until(lambda: "To: new@example.org\nSubject: Please verify" in server.output(), LOOK_SECONDS / 2)
    wait_until(lambda: run(server.postgres.running_url(), "SELECT count(*) FROM mails") == [0])


def test_clients_that_fall_silent_keep_no_threads(server: Server):
    """Their phones lost the network, in the body or in the head; who was understood is told that nothing was done,
    should he hear that."""
    head = b"POST /auth/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n"
    with silent(server, head + b"\r\n{") as in_body, silent(server, head) as in_head:
        for client, answer in ((in_body, b"HTTP/1.1 408"), (in_head, b"")):
            assert client.recv(len(b"HTTP/1.1 408")) == answer
            while client.recv(4096):
                pass  # it hangs up


def silent(server: Server, sent: bytes) -> socket.socket:
    """A connection of somebody who says no more than this."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=SILENT_SECONDS * 2)
    client.sendall(sent)
    return client


def test_a_port_in_use_is_refused(server: Server, folder: Path):
    sentence = refusal("serve", data_dir=folder, program=IMPATIENT, PORT=str(server.port))
    assert f"Port {server.port} is in use" in sentence
    assert not (folder / "postgresql").exists()


def test_data_in_use_are_refused(server: Server):
    sentence = refusal("serve", data_dir=server.data_dir, PORT=str(free_port()))
    assert "in use by another server or command" in sentence


def test_commands_attach_to_the_running_server(server: Server):
    pid = server.postgres.pid()
    assert manage("db", "current", data_dir=server.data_dir).returncode == 0
    assert server.postgres.pid() == pid


def test_it_stops_everything_and_keeps_its_data(server: Server):
    """The last that the server of this file does; its data are of use once more."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert server.stop() == 0
    assert not any(child.is_running() for child in children)
    assert server.postgres.pid() is None
    with attach_or_borrow(server.data_dir / "postgresql") as url:
        assert run(url, "SELECT number FROM acknowledged") == [7]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere gunicorn outlives a killed supervisor")
def test_a_killed_supervisor_leaves_nothing_in_the_way_of_the_next(server: Server):
    server.stop()
    folder = server.data_dir.parent
    with serving_in(folder) as first:
        postgres = first.postgres.pid()
        first.process.kill()
        first.process.wait()
        with serving_in(folder, first.port) as second:
            assert second.postgres.pid() == postgres
    assert second.postgres.pid() is None


def test_a_given_database_is_used_instead_of_the_embedded_one(database_url: str, folder: Path):
    with new_database(database_url, "given") as url, serving_in(folder, DATABASE_URL=url) as server:
        assert server.status() < 500
        assert server.postgres.pid() is None
        assert run(url, "SELECT count(*) FROM alembic_version") == [1]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"}, r"database .*\*\*\*.* does not answer: .*refused\."),
        ({"DATABASE_URL": "postgresql://u@127.0.0.1:door/x"}, "DATABASE_URL is not an address"),
        ({"DATABASE_LISTEN_URL": "postgresql://u@127.0.0.1:door/x"}, "DATABASE_LISTEN_URL is not an address"),
        ({"PORT": "door"}, "PORT is 'door': it must be a whole number"),
        ({"PORT": "70000"}, "PORT is 70000: it must be 65535 at most"),
        ({"HOST": "192.0.2.1"}, "Cannot listen on HOST 192.0.2.1"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(folder: Path, settings: dict[str, str], sentence: str):
    told = refusal("serve", data_dir=folder, **{"PORT": str(free_port())} | settings)
    assert re.search(sentence, told)
    assert "secret" not in told


def test_a_schema_that_is_behind_is_refused_in_one_sentence(folder: Path):
    assert "run 'python manage.py db upgrade'" in refusal("integrity", data_dir=folder)


@pytest.mark.parametrize("command", ["serve", "integrity"])
def test_a_schema_of_a_newer_release_is_refused_in_one_sentence(database_url: str, folder: Path, command: str):
    with new_database(database_url, "newer") as url:
        run(url, "CREATE TABLE alembic_version AS SELECT 'unheard-of' AS version_num")
        settings = {"DATABASE_URL": url, "PORT": str(free_port())}
        assert "made by a newer release" in refusal(command, data_dir=folder, **settings)


def test_restarts_come_later_when_deaths_follow_each_other(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    starts: list[float] = []
    keeper = serving.Keeper("it", is_alive=lambda: False, start=lambda: starts.append(now))
    for _ in range(40):
        keeper.look()
        now += 0.5
    assert starts == [1000, 1001.5, 1004, 1008.5, 1017]
    now += 100
    keeper.look()
    assert starts[-1] == now


def test_everywhere_is_reached_on_the_loopback_address():
    assert serving.base_url("0.0.0.0", 5000) == "http://127.0.0.1:5000"
    assert serving.base_url("::1", 5000) == "http://[::1]:5000"
