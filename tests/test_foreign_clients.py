"""Clients that know no more than the documentation, over HTTP: the programs of docs/client-guide.md, through a network
that fails, and two published libraries for JSON:API."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from jsonapi_client import Filter, Inclusion, Modifier
from jsonapi_client import Session as JsonApiSession
from jsonapi_client.exceptions import DocumentError

from tests.bad_network import BUSY, LOGGED_OUT, LOST, TOO_LARGE, bad_network
from tests.committed import PATIENCE, Shop, shop
from tests.factories import PASSWORD, World, make_order, make_ticket
from tests.gunicorns import gunicorn
from tests.node import PACKAGES, installed, run_script
from tests.servers import PROJECT

GUIDE = (PROJECT / "docs" / "client-guide.md").read_text()
LANGUAGES = ("python", "javascript")
COMPLETED = [{"name": "order", "op": "has", "val": {"name": "status", "op": "eq", "val": "completed"}}]


class Hall:
    """A server at work, and an event where there is much to list."""

    def __init__(self, store: Shop, port: int, world: World, sold_out: str):
        self.store, self.port, self.world, self.sold_out = store, port, world, sold_out
        self.address = f"http://127.0.0.1:{port}"

    def settings(self, address: str, ticket: str | None = None) -> dict[str, str]:
        """The environment of a client."""
        return {
            "BASE": address,
            "EVENT": str(self.world.event.id),
            "TICKET": ticket or str(self.world.free.id),
            "EMAIL": self.world.registrar.email,
            "PASSWORD": PASSWORD,
        }

    def sold(self) -> int:
        return self.store.count("SELECT count(*) FROM orders")

    def guests(self) -> list[str]:
        """The ids of who has an order, as text: all of them are completed."""
        return [
            str(id_) for id_ in self.store.rows("SELECT id FROM ticket_holders WHERE order_id IS NOT NULL ORDER BY 1")
        ]


@pytest.fixture(scope="module")
def hall(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with shop(database_url, tmp_path_factory.mktemp("clients")) as store:
        world = store.open()
        with store.stocking() as session:
            few = make_ticket(session, world.event, quantity=1)
            make_order(session, few, seats=1)
            many = make_ticket(session, world.event, name="Many", quantity=100)
            make_order(session, many, seats=60)
            sold_out = str(few.id)
        with gunicorn(store, workers=1, threads=4) as (port, _process):
            yield Hall(store, port, world, sold_out)


def program(language: str) -> str:
    """The program that the guide has in that language."""
    [code] = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return code


def run_program(language: str, folder: Path, settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    if language == "javascript":
        return run_script(program(language), folder, **settings)
    return subprocess.run(
        [sys.executable, "-W", "error", "-"],
        env=os.environ | settings,
        input=program(language),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_programs_have_forty_lines(language: str):
    assert len([line for line in program(language).splitlines() if line.strip()]) <= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_programs_work_over_a_bad_network(hall: Hall, tmp_path: Path, language: str):
    """What is sold and scanned once is there once, whatever was lost on the way."""
    orders, movements = hall.sold(), hall.store.count("SELECT count(*) FROM movements")
    faults = {"POST": [LOST], "PATCH": [BUSY, LOST], "GET": [LOGGED_OUT]}
    with bad_network(hall.port, **faults) as network:
        done = run_program(language, tmp_path, hall.settings(network.address))
    assert done.returncode == 0, done.stderr
    assert network.left == 0
    assert hall.sold() == orders + 1
    scans = done.stdout.lower().count("true")
    assert scans == {"python": 4, "javascript": 2}[language]
    assert hall.store.count("SELECT count(*) FROM movements") == movements + scans
    listed = [line.split()[0] for line in done.stdout.splitlines() if "true" not in line.lower()]
    assert listed == hall.guests()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_programs_say_why_a_sale_is_refused(hall: Hall, tmp_path: Path, language: str):
    orders = hall.sold()
    done = run_program(language, tmp_path, hall.settings(hall.address, hall.sold_out))
    assert done.returncode != 0
    assert "already sold out. You can buy at most 0 tickets." in done.stderr
    assert hall.sold() == orders


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_programs_say_what_a_proxy_refuses(hall: Hall, tmp_path: Path, language: str):
    """Its answer is no document of ours: it is not taken for a lost one, and not for one with errors."""
    orders = hall.sold()
    with bad_network(hall.port, POST=[TOO_LARGE]) as network:
        done = run_program(language, tmp_path, hall.settings(network.address))
    assert done.returncode != 0
    assert "Too Large" in done.stderr
    assert "Traceback" not in done.stderr
    assert (network.left, hall.sold()) == (0, orders)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_programs_end_with_a_wrong_password(hall: Hall, tmp_path: Path, language: str):
    settings = hall.settings(hall.address) | {"EMAIL": "nobody@example.org"}
    done = run_program(language, tmp_path, settings)
    assert done.returncode != 0
    assert re.search("401|Invalid Credentials", done.stderr)


@pytest.fixture
def session(hall: Hall) -> JsonApiSession:
    """A session of jsonapi-client, logged in. It is told which members are links; the rest it finds out."""
    settings = hall.settings(hall.address)
    who = {"email": settings["EMAIL"], "password": settings["PASSWORD"]}
    token = requests.post(f"{hall.address}/auth/session", json=who, timeout=PATIENCE).json()["access_token"]
    schema: dict[str, Any] = {
        "attendee": {"properties": {"ticket": _to_one("ticket"), "order": _to_one("order")}},
        "order": {"properties": {"event": _to_one("event")}},
    }
    headers = {"Authorization": f"JWT {token}"}
    return JsonApiSession(f"{hall.address}/v1", schema=schema, request_kwargs={"headers": headers, "timeout": PATIENCE})


def _to_one(type_: str) -> dict[str, Any]:
    return {"relation": "to-one", "resource": [type_]}


def test_jsonapi_client(hall: Hall, session: JsonApiSession):
    here = f"events/{hall.world.event.id}/attendees"
    asked = Inclusion("ticket", "order") + Filter(query_str=f"filter={quote(json.dumps(COMPLETED))}")
    guests = list(session.iterate(here, asked + Modifier("page[size]=25")))
    assert [guest.id for guest in guests] == hall.guests()
    assert {(guest.ticket.name, guest.order.status) for guest in guests} >= {
        ("Many", "completed"),
        ("Paid", "completed"),
    }

    order = session.create("order", event=str(hall.world.event.id))
    order["on-site-tickets"] = [{"id": str(hall.world.free.id), "quantity": 2}]
    order.commit(custom_url=f"{hall.address}/v1/orders?onsite=true")
    assert order.status == "completed"

    guest, _other = session.get(f"orders/{order.id}/attendees").resources
    for flag in ("is-checked-in", "is-checked-out"):
        assert guest[flag] is False
        guest[flag] = True
        guest.commit()
        assert guest[flag] is True
    assert hall.store.count(f"SELECT count(*) FROM movements WHERE attendee_id = {guest.id}") == 2

    guest["firstname"] = 7
    with pytest.raises(DocumentError) as refused:
        guest.commit()
    assert refused.value.errors == {"status_code": 422}


def test_kitsu(hall: Hall):
    guests = hall.guests()
    done = run_script((PACKAGES / "door.js").read_text(), installed(), **hall.settings(hall.address))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["count"] == len(guests)
    assert told["shown"] == [[id_, "Paid", "completed"] for id_ in guests[:2]]
    order, status, quantity = told["order"]
    assert (status, quantity) == ("completed", 2)
    assert told["guest"] in {
        str(id_) for id_ in hall.store.rows(f"SELECT id FROM ticket_holders WHERE order_id = {order}")
    }
    assert told["scans"] == [True, True]
    assert hall.store.count(f"SELECT count(*) FROM movements WHERE attendee_id = {told['guest']}") == 2
    assert told["refused"] == [["invalid", "/data/attributes/firstname"]]


def test_the_lock_file_names_no_registry():
    """npm asks the one that it is set up for; integrity says whether it gets the same packages."""
    packages = json.loads((PACKAGES / "package-lock.json").read_text())["packages"]
    assert len(packages) > 1
    assert all("resolved" not in package for package in packages.values())
    assert all("integrity" in package for name, package in packages.items() if name)
