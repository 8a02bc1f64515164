"""What the table of permissions does not allow is refused here: with which error, and what somebody can do about it."""

from dataclasses import replace
from itertools import chain
from typing import Any

from app.errors import Forbidden, NotFound, NotLoggedIn
from app.models import Feedback, Session, Speaker, Ticket
from app.permissions.actors import Actor
from app.permissions.policy import POLICY, Permission, needs_login, permits
from app.permissions.predicates import ALSO_OF_PASSES, buyer, event_id_of, event_of, maker, seller, staff


def require_login(actor: Actor, permission: Permission) -> None:
    """Raises `NotLoggedIn` for nobody where the row needs somebody, and `Forbidden` for a door pass where no clause
    lets one in: before anything is looked up."""
    if not needs_login(permission):
        return
    if actor.is_nobody:
        raise NotLoggedIn()
    if actor.door_pass is not None and ALSO_OF_PASSES.isdisjoint(chain(*POLICY[permission])):
        raise _not_with_a_pass(permission)


def require(actor: Actor, permission: Permission, thing: Any = None, *, absent: NotFound | None = None) -> None:
    """Raises unless the table allows it.

    `NotFound` where even the existence of the thing is nobody's business (drafts of others, hidden tickets, sessions
    that are not accepted), whatever was asked; `NotLoggedIn` for nobody, else `Forbidden`. ``absent`` is what the
    caller says of a thing that there is not: the words must not tell the two apart.
    """
    if permits(actor, permission, thing):
        return
    require_login(actor, permission)
    if not needs_login(permission) or not _may_know_of(actor, thing):
        raise absent or NotFound(
            f"{type(thing).called()} not found. Check the address; what is not yours to see is not found either."
        )
    if actor.door_pass is not None:
        raise _not_with_a_pass(permission)
    if permits(replace(actor, is_verified=True), permission, thing):
        raise Forbidden("Verify your e-mail address first: open the link in the mail that you got for it.")
    raise Forbidden(f"You may not do this ({permission}). {_who_helps(permission, thing)}")


def _not_with_a_pass(permission: Permission) -> Forbidden:
    return Forbidden(f"Your door pass does not let you do this ({permission}). Ask an organizer of the event.")


def _who_helps(permission: Permission, thing: Any) -> str:
    if event_id_of(thing) is None or POLICY[permission] == [[staff]]:
        return "Ask the server's staff."
    return "Ask an organizer of the event for a role that may."


def _may_know_of(actor: Actor, thing: Any) -> bool:
    if isinstance(thing, Ticket):
        return permits(actor, Permission.TICKET_READ, thing)
    if isinstance(thing, Session):
        return permits(actor, Permission.SESSION_READ, thing)
    if isinstance(thing, Speaker):
        return permits(actor, Permission.SPEAKER_READ, thing)
    if isinstance(thing, Feedback):
        return permits(actor, Permission.FEEDBACK_READ, thing)
    # The event may be None although there is one: `include=event` loads only what the actor may see.
    event = event_of(thing)
    return event_id_of(thing) is None or permits(actor, Permission.EVENT_READ, event) or _has_part(actor, thing)


def _has_part(actor: Actor, thing: Any) -> bool:
    """A buyer knows of his order although the event is a draft (again)."""
    return buyer(actor, thing) or seller(actor, thing) or maker(actor, thing)
