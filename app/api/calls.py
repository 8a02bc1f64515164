"""What a call that is no resource takes and gives, declared beside it: `app.api.openapi` tells it to clients.

Resources are told by their schemas; only what those do not say is declared here too (`Also`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from app.errors import DomainError
from app.permissions.policy import Permission

View = TypeVar("View", bound=Callable[..., Any])

Absent = UnsetType
ABSENT = UNSET
"""``name: str | Absent = ABSENT`` is a member that may be missing."""

NOT_BLANK = r"^[^\x00]*[^\x00\s][^\x00]*$"
"""Not empty, and without NUL, which PostgreSQL does not store."""

Filled = Annotated[str, Meta(pattern=NOT_BLANK)]
"""A text that must say something."""

EVERYBODY = "Everybody, logged in or not."
ACCOUNT = "Any account."

TOLD_ID = "$response.body#/data/id"
"""The id of the row that an answer tells, as an expression of OpenAPI."""


class Shape(Struct, kw_only=True):
    """A JSON object, its members named as here."""


class Dashed(Struct, kw_only=True, rename="kebab"):
    """The same with dashes in the names."""


class Success(Shape):
    """It was done."""

    success: bool


class Message(Shape):
    """What was done, in words for a person."""

    message: str


class Count(Shape):
    """How many there are."""

    count: int


@dataclass(frozen=True)
class One:
    """A JSON:API document of what has no row of its own; ``shape`` is its resource object."""

    shape: type[Any]


@dataclass(frozen=True)
class Many:
    """A JSON:API document of a list of such."""

    shape: type[Any]
    meta: type[Any] = Count


@dataclass(frozen=True)
class Events:
    """Server-sent events, each of which holds a JSON:API document of what has no row; ``shape`` as above."""

    shape: type[Any]


@dataclass(frozen=True)
class Row:
    """A JSON:API document of a row, by its schema."""

    schema: Any
    meta: type[Any] | None = None


@dataclass(frozen=True)
class Bare:
    """The same in plain JSON, with nothing but the row and its address."""

    schema: Any


@dataclass(frozen=True)
class File:
    """Something else than JSON."""

    media_type: str


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query string; ``of`` is its type as Python says it."""

    name: str
    says: str
    of: Any = str
    is_required: bool = False


@dataclass(frozen=True)
class After:
    """What can be asked once an answer has told of ``thing``: a row, by its class, or the ``meta`` of its answer.
    ``parameters`` and ``body`` are what is asked with, as OpenAPI's expressions."""

    thing: type[Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Also:
    """What a method of a resource takes, gives and refuses beyond what its schema tells. ``needs`` is the permission of
    each of its other meanings, by what makes it mean that. ``says`` is what it does, where the noun does not tell."""

    parameters: tuple[Parameter, ...] = ()
    statuses: tuple[int, ...] = ()
    meta: type[Any] | None = None
    refuses: tuple[type[DomainError], ...] = ()
    needs: Mapping[str, Permission] = field(default_factory=dict)
    says: str | None = None


@dataclass(frozen=True)
class Call:
    """``name`` is the operation's (None: it is made of the address). ``takes`` is the body, ``gives`` the answer of
    each status. ``needs`` is a permission, or who may in words. ``parameters`` that all lists have are named as the
    document's components are. ``plainly`` are statuses that are told as ``{"error": …}`` where others are not.
    ``is_keyed``: it looks at ``Idempotency-Key``. ``after`` is what else it takes ids from than from its address.
    ``says`` is what it does, where the docstring speaks of several calls."""

    name: str | None
    gives: Mapping[int, Any]
    needs: Permission | str
    takes: Any = None
    parameters: tuple[Parameter | str, ...] = ()
    refuses: tuple[type[DomainError], ...] = ()
    plainly: tuple[int, ...] = ()
    is_keyed: bool = False
    after: After | None = None
    says: str | None = None

    @property
    def permission(self) -> Permission | None:
        """What it asks of the table, if it does."""
        return self.needs if isinstance(self.needs, Permission) else None

    @property
    def asks_token(self) -> bool:
        """It looks at whose token is sent, and not at something else that it asks for."""
        return self.permission is not None or self.needs == ACCOUNT

    @property
    def is_document(self) -> bool:
        """It gives a JSON:API document, and asks for the media type."""
        return any(isinstance(gives, One | Many) for gives in self.gives.values())


def call(name: str | None, *, gives: Any, needs: Permission | str, **more: Any) -> Callable[[View], View]:
    """Declares a view. ``gives`` may be the answer of 200 alone."""
    declared = Call(name, gives if isinstance(gives, dict) else {200: gives}, needs, **more)

    def declare(view: View) -> View:
        view.__dict__["call"] = declared
        return view

    return declare


def call_of(view: Any) -> Call:
    """What was declared of a view. Raises `LookupError` where nothing was."""
    found: Call | None = vars(view).get("call")
    if found is None:
        raise LookupError(f"{view} declares no call")
    return found
