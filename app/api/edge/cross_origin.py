"""Calls from web pages of other origins (CORS): any page may call with a token, none with a cookie.

The clients send their token in a header of their own making and never use credentials mode, so that any origin may be
let in: a page that has no token learns what anybody could.
"""

from flask import Flask, Response, request

METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-CSRF-Token, X-Request-Id"
)
SHOWN_HEADERS = (
    "Allow, Content-Disposition, Deprecation, ETag, Idempotent-Replayed, Location, Retry-After, Sunset, X-Request-Id"
)
PREFLIGHT_SECONDS = "600"
"""How long a browser need not ask again."""


def register(app: Flask) -> None:
    """Lets pages of any origin call ``app``, and read its refusals too."""
    app.before_request(_answer_preflight)
    app.after_request(_let_in)


def _answer_preflight() -> Response | None:
    """A preflight is answered for any address: the page then reads what is wrong with it from the real answer."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = Response()
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def _let_in(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = SHOWN_HEADERS
    return response
