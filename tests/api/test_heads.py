"""HEAD is GET without the body, at every address that is read."""

from typing import Any

from flask import Flask

from tests.conformance import MEDIA_TYPE
from tests.http import Api
from tests.test_access import TABLE, Row, open_place


def test_a_head_has_the_status_and_the_headers_of_a_get(app: Flask, session: Any):
    place, people = open_place(session)
    owner = people["owner"]
    api, wrong, compared = Api(app.test_client()), [], 0

    def told(method: str, row: Row) -> tuple[Any, ...]:
        response = api.send(method, row.request(place, "owner")[0], owner)
        tag, length = response.headers.get("ETag"), response.headers.get("Content-Length")
        body = response.data
        response.close()
        assert method == "GET" or body == b""
        # Files hold the moment they were made in.
        same = (tag, length) if response.content_type == MEDIA_TYPE else ()
        return response.status_code, response.content_type, *same

    for row in TABLE:
        if row.method == "GET":
            head, got = told("HEAD", row), told("GET", row)
            compared += got[0] == 200 and len(got) > 2
            if head != got and told("GET", row) == told("GET", row):
                wrong.append(f"{row.rule}{row.query}: {head}, not {got}")
    assert not wrong, "\n".join(wrong)
    assert compared > 100
