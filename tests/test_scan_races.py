"""Scans that wait for their guest's row, over real connections: his order counts as it is when they go on.

PostgreSQL reads anew the row that a statement has waited for, and none of those that are joined to it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant, utcnow
from app.models.movements import ACCEPTED, IN, REFUSED
from app.models.orders import CANCELLED, COMPLETED, PENDING
from tests.committed import Shop
from tests.factories import make_order, make_ticket
from tests.http import resource
from tests.programme import make_station, where_it_is_noon

pytestmark = pytest.mark.usefixtures("all_adds_up")


class Gate:
    """A guest of an order, and the ways to let him in."""

    def __init__(self, store: Shop, status: str):
        self.store = store
        world = store.open()
        with store.stocking() as stock:
            stock.add(world.event)
            world.event.timezone = where_it_is_noon()
            self.ticket = make_ticket(stock, world.event)
            self.order = make_order(stock, self.ticket, status=status)
            [self.guest] = self.order.attendees
            self.station = make_station(stock, world.event)
        self.event, self.token = world.event, store.token(world.registrar)

    def by_patch(self) -> None:
        self._send("PATCH", f"/v1/attendees/{self.guest.id}", "attendee", {"is-checked-in": True}, id_=self.guest.id)

    def at_a_desk(self) -> None:
        self._send("POST", f"/v1/events/{self.event.id}/movements", "movement", {"direction": IN}, attendee=self.guest)

    def at_a_station(self) -> None:
        related = {"station": self.station, "ticket_holder": self.guest}
        self._send("POST", "/v1/user-check-in", "user_check_in", {}, **related)

    def in_a_batch(self) -> None:
        now = utcnow()
        scan = {"client-uuid": "a", "direction": IN, "attendee-id": str(self.guest.id)}
        scan["device-time"] = format_instant(now - timedelta(minutes=1))
        batch = {"device": "Phone 7", "sent-at": format_instant(now), "scans": [scan]}
        self._send("POST", f"/v1/events/{self.event.id}/movement-batches", "movement-batch", batch)

    def verdicts(self) -> set[tuple[str, str | None]]:
        """What is kept of him."""
        kept = f"FROM movements WHERE attendee_id = {self.guest.id}"
        return {tuple(row.split()) for row in self.store.rows(f"SELECT verdict || ' ' || coalesce(reason, '') {kept}")}

    def is_inside(self) -> bool:
        return bool(self.store.count(f"SELECT is_checked_in::int FROM ticket_holders WHERE id = {self.guest.id}"))

    def _send(self, method: str, url: str, type_: str, attributes: dict[str, Any], **about: Any) -> None:
        answer = self.store.send(method, url, self.token, resource(type_, attributes, **about))
        assert answer.status in {200, 201, 409, 422}, answer.document


SCANS = [Gate.by_patch, Gate.at_a_desk, Gate.at_a_station, Gate.in_a_batch]


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.__name__)
@pytest.mark.parametrize(("before", "after"), [(COMPLETED, CANCELLED), (COMPLETED, PENDING), (PENDING, COMPLETED)])
def test_an_order_that_was_waited_for_counts_as_it_is(
    store: Shop, scan: Callable[[Gate], None], before: str, after: str
):
    gate = Gate(store, before)
    freed = 1 if after == CANCELLED else 0
    store.meanwhile(
        f"WITH freed AS (UPDATE tickets SET sold = sold - {freed} WHERE id = {gate.ticket.id}) "
        f"UPDATE orders SET status = '{after}' WHERE id = {gate.order.id}",
        lambda: scan(gate),
    )
    expected = {COMPLETED: (ACCEPTED,), CANCELLED: (REFUSED, "cancelled"), PENDING: (REFUSED, "unpaid")}[after]
    assert gate.verdicts() == {expected}
    assert gate.is_inside() == (after == COMPLETED)
