"""What the simulator knows to be true, compared with what the server says when everybody has gone home."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.door_simulator import story
from app.door_simulator.client import Answer, Tally
from app.door_simulator.crowd import Crowd
from app.door_simulator.plan import OFFERS, ROOMS
from app.door_simulator.stage import Stage
from app.door_simulator.story import Story, Way

GOOD = {200, 201, 409, 429, 502, 503, 504, 0}
"""Statuses that may be seen: answers, refusals, and what is sent again. Nothing that is sent is wrong in itself: any
other is a mistake."""


@dataclass(frozen=True)
class Check:
    """What is compared: ``here`` what the simulator knows, ``server`` what the server says."""

    title: str
    here: str
    server: str
    is_right: bool


def compare(stage: Stage, crowd: Crowd, tally: Tally) -> list[Check]:
    """All of it. Raises `app.door_simulator.client.GaveUp` when the server does not answer."""
    told = story.tell(crowd.facts.values())
    read = _Reader(stage)
    return [
        *_sales(crowd, stage, read),
        *_places(told, stage, read),
        *_scans(told, crowd, read),
        *_answers(crowd, tally),
    ]


class _Reader:
    """Asks the server, as staff."""

    def __init__(self, stage: Stage):
        self.stage = stage

    def at(self, path: str) -> Answer:
        """What stands at an address of the event."""
        answer = self.stage.staff.get(f"{self.stage.url}/{path}")
        return answer if answer.status == 200 else Answer(answer.status, {}, answer.seconds, answer.tries)

    def attributes(self, path: str) -> dict[str, Any]:
        """Of a single resource."""
        answer = self.at(path)
        return answer.data["attributes"] if answer.document else {}

    def count(self, path: str, **equal: Any) -> int:
        """How many rows of a list have these values; -1 when the server does not say."""
        conditions = [{"name": name.replace("_", "-"), "op": "eq", "val": value} for name, value in equal.items()]
        asked = urlencode({"page[size]": 1, "filter": json.dumps(conditions)})
        answer = self.at(f"{path}?{asked}")
        return answer.count if answer.document else -1


def _sales(crowd: Crowd, stage: Stage, read: _Reader) -> Iterator[Check]:
    sold = crowd.sold.values()
    planned = sum(map(len, crowd.plan.sales))
    yield _same("sales made, of those planned", planned, len(crowd.sold))
    yield _same("orders: one for each key", len(crowd.sold), len({each.order for each in sold}))
    yield _same("orders", len(crowd.sold), read.count("orders"))
    attendees = [attendee for each in sold for attendee in each.attendees]
    yield _same("attendees, each of one order", len(attendees), len(set(attendees)))
    yield _same("attendees", len(attendees), read.count("attendees"))
    yield from _seats(crowd, stage, read)
    sales = read.attributes("order-statistics").get("sales", {}).get("total", -1)
    yield _same("money, in cents", sum(each.cents for each in sold), round(100 * sales))


def _seats(crowd: Crowd, stage: Stage, read: _Reader) -> Iterator[Check]:
    rows = read.at("tickets/availability")
    taken = {str(row["id"]): row["quantity"] - row["available"] for row in (rows.data if rows.document else ())}
    made = [sale for sales in crowd.plan.sales for sale in sales if crowd.guests[sale.guests[0]].attendee]
    for kind, offer in enumerate(OFFERS):
        number = sum(sale.tickets.count(kind) for sale in made)
        yield _same(f"seats sold: {offer.name}", number, taken.get(stage.ticket_ids[kind], -1))


def _places(told: Story, stage: Stage, read: _Reader) -> Iterator[Check]:
    """Who is inside, by the server's counts and by our own story."""
    occupancy = read.attributes("occupancy")
    ins, outs = told.passages(lambda way: way[0] is None)
    yield _same("entries", ins, occupancy.get("entries", -1))
    yield _same("exits", outs, occupancy.get("exits", -1))
    yield _same("inside", len(told.inside), occupancy.get("inside", -1))
    rooms = {row["id"]: row for row in occupancy.get("rooms", ())}
    for number, room in enumerate(ROOMS):
        row = rooms.get(stage.room_ids[number], {})
        passed = told.passages(_of_room(number))
        yield _same(f"in and out: {room.name}", passed, (row.get("entries", -1), row.get("exits", -1)))
        if room.is_hard and row:
            yield _at_most(f"inside: {room.name}, which is closed when full", row["capacity"], row["inside"])
    gates = {row["gate"]: (row["entries"], row["exits"]) for row in occupancy.get("gates", ())}
    known = {way[1] for way in told.passed if way[0] is None} | gates.keys()
    differing = sum(gates.get(gate, (0, 0)) != told.passages(_of_gate(gate)) for gate in known)
    yield _same("gates with other entries or exits", 0, differing)
    yield _same("conflicts for somebody to decide", told.conflicts, occupancy.get("conflicts", -1))
    yield _same("held for review", 0, occupancy.get("held", -1))


def _of_room(number: int) -> "story.Place":
    def is_there(way: Way) -> bool:
        return way[0] == number

    return is_there


def _of_gate(gate: str | None) -> "story.Place":
    def is_there(way: Way) -> bool:
        return way[0] is None and way[1] == gate

    return is_there


def _scans(told: Story, crowd: Crowd, read: _Reader) -> Iterator[Check]:
    """Every scan that was answered is there, once, with its verdict."""
    contradicting = told.conflicts + told.second_taps
    yield _same("scans kept", len(crowd.rows), read.count("movements", is_inferred=False))
    accepted = read.count("movements", is_inferred=False, verdict="accepted")
    yield _same("scans that count", len(crowd.facts) - contradicting, accepted)
    yield _same("scans that contradict others", contradicting, read.count("movements", verdict="conflict"))
    yield _same("scans refused", len(crowd.refused), read.count("movements", verdict="refused"))
    yield _same("concluded movements", told.concluded, read.count("movements", is_inferred=True, verdict="accepted"))
    if crowd.compared:
        worst, bound = crowd.worst
        yield _at_most("an offline scan counts beside its time, seconds", round(bound, 1), round(worst, 1))
    yield from _really_inside(told, crowd)


def _really_inside(told: Story, crowd: Crowd) -> Iterator[Check]:
    """Clocks that are nearly right are believed, so that scans of one guest within seconds may change places."""
    really = story.tell(crowd.facts.values(), story.made)
    unsure = story.changed_places(crowd.facts.values())
    title = "inside by the order of the scans, unlike by the clocks: guests"
    yield _at_most(title, len(unsure), len(really.inside ^ told.inside))


def _answers(crowd: Crowd, tally: Tally) -> Iterator[Check]:
    """What must not have happened."""
    strange = sum(
        number for kind in tally.kinds.values() for status, number in kind.statuses.items() if status not in GOOD
    )
    yield _same("answers that must not be (500 and the like)", 0, strange)
    yield _same("answers unlike what had to be said", 0, crowd.wrong_number)
    yield _same("things done, of those planned", crowd.plan.number, crowd.done)


def _same(title: str, here: Any, server: Any) -> Check:
    return Check(title, _shown(here), _shown(server), here == server)


def _at_most(title: str, bound: float, server: float) -> Check:
    return Check(title, f"≤ {_shown(bound)}", _shown(server), server <= bound)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " / ".join(_shown(each) for each in value)
    if value == -1:
        return "no answer"
    return f"{value:,}"
