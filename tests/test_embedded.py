"""The embedded PostgreSQL, with real processes: starting, owning, attaching, and what a kill leaves behind."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy.exc import OperationalError

from app.embedded import EmbeddedPostgres
from app.ownership import attach_or_borrow, own
from app.postgresql import DatabaseUnavailable
from tests.database import run, temporary_folder, test_database_url
from tests.processes import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@pytest.fixture
def database_dir(folder: Path) -> Path:
    return folder / "var" / "postgresql"


def kill_server(server: EmbeddedPostgres) -> None:
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.pid() is None)


def test_a_borrowed_server_is_stopped_afterwards_and_keeps_its_data(database_dir: Path):
    with attach_or_borrow(database_dir) as url:
        run(url, "CREATE TABLE kept AS SELECT 7 AS number")
    assert EmbeddedPostgres(database_dir).running_url() is None

    with attach_or_borrow(database_dir) as url:
        assert run(url, "SELECT number FROM kept") == [7]


def test_commands_attach_to_the_owners_server(database_dir: Path):
    with own(database_dir) as server:
        pid = server.pid()
        with attach_or_borrow(database_dir) as url:
            assert run(url, "SELECT 1") == [1]
        assert server.pid() == pid
    assert server.pid() is None


def test_it_is_durable_unless_it_is_thrown_away(database_dir: Path):
    with own(database_dir, max_connections=130) as server:
        assert run(server.start(), "SHOW fsync") == ["on"]
        assert run(server.start(), "SHOW max_connections") == ["130"]


def test_a_second_owner_is_refused(database_dir: Path):
    with (
        own(database_dir),
        pytest.raises(DatabaseUnavailable, match="in use by another server"),
        own(database_dir, patience=0),
    ):
        pass


def test_a_borrower_waits_for_those_who_attached(database_dir: Path):
    attached, answers = threading.Event(), []

    def attach() -> None:
        with attach_or_borrow(database_dir) as url:
            attached.set()
            time.sleep(0.5)
            answers.extend(run(url, "SELECT 1"))

    with attach_or_borrow(database_dir):
        other = threading.Thread(target=attach)
        other.start()
        assert attached.wait(10)
    other.join()
    assert answers == [1]


def test_a_running_server_without_owner_is_taken_over(database_dir: Path):
    orphan = EmbeddedPostgres(database_dir)
    orphan.start()
    pid = orphan.pid()
    with own(database_dir) as server:
        assert server.pid() == pid
    assert orphan.pid() is None


@contextmanager
def process_of_the_same_user(database_dir: Path, *command: str) -> Iterator[int]:
    user = database_dir.stat().st_uid if os.geteuid() == 0 else None
    process = subprocess.Popen(command, user=user, cwd="/")
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def reused_pid(database_dir: Path) -> Iterator[str]:
    with process_of_the_same_user(database_dir, "sleep", "60") as pid:
        yield str(pid)


@contextmanager
def zombie_pid(database_dir: Path) -> Iterator[str]:
    with process_of_the_same_user(database_dir, "true") as pid:
        wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
        yield str(pid)


@pytest.mark.parametrize("left_over", [reused_pid, zombie_pid])
def test_a_stale_pid_file_does_not_stop_a_start(database_dir: Path, left_over: Callable):
    with own(database_dir) as server:
        run(server.start(), "CREATE TABLE kept AS SELECT 7 AS number")
        kill_server(server)
        pid_file = database_dir / "postmaster.pid"
        with left_over(database_dir) as pid:
            pid_file.write_text("\n".join([pid, *pid_file.read_text().splitlines()[1:]]) + "\n")
            assert run(server.start(), "SELECT number FROM kept") == [7]


@pytest.mark.parametrize("content", ["", "12\n", "nonsense\n"])
def test_a_pid_file_that_was_cut_short_does_not_stop_a_start(database_dir: Path, content: str):
    with own(database_dir) as server:
        kill_server(server)
        time.sleep(0.2)  # such a file comes from a power failure, which no child survives
        (database_dir / "postmaster.pid").write_text(content)
        server.start()
        assert server.pid() is not None


def test_a_killed_server_starts_again_at_once_and_keeps_what_was_committed(database_dir: Path):
    with own(database_dir) as server:
        run(server.start(), "CREATE TABLE kept AS SELECT 7 AS number")
        kill_server(server)
        assert run(server.start(), "SELECT number FROM kept") == [7]


def test_a_start_waits_for_the_killed_servers_last_query(database_dir: Path):
    with own(database_dir) as server:
        url = server.start()

        def compute() -> None:
            with suppress(OperationalError):
                run(url, "SELECT sum(n) FROM generate_series(1, 10000000) AS n")

        query = threading.Thread(target=compute)
        query.start()
        wait_until(lambda: run(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum%'") == [1])
        kill_server(server)
        assert run(server.start(), "SELECT 1") == [1]
        query.join()


def test_a_first_start_that_was_killed_leaves_nothing_half_made(database_dir: Path):
    unfinished = database_dir.with_name("postgresql.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with own(database_dir) as server:
        assert run(server.start(), "SELECT 1") == [1]
    assert not unfinished.exists()


def test_other_files_are_left_alone(database_dir: Path):
    database_dir.mkdir(parents=True)
    (database_dir / "letters.txt").write_text("mine")
    with pytest.raises(DatabaseUnavailable, match="holds no PostgreSQL database"), own(database_dir):
        pass
    assert (database_dir / "letters.txt").read_text() == "mine"


def test_files_of_another_version_are_refused(database_dir: Path):
    database_dir.mkdir(parents=True)
    (database_dir / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseUnavailable, match="was made by PostgreSQL 17"), own(database_dir):
        pass


def test_a_refusal_gives_the_servers_reason(database_dir: Path):
    with own(database_dir) as server:
        server.stop()
        with (database_dir / "postgresql.conf").open("a") as file:
            file.write("work_mem = lots\n")
        with pytest.raises(DatabaseUnavailable, match=r'configuration file ".*postgresql.conf" contains errors'):
            server.start()


def test_a_path_too_long_for_a_socket_works(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with attach_or_borrow(folder / ("long-" * 20) / "with, comma" / "postgresql") as url:
        assert run(url, "SELECT 1") == [1]


def test_the_throw_away_database_works_and_goes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with test_database_url() as url:
        [database_dir] = run(url, "SHOW data_directory")
        assert run(url, "SHOW fsync") == ["off"]
    assert not Path(database_dir).parent.exists()


def test_a_given_test_database_is_used(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://someone@somewhere/tests")
    with test_database_url() as url:
        assert url == "postgresql+psycopg2://someone@somewhere/tests"


def test_on_a_given_server_each_process_has_a_database_of_its_own(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")
    monkeypatch.setenv("TEST_DATABASE_URL", database_url)
    with test_database_url() as first, test_database_url() as second:
        [[name], [other]] = [run(url, "SELECT current_database()") for url in (first, second)]
    [kept] = run(database_url, "SELECT current_database()")
    assert len({name, other, kept}) == 3
    assert {name, other}.isdisjoint(run(database_url, "SELECT datname FROM pg_database"))
