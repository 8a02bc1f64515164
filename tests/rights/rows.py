"""Rows of the table of rights: a method of a route, who gets which answer, and the request that is asked."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from tests.http import Api, resource
from tests.rights.answers import ANYBODY, ORGANIZERS, PROGRAMME, PUBLIC, STAFF, Answers
from tests.rights.bodies import WIRE_TYPES, links, unlinked
from tests.rights.place import Place, open_place

EVENT, IDENTIFIER = "/v1/events/<id:event_id>", "/v1/events/<identifier:event_identifier>"
LINKAGE = "/relationships/<relationship>"

LINKED = {"station-store-paxs": "station", "user-check-in": "station", "users": "events"}
LINKED |= dict.fromkeys(("event-types", "event-topics", "event-sub-topics"), "events")
"""Relationships of rows that have none to an event."""


@dataclass(frozen=True)
class Row:
    """A method of a route: who gets which answer, and the request that is asked.

    ``attributes`` (or ``body``, for a creation) makes a valid document; ``target`` is a row of the place that stands
    in for the usual one. ``query`` may name rows: ``?event_id=<events>``. ``relationship`` is the link that is meant.
    """

    method: str
    rule: str
    answers: Answers
    ok: int = 200
    body: Callable[[Place, str], Any] | None = None
    attributes: dict[str, Any] | None = None
    target: str | None = None
    query: str = ""
    relationship: str = ""

    def request(self, place: Place, actor: str) -> tuple[str, Any]:
        """The URL and the document."""
        asked: list[Any] = []

        def fill(match: re.Match[str]) -> str:
            noun = "events" if match["noun"] == "event" else match["noun"]
            asked.append(place.rows[self.target or noun])
            return f"{match['noun']}/{getattr(asked[-1], match['kind'])}"

        url = re.sub(r"(?P<noun>[a-z-]+)/<(?P<kind>\w+):\w+>", fill, self.rule)
        url += re.sub(r"<([a-z-]+)>", lambda match: str(place.rows[match[1]].id), self.query)
        if "<relationship>" in url:
            linked = "tickets" if "/events/" in url else LINKED.get(url.split("/")[2], "event")
            url = url.replace("<relationship>", self.relationship or linked)
        url = url.replace("<asset>", "docs.js")
        for part, link in place.links.items():
            url = url.replace(part, link)
        if self.attributes is not None:
            return url, resource(WIRE_TYPES[type(asked[0])], self.attributes, id_=asked[0].id)
        return url, self.body(place, actor) if self.body else None


def rows_of_part(noun: str, readers: Answers, writers: Answers, new: dict[str, Any], changed: Any = None) -> list[Row]:
    """The rows of a noun that is simply stored under an event; ``changed`` is its name unless it is said."""
    return [
        Row("GET", f"{EVENT}/{noun}s", readers),
        Row("GET", f"{IDENTIFIER}/{noun}s", readers),
        *rows_without_list(noun, readers, writers, new, changed),
    ]


def rows_of_only_part(noun: str, new: dict[str, Any], changed: dict[str, Any]) -> list[Row]:
    """The rows of a noun of which an event has one, as the place has: a second one is refused."""
    return [
        Row("GET", f"{EVENT}/{noun}", PUBLIC),
        Row("GET", f"{IDENTIFIER}/{noun}", PUBLIC),
        *rows_without_list(noun, PUBLIC, ORGANIZERS, new, changed, created=409),
    ]


def rows_without_list(
    noun: str, readers: Answers, writers: Answers, new: dict[str, Any], changed: Any, *, created: int = 201
) -> list[Row]:
    one = f"/v1/{noun}s/<id:id>"
    return [
        Row("POST", f"/v1/{noun}s", writers, created, lambda place, _actor: resource(noun, new, event=place.event)),
        Row("GET", one, readers),
        Row("PATCH", one, writers, attributes=changed or {"name": "Renamed"}),
        Row("DELETE", one, writers),
        Row("GET", f"/v1/{noun}s/<id:{noun.replace('-', '_')}_id>/event", readers),
        Row("GET", one + LINKAGE, readers),
    ]


def rows_of_catalogue(noun: str, **of: str) -> list[Row]:
    """The rows of a noun of the whole server; a new one is ``of`` rows of the place."""
    one = f"/v1/{noun}s/<id:id>"

    def new(place: Place, _actor: str) -> Any:
        return resource(noun, {"name": "New"}, **{name: place.rows[segment] for name, segment in of.items()})

    return [
        Row("GET", f"/v1/{noun}s", ANYBODY),
        Row("POST", f"/v1/{noun}s", STAFF, 201, new),
        Row("GET", one, ANYBODY),
        Row("PATCH", one, STAFF, attributes={"name": "Renamed"}),
        Row("DELETE", one, STAFF),
        Row("GET", f"/v1/{noun}s/<id:{noun.replace('-', '_')}_id>/events", ANYBODY),
        Row("GET", one + LINKAGE, ANYBODY),
        Row("GET", f"{EVENT}/{noun}", PUBLIC),
        Row("GET", f"{IDENTIFIER}/{noun}", PUBLIC),
    ]


def rows_of_link_to_one(
    one: str, relationship: str, writers: Answers, body: Callable[[Place, str], Any] = unlinked
) -> list[Row]:
    """It is set, and nothing is added to it."""
    return [
        Row("PATCH", one + LINKAGE, writers, 200, body, relationship=relationship),
        *(
            Row(method, one + LINKAGE, writers, 403, links(), relationship=relationship)
            for method in ("POST", "DELETE")
        ),
    ]


def rows_of_links_to_many(noun: str, relationship: str, linked: str, other: str, *, added: int = 200) -> list[Row]:
    one = f"/v1/{noun}/<id:id>" + LINKAGE
    return [
        Row("PATCH", one, PROGRAMME, 200, links(), relationship=relationship),
        Row("DELETE", one, PROGRAMME, 200, links(linked), relationship=relationship),
        Row("POST", one, PROGRAMME, added, links(other), relationship=relationship),
    ]


def answers(
    app: Flask, session: scoped_session[Session], rows: Iterable[Row], actor: str, *, state: str = "published"
) -> Iterator[tuple[Row, Any]]:
    """What each row's request is answered, which is undone before the next."""
    place, actors = open_place(session, state=state)
    api = Api(app.test_client())
    for row in rows:
        url, document = row.request(place, actor)
        undone = session.connection().begin_nested()
        response = api.send(row.method, url, actors.get(actor), document)
        undone.rollback()
        yield row, response
