"""Who is inside: counts of entries and exits for the venue, its rooms and its gates."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from app.database import session
from app.models import OccupancyCount
from app.models.movements import IN
from app.models.occupancy import SLOTS

Place = tuple[int | None, str | None]
"""A room (None: the venue) and a gate (None: none was named)."""


SLOT = ("event_id", "microlocation_id", "gate", "slot")


def count(event_id: int, changes: Mapping[tuple[int | None, str | None, str], int]) -> None:
    """Adds to the counts of an event, in the transaction that writes the movements.

    ``changes``: how many more movements count than before, by room, gate and direction; may be negative. One statement,
    or none. Rows are taken in one order, so that two connections that share a slot wait for each other and no more.
    """
    places: dict[Place, dict[str, int]] = {}
    for (room, gate, direction), number in changes.items():
        if number:
            place = places.setdefault((room, gate), {"entries": 0, "exits": 0})
            place["entries" if direction == IN else "exits"] += number
    if not places:
        return
    slot = func.pg_backend_pid() % SLOTS
    rows = [
        {"event_id": event_id, "microlocation_id": room, "gate": gate, "slot": slot, **numbers}
        for (room, gate), numbers in sorted(places.items(), key=lambda item: (item[0][0] or 0, item[0][1] or ""))
    ]
    statement = insert(OccupancyCount).values(rows)
    added = {name: getattr(OccupancyCount, name) + statement.excluded[name] for name in ("entries", "exits")}
    session().execute(statement.on_conflict_do_update(index_elements=SLOT, set_=added))
