"""What the tests of permissions share."""

import pytest
from sqlalchemy.orm import Session, scoped_session

from tests.permissions.town import Town


@pytest.fixture
def town(session: scoped_session[Session]) -> Town:
    """Published events, drafts and a deleted one, with everything in them."""
    return Town(session)
