"""What the tests of clients share."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import demo
from tests.transactions import rolled_back


@pytest.fixture(scope="module")
def loaded(app: Flask) -> Iterator[demo.Demo]:
    """The demo event, loaded once for all tests of a file."""
    with rolled_back(app):
        yield demo.load()
