"""What every noun's data layer stands on: which row an address names, and the hooks that create, change and delete.

A hook makes one call to a service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_rest_jsonapi_next.data_layers.alchemy import SqlalchemyDataLayer
from sqlalchemy import Select, inspect

from app.api.jsonapi.lists import NAMED, Lists
from app.database import db, session
from app.errors import DomainError, NotFound
from app.permissions.actors import Actor
from app.permissions.policy import Permission
from app.permissions.refusals import require
from app.plans import planned_once

NAMES = {"id", "identifier"}
"""Arguments of addresses that name a row, and columns."""


class _Session:
    """The session as the library sees it: its ``commit()`` only flushes."""

    def __getattr__(self, name: str) -> Any:
        return getattr(db.session, name)

    def commit(self) -> None:
        """Sends what is pending; the edge commits."""
        db.session.flush()


@dataclass(frozen=True)
class Made:
    """What a creation gives that has more to say than its row: it may have been there before, or not be made at all
    (None: it was a preview), there is ``meta``, which may be secret, and it is known what it is ``linked`` to: ids, by
    relationship."""

    row: Any
    is_new: bool = True
    meta: dict[str, Any] | None = None
    is_secret: bool = False
    linked: Mapping[str, Sequence[int]] = field(default_factory=dict)


class DataLayer(Lists, SqlalchemyDataLayer):
    """Rows of ``model``. The hooks of the nouns say how they are created, checked and deleted.

    * ``before_create_object`` makes the row, and gives it, or a `Made`;
    * ``before_update_object`` may refuse, take members out of ``data``, and give the ``meta`` of the answer;
    * ``before_delete_object`` deletes.

    A refusal that is *raised* changes nothing. One that a hook *gives*, instead of a row or ``meta``, is kept: what was
    written down about it is committed with the answer (a scan that was refused settles disputes).
    """

    session = _Session()
    model: Any

    def __init__(self, options: dict[str, Any]):
        super().__init__({"session": self.session, "model": self.model, **options})

    def create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """The row that the hook's service has made from ``data``, or a refusal that is kept."""
        return self.before_create_object(data, view_kwargs)

    def update_object(self, obj: Any, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """Runs the hook and writes what it left of ``data`` into the row's columns. Gives the answer's ``meta``, or a
        refusal that is kept."""
        outcome = self.before_update_object(obj, data, view_kwargs)
        if isinstance(outcome, DomainError):
            return outcome
        columns = inspect(self.model).columns
        # The clients send whole objects back: only what is new makes the session look for changes at all.
        for name in (name for name in data if name in columns and data[name] != getattr(obj, name)):
            setattr(obj, name, data[name])
        db.session.flush()
        return outcome

    def delete_object(self, obj: Any, view_kwargs: dict[str, Any]) -> None:
        """Runs the hook, which deletes."""
        self.before_delete_object(obj, view_kwargs)

    def find(self, view_kwargs: dict[str, Any], actor: Actor, permission: Permission, *, locked: bool = False) -> Any:
        """The living row that the URL names, if the actor has the permission. ``locked``: no one else changes it
        meanwhile. Raises as `require`, and `NotFound` in the same words whether there is none or he may not know."""
        name, value = next((name, value) for name, value in view_kwargs.items() if name in NAMES)
        row = session().scalar(self.finding(name, locked=locked), {NAMED.key: value})
        absent = NotFound.of(self.model.called(), value, parameter=name)
        if row is None:
            raise absent
        require(actor, permission, row, absent=absent)
        return row

    def finding(self, name: str, *, locked: bool) -> Select[Any]:
        """The statement of `find`, made once: to make it costs more than to send it. ``name`` is the column, what it
        must be the parameter `NAMED`."""
        return _finding(self, name, locked=locked)

    def lock(self, statement: Select[Any]) -> Select[Any]:
        """Locks the rows against other writers, but not against new rows that refer to them."""
        return statement.with_for_update(of=self.model, key_share=True).execution_options(populate_existing=True)


@cache
def _finding(layer: DataLayer, name: str, *, locked: bool) -> Select[Any]:
    statement = layer.rows().where(getattr(layer.model, name) == NAMED)
    return planned_once(layer.lock(statement) if locked else statement)
