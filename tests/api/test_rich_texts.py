"""Texts that the web app shows as HTML: nothing in them runs, and plain sentences stay as they were written."""

from typing import Any

import pytest

from app.schemas import (
    EventSchema,
    FaqSchema,
    FeedbackSchema,
    PageSchema,
    SessionSchema,
    SpeakersCallSchema,
    SpeakerSchema,
    SponsorSchema,
    TicketSchema,
    TrackSchema,
)
from app.schemas.texts import LONGEST_TEXT
from tests.factories import World
from tests.http import Api, error_codes, resource

EVIL = "<script>alert(1)</script><b>x</b>"

SHOWN_AS_HTML: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        EventSchema,
        (
            *("description", "owner-description", "code-of-conduct", "after-order-message", "refund-policy"),
            *("cheque-details", "invoice-details", "bank-details", "onsite-details"),
        ),
    ),
    (SessionSchema, ("short-abstract", "long-abstract", "comments")),
    (SpeakerSchema, ("short-biography", "long-biography")),
    (TicketSchema, ("description",)),
    (PageSchema, ("description",)),
    (TrackSchema, ("description",)),
    (SpeakersCallSchema, ("announcement",)),
    (SponsorSchema, ("description",)),
    (FaqSchema, ("answer",)),
    (FeedbackSchema, ("comment",)),
)


def described(api: Api, world: World, text: str) -> Any:
    url = f"/v1/events/{world.event.id}"
    response = api.patch(url, resource("event", {"description": text}, id_=world.event.id), world.organizer)
    assert response.status_code == 200, response.json
    echoed = response.json["data"]["attributes"]["description"]
    assert api.get(url).json["data"]["attributes"]["description"] == echoed
    return echoed


@pytest.mark.parametrize(("schema", "name"), [(schema, name) for schema, names in SHOWN_AS_HTML for name in names])
def test_every_text_that_is_shown_as_html(schema: Any, name: str):
    loaded = schema.load_resource({"type": schema.opts.type_, "attributes": {name: EVIL}}, creating=False)
    assert loaded == {name.replace("-", "_"): "<b>x</b>"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (EVIL, "<b>x</b>"),
        ('<img src="https://example.org/a.png" onerror="alert(1)">', '<img src="https://example.org/a.png">'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ("<iframe src=//evil.example></iframe>Tom", "Tom"),
        ("<SCRIPT>alert(1)</SCRIPT>", ""),
        ("<svg/onload=alert(1)>", ""),
        ("<!--<b>-->Tom", "Tom"),
        ("Rock & <i>Roll</i>", "Rock &amp; <i>Roll</i>"),
    ],
)
def test_what_could_run_is_taken_out(api: Api, world: World, sent: str, stored: str):
    assert described(api, world, sent) == stored


@pytest.mark.parametrize(
    "text",
    [
        "Rock & Roll, \"live\" and 'loud' — we <3 you; 1 < 2 > 0",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "a line\r\nand another",
        "",
        "<p>Doors at <b>8</b></p>",
    ],
)
def test_what_cannot_run_stays_as_it_was_written(api: Api, world: World, text: str):
    assert described(api, world, text) == text


@pytest.mark.parametrize("sent", [EVIL, "a & <b>b", "<dd><pre></b>\r\n<title>\r\n<br><b><i><li>", "<table><b>x<p>&"])
def test_what_is_sent_back_as_it_was_read_is_unchanged(api: Api, world: World, sent: str):
    read = described(api, world, sent)
    assert described(api, world, read) == read


def test_a_text_that_grows_too_long_is_refused(api: Api, world: World):
    """It could not be sent back."""
    document = resource("event", {"description": "<b>x</b>" + "&" * (LONGEST_TEXT - 10)}, id_=world.event.id)
    response = api.patch(f"/v1/events/{world.event.id}", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"]["pointer"] == "/data/attributes/description"
