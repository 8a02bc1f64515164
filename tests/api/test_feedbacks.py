"""Feedbacks over HTTP."""

import json
from typing import Any

import pytest

from app.models import Feedback
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_feedback, make_session


def test_a_session_is_rated_as_the_web_app_does(api: Api, world: World):
    """It names the session and the user, never the event; then it reads its own feedbacks on the event's sessions."""
    talk = make_session(world.session, world.event)
    make_feedback(world.session, world.stranger, make_session(world.session, make_event(world.session)))
    document = resource("feedback", {"rating": 4, "comment": ""}, session=talk, user=world.stranger)
    created = api.post("/v1/feedbacks", document, world.stranger)
    assert created.status_code == 201, created.json
    assert created.json["data"]["attributes"]["rating"] == 4
    made = world.session.get(Feedback, int(created.json["data"]["id"]))
    assert (made.event_id, made.user_id) == (world.event.id, world.stranger.id)
    event = {"name": "event", "op": "has", "val": {"name": "identifier", "op": "eq", "val": world.event.identifier}}
    asked = json.dumps([{"name": "session", "op": "has", "val": event}])
    shown = api.get(f"/v1/users/{world.stranger.id}", world.stranger).json["data"]["relationships"]["feedbacks"]
    own = api.get(shown["links"]["related"], world.stranger, include="session", filter=asked).json
    assert [row["id"] for row in own["data"]] == [str(made.id)]
    assert own["data"][0]["relationships"]["session"]["data"] == {"type": "session", "id": str(talk.id)}


def test_the_sessions_page_of_the_web_app(api: Api, world: World):
    talk = make_session(world.session, world.event, state="pending")
    given = make_feedback(world.session, world.organizer, talk, rating=3)
    query = {"include": "speakers,feedbacks,track", "filter": "[]", "sort": "-submitted-at", "page_size": "10"}
    response = api.get(f"/v1/events/{world.event.id}/sessions", world.organizer, page_number="1", **query)
    assert response.status_code == 200, response.json
    (shown,) = response.json["data"]
    assert (shown["attributes"]["average-rating"], shown["attributes"]["rating-count"]) == (3, 1)
    assert shown["relationships"]["feedbacks"]["data"] == [{"type": "feedback", "id": str(given.id)}]


def test_one_of_each_person_for_each_session(api: Api, world: World):
    talk = make_session(world.session, world.event)
    document = resource("feedback", {"rating": 4}, session=talk)
    assert api.post("/v1/feedbacks", document, world.buyer).status_code == 201
    second = api.post("/v1/feedbacks", document, world.buyer)
    assert (second.status_code, error_codes(second)) == (409, ["conflict"])
    assert api.post("/v1/feedbacks", document, world.stranger).status_code == 201
    of_event = resource("feedback", {"rating": 4}, event=world.event)
    assert api.post("/v1/feedbacks", of_event, world.buyer).status_code == 201
    assert api.post("/v1/feedbacks", of_event, world.buyer).status_code == 409


@pytest.mark.parametrize("rating", [-1, 5.1, "x", None, True, "1e999"])
def test_ratings_that_are_refused(api: Api, world: World, rating: Any):
    document = resource("feedback", {"rating": rating}, session=make_session(world.session, world.event))
    response = api.post("/v1/feedbacks", document, world.buyer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/rating"}


def test_what_a_feedback_is_about(api: Api, world: World):
    hidden = make_session(world.session, world.event, state="pending")
    foreign = make_session(world.session, make_event(world.session))
    gone = make_session(world.session, world.event)
    gone_id, gone.deleted_at = gone.id, world.event.starts_at
    unknown: Any = {"session": {"data": {"type": "session", "id": str(gone_id)}}}
    rating = {"rating": 4}
    for document, status in (
        (resource("feedback", rating), 422),
        (resource("feedback", rating, session=None), 422),
        (resource("feedback", rating, session=foreign, event=world.event), 422),
        (resource("feedback", rating, session=hidden), 404),
        ({"data": {"type": "feedback", "attributes": rating, "relationships": unknown}}, 404),
    ):
        response = api.post("/v1/feedbacks", document, world.buyer)
        assert response.status_code == status, response.json
        assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/session/data"}
    assert api.post("/v1/feedbacks", resource("feedback", rating, session=hidden), world.moderator).status_code == 201


def test_who_reads_them(api: Api, world: World):
    accepted, pending = (make_session(world.session, world.event, state=state) for state in ("accepted", "pending"))
    for about in (accepted, pending, world.event):
        make_feedback(world.session, world.buyer, about)
    url = f"/v1/events/{world.event.id}/feedbacks"
    for person, number in ((None, 2), (world.stranger, 2), (world.registrar, 3), (world.buyer, 3)):
        assert api.get(url, person).json["meta"]["count"] == number
    assert api.get(f"/v1/sessions/{accepted.id}/feedbacks").json["meta"]["count"] == 1
    assert api.get(f"/v1/users/{world.buyer.id}/feedbacks", world.stranger).status_code == 403


def test_organizers_read_who_wrote_and_never_an_address(api: Api, world: World):
    make_feedback(world.session, world.buyer, world.event)
    url = f"/v1/events/{world.event.id}/feedbacks?include=user"
    (author,) = api.get(url, world.organizer).json["included"]
    assert author["attributes"]["first-name"] == "buyer"
    assert "email" not in author["attributes"]
    assert api.get(url).json["included"] == []
    assert api.get(url, world.stranger).json["included"] == []


def test_who_changes_and_removes_one(api: Api, world: World):
    given = make_feedback(world.session, world.buyer, make_session(world.session, world.event))
    url, other = f"/v1/feedbacks/{given.id}", make_session(world.session, world.event)
    document = resource("feedback", {"rating": 1, "comment": "No"}, id_=given.id, session=other, user=world.stranger)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403)):
        assert api.patch(url, document, person).status_code == status
        assert api.delete(url, person).status_code == status
    before = (given.session_id, given.user_id)
    for person in (world.organizer, world.staff):  # nobody puts words into another's mouth
        assert api.patch(url, document, person).status_code == 403
    assert api.patch(url, document, world.buyer).status_code == 200
    assert (given.rating, given.comment) == (1, "No")
    assert (given.session_id, given.user_id) == before
    for remover in (world.buyer, world.organizer):
        url = f"/v1/feedbacks/{make_feedback(world.session, world.buyer, other).id}"
        assert api.delete(url, remover).status_code == 200
        assert api.get(url, world.organizer).status_code == 404
