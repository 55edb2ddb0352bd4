"""What users and roles have in common: a permissions boundary, which is counted (`iamd.store.policy_uses`)."""

from collections.abc import Sequence
from typing import ClassVar, Final, Protocol, TypeVar

from sqlalchemy import Table, select

from iamd.domain.ids import AccountId
from iamd.store.execution import Execution
from iamd.store.named import Named, NamedStatements, NamedValue
from iamd.store.policy_uses import change_boundaries
from iamd.store.statements import Statement, given


class BoundedValue(NamedValue, Protocol):
    """A user or a role."""

    @property
    def permissions_boundary(self) -> str | None: ...


B = TypeVar("B", bound=BoundedValue)


class BoundedStatements(NamedStatements):
    """The statements on one table, and one that tells a boundary."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.boundary: Final = Statement(
            select(table.c.permissions_boundary).where(table.c[self.id_column] == given(self.id_column))
        )


class Bounded(Named[B]):
    """A collection of such entities."""

    statements: ClassVar[BoundedStatements]

    def __init__(self, execution: Execution) -> None:
        super().__init__(execution)

    def add(self, value: B) -> None:
        super().add(value)
        self._change(value.account_id, [value.permissions_boundary], +1)

    def add_all(self, values: Sequence[B]) -> None:
        super().add_all(values)
        if values:
            self._change(values[0].account_id, [value.permissions_boundary for value in values], +1)

    def put(self, value: B) -> None:
        before = self._boundary(value)
        super().put(value)
        if before != value.permissions_boundary:
            self._change(value.account_id, [before], -1)
            self._change(value.account_id, [value.permissions_boundary], +1)

    def delete(self, value: B) -> None:
        before = self._boundary(value)
        super().delete(value)
        self._change(value.account_id, [before], -1)

    def _boundary(self, value: B) -> str | None:
        id_column = self.statements.id_column
        row = self._execution.row(self.statements.boundary, {id_column: self._bind(value)[id_column]})
        return None if row is None else row[0]

    def _change(self, account_id: AccountId, arns: Sequence[str | None], by: int) -> None:
        change_boundaries(self._execution, account_id, arns, by)
