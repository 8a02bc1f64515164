"""Guesses at a password over two workers with several threads: how many are checked, and whether its owner gets in.

How many guesses: ``GUESSES`` in the environment, a few where it is not set. A password that is checked is 401 and a row
of ``login_attempts``; what is refused before is 429 and none.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.config import Settings
from app.models import User
from app.services.login_attempts import ALL_UNKNOWN_TRIES, KNOWN_TRIES
from tests.committed import PATIENCE, Answer, Shop, at_once, shop
from tests.factories import PASSWORD, make_user
from tests.gunicorns import ask, gunicorn
from tests.processes import wait_until

GUESSES = int(os.environ.get("GUESSES", "120"))
ATTACKERS = 12
VOLUNTEERS = 10
TRIES = Settings().login_tries if "GUESSES" in os.environ else 2  # each takes a tenth of a second
HOME, ABROAD, VENUE, EVIL = "198.51.100.7", "198.51.100.99", "192.0.2.1", "203.0.113.66"
WRONG = "SELECT count(*) FROM login_attempts WHERE was_right IS false"


class Door:
    """Log-ins at a server that believes what this process says of client addresses."""

    def __init__(self, store: Shop, port: int):
        self.store, self.port = store, port

    def log_in(self, email: str, password: str, client: str) -> Answer:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": client}
        return ask(self.port, "POST", "/auth/session", "null", {"email": email, "password": password}, headers)


@pytest.fixture(scope="module")
def door(database_url: str, true_hashes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    # The table alone is tried here: requests are not counted.
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "LOGINS_PER_MINUTE": "1000000", "LOGIN_TRIES": str(TRIES)}
    with (
        shop(database_url, tmp_path_factory.mktemp("attack")) as store,
        gunicorn(store, workers=2, threads=4, **settings) as (port, _),
    ):
        yield Door(store, port)


def account(store: Shop) -> User:
    with store.stocking() as stock:
        return make_user(stock)


def attack(door: Door, email: str, clients: list[str]) -> Counter[int]:
    """The statuses of wrong passwords, one from each of these addresses, sent by many at once."""

    def guess(index: int) -> int:
        answer = door.log_in(email, f"guess {index}", clients[index])
        assert list(answer.document) == ["error"]
        assert (answer.status == 429) == ("Retry-After" in answer.headers)
        return answer.status

    with ThreadPoolExecutor(ATTACKERS) as pool:
        return Counter(pool.map(guess, range(len(clients))))


def test_guesses_are_not_checked_and_the_owner_gets_in(door: Door, capsys: pytest.CaptureFixture[str]):
    owner = account(door.store)
    assert door.log_in(owner.email, PASSWORD, HOME).status == 200, "from now on he is known there"
    from_home: list[tuple[int, float]] = []
    stop = threading.Event()

    def live() -> None:
        while not stop.wait(0.5):
            began = time.monotonic()
            from_home.append((door.log_in(owner.email, PASSWORD, HOME).status, time.monotonic() - began))

    owner_at_home = threading.Thread(target=live)
    owner_at_home.start()
    began = time.monotonic()
    try:
        from_one = attack(door, owner.email, [EVIL] * (GUESSES // 2))
        wrong_from_one = door.store.count(WRONG)
        everywhere = [f"203.0.{index // 250}.{index % 250}" for index in range(GUESSES - GUESSES // 2)]
        from_many = attack(door, owner.email, everywhere)
        seconds = time.monotonic() - began
        logged_in = len(from_home)
        wait_until(lambda: len(from_home) > logged_in, PATIENCE)
    finally:
        stop.set()
        owner_at_home.join()
    wrong = door.store.count(WRONG)
    assert from_one == {401: wrong_from_one, 429: GUESSES // 2 - wrong_from_one}
    assert wrong_from_one == TRIES
    assert from_many[401] == wrong - wrong_from_one
    assert wrong == ALL_UNKNOWN_TRIES * TRIES
    assert {status for status, _ in from_home} == {200}

    refused = door.log_in(owner.email, PASSWORD, ABROAD)
    assert refused.status == 429, "a place that nobody knows waits"
    retry_after = int(refused.headers["Retry-After"])
    assert 0 < retry_after <= 3600
    door.store.rows(f"UPDATE login_attempts SET made_at = made_at - interval '{retry_after} seconds'")
    assert door.log_in(owner.email, PASSWORD, ABROAD).status == 200, "as long as it was told to"
    with capsys.disabled():
        print(
            f"\n{GUESSES} guesses in {seconds:.1f} s: checked {wrong_from_one} of {GUESSES // 2} from one address,"
            f" {wrong - wrong_from_one} of {GUESSES - GUESSES // 2} from as many; the owner logged in from his known"
            f" address {len(from_home)} times meanwhile, in {max(took for _, took in from_home):.2f} s at most; from"
            f" elsewhere after {retry_after} s"
        )


def test_who_guesses_in_the_owners_own_network_has_few_tries_too(door: Door):
    owner = account(door.store)
    assert door.log_in(owner.email, PASSWORD, HOME).status == 200
    guessed = attack(door, owner.email, [HOME] * 40)
    # The log-in before was right, and gave one more.
    assert guessed == {401: KNOWN_TRIES * TRIES + 1, 429: 40 - KNOWN_TRIES * TRIES - 1}
    assert door.log_in(owner.email, PASSWORD, ABROAD).status == 200, "elsewhere he is not kept out"


def test_volunteers_who_share_an_account_and_an_address_get_in_at_once(door: Door):
    shared = account(door.store)
    answers = at_once(VOLUNTEERS, lambda _: door.log_in(shared.email, PASSWORD, VENUE).status)
    assert answers == [200] * VOLUNTEERS


def test_proxies_are_believed_by_the_application_alone(door: Door):
    """gunicorn by itself refuses headers that contradict each other, and believes them from any local client."""
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off", "X-Forwarded-Host": "events.example"}
    world = door.store.open()
    token = door.store.token(world.organizer)
    task = ask(door.port, "GET", f"/v1/events/{world.event.id}/export/attendees/csv", token, headers=told)
    plain = {"X-Forwarded-Proto": "", "X-Forwarded-Host": "", "Host": "x"}
    link, other = (
        ask(door.port, "GET", task.document["task_url"], token, headers=headers).document["result"]["download_url"]
        for headers in (told, told | plain)
    )
    assert link.startswith("https://events.example/v1/downloads/")
    assert other.startswith("http://x/v1/downloads/")
