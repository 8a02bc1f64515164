"""What clients do about each error: the part of docs/errors.md that neither a code nor a docstring says."""

from dataclasses import dataclass, field

from app.api.edge.http_errors import (
    CutShort,
    MethodNotAllowed,
    NotAcceptable,
    PreconditionFailed,
    TooLarge,
    Unexpected,
    UnsupportedMediaType,
    WrongType,
)
from app.errors import (
    AlreadyScanned,
    AmountMismatch,
    AnswerErased,
    BadRequest,
    Busy,
    ClientUuidTaken,
    Conflict,
    CursorExpired,
    DomainError,
    Forbidden,
    Invalid,
    InvalidCredentials,
    KeyReused,
    NotCheckedIn,
    NotFound,
    NotFresh,
    NotLoggedIn,
    OrderNotPaid,
    PassNotInForce,
    ScanRefused,
    SoldOut,
    StillRunning,
    StreamsTaken,
    TooManyAttempts,
    TooManyRequests,
    WrongEvent,
)


@dataclass(frozen=True)
class Advice:
    """``remedy``: what to do; ``arises``: which calls are answered so; ``facts``: what each member of ``meta`` is."""

    remedy: str
    arises: str
    facts: dict[str, str] = field(default_factory=dict)


ADVICE: dict[type[DomainError], Advice] = {
    BadRequest: Advice(
        "Mend the request: `source` says which part of it. The same again gets the same answer.", "any call"
    ),
    NotLoggedIn: Advice(
        "Log in again, and send the token as `Authorization: JWT <token>`.",
        "any call that needs to know who asks, and every call with a bad token",
    ),
    NotFresh: Advice(
        "Ask for the password once more: `POST /v1/auth/fresh-login`, or log in again.",
        "`POST /v1/auth/change-password`, `PATCH /v1/users/<id>` with another `email`",
    ),
    PassNotInForce: Advice(
        "Keep what was scanned; ask an organizer to extend the pass, or pair the phone with another one.",
        "any call with the token of a door pass",
        {"reason": "why, in a word of the table below"},
    ),
    InvalidCredentials: Advice(
        "Type e-mail and password again, or choose another password by mail.",
        "`POST /auth/session`, `POST /v1/auth/login`, `POST /v1/auth/fresh-login`",
    ),
    Forbidden: Advice("Do not send it again. `detail` says whom to ask for the right to do it.", "any call"),
    NotFound: Advice("Check the address and its ids, or load the list again. It may have been deleted.", "any call"),
    MethodNotAllowed: Advice("Use one of the methods that the header `Allow` names.", "any address"),
    NotAcceptable: Advice("Send `Accept: application/vnd.api+json`, or none.", "any JSON:API call"),
    CutShort: Advice("Nothing was done. Send the same request again.", "any call with a body"),
    Conflict: Advice("Load it again, and decide anew: the same again gets the same answer.", "any call that writes"),
    WrongType: Advice(
        "Send the type that `detail` names.", "`POST` and `PATCH` of a JSON:API document, and `DELETE` of links"
    ),
    SoldOut: Advice(
        "Nothing was sold. Offer what is `available`, or another ticket.",
        "`POST /v1/orders`, `POST /v1/orders/create-order`, `POST /v1/attendees`",
        {"ticket-id": "which ticket", "requested": "seats that were asked for", "available": "seats that are left"},
    ),
    AmountMismatch: Advice(
        "Nothing was sold. Load the tickets again, tell the guest the new price, and sell for that.",
        "`POST /v1/orders`",
        {"sent": "the client's total", "computed": "the server's total"},
    ),
    ScanRefused: Advice(
        "Show `detail` to who stands at the door. Do not send it again by itself: it is written down.",
        "`POST /v1/events/<id>/movements`, `POST /v1/user-check-in`",
        {"reason": "why, in a word of the table below", "movement-id": "the movement that it contradicts, if any"},
    ),
    ClientUuidTaken: Advice(
        "Nothing was kept. Send the scan under a new `client-uuid`.", "`POST /v1/events/<id>/movements`"
    ),
    StillRunning: Advice(
        "Wait for `Retry-After`, then send the same with the same `Idempotency-Key`.",
        "any call that writes, with an `Idempotency-Key`",
    ),
    AnswerErased: Advice(
        "It was done. Load what is there; do not send it under another key.",
        "any call that writes, with an `Idempotency-Key`",
    ),
    CursorExpired: Advice(
        "Forget what you have, and begin again with an empty cursor.",
        "`GET /v1/events/<id>/attendees/delta`, `GET /v1/events/<id>/movements`, with a `cursor`",
    ),
    PreconditionFailed: Advice(
        "Nothing was done. `GET` this very address with its query string, and send the change with the `ETag` of that.",
        "any call that changes a row, with `If-Match`",
    ),
    TooLarge: Advice("Send less at once: a batch in several parts, say.", "any call with a body"),
    UnsupportedMediaType: Advice(
        "Send `Content-Type: application/vnd.api+json`, without parameters.",
        "`POST` and `PATCH` of a JSON:API document",
    ),
    Invalid: Advice(
        "Mend the member that `source.pointer` names; there is one error for each.",
        "any call that writes, and some with a query",
        {"attendees": "of an order: each attendee whose form is not filled in, with the `fields` that are missing"},
    ),
    KeyReused: Advice(
        "Nothing was done. Give each request an `Idempotency-Key` of its own.",
        "any call that writes, with an `Idempotency-Key`",
    ),
    OrderNotPaid: Advice(
        "Complete the order, or send the guest to the desk.", "`PATCH /v1/attendees/<id>`, `POST /v1/user-check-in`"
    ),
    WrongEvent: Advice("Ask for the ticket of this event, or send the guest to the desk.", "`POST /v1/user-check-in`"),
    AlreadyScanned: Advice(
        "There is nothing to do. Who has not been here before holds a copy of the ticket: send him to the desk.",
        "`POST /v1/user-check-in`",
    ),
    NotCheckedIn: Advice("Scan the guest in first.", "`POST /v1/user-check-in`"),
    TooManyRequests: Advice(
        "Wait for `Retry-After`, then send it again.",
        "logging in, signing up, `check_email`, and what sends links by mail",
    ),
    TooManyAttempts: Advice(
        "Wait for `Retry-After`, which holds for the right password, too; or choose another password by mail.",
        "whatever asks for a password",
    ),
    Unexpected: Advice("Send the same once more; then tell the operator the answer's `X-Request-Id`.", "any call"),
    Busy: Advice(
        "Wait for `Retry-After`, then send the same again; with an `Idempotency-Key` that is safe for what writes.",
        "any call",
    ),
    StreamsTaken: Advice(
        "Wait for `Retry-After`, or read the occupancy by itself.", "`GET /v1/events/<id>/occupancy/stream`"
    ),
}
"""By the first class of each code."""
