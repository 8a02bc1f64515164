"""Settings: the one row that tells what this server is."""

from app.database import session
from app.models import Setting
from app.models.settings import THE_ONE


def current(*, order_expiry_minutes: int, frontend_url: str, locked: bool = False) -> Setting:
    """The row, which also shows for how many minutes an order may be filled in, and where the web app is. ``locked``:
    it is to be changed."""
    found = session().get_one(Setting, THE_ONE, with_for_update={"key_share": True} if locked else None)
    found.order_expiry_time, found.frontend_url = order_expiry_minutes, frontend_url
    return found
