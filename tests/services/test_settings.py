"""Settings: one row, there from the start."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session

from app.models import Setting
from app.services import settings


def test_the_row_is_there_and_shows_the_configuration(session: scoped_session[Session]):
    found = settings.current(order_expiry_minutes=7, frontend_url="https://web.example")
    assert (found.id, found.app_name) == (1, "Open Event")
    assert (found.order_expiry_time, found.frontend_url) == (7, "https://web.example")


def test_there_is_no_second_one(session: scoped_session[Session]):
    session.add(Setting(id=2))
    with pytest.raises(IntegrityError, match="ck_settings_the_one"):
        session.flush()
