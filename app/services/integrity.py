"""Recounts everything that is kept as a count, a total or a picture of something else. Reads only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.database import session
from app.errors import Busy
from app.models import Event, Order, Ticket
from app.services import belonging, counts, occupancy, recounts, stories, turns
from app.services.recounts import of_event
from app.services.stories import Story

SHOWN = 20
"""How many ids a finding lists."""

PAST_THE_RULES = "No request does this: it was written past the server. Tell who looks after the database."
RECOUNT = "Run 'python manage.py counts recount'."
RETELL = "Run 'python manage.py guests retell'."


@dataclass(frozen=True)
class Rule:
    """What must hold: a machine ``word``, what breaks it in words, whose ids tell of it, and what to do then.

    ``broken`` finds the ids in one statement, ``holds`` asks each guest's story; a rule has one of them.
    """

    word: str
    title: str
    noun: str
    help: str
    broken: Callable[[int | None], Select[int]] | None = None
    holds: Callable[[Story], bool] | None = None


def _belonging(noun: str, plural: str) -> Rule:
    return Rule(
        f"{plural.replace(' ', '-')}-belong",
        f"{plural} that refer to another event's row, or to two guests",
        noun,
        PAST_THE_RULES,
        lambda event_id: belonging.strays(noun, event_id),
    )


RULES = (
    Rule(
        "tickets-sold",
        "tickets whose sold differs from the seats held",
        "ticket",
        PAST_THE_RULES,
        recounts.sold,
    ),
    Rule(
        "tickets-within-quantity",
        "tickets of which more seats are held than there are",
        "ticket",
        "Raise the ticket's quantity, or cancel orders, before more guests come than fit.",
        recounts.oversold,
    ),
    Rule(
        "deleted-tickets",
        "deleted tickets with seats held",
        "ticket",
        "Cancel the orders that hold them. " + PAST_THE_RULES,
        recounts.deleted_with_seats,
    ),
    Rule(
        "order-amounts",
        "orders whose amount differs from their lines",
        "order",
        "Compare with what was paid; who runs the event may set the order's amount.",
        recounts.amounts,
    ),
    Rule(
        "order-attendees",
        "orders whose attendees differ from their lines",
        "order",
        "Compare the order's tickets with its attendees; cancel it, and sell it anew, if it is wrong.",
        recounts.guests_of_orders,
    ),
    Rule(
        "order-lines-belong",
        "orders with lines about tickets of another event",
        "order",
        PAST_THE_RULES,
        belonging.orders_with_strange_lines,
    ),
    _belonging("order", "orders"),
    _belonging("attendee", "attendees"),
    _belonging("door-pass", "door passes"),
    _belonging("movement", "movements"),
    _belonging("amendment", "amendments"),
    _belonging("check-in-conflict", "conflicts"),
    _belonging("user_check_in", "station scans"),
    _belonging("station", "stations"),
    _belonging("station-store-pax", "head counts"),
    _belonging("session", "sessions"),
    _belonging("feedback", "feedbacks"),
    Rule(
        "attendee-times",
        "attendees whose times differ from the movements accepted",
        "attendee",
        RETELL,
        holds=Story.are_times_told,
    ),
    Rule(
        "attendee-flags",
        "attendees whose flags differ from their scans",
        "attendee",
        RETELL,
        holds=Story.are_flags_told,
    ),
    Rule(
        "attendee-verdicts",
        "attendees whose scans should count otherwise",
        "attendee",
        RETELL,
        holds=Story.is_judged,
    ),
    Rule(
        "attendee-conflicts",
        "attendees whose conflicts differ from their contradictory scans",
        "attendee",
        "The next scan of the guest puts it right.",
        holds=Story.is_asked_about,
    ),
    Rule(
        "registrations",
        "attendees whose registration differs from the stations' scans",
        "attendee",
        "Scan the guest at the registration desk once more.",
        recounts.registrations,
    ),
    Rule(
        "occupancy-counts",
        "events whose counts of who is inside differ from the movements",
        "event",
        "Run 'python manage.py occupancy recount'.",
        occupancy.miscounted,
    ),
    Rule(
        "attendee-counts",
        "events whose counts of attendees differ from the attendees",
        "event",
        RECOUNT,
        lambda event_id: counts.miscounted(counts.ATTENDEES, event_id),
    ),
    Rule(
        "order-counts",
        "events whose counts of orders and amounts differ from the orders",
        "event",
        RECOUNT,
        lambda event_id: counts.miscounted(counts.ORDERS, event_id),
    ),
    Rule(
        "sale-counts",
        "events whose counts of what was sold differ from the lines of their orders",
        "event",
        RECOUNT,
        lambda event_id: counts.miscounted(counts.SALES, event_id),
    ),
)
"""In the order in which they are told."""

COUNTED: dict[str, Any] = {"ticket": Ticket, "order": Order, "event": Event, **belonging.KINDS}
"""What rules are about, by wire type."""


@dataclass(frozen=True)
class Finding:
    """What came of a rule: how many rows were looked at, how many break it, the first ids of those."""

    of: Rule
    checked: int
    count: int
    ids: tuple[int, ...]

    @property
    def rule(self) -> str:
        """The rule's machine word."""
        return self.of.word

    @property
    def text(self) -> str:
        """One line for an operator."""
        more = ", …" if self.count > len(self.ids) else ""
        return f"{self.of.title}: {self.count} ({', '.join(map(str, self.ids))}{more})"


def report(event_id: int | None = None) -> list[Finding]:
    """The rules that are broken; empty when everything adds up: see `findings`."""
    return [finding for finding in findings(event_id) if finding.count]


def require_turn(event_id: int) -> None:
    """Raises `Busy` while somebody else recounts the event: each takes a thread and a core for seconds."""
    if not turns.is_ours(f"recount {event_id}"):
        raise Busy("Somebody else has this event recounted at this moment. Ask again in a few seconds.")


def findings(event_id: int | None = None) -> list[Finding]:
    """What came of every rule, at one event or on the whole server (None). A fixed number of statements, however much
    there is; they must see the same moment (`app.database.snapshot`), or what is sold meanwhile looks wrong."""
    told = _told_wrong(event_id)
    checked = _checked(event_id)
    found = []
    for rule in RULES:
        ids = told[rule.word] if rule.broken is None else list(session().scalars(rule.broken(event_id)))
        found.append(Finding(rule, checked[rule.noun], len(ids), tuple(ids[:SHOWN])))
    return found


def _told_wrong(event_id: int | None) -> dict[str, list[int]]:
    """Ids of the guests whose stories break a rule, by the rule's word."""
    wrong: dict[str, list[int]] = {rule.word: [] for rule in RULES if rule.holds is not None}
    for story in stories.of_guests(event_id):
        for rule in RULES:
            if rule.holds is not None and not rule.holds(story):
                wrong[rule.word].append(story.attendee.id)
    return wrong


def _checked(event_id: int | None) -> dict[str, int]:
    """How many rows of each kind there are."""
    counts = (
        select(func.count())
        .select_from(kind)
        .where(of_event(kind.id if kind is Event else kind.event_id, event_id))
        .scalar_subquery()
        for kind in COUNTED.values()
    )
    return dict(zip(COUNTED, session().execute(select(*counts)).one(), strict=True))
