"""What a PATCH of an attendee says of his coming and going, in the forms that the clients write it in."""

from datetime import datetime
from typing import Any

from app.clock import parse_instant
from app.errors import Invalid
from app.models import TicketHolder
from app.services import admission
from app.services.notes import parts

MEMBERS = ("is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin")
"""The attributes of an attendee that mean attendance."""


class Asked:
    """The attendance members of a PATCH of ``attendee``, read. Raises `Invalid` for what is no time."""

    def __init__(self, members: dict[str, Any], attendee: TicketHolder):
        self.members = members
        self.ins = _instants(members, "checkin_times")
        self.outs = _instants(members, "checkout_times")
        self._stored_names = attendee.device_name_checkin

    @property
    def inside(self) -> bool | None:
        """``is-checked-in``; None when absent or null."""
        return self.members.get("is_checked_in")

    @property
    def left(self) -> bool:
        """``is-checked-out`` is true."""
        return self.members.get("is_checked_out") is True

    @property
    def only_left(self) -> bool:
        """Nothing but ``is-checked-out`` (and perhaps a device) is said."""
        return not self.members.keys() & {"is_checked_in", "checkin_times", "checkout_times"}

    def has(self, member: str) -> bool:
        """The body has the member, null or not."""
        return member in self.members

    def device(self, nth_new: int) -> str | None:
        """The device of the n-th new time. A client that re-sends the stored list names no device with it."""
        sent, stored = self.members.get("device_name_checkin"), self._stored_names
        if not sent:
            return None
        if stored and sent.startswith(f"{stored},"):
            added = parts(sent.removeprefix(f"{stored},"))
            return added[nth_new] if nth_new < len(added) else None
        # One stored name alone, in a body without the whole history, is the same gate scanning again.
        echoed = sent == stored and ("," in sent or {"checkin_times", "checkout_times"} <= self.members.keys())
        return None if echoed else admission.one_name(sent)


def _instants(members: dict[str, Any], name: str) -> list[datetime]:
    try:
        return [parse_instant(part) for part in parts(members.get(name))]
    except ValueError as error:
        wire_name = name.replace("_", "-")
        raise Invalid(
            f"{wire_name} must be RFC 3339 times with an offset, separated by commas, such as "
            f"2026-11-21T18:00:00Z ({error}).",
            pointer=f"/data/attributes/{wire_name}",
        ) from None
