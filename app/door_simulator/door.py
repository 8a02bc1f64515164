"""The people at the door, each a thread: sellers, and gates with a phone whose clock and network are what they are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from app.door_simulator.client import Answer, Client, resource
from app.door_simulator.crowd import Crowd, Foreseen, Guest, Sold
from app.door_simulator.plan import IN, OFFERS, ROOMS, SAME, Sale, Scan
from app.door_simulator.stage import Stage
from app.door_simulator.story import Fact

RIGHT = 5.0
"""Seconds: a phone's clock that differs by no more is believed as it is."""

ACCEPTED = "accepted"

BATCH, BATCH_AGAIN = "batch", "batch again"
"""Kinds of requests."""

FULL, UNKNOWN = "room-full", "unknown"
"""Why a scan is refused, besides what the story says."""


class Seller:
    """Sells, each sale under a key of its own."""

    def __init__(self, number: int, stage: Stage, crowd: Crowd, run: str):
        self.sales, self.stage, self.crowd, self.run = crowd.plan.sales[number], stage, crowd, run
        self.client = stage.sellers[number]

    def work(self) -> None:
        """All sales. Raises `app.door_simulator.crowd.Ended` and `app.door_simulator.client.GaveUp`."""
        for sale in self.sales:
            self.crowd.require_open()
            self._sell(sale)

    def _sell(self, sale: Sale) -> None:
        key = f"{self.run}-sale-{sale.number}"
        answer = self.client.post("sale", "/v1/orders?onsite=true", self._order(sale), key=key)
        if answer.status != 201:
            self.crowd.count("sale", f"refused {answer.status}")
            self.crowd.complain(f"Sale {sale.number} was not made: {answer.told}.")
            self.crowd.give_up(sale.guests)
            return
        sold = _sold(answer)
        if (len(sold.attendees), sold.cents) != (len(sale.guests), sale.cents):
            self.crowd.complain(
                f"Sale {sale.number} is of {len(sale.guests)} guests and {sale.cents} cents; the server has sold "
                f"{len(sold.attendees)} for {sold.cents} (order {sold.order})."
            )
            self.crowd.give_up(sale.guests)
            return
        self.crowd.count("sale", "sold")
        self.crowd.sell(key, sale.guests, sold)

    def _order(self, sale: Sale) -> dict[str, Any]:
        rows = [
            {"id": self.stage.ticket_ids[kind], "quantity": sale.tickets.count(kind)}
            for kind in range(len(OFFERS))
            if kind in sale.tickets
        ]
        attributes = {"amount": sale.cents / 100, "on-site-tickets": rows}
        return resource("order", attributes, event=("event", self.stage.event_id))


def _sold(answer: Answer) -> Sold:
    attributes = answer.data["attributes"]
    attendees = tuple(row["id"] for row in answer.data["relationships"]["attendees"]["data"])
    return Sold(attributes["identifier"], attendees, round(100 * attributes["amount"]))


class Gate:
    """Scans, live or not. What its phone cannot send it holds, and sends it later."""

    def __init__(self, number: int, stage: Stage, crowd: Crowd, run: str):
        self.number, self.stage, self.crowd, self.run = number, stage, crowd, run
        self.scans = crowd.plan.scans[number]
        self.ahead = timedelta(seconds=crowd.plan.clocks[number])
        self.client = stage.gates[number]
        self.second = self.client.as_well(f"gate {number}, a second finger")
        self.name, self.device = f"Gate {number + 1}", f"Phone {number + 1}"
        self._held: list[tuple[Scan, datetime]] = []

    def work(self) -> None:
        """All scans. Raises as `Seller.work`."""
        with ThreadPoolExecutor(1) as self.fingers:
            for scan in self.scans:
                guest = self.crowd.await_turn(scan)
                if guest is not None or scan.guest is None:
                    self._scan(scan, guest)
                self.crowd.pass_on(scan)
                if scan.delivers:
                    self._deliver()
            self._deliver()
        self.second.close()

    def _scan(self, scan: Scan, guest: Guest | None) -> None:
        if scan.is_offline:
            self._held.append((scan, _now()))
        else:
            self._live(scan, guest)

    # --- live ----------------------------------------------------------------------------------------------------

    def _live(self, scan: Scan, guest: Guest | None) -> None:
        foreseen = None if guest is None else self.crowd.foresee(guest, scan.direction, scan.room)
        name, made = self._name(scan), _now()
        tap = None
        if scan.second_tap is not None:
            again = name if scan.second_tap == SAME else f"{name}-again"
            tap = again, self.fingers.submit(self._post, self.second, "second tap", scan, guest, again)
        answer = self._post(self.client, "scan", scan, guest, name)
        word = self._hear(scan, name, answer, made)
        self.crowd.count("scan", word)
        if tap is not None:
            again, second = tap[0], tap[1].result()
            second_word = self._hear(scan, again, second, made)
            self.crowd.count(
                "second tap", "the same once more" if second_word == word else f"{second_word}, not {word}"
            )
            if self._is_known(guest, foreseen):
                self._require_one(name, answer, second)
            word = max(word, second_word, key=lambda each: each == ACCEPTED)
        if self._is_known(guest, foreseen):
            self._judge(scan, foreseen, word)

    def _post(self, client: Client, kind: str, scan: Scan, guest: Guest | None, name: str) -> Answer:
        return client.post(kind, f"{self.stage.url}/movements", self._movement(scan, guest, name))

    def _movement(self, scan: Scan, guest: Guest | None, name: str) -> dict[str, Any]:
        attributes = {"direction": scan.direction, "device": self.device, "gate": self.name, "client-uuid": name}
        attributes["device-time"] = (_now() + self.ahead).isoformat()
        links: dict[str, tuple[str, str]] = {}
        if scan.room is not None:
            links["microlocation"] = "microlocation", self.stage.room_ids[scan.room]
        if guest is None or scan.by_code:
            attributes["secret"] = self._code(scan, guest)
        else:
            links["attendee"] = "attendee", guest.attendee
        return resource("movement", attributes, **links)

    def _hear(self, scan: Scan, name: str, answer: Answer, made: datetime) -> str:
        """Keeps what the server has said to a live scan, and gives it in a word or two."""
        if answer.status in {200, 201}:
            attributes = answer.data["attributes"]
            if scan.guest is None or attributes["told"] != "accepted":
                self.crowd.complain(f"{name} was told «{attributes['told']}».")
                return "wrong"
            at = datetime.fromisoformat(attributes["occurred-at"])
            self._learn(scan, attributes["client-uuid"], str(answer.data["id"]), at, made)
            for warning in answer.document.get("meta", {}).get("warnings", ()):
                self.crowd.count("warning", warning)
            return ACCEPTED
        reason = _reason(answer)
        if reason is None:
            self.crowd.complain(f"{name} was answered with {answer.told}.")
            return f"wrong: {answer.status}"
        self.crowd.refuse(name)
        return f"refused {reason}"

    def _require_one(self, name: str, *answers: Answer) -> None:
        """A second tap is the first one again, whichever of them came first; it is never another fact."""
        self.crowd.doubled += 1
        if len({str(answer.data["id"]) for answer in answers if answer.status in {200, 201}}) > 1:
            self.crowd.complain(f"A second tap of {name} counts as another scan.")

    def _is_known(self, guest: Guest | None, foreseen: Foreseen | None) -> bool:
        """Whether the server knew as much of the guest as we did all the while."""
        return guest is None or (foreseen is not None and self.crowd.is_unchanged(guest, foreseen))

    def _judge(self, scan: Scan, foreseen: Foreseen | None, word: str) -> None:
        """Compares the answer with what it had to be."""
        reason = UNKNOWN if foreseen is None else foreseen.refusal
        expected = {ACCEPTED if reason is None else f"refused {reason}"}
        if reason is None and scan.room is not None and scan.direction == IN and ROOMS[scan.room].is_hard:
            expected.add(f"refused {FULL}")
        self.crowd.judged += 1
        if word not in expected:
            self.crowd.complain(f"{self._name(scan)} was «{word}», and had to be «{' or '.join(sorted(expected))}».")

    # --- without a network ---------------------------------------------------------------------------------------

    def _deliver(self) -> None:
        """Sends what the phone holds; some batches twice, as if the answer had not come."""
        if not self._held:
            return
        held, self._held = self._held, []
        guests = [scan.guest for scan, _ in held if scan.guest is not None]
        self.crowd.send(guests, begins=True)
        told = self._sent(BATCH, held)
        self.crowd.send(guests, begins=False)
        if held[0][0].number % 10 < 10 * self.crowd.plan.options.double_tap:
            self.crowd.doubled += len(held)
            again = self._sent(BATCH_AGAIN, held)
            if [(each["verdict"], each["movement-id"]) for each in told] != [
                (each["verdict"], each["movement-id"]) for each in again if each["is-replayed"]
            ]:
                self.crowd.complain(f"{self.device} sent a batch again and got other verdicts.")

    def _sent(self, kind: str, held: list[tuple[Scan, datetime]]) -> list[dict[str, Any]]:
        answer = self.client.post(kind, f"{self.stage.url}/movement-batches", lambda: self._batch(held))
        if answer.status != 200:
            self.crowd.complain(f"{self.device}'s batch of {len(held)} was answered with {answer.told}.")
            return []
        told: list[dict[str, Any]] = answer.data["attributes"]["verdicts"]
        for (scan, made), verdict in zip(held, told, strict=True):
            self._hear_later(kind, scan, made, verdict, answer.seconds)
        return told

    def _batch(self, held: list[tuple[Scan, datetime]]) -> dict[str, Any]:
        """Made anew for each try: ``sent-at`` is what the phone's clock shows then."""
        scans = [
            {
                "client-uuid": self._name(scan),
                "direction": scan.direction,
                "device-time": (made + self.ahead).isoformat(),
                "gate": self.name,
                **self._named(scan),
                **({} if scan.room is None else {"microlocation-id": self.stage.room_ids[scan.room]}),
            }
            for scan, made in held
        ]
        attributes = {"device": self.device, "sent-at": (_now() + self.ahead).isoformat(), "backlog": 0}
        return resource("movement-batch", attributes | {"scans": scans})

    def _named(self, scan: Scan) -> dict[str, str]:
        guest = None if scan.guest is None else self.crowd.guests[scan.guest]
        if guest is None or scan.by_code:
            return {"secret": self._code(scan, guest)}
        return {"attendee-id": guest.attendee}

    def _hear_later(self, kind: str, scan: Scan, made: datetime, verdict: dict[str, Any], seconds: float) -> None:
        name, word, reason = self._name(scan), verdict["verdict"], verdict["reason"]
        self.crowd.count(f"{kind} scan", word if reason is None else f"{word} {reason}")
        if word == "refused":
            self.crowd.refuse(name)
            if scan.guest is not None or reason != UNKNOWN:
                self.crowd.complain(f"{name} of a batch was refused: {reason}.")
            return
        if scan.guest is None:
            self.crowd.complain(f"{name} of a batch is nobody's ticket, and was «{word}».")
            return
        if reason == "outside-hours":
            self.crowd.hold(name)
            self.crowd.complain(f"{name} of a batch is held for review.")
            return
        at = datetime.fromisoformat(verdict["occurred-at"])
        if kind == BATCH:
            bound = RIGHT + seconds + self.stage.doubt.total_seconds()
            self.crowd.compare_times(made + self.stage.ahead, at, bound)
        self._learn(scan, name, verdict["movement-id"], at, made)

    # --- both ----------------------------------------------------------------------------------------------------

    def _learn(self, scan: Scan, name: str, movement: str, at: datetime, made: datetime) -> None:
        assert scan.guest is not None
        self.crowd.learn(Fact(movement, name, scan.guest, scan.direction, scan.room, self.name, self.device, at, made))

    def _name(self, scan: Scan) -> str:
        return f"{self.run}-{scan.number}"

    def _code(self, scan: Scan, guest: Guest | None) -> str:
        """What the ticket says; of one that somebody has painted himself, what it says."""
        return f"{self.run}-painted-{scan.number}" if guest is None else guest.code


def _reason(answer: Answer) -> str | None:
    """Why a scan is refused, by the server's word; None when the answer is another one."""
    errors = answer.document.get("errors")
    if answer.status != 409 or not isinstance(errors, list) or errors[0].get("code") != "scan-refused":
        return None
    return str(errors[0]["meta"]["reason"])


def _now() -> datetime:
    return datetime.now(UTC)
