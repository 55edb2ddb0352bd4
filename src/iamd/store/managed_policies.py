"""Customer managed policies and their versions."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Integer, and_, func, select

from iamd.domain.arns import Arn, name_of
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.managed_policies import ManagedPolicy, PolicyVersion
from iamd.errors import ConcurrentModification, EntityAlreadyExists, NoSuchEntity, ServiceError
from iamd.store import schema
from iamd.store.counts import change_count, count_of
from iamd.store.execution import Execution
from iamd.store.interface import ChangeKind
from iamd.store.named import Named, NamedStatements, columns_of
from iamd.store.policies_interface import PolicyUsage, PolicyUses
from iamd.store.policy_uses import uses_of
from iamd.store.statements import Statement, adding, deleting, given
from iamd.store.values import microseconds, name_key, tags_of, tags_text, time_of

_POLICIES: Final = schema.managed_policies
_VERSIONS: Final = schema.policy_versions
_USES: Final = schema.policy_uses

_ADD_VERSION: Final = adding(_VERSIONS)
_DELETE_VERSION: Final = deleting(_VERSIONS, "policy_id", "number")
_FIND_VERSION: Final = Statement(
    select(*_VERSIONS.c).where(
        _VERSIONS.c.policy_id == given("policy_id"), _VERSIONS.c.number == given("number")
    )
)
_LIST_VERSIONS: Final = Statement(
    select(*_VERSIONS.c)
    .where(_VERSIONS.c.policy_id == given("policy_id"))
    .order_by(_VERSIONS.c.number.desc())
)
_COUNT_VERSIONS_OF: Final = Statement(
    select(func.count()).select_from(_VERSIONS).where(_VERSIONS.c.policy_id == given("policy_id"))
)


def _used(usage: Column[Any]) -> Statement:
    """Page through the account's policies that it makes some use of, with how much."""
    return Statement(
        select(*columns_of(_POLICIES), _USES.c.attachments, _USES.c.boundaries)
        .join(
            _POLICIES,
            and_(_POLICIES.c.account_id == _USES.c.account_id, _POLICIES.c.name_key == _USES.c.name_key),
        )
        .where(
            _USES.c.account_id == given("account_id"),
            _USES.c.belongs_to == _USES.c.account_id,
            _USES.c.name_key > given("after"),
            usage > 0,
            func.substr(_POLICIES.c.path, 1, given("prefix_length", Integer())) == given("prefix"),
        )
        .order_by(_USES.c.name_key)
        .limit(given("limit", Integer()))
    )


_USED: Final = {
    PolicyUsage.ATTACHED: _used(_USES.c.attachments),
    PolicyUsage.BOUNDARY: _used(_USES.c.boundaries),
}


class _Policies(Named[ManagedPolicy]):
    statements = NamedStatements(_POLICIES)

    def _bind(self, value: ManagedPolicy) -> dict[str, Any]:
        return {
            "policy_id": value.policy_id,
            "created_at": microseconds(value.created_at),
            "updated_at": microseconds(value.updated_at),
            "description": value.description,
            "default_version": value.default_version,
            "last_version": value.last_version,
            "tags": tags_text(value.tags),
        }

    def _value(self, row: Sequence[Any]) -> ManagedPolicy:
        return _policy(row)

    def _exists(self, name: str) -> ServiceError:
        # fact 49
        return EntityAlreadyExists(f"A policy called {name} already exists. Duplicate names are not allowed.")

    def _missing(self, name: str) -> ServiceError:
        return NoSuchEntity(f"Policy {name} was not found.")

    def _gone(self, value: ManagedPolicy) -> ServiceError:
        return NoSuchEntity(f"Policy {value.arn} was not found.")  # fact 48

    def _changed(self, value: ManagedPolicy) -> None:
        self._execution.changed(ChangeKind.POLICY, value.arn)


class ManagedPolicies:
    def __init__(self, execution: Execution) -> None:
        self._execution: Final = execution
        self._policies: Final = _Policies(execution)

    def add(self, policy: ManagedPolicy, document: str) -> None:
        self._policies.add(policy)
        first = PolicyVersion(
            policy_id=policy.policy_id, number=1, document=document, created_at=policy.created_at
        )
        self._execution.write(_ADD_VERSION, _version_row(first))
        change_count(self._execution, policy.account_id, _VERSIONS, +1)

    def add_all(self, policies: Sequence[tuple[ManagedPolicy, Sequence[PolicyVersion]]]) -> None:
        if not policies:
            return
        self._policies.add_all([policy for policy, _ in policies])
        rows = [_version_row(version) for _, versions in policies for version in versions]
        self._execution.write_all(_ADD_VERSION, rows)
        change_count(self._execution, policies[0][0].account_id, _VERSIONS, len(rows))

    def find(self, arn: str) -> ManagedPolicy | None:
        parts = Arn.parse(arn)
        if parts is None:
            return None
        policy = self._policies.find(AccountId(parts.account), name_of(parts.resource))
        # Names are found without regard to case, but an ARN is exact, its path included.
        return policy if policy is not None and policy.arn == arn else None

    def find_by_id(self, policy_id: str) -> ManagedPolicy | None:
        return self._policies.find_by_id(policy_id)

    def find_by_name(self, account_id: AccountId, name: str) -> ManagedPolicy | None:
        return self._policies.find(account_id, name)

    def put(self, policy: ManagedPolicy) -> None:
        self._policies.put(policy)

    def delete(self, policy: ManagedPolicy) -> None:
        versions = self._execution.count(_COUNT_VERSIONS_OF, {"policy_id": policy.policy_id})
        self._policies.delete(policy)
        change_count(self._execution, policy.account_id, _VERSIONS, -versions)

    def page(
        self, account_id: AccountId, path_prefix: str, after: str | None, limit: int
    ) -> list[ManagedPolicy]:
        return self._policies.page(account_id, path_prefix, after, limit)

    def page_with_uses(
        self,
        account_id: AccountId,
        path_prefix: str,
        usage: PolicyUsage | None,
        after: str | None,
        limit: int,
    ) -> list[tuple[ManagedPolicy, PolicyUses]]:
        if usage is None:
            page = self._policies.page(account_id, path_prefix, after, limit)
            return [(policy, uses_of(self._execution, account_id, policy.arn)) for policy in page]
        rows = self._execution.rows(
            _USED[usage],
            {
                "account_id": account_id,
                "after": name_key(after or ""),
                "prefix": path_prefix,
                "prefix_length": len(path_prefix),
                "limit": limit,
            },
        )
        return [(_policy(row[:-2]), PolicyUses(*row[-2:])) for row in rows]

    def count(self, account_id: AccountId) -> int:
        return self._policies.count(account_id)

    def add_version(self, version: PolicyVersion) -> None:
        policy = self._policy_of(version)
        if self._execution.write(_ADD_VERSION, _version_row(version)) == 0:
            # Numbers are given from what the policy says, so that another request has given this one.
            raise ConcurrentModification(f"Policy {policy.arn} has a version {version.version_id} already.")
        change_count(self._execution, policy.account_id, _VERSIONS, +1)
        self._execution.changed(ChangeKind.POLICY, policy.arn)

    def find_version(self, policy_id: UniqueId, number: int) -> PolicyVersion | None:
        row = self._execution.row(_FIND_VERSION, {"policy_id": policy_id, "number": number})
        return None if row is None else _version(row)

    def delete_version(self, version: PolicyVersion) -> None:
        policy = self._policy_of(version)
        key = {"policy_id": version.policy_id, "number": version.number}
        if self._execution.remove(_DELETE_VERSION, key) == 0:
            # fact 47
            raise NoSuchEntity(
                f"Policy {policy.arn} version {version.version_id} does not exist or is not attachable."
            )
        change_count(self._execution, policy.account_id, _VERSIONS, -1)
        self._execution.changed(ChangeKind.POLICY, policy.arn)

    def list_versions(self, policy_id: UniqueId) -> list[PolicyVersion]:
        return [_version(row) for row in self._execution.rows(_LIST_VERSIONS, {"policy_id": policy_id})]

    def count_versions(self, account_id: AccountId) -> int:
        return count_of(self._execution, account_id, _VERSIONS)

    def _policy_of(self, version: PolicyVersion) -> ManagedPolicy:
        policy = self._policies.find_by_id(version.policy_id)
        if policy is None:
            raise NoSuchEntity(f"Policy {version.policy_id} was not found.")
        return policy


def _policy(row: Sequence[Any]) -> ManagedPolicy:
    """Read a row of `columns_of` the table of policies."""
    policy_id, account_id, name, path, created_at, updated_at, *rest = row
    description, default_version, last_version, tags = rest
    return ManagedPolicy(
        account_id=account_id,
        policy_id=policy_id,
        name=name,
        path=path,
        created_at=time_of(created_at),
        updated_at=time_of(updated_at),
        description=description,
        default_version=default_version,
        last_version=last_version,
        tags=tags_of(tags),
    )


def _version_row(version: PolicyVersion) -> dict[str, Any]:
    return {
        "policy_id": version.policy_id,
        "number": version.number,
        "document": version.document,
        "created_at": microseconds(version.created_at),
    }


def _version(row: Sequence[Any]) -> PolicyVersion:
    policy_id, number, document, created_at = row
    return PolicyVersion(
        policy_id=policy_id, number=number, document=document, created_at=time_of(created_at)
    )
