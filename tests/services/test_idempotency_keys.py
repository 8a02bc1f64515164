"""Answers that are kept for requests that come again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.clock import utcnow
from app.errors import AnswerErased, KeyReused
from app.models import IdempotencyKey
from app.services import idempotency_keys
from app.services.idempotency_keys import KEPT, Answer, Sent

SENT = Sent("user:7", "3f1c", b"\x01" * 32)
ANSWER = Answer(201, [("Content-Type", "text/plain"), ("Location", "/v1/orders/1")], b"\x00\xff\xc3")


def age(session: Any, by: timedelta) -> None:
    session.execute(update(IdempotencyKey).values(created_at=utcnow() - by))


def kept(session: Any) -> int:
    return session.scalar(select(func.count()).select_from(IdempotencyKey))


def test_an_answer_is_given_again_byte_for_byte(session: Any):
    assert idempotency_keys.recall(SENT) is None
    idempotency_keys.keep(SENT, ANSWER)
    assert idempotency_keys.recall(SENT) == ANSWER


@pytest.mark.parametrize("other", [{"scope": "user:8"}, {"scope": "anonymous"}, {"key": "3F1C"}, {"key": "3f1c "}])
def test_another_key_or_another_persons_is_another(session: Any, other: dict[str, str]):
    idempotency_keys.keep(SENT, ANSWER)
    assert idempotency_keys.recall(replace(SENT, **other)) is None


def test_another_request_under_the_key_is_refused(session: Any):
    idempotency_keys.keep(SENT, ANSWER)
    with pytest.raises(KeyReused, match="Another request had this Idempotency-Key"):
        idempotency_keys.recall(replace(SENT, fingerprint=b"\x02" * 32))


def test_an_answer_that_is_not_kept_any_more(session: Any):
    idempotency_keys.keep(SENT, ANSWER)
    session.execute(update(IdempotencyKey).values(body=None))
    with pytest.raises(AnswerErased, match="was done before"):
        idempotency_keys.recall(SENT)
    with pytest.raises(KeyReused):
        idempotency_keys.recall(replace(SENT, fingerprint=b"\x02" * 32))


def test_after_a_day_the_key_is_as_good_as_new(session: Any):
    idempotency_keys.keep(SENT, ANSWER)
    age(session, KEPT - timedelta(minutes=1))
    assert idempotency_keys.recall(SENT) == ANSWER
    age(session, KEPT)
    assert idempotency_keys.recall(SENT) is None
    another = replace(ANSWER, body=b"another")
    idempotency_keys.keep(SENT, another)
    assert idempotency_keys.recall(SENT) == another


def test_purge_deletes_what_is_old_some_at_a_time(session: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(idempotency_keys, "BATCH", 2)
    for number in range(3):
        idempotency_keys.keep(replace(SENT, key=f"old {number}"), ANSWER)
    age(session, KEPT)
    idempotency_keys.keep(SENT, ANSWER)
    assert [idempotency_keys.purge() for _ in range(3)] == [2, 1, 0]
    assert kept(session) == 1
    assert idempotency_keys.recall(SENT) == ANSWER
