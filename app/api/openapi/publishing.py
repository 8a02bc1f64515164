"""The document over HTTP, and the page that shows it: Swagger UI, with assets of ours and no other host's."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import flask_swagger_ui
import orjson
from flask import Blueprint, Flask, Response, current_app, request

from app.api.calls import File, call
from app.api.edge.actor import current_actor
from app.api.openapi import document
from app.errors import NotFound
from app.permissions.policy import Permission as P
from app.permissions.refusals import require

description_calls = Blueprint("description", __name__)

EXTENSION = "app.api.openapi"
"""Where the application keeps its document, among its extensions."""

OWN = Path(__file__).with_name("page")
THEIRS = Path(flask_swagger_ui.__file__).with_name("dist")
"""The package brings Swagger UI's own files, and a blueprint for them, which writes scripts into its page."""

ASSETS = {
    "docs.css": OWN,
    "docs.js": OWN,
    "favicon-32x32.png": THEIRS,
    "swagger-ui.css": THEIRS,
    "swagger-ui-bundle.js": THEIRS,
}
"""What the page asks for, and where it is."""

TYPES = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}
"""Media types, by the endings of files."""

SECONDS_KEPT = 300
"""For so long browsers need not ask again; then they are told that nothing has changed."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Nothing of other hosts is loaded or asked, whatever stands in the document. Swagger UI styles its elements itself."""


@dataclass(frozen=True)
class Written:
    """What is sent, and the same for who can read it smaller."""

    plain: bytes
    small: bytes

    @classmethod
    def of(cls, plain: bytes) -> "Written":
        """Both of them."""
        return cls(plain, gzip.compress(plain))


class Kept:
    """The document of an application, made when it is asked for first: most processes are never asked."""

    def __init__(self, app: Flask):
        self._app = app
        self._lock = Lock()
        self._written: Written | None = None

    def read(self) -> Written:
        """The document."""
        with self._lock:
            if self._written is None:
                self._written = Written.of(orjson.dumps(document.of(self._app)))
            return self._written


def register(app: Flask) -> None:
    """Serves the document and its page."""
    app.extensions[EXTENSION] = Kept(app)
    app.register_blueprint(description_calls)


@description_calls.get("/v1/openapi.json")
@call("getOpenapi", gives=dict, needs=P.DESCRIPTION_READ)
def openapi() -> Response:
    """This document, in OpenAPI 3.1."""
    require(current_actor(), P.DESCRIPTION_READ)
    kept: Kept = current_app.extensions[EXTENSION]
    return _sent(kept.read(), "application/json")


@description_calls.get("/docs")
@call("showDocs", gives=File("text/html"), needs=P.DESCRIPTION_READ)
def page() -> Response:
    """The page that shows this document."""
    require(current_actor(), P.DESCRIPTION_READ)
    return _sent(_file(OWN / "index.html"), "text/html; charset=utf-8")


@description_calls.get("/docs/<asset>")
@call("getDocsAsset", gives=[File(media_type) for media_type in TYPES.values()], needs=P.DESCRIPTION_READ)
def file(asset: str) -> Response:
    """A file of that page."""
    require(current_actor(), P.DESCRIPTION_READ)
    if asset not in ASSETS:
        raise NotFound(f"The page has no file {asset}.", parameter="asset")
    return _sent(_file(ASSETS[asset] / asset), TYPES[Path(asset).suffix])


@cache
def _file(path: Path) -> Written:
    """Read once: there are a handful, and they stay as they are as long as this release runs."""
    return Written.of(path.read_bytes())


def _sent(written: Written, media_type: str) -> Response:
    """An answer that everybody may keep; 304 for who has it."""
    is_small = request.accept_encodings["gzip"] > 0
    response = Response(written.small if is_small else written.plain, headers=HEADERS, content_type=media_type)
    response.vary.add("Accept-Encoding")
    if is_small:
        response.content_encoding = "gzip"
    response.cache_control.public = True
    response.cache_control.max_age = SECONDS_KEPT
    response.add_etag()
    response.make_conditional(request)
    return response
