"""
Statements: built once when a module is imported, compiled once for each database, then run as text.

SQLAlchemy writes the SQL; the text goes straight to the driver, since compiling and wrapping each time would cost
several times what SQLite needs to answer.  Values are only ever bound (R-85): no text of a caller is part of a statement.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from sqlalchemy import BindParameter, ColumnElement, Dialect, Table, bindparam, delete, update
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from iamd.errors import InvalidInput

_PREFIX: Final = "given_"
_NUL: Final = "\0"


def given(name: str, type_: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    """Stand for the value that a statement is given under *name*; its type is that of what it is compared with."""
    # The prefix keeps it apart from the parameters that SQLAlchemy names after columns.
    return bindparam(_PREFIX + name, type_=type_)


class Statement:
    """A statement of Core, or a function that makes one for a dialect."""

    def __init__(self, source: ClauseElement | Callable[[Dialect], ClauseElement]) -> None:
        self._source = source
        self._compiled: dict[str, tuple[str, tuple[tuple[str, Any], ...]]] = {}

    def bind(self, dialect: Dialect, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """
        Return the text for *dialect* and the values in its order.

        Raises:
            InvalidInput: A text holds a NUL, which PostgreSQL cannot store.
        """
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        text, order = compiled
        bound = tuple([values[name] if name else constant for name, constant in order])
        for value in bound:
            if type(value) is str and _NUL in value:
                raise InvalidInput("a text holds a character that cannot be stored")
        return text, bound

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """Compile; each parameter is either given later, by name, or a constant of the statement."""
        source = self._source if isinstance(self._source, ClauseElement) else self._source(dialect)
        compiled = cast("SQLCompiler", source.compile(dialect=dialect))
        constants = compiled.params
        order = tuple(
            (name.removeprefix(_PREFIX), None) if name.startswith(_PREFIX) else ("", constants[name])
            for name in compiled.positiontup or ()
        )
        return str(compiled), order


def adding(table: Table) -> Statement:
    """Insert a row of *table*, or nothing (a count of rows of 0) when a unique key of it is taken."""
    return Statement(lambda dialect: _inserting(dialect, table).on_conflict_do_nothing())


def inserting(table: Table, values: Mapping[str, Any]) -> Statement:
    """Insert a row of *table* with *values*, which may be queries; or nothing when a unique key of it is taken."""
    return Statement(
        lambda dialect: _insert(dialect, table).values(dict(values)).inline().on_conflict_do_nothing()
    )


def putting(table: Table, **combined: ColumnElement[Any]) -> Statement:
    """Insert a row of *table*, or replace the one that has its primary key, with *combined* instead of what is given."""
    key = list(table.primary_key)
    rest = {column.name: given(column.name) for column in table.c if column.name not in {c.name for c in key}}

    return Statement(
        lambda dialect: _inserting(dialect, table).on_conflict_do_update(
            index_elements=key, set_={**rest, **combined}
        )
    )


def replacing(table: Table, *key: str) -> Statement:
    """Set all other columns of the row of *table* whose columns *key* have the values given for them."""
    values = {name: given(name) for name in _written(table) if name not in key}
    return Statement(update(table).where(*[table.c[name] == given(name) for name in key]).values(values))


def deleting(table: Table, *key: str) -> Statement:
    """Delete the rows of *table* whose columns *key* have the values given for them."""
    return Statement(delete(table).where(*[table.c[name] == given(name) for name in key]))


def _inserting(dialect: Dialect, table: Table) -> Any:
    """Return an INSERT of values that are given."""
    return _insert(dialect, table).values({name: given(name) for name in _written(table)}).inline()


def _insert(dialect: Dialect, table: Table) -> Any:
    """Return an INSERT of the dialect's own kind, since Core's has no ON CONFLICT."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415  50 ms that SQLite need not pay
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert(table)


def _written(table: Table) -> list[str]:
    """Return the columns that we give values for: all but those that the database numbers."""
    return [column.name for column in table.c if column is not table.autoincrement_column]
