"""What no document can tell: requests that are well formed, and refused all the same; each with its reason.

A refusal that is not here is a fault of the document or of the server, and Schemathesis says so.
"""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Untellable:
    """Refusals of what is well formed: of these codes, with a ``source`` that is one of those, by such operations."""

    why: str
    codes: str
    source: str
    operations: str = ".*"

    def covers(self, operation: str, error: dict[str, Any]) -> bool:
        """Whether an error of an operation (``GET /v1/events``) is one of them."""
        source = error["source"].get("pointer") or error["source"].get("parameter") or ""
        seen = ((self.codes, error["code"]), (self.source, source), (self.operations, operation))
        return all(re.fullmatch(pattern, text) for pattern, text in seen)


UNTELLABLE = (
    Untellable("Names, operators and values belong together, and differ from type to type", "bad-request", "filter"),
    Untellable("Only what the server has told is a cursor", "bad-request|cursor-expired", "cursor"),
    Untellable("Which ways of paging go together", "bad-request", r"page\[(after|number)\]"),
    Untellable("Only what was mailed is a token", "bad-request|not-found", "/data/token"),
    Untellable("Only the caller knows his password", "bad-request", "/data/old-password"),
    Untellable(
        "One of several members is needed, or only one of them",
        "invalid",
        "/data/(relationships/(attendee|attendees|role|session)/data|attributes/(secret|on_site_tickets))",
    ),
    Untellable("What an address links depends on the relationship that it names", "bad-request", "/data"),
    Untellable(
        "Fields of forms that are not known need a name", "invalid", "/data/attributes/name", "POST .*/custom-forms"
    ),
    Untellable("Numbers that bound each other", "invalid", "/data/attributes/max-order"),
    Untellable(
        "Rows of the same event",
        "invalid|wrong-event",
        "/data(/relationships/[^/]+/data)?|attendee_id|.*/on_site_tickets/[0-9]+/id",
    ),
    Untellable("The settings are one row, whatever id the address names", "bad-request", "/data/id"),
    Untellable("Only a device that has scanned can be repaired", "invalid", "/data/attributes/device"),
    Untellable(
        "How things are paid that cost something",
        "invalid",
        "/data/attributes/(payment-mode|type)",
        "(POST|PATCH) .*/(tickets|orders).*",
    ),
    Untellable("Lists of times, written as one text", "invalid", "/data/attributes/check(in|out)-times"),
    Untellable(
        "What must be later than something else",
        "invalid",
        "/data/attributes/(until|occurred-at|(.*-)?ends-at|valid-until)",
    ),
    Untellable(
        "Money has two decimals at most, which binary fractions do not; prices have bounds",
        "invalid",
        ".*(price|amount)",
    ),
    Untellable("Time zones are those of the IANA database", "invalid", ".*timezone"),
    Untellable("A number of seats has no point, which JSON Schema lets 2.0 have", "invalid", ".*/quantity"),
    Untellable("Each ticket once", "invalid", "/tickets/[0-9]+/id"),
    Untellable("An empty cart has a price, and is no order", "invalid", "/tickets"),
)
