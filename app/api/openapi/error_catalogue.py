"""docs/errors.md, made from the code: every error code, what it means, and what a client does about it."""

from collections.abc import Iterable, Iterator

from flask import Flask

from app.api.auth import auth
from app.api.edge import rate_limits
from app.api.movement_batches import FORBIDDEN, MALFORMED
from app.api.openapi.error_advice import ADVICE
from app.api.order_mails import receipt_calls
from app.errors import DomainError, TooManyAttempts, TooManyRequests
from app.models.check_in_conflicts import DISMISSED, EXPLANATIONS
from app.services import door_passes, refusals

HEAD = """# Errors

Made from the code by `python manage.py docs errors`; a test fails while the two differ. Clients decide by `code`, which
stays; `detail` is for people, and tells what is wrong and what to do: its words may be improved at any time. `source`
says where: a `pointer` into the body, or a `parameter` of the query string, the address or the headers; it is always an
object, and may be empty. `meta` holds facts for machines. How a document of errors looks: [api.md](api.md), «Errors».

A `code` that a client does not know means what its status means. What has a `Retry-After` may be sent again after so
many seconds. What got no answer at all may be sent again if it is a `GET`, or has an `Idempotency-Key`.
"""

SHARED = """## What any call may answer

| status | when |
| --- | --- |
| 401 | the call needs a token, or the one that was sent is bad or has ended: log in, then send it again |
| 406, 415 | of JSON:API: the headers `Accept` and `Content-Type` are `application/vnd.api+json`, without parameters |
| 408 | the body did not come whole, and nothing was done: send it again |
| 429 | too often: wait for `Retry-After` |
| 500 | a fault of ours, which was logged under the answer's `X-Request-Id` |
| 503 | busy, restarting, or the disk is full: wait for `Retry-After`, then send the same again |
"""

PLAIN = """## Plain answers

The clients read the errors of these calls as `{"error": "…"}`: the `detail`, with the status and headers of the same
error. Of `/v1/auth/change-password` only 401 is told so.
"""


def page() -> str:
    """The page as Markdown."""
    parts = (HEAD, SHARED, _codes(), _facts(), _scans(), _passes(), _conflicts(), PLAIN, _plain_calls())
    return "\n".join(parts)


def kinds() -> list[type[DomainError]]:
    """The first class of each code, by status, in the order in which they are declared."""
    found: dict[str, type[DomainError]] = {}
    for kind in _below(DomainError):
        found.setdefault(kind.code, kind)
    return sorted(found.values(), key=lambda kind: kind.status)


def _below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _codes() -> str:
    rows = (
        (
            kind.status,
            f"`{kind.code}`",
            kind.title,
            _meaning(kind),
            ADVICE[kind].remedy,
            ADVICE[kind].arises,
            _wait(kind),
        )
        for kind in kinds()
    )
    heads = ("status", "code", "title", "meaning", "what to do", "of which calls", "`Retry-After`")
    return "## Codes\n\n" + _table(heads, rows)


def _meaning(kind: type[DomainError]) -> str:
    first = (kind.__doc__ or "").partition("\n\n")[0]
    return " ".join(first.split()).replace("``", "`")


def _wait(kind: type[DomainError]) -> str:
    if kind is TooManyAttempts:
        return "until it may be tried"
    return str(rate_limits.WINDOW_SECONDS if kind is TooManyRequests else getattr(kind, "retry_after_seconds", ""))


def _facts() -> str:
    rows = (
        (f"`{kind.code}`", f"`{name}`", meaning) for kind in kinds() for name, meaning in ADVICE[kind].facts.items()
    )
    return "## What `meta` holds\n\n" + _table(("code", "member", "what it is"), rows)


def _scans() -> str:
    told = (
        "Of `scan-refused`, of movements, and of the verdicts of a batch, which also says "
        f"`{MALFORMED}` and `{FORBIDDEN}` of scans that it does not keep, with a `detail`. At the door is said:\n\n"
    )
    blanks = {"room": "", "last": "", "starts": "…", "ends": "…"}
    rows = ((f"`{reason}`", words.format(**blanks)) for reason, words in refusals.WORDS.items())
    return "## Why a scan is refused: `reason`\n\n" + told + _table(("reason", "what is said"), rows)


def _passes() -> str:
    blanks = {"begins": "…", "until": "…"}
    rows = ((f"`{reason}`", words.format(**blanks)) for reason, words in door_passes.WORDS.items())
    return "## Why a door pass is not in force: `reason`\n\n" + _table(("reason", "what is said"), rows)


def _conflicts() -> str:
    told = (
        "No errors, but words for machines, too: the `suggestion` of a `check-in-conflict`. Its `resolution` is one of "
        f"them, or `{DISMISSED}`.\n\n"
    )
    rows = ((f"`{word}`", words.format(minutes="…")) for word, words in EXPLANATIONS.items())
    return "## What two scans that contradict each other may be\n\n" + told + _table(("word", "what is said"), rows)


def _plain_calls() -> str:
    """The calls of the blueprints whose errors are plain, as an application would serve them."""
    bare = Flask(__name__, static_folder=None)
    for calls in (auth, receipt_calls):
        bare.register_blueprint(calls)
    served = sorted(
        f"* `{method} {rule.rule}`"
        for rule in bare.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    return "\n".join(served) + "\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [heads, ("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(map(str, cells))} |\n" for cells in lines)
