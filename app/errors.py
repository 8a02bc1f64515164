"""Refusals, raised by meaning. Each class has a stable machine ``code``; `app.api.jsonapi.errors` renders them.

This module imports nothing, so that every layer may raise. What only HTTP can get wrong is `app.api.edge.http_errors`.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A request that cannot be done, told to a person.

    ``detail`` says what is wrong and what to do next; ``pointer`` (into the body) or ``parameter`` (of the query
    or the URL) says where; ``meta`` holds facts for machines. One exception may stand for several errors: see `many`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        parameter: str | None = None,
        meta: dict[str, Any] | None = None,
    ):
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.parameter = parameter
        self.meta = meta
        self.all: list[DomainError] = [self]

    @classmethod
    def many(cls, errors: "list[DomainError]") -> "DomainError":
        """One exception that reports all of ``errors`` (not empty); its status is the first one's."""
        errors[0].all = list(errors)
        return errors[0]


class BadRequest(DomainError):
    """The request's form is wrong: not JSON, not a document, an unknown query parameter value."""


class WrongPassword(BadRequest):
    """A password that somebody who is logged in has given once more is not his."""


class NotLoggedIn(DomainError):
    """No token, or one that is not valid (any more)."""

    status, code, title = 401, "not-logged-in", "Not logged in"

    def __init__(self, detail: str = "Log in first: send the header 'Authorization: JWT <token>' from /auth/session."):
        super().__init__(detail)


class NotFresh(NotLoggedIn):
    """The token is good, but not of a log-in with the password."""

    code, title = "fresh-token-required", "Fresh token required"

    def __init__(self) -> None:
        super().__init__(
            "Fresh token required. Log in again, or send your e-mail and password to /v1/auth/fresh-login."
        )


class PassNotInForce(NotLoggedIn):
    """The token of a door pass that is good no more, or not yet; ``meta`` says why in a machine word (``reason``)."""

    code, title = "door-pass-not-in-force", "Door pass not in force"

    def __init__(self, detail: str, *, reason: str):
        super().__init__(detail)
        self.meta = {"reason": reason}


class InvalidCredentials(DomainError):
    """A log-in that failed; it never says whether the account exists."""

    status, code, title = 401, "invalid-credentials", "Invalid credentials"


class Forbidden(DomainError):
    """Logged in, but not allowed."""

    status, code, title = 403, "forbidden", "Access forbidden"


class NotFound(DomainError):
    """No such thing, or one that this caller may not know of."""

    status, code, title = 404, "not-found", "Object not found"

    @classmethod
    def of(cls, noun: str, named: object, *, pointer: str | None = None, parameter: str | None = None) -> "NotFound":
        """Of a row that a request names: in the same words whether there is none or the caller may not know of it."""
        return cls(
            f"{noun}: {named} not found. Check the id; what was deleted, or is not yours to see, is not found either.",
            pointer=pointer,
            parameter=parameter,
        )


class Conflict(DomainError):
    """The request contradicts what is stored."""

    status, code, title = 409, "conflict", "Conflict"


class SoldOut(Conflict):
    """Not enough seats left; there is one error for each ticket that is short."""

    code, title = "sold-out", "Sold out"

    def __init__(self, detail: str, *, ticket_id: int, requested: int, available: int, pointer: str | None = None):
        super().__init__(
            detail,
            pointer=pointer,
            meta={"ticket-id": str(ticket_id), "requested": requested, "available": available},
        )
        self.ticket_id = ticket_id


class AmountMismatch(Conflict):
    """The client's total differs from the server's."""

    code, title = "amount-mismatch", "Amount differs"

    def __init__(self, detail: str, *, sent: float, computed: float, pointer: str | None = None):
        super().__init__(detail, pointer=pointer, meta={"sent": sent, "computed": computed})


class ScanRefused(Conflict):
    """A guest is not let through the door; ``meta`` says why in a machine word (``reason``), and which movement is
    contradicted."""

    code, title = "scan-refused", "Not let through"

    def __init__(self, detail: str, *, reason: str, pointer: str | None = None, movement_id: int | None = None):
        contradicted = {} if movement_id is None else {"movement-id": str(movement_id)}
        super().__init__(detail, pointer=pointer, meta={"reason": reason} | contradicted)
        self.reason = reason


class ClientUuidTaken(Conflict):
    """A client's own name of a scan is another scan's."""

    code, title = "client-uuid-taken", "Name of a scan taken"


class StillRunning(Conflict):
    """The same request, by its client's own key, is being done at this moment."""

    code, title = "still-running", "Still running"
    retry_after_seconds = 1


class AnswerErased(Conflict):
    """The same request was done before, and what it was answered is not kept (any more)."""

    code, title = "answer-erased", "Answer not kept"


class CursorExpired(DomainError):
    """A cursor that leads nowhere any more: its reader begins again."""

    status, code, title = 410, "cursor-expired", "Cursor expired"


class Invalid(DomainError):
    """Well-formed, but a value breaks a rule."""

    status, code, title = 422, "invalid", "Validation error"


class FormsNotFilledIn(Invalid):
    """Of an order; ``missing`` are the ids of its attendees, and the fields that each has to answer."""

    def __init__(self, detail: str, *, missing: dict[int, list[str]], pointer: str):
        attendees = [{"id": str(guest_id), "fields": fields} for guest_id, fields in missing.items()]
        super().__init__(detail, pointer=pointer, meta={"attendees": attendees})


class KeyReused(Invalid):
    """A client's own key of a request is another request's."""

    code, title = "key-reused", "Key used for another request"


class OrderNotPaid(Invalid):
    """Entry asked for a guest whose order is neither completed nor placed."""

    code, title = "order-not-paid", "Order not paid"


class WrongEvent(Invalid):
    """The guest's ticket is of another event."""

    code, title = "wrong-event", "Wrong event"


class AlreadyScanned(Invalid):
    """The guest has done today what the station is for."""

    code, title = "already-scanned", "Already scanned"


class NotCheckedIn(Invalid):
    """A guest is to leave who never came in."""

    code, title = "not-checked-in", "Not checked in"


class TooManyRequests(DomainError):
    """Asked too often, by one client address; ``Retry-After`` says when it may be asked again."""

    status, code, title = 429, "too-many-requests", "Too many requests"

    def __init__(self, detail: str, *, retry_after_seconds: int):
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class TooManyAttempts(TooManyRequests):
    """Too many wrong passwords for an account, whether or not there is one."""

    code, title = "too-many-attempts", "Too many attempts"

    def __init__(self, retry_after_seconds: int):
        minutes = -(-retry_after_seconds // 60)
        when = "in a minute" if minutes <= 1 else f"in {minutes} minutes"
        super().__init__(
            f"Too many wrong passwords. Try again {when}, or choose another password by mail.",
            retry_after_seconds=max(1, retry_after_seconds),
        )


class AttemptsUndecided(TooManyAttempts):
    """As many passwords are being checked at this moment as may be wrong; the next may be tried at once."""

    def __init__(self) -> None:
        super().__init__(1)


class Busy(DomainError):
    """The database is locked, full or away for a moment; the same request may succeed soon."""

    status, code, title = 503, "busy", "Server busy"
    retry_after_seconds = 2


class StreamsTaken(Busy):
    """As many listen to live streams as the server has places for."""

    code, title = "streams-taken", "No place for another stream"
    retry_after_seconds = 5
