"""Tasks and downloads: the clients start a task, ask how far it is, and open the link that it has come to.

Nothing is computed beforehand, and nothing stored. A task's id is a signed statement of what was asked and by whom, so
that it has succeeded as soon as anybody asks. Its link is another such statement with a short life; it works without a
token, since a browser opens it, and the file is made while it is sent, with what that account may do at that moment.
Both end with the log-in by which they were asked for.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import Literal

from flask import Blueprint, Response, jsonify, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.api.calls import ACCOUNT, File, Shape, call
from app.api.edge.actor import current_login, current_user_id
from app.api.edge.files import CSV, PDF, ZIP
from app.api.edge.old_reads import maybe_old
from app.api.edge.tokens import secret_key
from app.errors import Busy, Forbidden, Invalid, NotFound
from app.permissions.actors import OLDEST, Actor, Login, load_actor

task_calls = Blueprint("tasks", __name__)

TASK, DOWNLOAD = "task", "download"
LIFE_SECONDS = {TASK: 24 * 3600, DOWNLOAD: 600}


@dataclass(frozen=True)
class Statement:
    """What a file is made of: its kind, the id of the row it is about, for whom, and by which log-in of his."""

    kind: str
    row_id: int
    user_id: int
    options: tuple[str, ...] = ()
    login: Login = OLDEST


class Started(Shape):
    """Where to ask for the file."""

    task_url: str


class Download(Shape):
    """The link of a file."""

    download_url: str


class TaskState(Shape):
    """How far a task is."""

    state: Literal["SUCCESS"]
    result: Download


FILES = [File(PDF), File(CSV), File(ZIP)]

Maker = Callable[[Actor, int, tuple[str, ...]], Response]
_makers: dict[str, Maker] = {}


def makes(kind: str) -> Callable[[Maker], Maker]:
    """Declares the function that makes files of a kind, once it has checked that the actor may have them."""

    def declared(maker: Maker) -> Maker:
        _makers[kind] = maker
        return maker

    return declared


def started(kind: str, row_id: int, *options: str) -> Response:
    """The answer to whoever asks for a file: where to ask for its link."""
    statement = Statement(kind, row_id, current_user_id(), options, current_login())
    return jsonify(task_url=f"/v1/tasks/{signed(TASK, statement)}")


def signed(purpose: str, statement: Statement) -> str:
    """The statement as a token that serves one purpose."""
    return _signer(purpose).dumps(astuple(statement))


@task_calls.get("/v1/tasks/<task>")
@call("getTask", gives=TaskState, needs=ACCOUNT)
def state(task: str) -> Response:
    """The link of a task, for who has started it; to everybody else there is no such task."""
    user_id = current_user_id()
    statement = _read(TASK, task)
    if statement is None or statement.user_id != user_id:
        raise NotFound("There is no such task (any more). Start the export again.", parameter="task")
    link = f"{request.host_url}v1/downloads/{signed(DOWNLOAD, replace(statement, login=current_login()))}"
    return jsonify(state="SUCCESS", result={"download_url": link})


@task_calls.get("/v1/downloads/<download>")
@call("downloadFile", gives=FILES, needs="Whoever has the link.", refuses=(Busy, Forbidden, Invalid))
def file(download: str) -> Response:
    """The file of a link, as long as the account that has asked for it lives and may have it."""
    statement = _read(DOWNLOAD, download)
    actor = load_actor(statement.user_id, statement.login) if statement else None
    if statement is None or actor is None:
        raise NotFound("This link does not work (any more). Start the export again.", parameter="download")
    return maybe_old(partial(_makers[statement.kind], actor, statement.row_id, statement.options))


def _read(purpose: str, token: str) -> Statement | None:
    try:
        kind, row_id, user_id, options, login = _signer(purpose).loads(token, max_age=LIFE_SECONDS[purpose])
    except BadData:
        return None
    return Statement(kind, row_id, user_id, tuple(options), Login(*login)) if kind in _makers else None


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key(), salt=f"app.api.tasks.{purpose} of a login")
