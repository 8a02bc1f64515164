"""What several of these files look at."""

from typing import Any

import pytest
from flask import Flask

from tests.openapi import Described


@pytest.fixture(scope="session")
def described(app: Flask) -> Described:
    """The OpenAPI document."""
    return Described(app)


@pytest.fixture(scope="session")
def components(described: Described) -> Any:
    """What its parts refer to."""
    return described.whole["components"]
