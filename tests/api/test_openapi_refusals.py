"""Operations tell the codes that they may answer, and no others."""

import re

import pytest

from app.api.openapi.error_advice import ADVICE
from tests.openapi import Described

NAMED = re.compile(r"`(GET|POST|PATCH) (/[^?`]*)`")

OF_OPERATIONS = {
    kind.code: {(method, path.replace("<id>", "{}")) for method, path in NAMED.findall(advice.arises)}
    for kind, advice in ADVICE.items()
    if kind.status in {409, 410, 422} and NAMED.search(advice.arises)
}
"""Codes of some operations only, which the list of errors names."""


@pytest.mark.parametrize("code", OF_OPERATIONS)
def test_who_tells_a_code_is_who_answers_it(described: Described, code: str):
    telling = {
        (method, re.sub(r"\{[^}]*\}", "{}", template))
        for method, template in described.operations
        if code in described.refused(method, template)
    }
    assert telling == OF_OPERATIONS[code]


def test_some_codes_are_of_some_operations_only():
    assert {"sold-out", "amount-mismatch", "scan-refused", "order-not-paid", "cursor-expired"} <= OF_OPERATIONS.keys()


@pytest.mark.parametrize(
    ("method", "template", "codes"),
    [
        ("GET", "/v1/faqs/{id}", set()),
        ("DELETE", "/v1/faqs/{id}", {"conflict", "invalid", "still-running", "answer-erased", "key-reused"}),
        ("DELETE", "/v1/faqs/{id}/relationships/{relationship}", {"still-running", "answer-erased", "key-reused"}),
        ("POST", "/v1/orders/calculate-amount", {"invalid"}),
        (
            "DELETE",
            "/v1/tracks/{id}/relationships/{relationship}",
            {"conflict", "wrong-type", "invalid", "still-running", "answer-erased", "key-reused"},
        ),
    ],
)
def test_conflicts_and_what_is_invalid_are_told_by_code(
    described: Described, method: str, template: str, codes: set[str]
):
    known = {kind.code for kind in ADVICE if kind.status in {409, 422}}
    assert described.refused(method, template) & known == codes


def test_codes_that_are_told_alike_everywhere_say_when_they_arise(described: Described):
    told = described.whole["components"]["responses"]["NotLoggedIn"]["description"]
    assert "Answered to any call with the token of a door pass." in told
