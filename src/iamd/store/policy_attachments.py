"""Managed policies attached to users, groups and roles, and the permissions boundaries that they are."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Integer, Select, Table, func, literal, select

from iamd.domain.ids import AccountId, UniqueId
from iamd.store import schema
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.policies_interface import Attachment, OwnerKind, PolicyUsage, PolicyUses
from iamd.store.policy_uses import change_attachments, uses_of, uses_of_aws
from iamd.store.statements import Statement, deleting, given, inserting
from iamd.store.values import name_key

_TABLE: Final = schema.policy_attachments
_OWNERS: Final = schema.owners
_KINDS: Final[dict[OwnerKind, tuple[Table, Column[Any]]]] = {
    OwnerKind.USER: (schema.users, schema.users.c.user_id),
    OwnerKind.GROUP: (schema.groups, schema.groups.c.group_id),
    OwnerKind.ROLE: (schema.roles, schema.roles.c.role_id),
}
_BOUNDED: Final = (OwnerKind.USER, OwnerKind.ROLE)
_SHOWN: Final = ("name", "path", "name_key")


def _adding(kind: OwnerKind) -> Statement:
    """Attach; account and name are those that the owner has."""
    table, id_column = _KINDS[kind]

    def of_owner(column: Column[Any]) -> Any:
        return select(column).where(id_column == given("owner_id")).scalar_subquery()

    values = {
        "owner_id": given("owner_id"),
        "policy_arn": given("policy_arn"),
        "account_id": of_owner(table.c.account_id),
        "owner_kind": literal(kind.value),
        "owner_key": of_owner(table.c.name_key),
    }
    return inserting(_TABLE, values)


def _attached(kind: OwnerKind) -> Statement:
    table, id_column = _KINDS[kind]
    query = (
        select(id_column, *(table.c[name] for name in _SHOWN))
        .join(_TABLE, _TABLE.c.owner_id == id_column)
        .where(
            _TABLE.c.policy_arn == given("policy_arn"),
            _TABLE.c.account_id == given("account_id"),
            _TABLE.c.owner_kind == kind.value,
            _TABLE.c.owner_key > given("after"),
        )
    )
    return _page(query, table, _TABLE.c.owner_key)


def _bounded(kind: OwnerKind) -> Statement:
    table, id_column = _KINDS[kind]
    query = select(id_column, *(table.c[name] for name in _SHOWN)).where(
        table.c.account_id == given("account_id"),
        table.c.permissions_boundary == given("policy_arn"),
        table.c.name_key > given("after"),
    )
    return _page(query, table, table.c.name_key)


def _page(query: Select[Any], table: Table, key: Column[Any]) -> Statement:
    in_path = func.substr(table.c.path, 1, given("prefix_length", Integer())) == given("prefix")
    return Statement(query.where(in_path).order_by(key).limit(given("limit", Integer())))


_ADD: Final = {kind: _adding(kind) for kind in _KINDS}
_REMOVE: Final = deleting(_TABLE, "owner_id", "policy_arn")
_OF: Final = Statement(
    select(_TABLE.c.policy_arn).where(_TABLE.c.owner_id == given("owner_id")).order_by(_TABLE.c.sequence)
)
_ACCOUNT_OF: Final = Statement(select(_OWNERS.c.account_id).where(_OWNERS.c.owner_id == given("owner_id")))
_PAGES: Final = {
    PolicyUsage.ATTACHED: {kind: _attached(kind) for kind in _KINDS},
    PolicyUsage.BOUNDARY: {kind: _bounded(kind) for kind in _BOUNDED},
}


class PolicyAttachments:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution

    def add(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> None:
        if self._execution.write(_ADD[kind], {"owner_id": owner_id, "policy_arn": policy_arn}):
            change_attachments(self._execution, self._account_of(owner_id), [policy_arn], +1)
            self._execution.changed(ChangeKind(kind), owner_id)

    def add_all(self, kind: OwnerKind, attachments: Sequence[tuple[UniqueId, str]]) -> None:
        if not attachments:
            return
        rows = [{"owner_id": owner_id, "policy_arn": arn} for owner_id, arn in dict.fromkeys(attachments)]
        before = set(self._attached(attachments))
        self._execution.write_all(_ADD[kind], rows)
        added = [(row["owner_id"], row["policy_arn"]) for row in rows]
        new = [each for each in added if each not in before]
        change_attachments(self._execution, self._account_of(attachments[0][0]), [arn for _, arn in new], +1)
        for owner_id, _ in new:
            self._execution.changed(ChangeKind(kind), owner_id)

    def remove(self, kind: OwnerKind, owner_id: UniqueId, policy_arn: str) -> bool:
        removed = self._execution.remove(_REMOVE, {"owner_id": owner_id, "policy_arn": policy_arn})
        if removed:
            change_attachments(self._execution, self._account_of(owner_id), [policy_arn], -1)
            self._execution.changed(ChangeKind(kind), owner_id)
        return removed > 0

    def of(self, owner_id: UniqueId) -> list[str]:
        return [arn for (arn,) in self._execution.rows(_OF, {"owner_id": owner_id})]

    def entities(
        self,
        account_id: AccountId,
        policy_arn: str,
        kind: OwnerKind,
        *,
        usage: PolicyUsage | None = None,
        path_prefix: str = "/",
        after: str = "",
        limit: int,
    ) -> list[Attachment]:
        found: dict[str, tuple[str, Attachment]] = {}
        for each, pages in _PAGES.items():
            if kind not in pages or usage not in {None, each}:
                continue
            rows = self._execution.rows(
                pages[kind],
                {
                    "account_id": account_id,
                    "policy_arn": policy_arn,
                    "after": name_key(after),
                    "prefix": path_prefix,
                    "prefix_length": len(path_prefix),
                    "limit": limit,
                },
            )
            for owner_id, name, path, key in rows:
                found[owner_id] = key, Attachment(kind, UniqueId(owner_id), name, path, policy_arn)
        in_order = sorted(found.values(), key=lambda pair: pair[0])
        return [attachment for _, attachment in in_order[:limit]]

    def uses(self, account_id: AccountId, policy_arn: str) -> PolicyUses:
        return uses_of(self._execution, account_id, policy_arn)

    def uses_of_aws(self, account_id: AccountId) -> dict[str, PolicyUses]:
        return uses_of_aws(self._execution, account_id)

    def _attached(self, attachments: Sequence[tuple[UniqueId, str]]) -> list[tuple[UniqueId, str]]:
        """Return which of *attachments* are there."""
        owners = dict.fromkeys(owner_id for owner_id, _ in attachments)
        return [(owner_id, arn) for owner_id in owners for arn in self.of(owner_id)]

    def _account_of(self, owner_id: str) -> AccountId:
        row = self._execution.row(_ACCOUNT_OF, {"owner_id": owner_id})
        return AccountId("" if row is None else row[0])
