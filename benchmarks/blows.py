"""The faults of the matrix. Each is struck at a running server, and gives the moment from which it is to come back."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import psutil
import psycopg2

from app.serving import SILENT_SECONDS
from benchmarks.crowd import BOUND, MEDIA_TYPE, Line
from benchmarks.deeds import SHARES, Deed
from benchmarks.house import House

CUTTING_SECONDS = 2.0
NO_CONNECTION_SECONDS = 3.0
FULL_DISK_SECONDS = 3.0
IN_FLIGHT_SECONDS = 1.5

SEGMENT_BYTES = 16 * 2**20
"""Size of a file of PostgreSQL's write-ahead log: a limit of so much leaves that log whole, and stops larger tables."""

END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> ALL(%s)
"""

GROWN_ROW_BYTES = 1930
GROWN_ROWS = 10_000
GROWING = {
    "movements": """
        INSERT INTO movements (event_id, direction, occurred_at, recorded_at, source, verdict, scanned)
        SELECT %(event)s, 'in', now(), now(), 'desk', 'refused', %(text)s FROM generate_series(1, %(rows)s)
    """,
    "ticket_holders": """
        INSERT INTO ticket_holders (event_id, ticket_id, created_at, firstname)
        SELECT %(event)s, %(ticket)s, now(), %(text)s FROM generate_series(1, %(rows)s)
    """,
}


@dataclass(frozen=True)
class Fault:
    """A fault by its name. ``breaks``: clients may find their connection ended; else every one gets an answer.
    ``refuses``: some of them must be sent away, or it was not felt."""

    name: str
    strike: Callable[[House], float]
    breaks: bool = False
    refuses: bool = False
    most_trials: int | None = None


def kill_worker(house: House) -> float:
    """gunicorn's master makes another one."""
    random.choice(_master(house).children()).kill()
    return time.monotonic()


def kill_master(house: House) -> float:
    """The supervisor makes another one."""
    _master(house).kill()
    return time.monotonic()


def kill_postmaster(house: House) -> float:
    """The supervisor makes another one, which recovers."""
    os.kill(_postmaster(house).pid, signal.SIGKILL)
    return time.monotonic()


def kill_backend(house: House) -> float:
    """PostgreSQL ends all its connections, since memory they share may be damaged, and recovers by itself."""
    with closing(house.connection()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        pid = random.choice(cursor.fetchall())[0]
    os.kill(pid, signal.SIGKILL)
    return time.monotonic()


def kill_supervisor(house: House) -> float:
    """Somebody starts the server again: there, and at the files of a PostgreSQL that still runs."""
    house.server.process.kill()
    house.server.process.wait()
    struck = time.monotonic()
    house.start_again()
    return struck


def cut_connections(house: House) -> float:
    """Each client sends each deed once and hangs up, before or in the middle of the answer; then once more."""
    house.crowd.cutting.set()
    time.sleep(CUTTING_SECONDS)
    house.crowd.cutting.clear()
    return time.monotonic()


def send_half_bodies(house: House) -> float:
    """More phones than the server has threads lose the network in the middle of a sale."""
    began = time.monotonic()
    body = json.dumps({"data": {"type": "order", "attributes": {}}}).encode()
    head = (
        f"POST /v1/orders?onsite=true HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: JWT {house.bench.token}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {2 * len(body)}\r\n\r\n"
    )
    phones = [socket.create_connection(("127.0.0.1", house.server.port)) for _ in range(house.threads * 3 // 2)]
    for phone in phones:
        phone.sendall(head.encode() + body)
    for phone in phones:
        with closing(phone):
            phone.settimeout(max(0.1, began + BOUND - time.monotonic()))
            try:
                if b" 408 " not in phone.recv(100):
                    house.complaints.append("half a body was not 408")
            except OSError as error:
                house.complaints.append(f"half a body got no answer: {type(error).__name__}")
    return began + SILENT_SECONDS


def take_all_connections(house: House) -> float:
    """The server's connections end, and others take all that PostgreSQL gives."""
    with ExitStack() as stack:
        taken = [stack.enter_context(closing(house.connection()))]
        taken[0].autocommit = True
        until = time.monotonic() + NO_CONNECTION_SECONDS
        while time.monotonic() < until:
            with taken[0].cursor() as cursor:
                cursor.execute(END_OTHERS, [[each.info.backend_pid for each in taken]])
            with suppress(psycopg2.OperationalError):  # none is left
                while True:
                    taken.append(stack.enter_context(closing(house.connection())))
            time.sleep(0.1)
    return time.monotonic()


def lock_rows(house: House) -> float:
    """Another session holds the row of a ticket that is sold, and of a guest of each phone and desk."""
    guests = house.bench.guest_ids[:: len(house.bench.guest_ids) // SHARES]
    with closing(house.connection()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tickets WHERE id = %s FOR UPDATE", house.bench.ticket_ids[:1])
        cursor.execute("SELECT id FROM ticket_holders WHERE id = ANY(%s) FOR UPDATE", [guests])
        time.sleep(house.lock_seconds)
    return time.monotonic()


def fill_disk_for_tables(house: House) -> float:
    """No table can grow that is larger than a file of the write-ahead log; that log is written as always."""
    _grow_tables(house)
    return _limit_files(house, SEGMENT_BYTES)


def fill_disk_for_log(house: House) -> float:
    """The write-ahead log cannot be written: PostgreSQL panics, and cannot recover as long as it is so."""
    return _limit_files(house, 2**20)


def restart_database(house: House) -> float:
    """Somebody stops PostgreSQL in order; the supervisor starts it."""
    house.server.postgres.stop()
    return time.monotonic()


def stop_and_start(house: House) -> float:
    """SIGTERM, while a request waits for a lock: it finishes. Then somebody starts the server again."""
    deed = next(house.in_flight)
    asking = threading.Thread(target=_ask_once, args=(house, deed))
    with closing(house.connection()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ticket_holders WHERE id = %s FOR UPDATE", house.bench.guest_ids[-1:])
        asking.start()
        time.sleep(IN_FLIGHT_SECONDS / 2)
        house.server.process.terminate()
        time.sleep(IN_FLIGHT_SECONDS / 2)
    asking.join()
    if house.server.process.wait(30) != 0:
        house.complaints.append("the server did not stop in order")
    stopped = time.monotonic()
    house.start_again()
    return stopped


FAULTS = (
    Fault("kill -9 of a worker", kill_worker, breaks=True),
    Fault("kill -9 of gunicorn's master", kill_master, breaks=True),
    Fault("kill -9 of PostgreSQL's postmaster", kill_postmaster),
    Fault("kill -9 of one PostgreSQL backend", kill_backend),
    Fault("kill -9 of the supervisor, started again", kill_supervisor, breaks=True),
    Fault("connections cut by clients, sent again", cut_connections),
    Fault("bodies that stop half-way, on every thread", send_half_bodies),
    Fault("no database connection left, 3 s", take_all_connections, refuses=True),
    Fault("rows locked by another session", lock_rows, refuses=True, most_trials=3),
    Fault("disk full for tables, 3 s", fill_disk_for_tables, refuses=True),
    Fault("disk full for the write-ahead log, 3 s", fill_disk_for_log, refuses=True),
    Fault("PostgreSQL restarted in order", restart_database),
    Fault("SIGTERM under load, started again", stop_and_start, breaks=True),
)
"""In an order that lets no two of those follow each other that the supervisor answers with a growing delay."""


def _ask_once(house: House, deed: Deed) -> None:
    try:
        answer = Line(house.server.port, house.bench.token).ask(deed)
    except OSError as error:
        house.complaints.append(f"a request in flight was dropped: {type(error).__name__}")
        return
    if answer.is_done:
        house.crowd.keep(lambda told: deed.note(told, json.loads(answer.body)))
    else:
        house.complaints.append(f"a request in flight was answered {answer.status}")


def _master(house: House) -> psutil.Process:
    master = house.server.gunicorn()
    assert master is not None
    return master


def _postmaster(house: House) -> psutil.Process:
    pid = house.server.postgres.pid()
    assert pid is not None
    return psutil.Process(pid)


def _grow_tables(house: House) -> None:
    """Makes the tables large for good, by rows that are never there."""
    for table, statement in GROWING.items():
        with closing(house.connection()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_size(%s)", [table])
            if cursor.fetchone()[0] > SEGMENT_BYTES:
                continue
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            connection.commit()
            cursor.execute("SET session_replication_role = replica")  # no trigger, no foreign key
            facts = {"event": house.bench.event_id, "ticket": house.bench.ticket_ids[0]}
            cursor.execute(statement, facts | {"rows": GROWN_ROWS, "text": "x" * GROWN_ROW_BYTES})
            connection.rollback()


def _limit_files(house: House, size: int) -> float:
    """Lets PostgreSQL write no file beyond ``size``, as if the disk were full, for a while."""
    _set_limit(house, str(size))
    time.sleep(FULL_DISK_SECONDS)
    lifted = time.monotonic()
    _set_limit(house, "unlimited")
    return lifted


def _set_limit(house: House, size: str) -> None:
    """For all processes of PostgreSQL; those that it starts later inherit it. As the user it runs as, who may."""
    owner = house.server.postgres.database_dir.stat() if os.geteuid() == 0 else None
    for process in _processes_of_postgresql(house):
        subprocess.run(
            ["prlimit", f"--pid={process.pid}", f"--fsize={size}:unlimited"],
            check=False,  # it may just have ended
            user=owner and owner.st_uid,
            group=owner and owner.st_gid,
            extra_groups=owner and [],
        )


def _processes_of_postgresql(house: House) -> list[psutil.Process]:
    """Those that there are; none while it is down."""
    pid = house.server.postgres.pid()
    if pid is None:
        return []
    with suppress(psutil.NoSuchProcess):
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]
    return []
