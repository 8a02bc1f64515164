"""Feedbacks: one of each user for each session, and one for the event itself."""

from typing import Any

from sqlalchemy import select

from app.database import session
from app.errors import Conflict
from app.models import Feedback

ALREADY = "You have given your feedback on this already. Change that one."
POINTER = "/data/relationships/session/data"


def create(data: dict[str, Any], *, user_id: int) -> Feedback:
    """A user's feedback on a session of an event (``session_id``), or on the event. Raises `Conflict` for a second."""
    # A race past this check is caught by the unique constraints, with the same answer.
    same = select(Feedback.id).filter_by(user_id=user_id, event_id=data["event_id"], session_id=data.get("session_id"))
    if session().scalar(same):
        raise Conflict(ALREADY, pointer=POINTER)
    feedback = Feedback(**data, user_id=user_id)
    session().add(feedback)
    session().flush()
    return feedback


def delete(feedback: Feedback) -> None:
    """Removes a feedback, so that its author may give another."""
    session().delete(feedback)
    session().flush()
