"""What the access token of a request says, verified by the library once and remembered as long as it is good.

A phone at the door sends the same token all day. The library takes 0.16 ms of processor time to verify it, each time
(measured; it reads the token four times, letter by letter, and looks whether our secret is a public key), which is more
than the whole of an empty request. Whether a signature is right does not change, so only the times are looked at again;
what may change at any moment (the account, its epoch, its ended log-ins) stands in the database and is asked there
(`app.permissions.actors.load_actor`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request

from app.clock import utcnow

MOST = 1_000
"""Tokens that a worker remembers, about 2 KB each. With more it begins anew, which costs a little time."""

_KNOWN = "app.api.edge.access_claims"
"""Where the application keeps what it has verified, among its extensions: its secret is its own."""


@dataclass(frozen=True)
class _Verified:
    """What a token says, and from when until when (seconds since 1970) the library lets it in."""

    claims: Mapping[str, Any]
    begins: int
    ends: int


def register(app: Flask) -> None:
    """Lets ``app`` remember."""
    app.extensions[_KNOWN] = {}


def of_request() -> Mapping[str, Any]:
    """The claims of the access token in the header. Raises the token library's own errors for one that is not good."""
    known: dict[str, _Verified] = current_app.extensions[_KNOWN]
    header = request.headers["Authorization"]
    verified = known.get(header)
    # Whatever is not plainly good is the library's to judge, and to refuse in its words.
    if verified is not None and verified.begins <= utcnow().timestamp() < verified.ends:
        return verified.claims
    verify_jwt_in_request()
    claims = get_jwt()
    _remember(known, header, claims)
    return claims


def _remember(known: dict[str, _Verified], header: str, claims: Mapping[str, Any]) -> None:
    """Under the whole header, since the library has read no less. Tokens of ours tell all three times; one without is
    verified each time."""
    issued_at, begins, ends = (claims.get(name) for name in ("iat", "nbf", "exp"))
    if type(issued_at) is int and type(begins) is int and type(ends) is int:
        if len(known) >= MOST:
            known.clear()
        known[header] = _Verified(claims, max(issued_at, begins), ends)
