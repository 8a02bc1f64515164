"""Refusals of what only HTTP and JSON:API have, and so only the edge raises: methods, media types, sizes, tags.

All others are in `app.errors`.
"""

from collections.abc import Iterable

from app.errors import Conflict, DomainError


class MethodNotAllowed(DomainError):
    """The address exists, the method does not."""

    status, code, title = 405, "method-not-allowed", "Method not allowed"

    def __init__(self, detail: str, *, allowed: Iterable[str]):
        super().__init__(detail)
        self.allowed = allowed


class NotAcceptable(DomainError):
    """The caller accepts no media type that we speak."""

    status, code, title = 406, "not-acceptable", "Not acceptable"


class CutShort(DomainError):
    """The rest of the body did not come."""

    status, code, title = 408, "cut-short", "Request cut short"


class WrongType(Conflict):
    """The body's ``type`` is not that of the resource."""

    code, title = "wrong-type", "Incorrect type"


class PreconditionFailed(DomainError):
    """What the client has read, and means to change, has changed since; or he has read it at another address."""

    status, code, title = 412, "precondition-failed", "Precondition failed"

    def __init__(self) -> None:
        super().__init__(
            "This is not what a GET of this very address and query string answers now; nothing was done. GET exactly"
            " that, and send its ETag.",
            parameter="If-Match",
        )


class TooLarge(DomainError):
    """The body is larger than the server reads."""

    status, code, title = 413, "too-large", "Request too large"


class UnsupportedMediaType(DomainError):
    """The body is not of a media type that we read."""

    status, code, title = 415, "unsupported-media-type", "Unsupported media type"


class Unexpected(DomainError):
    """A fault of ours, which was logged."""

    status, code, title = 500, "internal", "Internal error"
