"""Managed policies attached to users, groups and roles, and the permissions boundaries that they are."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Select, Table, func, literal, select, union_all

from iamd.domain.ids import AccountId, UniqueId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import Attachment, ChangeKind, OwnerKind
from iamd.store.statements import Statement, adding, deleting, given

_TABLE: Final = schema.policy_attachments
_OWNERS: Final = schema.owners
_KINDS: Final[dict[OwnerKind, tuple[Table, Column[Any]]]] = {
    OwnerKind.USER: (schema.users, schema.users.c.user_id),
    OwnerKind.GROUP: (schema.groups, schema.groups.c.group_id),
    OwnerKind.ROLE: (schema.roles, schema.roles.c.role_id),
}
_BOUNDED: Final = (OwnerKind.USER, OwnerKind.ROLE)


def _owner(kind: OwnerKind, policy_arn: Any) -> Select[Any]:
    """Select the columns of an `Attachment` and, behind them, the key that it is sorted by."""
    table, id_column = _KINDS[kind]
    return select(
        literal(kind.value).label("owner_kind"),
        id_column.label("owner_id"),
        table.c.name,
        table.c.path,
        policy_arn,
        table.c.name_key,
    ).where(table.c.account_id == given("account_id"), policy_arn == given("policy_arn"))


def _attached(kind: OwnerKind) -> Select[Any]:
    return _owner(kind, _TABLE.c.policy_arn).join(_TABLE, _TABLE.c.owner_id == _KINDS[kind][1])


def _bounded(kind: OwnerKind) -> Select[Any]:
    return _owner(kind, _KINDS[kind][0].c.permissions_boundary.label("policy_arn"))


_ADD: Final = adding(_TABLE)
_REMOVE: Final = deleting(_TABLE, "owner_id", "policy_arn")
_OF: Final = Statement(
    select(_TABLE.c.policy_arn).where(_TABLE.c.owner_id == given("owner_id")).order_by(_TABLE.c.sequence)
)
_ENTITIES: Final = Statement(union_all(*map(_attached, _KINDS)).order_by("owner_kind", "name_key"))
_BOUNDED_BY: Final = Statement(union_all(*map(_bounded, _BOUNDED)).order_by("owner_kind", "name_key"))


def _by_arn(query: Select[Any], policy_arn: Column[Any]) -> tuple[Statement, Statement]:
    """Return what counts by ARN, and what counts only one ARN."""
    grouped = query.group_by(policy_arn)
    return Statement(grouped), Statement(grouped.where(policy_arn == given("policy_arn")))


def _count_bounded(kind: OwnerKind) -> tuple[Statement, Statement]:
    table = _KINDS[kind][0]
    policy_arn = table.c.permissions_boundary
    mine = table.c.account_id == given("account_id")
    return _by_arn(select(policy_arn, func.count()).where(mine, policy_arn.is_not(None)), policy_arn)


_COUNTS: Final = _by_arn(
    select(_TABLE.c.policy_arn, func.count())
    .join(_OWNERS, _OWNERS.c.owner_id == _TABLE.c.owner_id)
    .where(_OWNERS.c.account_id == given("account_id")),
    _TABLE.c.policy_arn,
)
_BOUNDARY_COUNTS: Final = tuple(map(_count_bounded, _BOUNDED))


class PolicyAttachments:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> None:
        if self._execution.write(_ADD, {"owner_id": owner_id, "policy_arn": policy_arn}):
            self._execution.changed(ChangeKind(kind), owner_id)

    def add_all(self, kind: OwnerKind, attachments: Sequence[tuple[UniqueId, str]]) -> None:
        rows = [{"owner_id": owner_id, "policy_arn": arn} for owner_id, arn in attachments]
        if self._execution.write_all(_ADD, rows):
            for owner_id, _ in attachments:
                self._execution.changed(ChangeKind(kind), owner_id)

    def remove(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> bool:
        removed = self._execution.remove(_REMOVE, {"owner_id": owner_id, "policy_arn": policy_arn})
        if removed:
            self._execution.changed(ChangeKind(kind), owner_id)
        return removed > 0

    def of(self, owner_id: UniqueId) -> list[str]:
        return [arn for (arn,) in self._execution.rows(_OF, {"owner_id": owner_id})]

    def entities(self, account_id: AccountId, policy_arn: str) -> list[Attachment]:
        return self._attachments(_ENTITIES, account_id, policy_arn)

    def bounded_by(self, account_id: AccountId, policy_arn: str) -> list[Attachment]:
        return self._attachments(_BOUNDED_BY, account_id, policy_arn)

    def counts(self, account_id: AccountId, policy_arn: str | None = None) -> dict[str, int]:
        return self._counts(_COUNTS, account_id, policy_arn)

    def boundary_counts(self, account_id: AccountId, policy_arn: str | None = None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for statements in _BOUNDARY_COUNTS:
            for arn, number in self._counts(statements, account_id, policy_arn).items():
                counts[arn] = counts.get(arn, 0) + number
        return counts

    def _counts(
        self, statements: tuple[Statement, Statement], account_id: AccountId, policy_arn: str | None
    ) -> dict[str, int]:
        of_all, of_one = statements
        values = {"account_id": account_id, "policy_arn": policy_arn}
        rows = self._execution.rows(of_all if policy_arn is None else of_one, values)
        return {arn: int(number) for arn, number in rows}

    def _attachments(self, statement: Statement, account_id: AccountId, policy_arn: str) -> list[Attachment]:
        rows = self._execution.rows(statement, {"account_id": account_id, "policy_arn": policy_arn})
        return [
            Attachment(OwnerKind(kind), owner_id, name, path, arn)
            for kind, owner_id, name, path, arn, _key in rows
        ]
