"""Tasks and downloads: links that say what was asked, by whom, and until when."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from app.api import tasks
from app.api.edge import tokens
from app.api.tasks import DOWNLOAD, LIFE_SECONDS, TASK
from app.clock import utcnow
from app.permissions.actors import Login
from tests.factories import World
from tests.http import Api, error_codes


class Earlier(TimestampSigner):
    """Signs as it did some seconds ago."""

    seconds = 0

    def get_timestamp(self) -> int:
        return super().get_timestamp() - self.seconds


@pytest.fixture
def task(api: Api, world: World) -> str:
    url: str = api.get(f"/v1/events/{world.event.identifier}/export/attendees/csv", world.organizer).json["task_url"]
    return url


def link_of(api: Api, world: World, task: str) -> str:
    url: str = api.get(task, world.organizer).json["result"]["download_url"]
    assert url.startswith("http://localhost/v1/downloads/")  # the web app opens it from another origin
    return url


def signed_earlier(app: Flask, world: World, purpose: str, seconds: int) -> str:
    """A token of this purpose that is so many seconds old."""
    signer = type("Signer", (Earlier,), {"seconds": seconds})
    serializer = URLSafeTimedSerializer(
        app.config["JWT_SECRET_KEY"], salt=f"{tasks.__name__}.{purpose} of a login", signer=signer
    )
    return serializer.dumps(["csv", world.event.id, world.organizer.id, ["attendees"], [None, 0]])


def test_every_kind_that_is_started_is_made():
    """And nothing is made that nobody starts: a link of another kind is none."""
    sources = Path(tasks.__file__).parent.glob("*.py")
    started = {kind for path in sources for kind in re.findall(r"\bstarted\(\s*\"(\w+)\"", path.read_text())}
    assert started == tasks._makers.keys()
    assert started >= {"archive", "badge", "csv", "pdf"}


def test_a_task_has_succeeded_at_once(api: Api, world: World, task: str):
    response = api.get(task, world.organizer)
    assert response.status_code == 200
    assert response.json["state"] == "SUCCESS"
    file = api.client.get(link_of(api, world, task))  # without a token, as a browser opens it
    assert (file.status_code, file.content_type) == (200, "text/csv; charset=utf-8")
    assert file.text.count("\r\n") == 3


def test_only_who_has_started_it_knows_of_a_task(api: Api, world: World, task: str):
    for person in (world.owner, world.staff, world.stranger):
        response = api.get(task, person)
        assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    response = api.get(task)
    assert (response.status_code, error_codes(response)) == (401, ["not-logged-in"])


def test_a_link_ends_with_the_right_to_it(api: Api, world: World, task: str):
    link = link_of(api, world, task)
    for granted in [role for role in world.event.roles if role.user_id == world.organizer.id]:
        world.session.delete(granted)
    response = api.get(link)
    assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
    world.organizer.is_blocked = True
    assert api.get(link).status_code == 404


def test_a_link_ends_with_its_event(api: Api, world: World, task: str):
    link = link_of(api, world, task)
    world.event.deleted_at = utcnow()
    assert api.get(link).status_code == 404


@pytest.mark.parametrize("purpose", [TASK, DOWNLOAD])
def test_links_and_tasks_end_with_their_time(app: Flask, api: Api, world: World, purpose: str):
    place = {TASK: "tasks", DOWNLOAD: "downloads"}[purpose]
    for seconds, status in ((LIFE_SECONDS[purpose] - 60, 200), (LIFE_SECONDS[purpose] + 60, 404)):
        url = f"/v1/{place}/{signed_earlier(app, world, purpose, seconds)}"
        assert api.get(url, world.organizer).status_code == status


@pytest.mark.parametrize("end", ["log out", "log out everywhere"])
def test_links_and_tasks_end_with_the_login(api: Api, world: World, end: str):
    login = Login("of the office")
    with_it = {"Authorization": f"JWT {tokens.access_token(world.organizer.id, login, fresh=True)}"}
    started = api.client.get(f"/v1/events/{world.event.id}/export/attendees/csv", headers=with_it).json["task_url"]
    link = urlsplit(api.client.get(started, headers=with_it).json["result"]["download_url"]).path
    assert api.get(link).status_code == 200
    if end == "log out":
        assert api.client.post("/v1/auth/logout", headers=with_it).json == {"success": True}
    else:
        assert api.client.post("/v1/auth/blacklist", headers=with_it).json == {"success": True}
    assert api.client.get(started, headers=with_it).status_code == 401
    assert api.get(link).status_code == 404
    world.session.refresh(world.organizer)
    assert api.get(link_of(api, world, started)).status_code == 200, "it is his, by another log-in"


def test_what_was_changed_or_made_up_or_is_for_something_else(api: Api, world: World, task: str):
    token = task.removeprefix("/v1/tasks/")
    stated, _, signature = token.rpartition(".")
    # Not its last character, some of whose bits are padding.
    changed = f"{stated}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    for url in (f"/v1/tasks/{changed}", "/v1/tasks/abc", "/v1/downloads/abc", f"/v1/downloads/{token}"):
        response = api.get(url, world.organizer)
        assert (response.status_code, error_codes(response)) == (404, ["not-found"]), url


def test_an_account_that_is_gone_has_no_links(api: Api, world: World, task: str):
    link = link_of(api, world, task)
    world.organizer.deleted_at = utcnow()
    assert api.get(link).status_code == 404


def test_a_file_that_breaks_off_does_not_look_complete(app: Flask, api: Api, world: World, task: str):
    """The error reaches the server, which cuts the connection."""
    link = link_of(api, world, task)
    world.attendee.checkin_times = "no time at all"
    world.session.flush()
    pieces: Iterator[bytes] = iter(api.client.get(link, buffered=False).response)
    assert next(pieces).startswith(b"\xef\xbb\xbfOrder#")
    with pytest.raises(ValueError, match="not a time"):
        list(pieces)
