"""Requests that carry an ``Idempotency-Key`` and come again: on every route that writes, and what is refused."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, request
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, scoped_session

from app.api.edge import idempotency
from app.api.edge.idempotency import REPLAYED
from app.api.edge.transactions import in_transaction
from app.clock import format_instant, utcnow
from app.errors import AnswerErased
from app.models import Device, IdempotencyKey, Order, User
from app.services.batches import CHUNK
from app.services.idempotency_keys import KEPT
from tests.factories import PASSWORD, World, make_order, make_ticket
from tests.http import MEDIA_TYPE, Api, error_codes, resource
from tests.rights.answers import ACTORS
from tests.rights.place import Place, open_place
from tests.rights.rows import Row
from tests.rights.table import TABLE

KEY = "0b6f3b62-1f0c-4f5e-9d7a-3f2f8a6f1c11"

WITHOUT = {
    *("/auth/session", "/v1/auth/login", "/v1/auth/fresh-login", "/v1/auth/token/refresh", "/v1/auth/logout"),
    *("/v1/auth/verify-password", "/v1/users/check_email", "/v1/users/checkEmail", "/v1/role_invites/user"),
    *("/v1/orders/calculate-amount", "/v1/orders/<id:order_id>/verify"),
    *("/v1/orders/<identifier:order_identifier>/verify", "/v1/events/<id:event_id>/export/json"),
    "/v1/events/<identifier:event_identifier>/export/json",
}
"""Addresses of calls that store nothing: they ignore the header, and an answer with a token is never kept."""

SECOND = {
    **dict.fromkeys(("/v1/auth/blacklist", "/v1/auth/change-password"), 401),  # the token has ended
    **dict.fromkeys(("/v1/door-passes", "/v1/door-passes/<id:door_pass_id>/pairing-code", "/v1/door-passes/pair"), 409),
}
"""What calls are told the second time that cannot be answered again: they end the token, or have told a secret."""

WRITTEN = text("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables")
"""How many rows this transaction has inserted, changed and deleted, rolled back or not."""

URL = "/v1/orders?onsite=true"


def sale(world: World, quantity: int = 1, **attributes: Any) -> Any:
    items = [{"id": str(world.free.id), "quantity": str(quantity)}]
    return resource("order", {"on-site-tickets": items} | attributes, event=world.event)


def sell(api: Api, world: World, key: str | None = KEY, *, as_: User | None = None, **attributes: Any) -> Any:
    return api.send("POST", URL, as_ or world.registrar, sale(world, **attributes), key=key)


def count(world: World, model: type) -> int:
    found = world.session.scalar(select(func.count()).select_from(model))
    assert found is not None
    return found


def told(response: Any) -> Any:
    """An answer as far as it is the same when it is given again: all but the number of its request."""
    return (
        response.status_code,
        response.data,
        {*response.headers} - {("X-Request-Id", response.headers["X-Request-Id"])},
    )


# --- every route --------------------------------------------------------------------------------------------------


def test_every_request_that_writes_is_done_once(app: Flask, session: scoped_session[Session]):
    """Each writing row of the table of routes, sent twice under one key by somebody who may; what stores nothing, or is
    refused, is sent once and leaves no answer behind."""
    place, actors = open_place(session)
    api = Api(app.test_client())
    rows = [row for row in TABLE if row.method != "GET"]
    wrong = []
    for number, row in enumerate(rows):
        undone = session.connection().begin_nested()
        fault = sent_twice(api, session, row, place, actors, key=f"{number}")
        undone.rollback()
        if fault:
            wrong.append(f"{row.method} {row.rule} ({row.target or 'as usual'}): {fault}")
    assert not wrong, "\n".join(wrong)
    assert {row.rule for row in rows} >= WITHOUT


def sent_twice(api: Api, session: Any, row: Row, place: Place, actors: dict[str, User], *, key: str) -> str | None:
    """What is wrong about the answers, if anything."""
    actor = next((name for name in reversed(ACTORS) if row.answers.of(name, "published") == "ok"), "stranger")
    url, document = row.request(place, actor)
    first = api.send(row.method, url, actors.get(actor), document, fresh=True, key=key)
    kept = session.connection().scalar(select(IdempotencyKey.key))
    if row.rule in WITHOUT or row.ok >= 300:
        return kept and "kept"
    if kept != key:
        return f"not kept: {actor} got {first.status_code}"
    done = session.connection().scalar(WRITTEN)
    second = api.send(row.method, url, actors.get(actor), document, fresh=True, key=key)
    written = session.connection().scalar(WRITTEN) - done
    if row.rule in SECOND and second.status_code == SECOND[row.rule] and not written:
        return None
    if second.headers.get(REPLAYED) != "true":
        return f"done twice, the second time with {second.status_code}"
    second.headers.remove(REPLAYED)
    if told(first) != told(second):
        return f"{told(first)} is not {told(second)}"
    return f"{written} rows written by the second" if written else None


def test_who_signs_up_is_nobody_and_has_a_key_too(api: Api, world: World):
    document = resource("user", {"email": "new@example.org", "password": PASSWORD})
    first, second = (api.send("POST", "/v1/users", None, document, key=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert world.session.scalar(select(IdempotencyKey.scope)) == "anonymous"
    assert PASSWORD.encode() not in (world.session.scalar(select(IdempotencyKey.body)) or b"")


def test_an_answer_comes_again_with_a_number_of_its_own(api: Api, world: World):
    first, second = sell(api, world), sell(api, world)
    assert first.status_code == 201
    assert REPLAYED not in first.headers
    assert second.headers[REPLAYED] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert count(world, Order) == 2, "the world's, and one"


# --- what is another request --------------------------------------------------------------------------------------


def test_another_request_under_the_key_is_refused(api: Api, world: World):
    assert sell(api, world).status_code == 201
    one = f"/v1/orders/{world.order.id}"
    for method, url, document in (
        ("POST", URL, sale(world, quantity=2)),
        ("POST", f"{URL}&include=attendees", sale(world)),
        ("POST", "/v1/orders/create-order", sale(world)),
        ("PATCH", one, resource("order", {"order-notes": "x"}, id_=world.order.id)),
    ):
        response = api.send(method, url, world.registrar, document, key=KEY)
        assert (response.status_code, error_codes(response)) == (422, ["key-reused"]), (method, url)
        assert response.json["errors"][0]["source"] == {"parameter": "Idempotency-Key"}
    assert count(world, Order) == 2
    assert count(world, IdempotencyKey) == 1


def test_the_method_tells_requests_apart(api: Api, world: World):
    ticket = make_ticket(world.session, world.event)
    url, document = f"/v1/tickets/{ticket.id}", resource("ticket", {"name": "Renamed"}, id_=ticket.id)
    assert api.send("PATCH", url, world.organizer, document, key=KEY).status_code == 200
    assert error_codes(api.send("DELETE", url, world.organizer, document, key=KEY)) == ["key-reused"]
    assert api.get(url, world.organizer).status_code == 200


def test_each_person_has_keys_of_his_own(api: Api, world: World):
    first, second = sell(api, world), sell(api, world, as_=world.organizer)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["data"]["id"] != second.json["data"]["id"]
    assert REPLAYED not in second.headers
    assert sell(api, world).data == first.data


# --- what is not kept ---------------------------------------------------------------------------------------------


def test_what_was_refused_is_judged_anew(api: Api, world: World):
    world.free.quantity = world.free.sold
    assert error_codes(sell(api, world)) == ["sold-out"]
    assert count(world, IdempotencyKey) == 0
    world.free.quantity += 1
    assert sell(api, world).status_code == 201
    assert sell(api, world).headers[REPLAYED] == "true"


def test_a_refusal_that_is_written_down_is_not_kept_as_an_answer(api: Api, world: World):
    unpaid = make_order(world.session, world.paid, status="pending").attendees[0]
    url, document = f"/v1/events/{world.event.id}/movements", resource("movement", {"direction": "in"}, attendee=unpaid)
    refused = [api.send("POST", url, world.registrar, document, key=KEY) for _ in range(2)]
    assert [response.status_code for response in refused] == [409, 409]
    assert all(REPLAYED not in response.headers for response in refused)
    assert count(world, IdempotencyKey) == 0
    unpaid.order.status = "completed"
    assert api.send("POST", url, world.registrar, document, key=KEY).status_code == 201


def test_after_a_day_the_key_is_as_good_as_new(api: Api, world: World):
    first = sell(api, world)
    world.session.execute(update(IdempotencyKey).values(created_at=utcnow() - KEPT - timedelta(seconds=1)))
    again = sell(api, world)
    assert REPLAYED not in again.headers
    assert again.json["data"]["id"] != first.json["data"]["id"]
    assert sell(api, world).data == again.data


def test_an_answer_that_was_erased(api: Api, world: World):
    assert sell(api, world).status_code == 201
    world.session.execute(update(IdempotencyKey).values(body=None))
    response = sell(api, world)
    assert (response.status_code, error_codes(response)) == (409, ["answer-erased"])
    assert count(world, Order) == 2


def test_an_answer_that_is_too_long_is_not_kept_but_what_was_done_is(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(idempotency, "LONGEST_KEPT", 100)
    assert sell(api, world).status_code == 201
    response = sell(api, world)
    assert (response.status_code, error_codes(response)) == (409, ["answer-erased"])
    assert count(world, Order) == 2


def test_what_is_kept_of_a_request_is_no_plain_hash_of_it(api: Api, world: World):
    """Whoever sees the table could try passwords against one."""
    body = json.dumps(resource("user", {"email": "new@example.org", "password": PASSWORD})).encode()
    headers = {"Idempotency-Key": KEY}
    response = api.client.post("/v1/users", data=body, content_type=MEDIA_TYPE, headers=headers)
    assert response.status_code == 201
    fingerprint = world.session.scalar(select(IdempotencyKey.fingerprint))
    named = (b"POST", b"/v1/users", b"", body)
    hashes = [hashlib.sha256(part).digest() for part in named]
    plain = [*hashes, hashlib.sha256(b"".join(hashes)).digest(), hashlib.sha256(b"".join(named)).digest()]
    assert fingerprint is not None
    assert len(fingerprint) == 32
    assert fingerprint not in plain


def test_who_logs_out_needs_no_good_token_for_his_key(api: Api, world: World):
    headers = {"Authorization": "JWT nonsense", "Idempotency-Key": KEY}
    answers = [api.client.post("/v1/auth/logout", headers=headers) for _ in range(2)]
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"success": True})] * 2
    assert count(world, IdempotencyKey) == 0


def test_an_answer_that_holds_a_secret_is_not_kept_but_what_was_done_is(app: Flask, world: World):
    done = []

    def make() -> Response:
        done.append(request.method)
        return Response("the secret", 201, {"Cache-Control": "no-store"})

    with app.test_request_context("/v1/secrets", method="POST", headers={"Idempotency-Key": KEY}):
        app.preprocess_request()
        assert in_transaction(make).data == b"the secret"
        with pytest.raises(AnswerErased):
            in_transaction(make)
    assert done == ["POST"]
    assert world.session.scalars(select(IdempotencyKey.body)).all() == [None]


# --- the key itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "k" * 256, "clé", "a\x7f", "a\tb"])
def test_a_key_that_is_none(api: Api, world: World, key: str):
    response = sell(api, world, key)
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
    assert response.json["errors"][0]["source"] == {"parameter": "Idempotency-Key"}
    assert count(world, Order) == 1


@pytest.mark.parametrize("key", ["k", "k" * 255, '"quoted", and more', "~!@#$%^&*()"])
def test_a_key_that_is_one(api: Api, world: World, key: str):
    assert sell(api, world, key).status_code == 201
    assert sell(api, world, key).headers[REPLAYED] == "true"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("key", [KEY, "k" * 256])
def test_what_reads_ignores_the_key(api: Api, world: World, method: str, key: str):
    url = f"/v1/orders/{world.order.id}"
    answers = [api.send(method, url, world.registrar, key=key) for _ in range(2)]
    assert [response.status_code for response in answers] == [200, 200]
    assert count(world, IdempotencyKey) == 0


def test_a_read_that_writes_ignores_the_key(api: Api, world: World):
    """Printing a badge is a GET that notes that it was printed."""
    url = f"/v1/badge-forms/print-badge-pdf?attendee_id={world.attendee.id}&list_field_show=firstname"
    assert api.send("GET", url, world.registrar, key=KEY).status_code == 200
    assert world.attendee.is_badge_printed
    assert count(world, IdempotencyKey) == 0


def test_errors_of_plain_calls_stay_plain(api: Api, world: World):
    body = {"order-identifier": world.order.identifier}
    response = api.send("POST", "/v1/attendees/send-receipt", world.organizer, body, key="k" * 256)
    assert (response.status_code, list(response.json)) == (400, ["error"])


def test_it_costs_three_statements_and_nothing_without_a_key(api: Api, world: World, count_queries: Any):
    numbers, document, seller = [], sale(world), world.registrar
    token = {"Authorization": api.authorization(seller)}
    world.session.commit()
    for headers in (token, token | {"Idempotency-Key": KEY}):
        with count_queries() as statements:
            response = api.client.post(URL, json=document, content_type=MEDIA_TYPE, headers=headers)
            assert response.status_code == 201
        numbers.append(len(statements))
    assert numbers[1] == numbers[0] + 3
    with count_queries() as statements:
        response = api.client.post(URL, json=document, content_type=MEDIA_TYPE, headers=headers)
        assert response.headers[REPLAYED] == "true"
    assert len(statements) == 3, "who is asking, the lock, and the answer"


# --- batches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, CHUNK + 1])
def test_a_batch_is_answered_again_with_the_same_words(api: Api, world: World, number: int):
    now = utcnow()
    guests = make_order(world.session, world.free, 2).attendees
    scan = {"direction": "in", "device-time": format_instant(now), "attendee-id": str(guests[0].id)}
    scans = [scan | {"client-uuid": f"scan {index}"} for index in range(number)]
    sent = {"device": "Phone 1", "sent-at": format_instant(now), "scans": scans}
    url, document = f"/v1/events/{world.event.id}/movement-batches", resource("movement-batch", sent)
    first = api.send("POST", url, world.registrar, document, key=KEY)
    assert first.status_code == 200, first.json
    heard = world.session.scalar(select(Device.last_contact_at))
    second = api.send("POST", url, world.registrar, document, key=KEY)
    assert second.headers[REPLAYED] == "true"
    assert second.data == first.data
    verdicts = first.json["data"]["attributes"]["verdicts"]
    assert [verdict["is-replayed"] for verdict in verdicts] == [False] * number
    assert world.session.scalar(select(Device.last_contact_at)) == heard, "an old clock is not heard again"
    without = api.send("POST", url, world.registrar, document).json["data"]["attributes"]["verdicts"]
    assert [verdict["is-replayed"] for verdict in without] == [True] * number
