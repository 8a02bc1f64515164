"""What the tests of permissions share."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from tests.permissions.town import Town
from tests.transactions import rolled_back


@pytest.fixture(scope="module")
def built(app: Flask) -> Iterator[Town]:
    """The town, built once for all tests of a file, since it takes as long as most of them."""
    with rolled_back(app) as session:
        yield Town(session)


@pytest.fixture
def town(built: Town, session: scoped_session[Session]) -> Town:
    """Published events, drafts and a deleted one, with everything in them. What a test does to them is undone."""
    return built
