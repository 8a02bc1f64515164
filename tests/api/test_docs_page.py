"""The OpenAPI document and the page that shows it, over HTTP: for everybody, and with nothing of another host."""

import gzip
import re

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.openapi import document
from app.api.openapi.publishing import ASSETS, OWN, THEIRS
from tests.http import Api, error_codes

URL = "/v1/openapi.json"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_everybody_may_read_the_document(app: Flask, client: FlaskClient):
    response = client.get(URL)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert response.json == orjson.loads(orjson.dumps(document.of(app)))


def test_it_is_made_once(client: FlaskClient):
    assert client.get(URL).data == client.get(URL).data
    assert client.get(URL).headers["ETag"] == client.head(URL).headers["ETag"]


def test_who_has_it_is_told_that_nothing_has_changed(client: FlaskClient):
    first = client.get(URL)
    assert first.cache_control.public
    assert first.cache_control.max_age == 300
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_comes_small_for_who_can_read_that(client: FlaskClient):
    plain, small = client.get(URL), client.get(URL, headers={"Accept-Encoding": "gzip"})
    assert (small.headers["Content-Encoding"], small.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) * 10 < len(plain.data)
    assert small.headers["ETag"] != plain.headers["ETag"]


def test_a_bad_token_is_told_of_here_too(api: Api):
    assert error_codes(api.get(URL, "no-token")) == ["not-logged-in"]


def test_the_page_asks_for_nothing_of_other_hosts(client: FlaskClient):
    page = client.get("/docs")
    assert page.content_type == "text/html; charset=utf-8"
    asked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {f"/docs/{name}" for name in ASSETS} | {URL} == set(asked)
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert all(client.get(url).status_code == 200 for url in asked)


def test_browsers_are_told_to_load_nothing_of_other_hosts(client: FlaskClient):
    for url in ("/docs", "/docs/docs.js"):
        policy = client.get(url).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert client.get(url).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ASSETS)
def test_its_files_are_served(client: FlaskClient, name: str):
    response = client.get(f"/docs/{name}")
    assert response.data == (ASSETS[name] / name).read_bytes()
    assert response.mimetype in {"text/css", "text/javascript", "image/png"}


@pytest.mark.parametrize("name", ["index.html", "nothing.js", "..%2Fdocument.py", "swagger-ui.js"])
def test_no_other_file_is(client: FlaskClient, name: str):
    assert (OWN / "index.html").exists()
    assert (THEIRS / "swagger-ui.js").exists()
    assert client.get(f"/docs/{name}").status_code == 404
