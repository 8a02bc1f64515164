"""Rows that are made once, and cast anew for every test: as many statements as there are tables, sent at once."""

import pickle
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session, scoped_session


class Mould:
    """What ``make`` does with a session, kept to be done again in others, with the same ids.

    ``make`` is a class whose objects have their session as ``session``. What is cast stands in the session as if it
    had just been made there: every column is loaded, nothing is changed. Row by row it would take ten times as long,
    for nearly every test.
    """

    def __init__(self, session: scoped_session[Session], make: type[Any]):
        self._make = make
        rows: list[Any] = []

        def note(_session: Any, row: Any) -> None:
            rows.append(row)

        event.listen(session(), "pending_to_persistent", note)
        made = make(session)
        event.remove(session(), "pending_to_persistent", note)
        for row in rows:
            session.refresh(row, inspect(row).mapper.column_attrs.keys())
        self._inserts = _inserts(session, rows)
        session.expunge_all()
        parts = {name: part for name, part in vars(made).items() if name != "session"}
        self._pickled = pickle.dumps((parts, rows))

    def cast(self, session: scoped_session[Session]) -> Any:
        """What was made, in this session and in its database."""
        session.connection().exec_driver_sql(self._inserts)
        parts, rows = pickle.loads(self._pickled)
        session.add_all(rows)
        made = self._make.__new__(self._make)
        vars(made).update(parts, session=session)
        return made


def _inserts(session: scoped_session[Session], rows: list[Any]) -> str:
    """One INSERT for each table, in the order in which each got its first row."""
    values: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        mapper = inspect(row).mapper
        facts = {column.name: getattr(row, mapper.get_property_by_column(column).key) for column in mapper.columns}
        values.setdefault(mapper.local_table, []).append(facts)
    bind, literal = session.get_bind(), {"literal_binds": True}
    statements = [
        insert(table).values(of_table).compile(bind, compile_kwargs=literal) for table, of_table in values.items()
    ]
    return ";".join(map(str, statements))
