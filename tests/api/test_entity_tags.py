"""Entity tags: nothing is sent twice that has not changed, and nothing is changed that has."""

from datetime import timedelta, timezone
from typing import Any

import pytest
from flask import Flask

from app.clock import format_instant, utcnow
from app.models.orders import COMPLETED
from tests.factories import World, make_attendee, make_order
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_parts, make_session, make_track
from tests.test_access import TABLE, open_place

UNREAD = 'W/"0"'


@pytest.fixture
def track(world: World) -> Any:
    return make_track(world.session, world.event)


def conditional(api: Api, method: str, url: str, as_: Any, document: Any = None, **headers: str) -> Any:
    """A request with more headers: ``If_Match`` is If-Match."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.send(method, url, as_, document, headers=named)


def renamed(track: Any, name: str = "Renamed") -> Any:
    return resource("track", {"name": name}, id_=track.id)


def tag_of(api: Api, url: str, as_: Any) -> str:
    response = api.get(url, as_)
    assert response.status_code == 200
    return response.headers["ETag"]


# --- reading ----------------------------------------------------------------------------------------------------------


READ = (
    "/attendees/{guest}",
    "/attendees/{guest}?include=order.user,ticket",
    "/attendees/{guest}/order",
    "/attendees/{guest}/relationships/ticket",
    "/events/{event}/attendees",
    "/events/{event}/attendees?page[size]=0",
    "/events/{event}/movements?cursor=",
    "/events/{event}/order-statistics",
    "/events/{event}/tax",
    "/events/{event}/attendees/delta",
)


def test_what_is_known_is_not_sent_again(api: Api, world: World):
    for path in READ:
        url = "/v1" + path.format(guest=world.attendee.id, event=world.event.id)
        tag = tag_of(api, url, world.organizer)
        assert tag.startswith('W/"')
        again = conditional(api, "GET", url, world.organizer, If_None_Match=tag)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag), path
        for answer in (api.get(url, world.organizer), again):  # no cache between gives it to anybody else
            assert answer.headers["Cache-Control"] == "private, no-cache"
            assert "Authorization" in answer.vary
        assert "Content-Type" not in again.headers
        assert again.headers["Access-Control-Allow-Origin"] == "*"
        assert conditional(api, "HEAD", url, world.organizer, If_None_Match=tag).status_code == 304


def test_a_tag_tells_what_has_changed_who_asks_and_what_was_asked(api: Api, world: World):
    url = f"/v1/attendees/{world.attendee.id}"
    read = tag_of(api, url, world.organizer)
    assert tag_of(api, url, world.organizer) == read
    assert tag_of(api, f"{url}?include=ticket", world.organizer) != read
    included = tag_of(api, f"{url}?include=ticket", world.organizer)
    world.attendee.ticket.name = "Renamed"
    assert tag_of(api, f"{url}?include=ticket", world.organizer) != included
    assert tag_of(api, url, world.organizer) == read
    world.attendee.city = "Kyiv"
    assert conditional(api, "GET", url, world.organizer, If_None_Match=read).status_code == 200


NAMED = (
    ("*", 304),
    ("{tag}", 304),
    ('"{opaque}"', 304),
    ('"a", W/"b",{tag} , "c"', 304),
    (UNREAD, 200),
    ("", 200),
    (",,,", 200),
    ('W/"', 200),
    ('"' * 500, 200),
    ("\xff\xfe", 200),
    ("W/*", 200),
)


def test_lists_of_tags_and_what_is_none(api: Api, world: World):
    url = f"/v1/events/{world.event.id}"
    tag = tag_of(api, url, None)
    for named, status in NAMED:
        header = named.format(tag=tag, opaque=tag[3:-1])
        assert conditional(api, "GET", url, None, If_None_Match=header).status_code == status, named


def test_refusals_and_files_have_no_tag(api: Api, world: World):
    refused = conditional(api, "GET", "/v1/events/999999", None, If_None_Match="*")
    assert (refused.status_code, "ETag" in refused.headers) == (404, False)
    order = f"/v1/orders/{world.order.identifier}/tickets-pdf"
    assert "ETag" not in api.get(order, world.buyer).headers


# --- changing ---------------------------------------------------------------------------------------------------------


def test_who_has_read_another_address_is_told_which_to_read(api: Api, world: World):
    """Else he would read the same again, for ever."""
    url = f"/v1/attendees/{world.attendee.id}"
    read = tag_of(api, f"{url}?include=ticket", world.organizer)
    document = resource("attendee", {"city": "Kyiv"}, id_=world.attendee.id)
    refused = conditional(api, "PATCH", url, world.organizer, document, If_Match=read)
    assert refused.status_code == 412
    assert "GET exactly that" in refused.json["errors"][0]["detail"]
    named = conditional(api, "PATCH", f"{url}?include=ticket", world.organizer, document, If_Match=read)
    assert (named.status_code, world.attendee.city) == (200, "Kyiv")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_was_read_may_be_changed_and_what_has_changed_may_not(api: Api, world: World, track: Any, method: str):
    url, before = f"/v1/tracks/{track.id}", track.name
    read = tag_of(api, url, world.organizer)
    document = renamed(track) if method == "PATCH" else None
    for named in (UNREAD, "", "nonsense", 'W/"', f'"a", {UNREAD}'):
        refused = conditional(api, method, url, world.organizer, document, If_Match=named)
        assert (refused.status_code, error_codes(refused)) == (412, ["precondition-failed"])
        assert refused.json["errors"][0]["source"] == {"parameter": "If-Match"}
        assert (track.name, track.deleted_at) == (before, None)
    assert conditional(api, method, url, world.organizer, document, If_Match=f'"a", {read}').status_code == 200
    assert track.name == "Renamed" if method == "PATCH" else track.deleted_at is not None


def test_what_is_not_compared(api: Api, world: World, track: Any):
    """See the table in docs/api.md."""
    url = f"/v1/tracks/{track.id}"
    assert conditional(api, "GET", url, world.organizer, If_Match=UNREAD).status_code == 200
    assert conditional(api, "PATCH", url, world.organizer, renamed(track), If_None_Match="*").status_code == 200
    new = resource("track", {"name": "Jazz", "color": "#a1b2c3"}, event=world.event)
    assert conditional(api, "POST", "/v1/tracks", world.organizer, new, If_Match=UNREAD).status_code == 201


def test_any_row_that_is_there_matches_a_star(api: Api, world: World, track: Any):
    url = f"/v1/tracks/{track.id}"
    assert conditional(api, "PATCH", url, world.organizer, renamed(track), If_Match="*").status_code == 200
    gone = conditional(api, "PATCH", "/v1/tracks/999999", world.organizer, renamed(track), If_Match="*")
    assert gone.status_code == 404


def test_who_may_not_change_learns_nothing_from_tags(api: Api, world: World, track: Any):
    url = f"/v1/tracks/{track.id}"
    for named in (tag_of(api, url, world.organizer), UNREAD):
        assert conditional(api, "PATCH", url, world.stranger, renamed(track), If_Match=named).status_code == 403
        assert conditional(api, "PATCH", url, None, renamed(track), If_Match=named).status_code == 401


def test_changes_are_chained_by_the_tags_of_their_answers(api: Api, world: World, track: Any):
    url = f"/v1/tracks/{track.id}?include=event"
    tag = tag_of(api, url, world.organizer)
    for name in ("One", "Two", "Three"):
        answer = conditional(api, "PATCH", url, world.organizer, renamed(track, name), If_Match=tag)
        assert answer.status_code == 200
        stale, tag = tag, answer.headers["ETag"]
        assert tag != stale
    assert conditional(api, "PATCH", url, world.organizer, renamed(track), If_Match=stale).status_code == 412
    assert track.name == "Three"


def test_a_check_in_by_who_has_seen_the_guest_outside(api: Api, world: World):
    url = f"/v1/attendees/{world.attendee.id}"
    document = resource("attendee", {"is-checked-in": True}, id_=world.attendee.id)
    outside = tag_of(api, url, world.registrar)
    entered = conditional(api, "PATCH", url, world.registrar, document, If_Match=outside)
    assert entered.status_code == 200
    assert entered.headers["ETag"] == tag_of(api, url, world.registrar)
    left = resource("attendee", {"is-checked-out": True}, id_=world.attendee.id)
    assert conditional(api, "PATCH", url, world.registrar, left, If_Match=outside).status_code == 412
    assert world.attendee.is_checked_in is True


def test_what_an_answer_says_of_itself_is_in_no_tag(api: Api, world: World):
    """``meta`` tells what became of a change; a GET has none."""
    url = f"/v1/attendees/{world.attendee.id}"
    left = {"is-checked-in": False, "checkin-times": format_instant(utcnow())}  # as the organizer app checks out
    answer = api.patch(url, resource("attendee", left, id_=world.attendee.id), world.registrar)
    assert answer.json["meta"] == {"replayed": True}
    assert answer.headers["ETag"] == tag_of(api, url, world.registrar)


def test_the_answer_to_a_key_is_given_again_whatever_has_changed_since(api: Api, world: World, track: Any):
    """The first request was done; and who was refused may try again under the same key."""
    url = f"/v1/tracks/{track.id}"
    tag = tag_of(api, url, world.organizer)

    def send(if_match: str) -> Any:
        return conditional(
            api, "PATCH", url, world.organizer, renamed(track), If_Match=if_match, Idempotency_Key="once"
        )

    assert send(UNREAD).status_code == 412
    first = send(tag)
    again = send(tag)
    assert (first.status_code, again.status_code, again.data) == (200, 200, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["ETag"] == first.headers["ETag"] == tag_of(api, url, world.organizer)


def test_what_includes_nothing_is_compared_without_a_statement_more(
    api: Api, world: World, track: Any, count_queries: Any
):
    """And who sends no header pays nothing at all: tests/api/test_hot_paths.py."""
    url, document, back = f"/v1/tracks/{track.id}", renamed(track), renamed(track, track.name)
    token = api.authorization(world.organizer).removeprefix("JWT ")
    tag = tag_of(api, url, token)
    with count_queries() as plain:
        assert api.patch(url, document, token).status_code == 200
    assert api.patch(url, back, token).status_code == 200
    with count_queries() as guarded:
        assert conditional(api, "PATCH", url, token, document, If_Match=tag).status_code == 200
    assert guarded == plain


def test_every_answer_to_a_change_has_the_tag_of_what_is_read_next(app: Flask, session: Any):
    place, actors = open_place(session)
    api, changed = Api(app.test_client()), 0
    for row in (row for row in TABLE if row.method == "PATCH" and row.attributes and row.ok == 200):
        name = next(name for name in ("owner", "staff", "moderator") if row.answers.of(name, "published") == "ok")
        url, document = row.request(place, name)
        undone = session.connection().begin_nested()
        before = tag_of(api, url, actors[name])
        answer = conditional(api, "PATCH", url, actors[name], document, If_Match=before)
        assert answer.status_code == 200, (row, answer.json)
        read = api.get(url, actors[name])
        assert answer.headers["ETag"] == read.headers["ETag"], (row, answer.json, read.json)
        changed += answer.headers["ETag"] != before
        undone.rollback()
    assert changed > 25


def test_what_is_stored_otherwise_than_it_was_sent_has_the_tag_of_what_is_stored(api: Api, world: World):
    """Numbers are rounded, times told in UTC, texts tidied."""
    session, event = world.session, world.event
    parts = make_parts(session, event)
    late = event.starts_at.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    cases: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        (
            "events",
            event,
            {"starts-at": late, "description": "<b>x</b><script>y</script>", "latitude": "48.12345678901"},
        ),
        ("tickets", world.paid, {"price": "10.5", "sales-starts-at": late, "description": " a & b "}),
        (
            "sessions",
            make_session(session, event),
            {"starts-at": late, "level": "3", "complex-field-values": {"b": 1, "a": 2}},
        ),
        ("microlocations", make_microlocation(session, event), {"latitude": 1.23456789012345, "floor": "2"}),
        ("tracks", make_track(session, event), {"color": "#ABC", "name": " Jazz "}),
        ("session-types", parts["session-type"], {"length": "1:05"}),
        ("attendees", world.attendee, {"birth-date": late, "email": "Ada@Example.org", "is-badge-printed": "true"}),
    )
    for noun, row, attributes in cases:
        url, type_ = f"/v1/{noun}/{row.id}", noun.removesuffix("s")
        answer = api.patch(url, resource(type_, attributes, id_=row.id), world.owner)
        assert answer.status_code == 200, answer.json
        read = api.get(url, world.owner)
        assert answer.headers["ETag"] == read.headers["ETag"], (answer.json, read.json)


def test_the_tag_of_an_order_and_its_guests(api: Api, world: World):
    order = make_order(world.session, world.paid, status="placed", user_id=world.buyer.id)
    url = f"/v1/orders/{order.identifier}?include=attendees,tickets"
    document = resource("order", {"status": COMPLETED}, id_=order.id)
    answer = conditional(api, "PATCH", url, world.organizer, document, If_Match=tag_of(api, url, world.organizer))
    assert answer.status_code == 200
    assert answer.headers["ETag"] == tag_of(api, url, world.organizer)


@pytest.mark.parametrize("query", ["", "?include=event"])
def test_the_tag_of_an_order_of_which_a_guest_is_gone(api: Api, world: World, query: str):
    order = make_order(world.session, world.paid, status="placed", user_id=world.buyer.id)
    gone, _ = (make_attendee(world.session, world.paid, order) for _ in range(2))
    gone.deleted_at = utcnow()
    url = f"/v1/orders/{order.identifier}{query}"
    answer = api.patch(url, resource("order", {"status": COMPLETED}, id_=order.id), world.organizer)
    assert answer.status_code == 200
    assert answer.headers["ETag"] == tag_of(api, url, world.organizer)
