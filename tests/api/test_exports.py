"""Exports over HTTP: from the call to the file."""

import csv
import json
import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from app.models import User
from app.services.exports import MOST_ROWS_ON_PAPER
from app.services.reports import REPORTS
from tests.factories import World, make_crowd
from tests.http import Api, error_codes
from tests.pdfs import texts
from tests.programme import make_microlocation, make_session, make_speaker, make_track


def fetched(api: Api, started: Any, as_: User) -> Any:
    """The file of a task, fetched as the web app does."""
    assert started.status_code == 200, started.json
    assert list(started.json) == ["task_url"]
    done = api.get(started.json["task_url"], as_).json
    assert done["state"] == "SUCCESS"
    return api.get(done["result"]["download_url"])


@pytest.mark.parametrize("by", ["id", "identifier"])
@pytest.mark.parametrize("name", REPORTS)
def test_lists(api: Api, world: World, name: str, by: str):
    world.event.name = "Fête & Feier 2026!"
    make_speaker(world.session, world.event, make_session(world.session, world.event))
    url = f"/v1/events/{getattr(world.event, by)}/export/{name}"
    spreadsheet = fetched(api, api.get(f"{url}/csv", world.coorganizer), world.coorganizer)
    rows = list(csv.reader(spreadsheet.data.decode("utf-8-sig").splitlines()))
    assert rows[0] == [column.heading for column in REPORTS[name].columns]
    assert len(rows) >= 2
    disposition = spreadsheet.headers["Content-Disposition"]
    assert re.fullmatch(rf'attachment; filename="{name}-fete-feier-2026-\d{{4}}-\d\d-\d\d\.csv"', disposition)
    paper = fetched(api, api.get(f"{url}/pdf", world.coorganizer), world.coorganizer)
    assert paper.content_type == "application/pdf"
    assert "Feier 2026!" in texts(paper.data)[0]


def test_a_name_without_a_letter_of_ours(api: Api, world: World):
    world.event.name = "山田"
    started = api.get(f"/v1/events/{world.event.id}/export/orders/csv", world.owner)
    disposition = fetched(api, started, world.owner).headers["Content-Disposition"]
    assert f'"orders-{world.event.identifier}-' in disposition


def test_registrars_and_strangers_export_nothing(api: Api, world: World):
    for person in (world.registrar, world.stranger, world.buyer):
        response = api.get(f"/v1/events/{world.event.id}/export/attendees/csv", person)
        assert (response.status_code, error_codes(response)) == (403, ["forbidden"])


def test_the_event_and_its_programme(api: Api, world: World):
    session, event = world.session, world.event
    place = {"track_id": make_track(session, event).id, "microlocation_id": make_microlocation(session, event).id}
    talk = make_session(session, event, title="Talk", **place)
    media = {"image": True, "audio": False, "video": False, "document": True}
    started = api.post(f"/v1/events/{event.identifier}/export/json", media, world.organizer)
    file = fetched(api, started, world.organizer)
    assert file.content_type == "application/zip"
    with ZipFile(BytesIO(file.data)) as archive:
        contents = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert {name: len(rows) for name, rows in contents.items()} == {
        "event.json": 1,
        "tickets.json": 2,
        "tracks.json": 1,
        "microlocations.json": 1,
        "sessions.json": 1,
    }
    [shown] = contents["sessions.json"]
    assert (shown["id"], shown["attributes"]["title"]) == (str(talk.id), "Talk")
    assert shown["relationships"]["track"]["data"] == {"type": "track", "id": str(talk.track_id)}
    assert world.buyer.email not in file.data.decode("latin-1")


def test_too_much_for_paper_is_told_at_once(api: Api, world: World):
    make_crowd(world.session, world.free, MOST_ROWS_ON_PAPER)
    url = f"/v1/events/{world.event.id}/export/attendees"
    response = api.get(f"{url}/pdf", world.owner)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert fetched(api, api.get(f"{url}/csv", world.owner), world.owner).text.count("\r\n") == MOST_ROWS_ON_PAPER + 3
