"""
What must hold of the whole store at any moment, whatever failed before; looked at row by row.

Most of it the database holds by itself or the writer by its transactions, and none of it should ever be found broken.  That
is the point: whoever kills a server amid its writes, puts a backup back or suspects a disk asks here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, func, select, text

from iamd.domain.arns import EVERYBODYS, Arn, iam_arn
from iamd.store import schema
from iamd.store.errors import DamagedRecordError
from iamd.store.execution import Execution
from iamd.store.sealed import SEALED_COLUMNS
from iamd.store.statements import Statement
from iamd.store.values import name_key

_OWNERS: Final = schema.owners
_ENTITIES: Final = {
    "root": (schema.accounts, schema.accounts.c.account_id),
    "user": (schema.users, schema.users.c.user_id),
    "group": (schema.groups, schema.groups.c.group_id),
    "role": (schema.roles, schema.roles.c.role_id),
}
_COUNTED: Final = (
    schema.users,
    schema.groups,
    schema.roles,
    schema.instance_profiles,
    schema.managed_policies,
    schema.server_certificates,
    schema.mfa_devices,
    schema.oidc_providers,
    schema.saml_providers,
)
_DOCUMENTS: Final = (
    (schema.roles.c.role_id, schema.roles.c.trust_policy),
    (schema.policy_versions.c.policy_id, schema.policy_versions.c.document),
    (schema.inline_policies.c.owner_id, schema.inline_policies.c.document),
    (schema.vpc_endpoints.c.endpoint_id, schema.vpc_endpoints.c.policy),
)
# What SQLite knows of its own file: every page, every index, every foreign key.
_OF_THE_FILE: Final = ("PRAGMA integrity_check(20)", "PRAGMA foreign_key_check")


def problems_of(execution: Execution) -> Iterator[str]:
    """
    Yield what does not hold, each in a sentence that names the row and holds no secret.

    Raises:
        StoreError: The database is so damaged that it cannot be read.
    """
    rows = _Rows(execution)
    for check in _CHECKS:
        yield from check(rows)


class _Rows:
    def __init__(self, execution: Execution) -> None:
        self.execution: Final = execution

    def of(
        self, *columns: "ColumnElement[Any] | Table", change: Callable[[Any], Any] | None = None
    ) -> Sequence[tuple[Any, ...]]:
        """Return all rows of *columns*, of the query that *change* makes of theirs."""
        query = select(*columns)
        return self.execution.rows(Statement(query if change is None else change(query)), {})


def _file(rows: _Rows) -> Iterator[str]:
    if rows.execution.dialect_name != "sqlite":
        return
    for question in _OF_THE_FILE:
        for row in rows.execution.rows(Statement(text(question)), {}):
            if row != ("ok",):
                yield f"{question}: {' '.join(map(str, row))}"


def _owners(rows: _Rows) -> Iterator[str]:
    """Each owner is an entity of its kind and account, and each entity that can own is an owner."""
    found = {
        (kind, id_, account_id)
        for kind, (table, id_column) in _ENTITIES.items()
        for id_, account_id in rows.of(id_column, table.c.account_id)
    }
    owners = {
        (kind, id_, account_id)
        for kind, id_, account_id in rows.of(_OWNERS.c.owner_kind, _OWNERS.c.owner_id, _OWNERS.c.account_id)
    }
    for kind, id_, account_id in sorted(owners - found):
        yield f"the owner `{id_}` is no {kind} of the account {account_id}"
    for kind, id_, account_id in sorted(found - owners):
        yield f"the {kind} `{id_}` of the account {account_id} is no owner"


def _accounts(rows: _Rows) -> Iterator[str]:
    """What belongs to somebody is of the same account."""
    for table in schema.metadata.sorted_tables:
        if {"owner_id", "account_id"} <= set(table.c.keys()) and table is not _OWNERS:
            for id_, account_id, of_owner in rows.of(
                table.c.owner_id, table.c.account_id, _OWNERS.c.account_id, change=_of_another_account(table)
            ):
                yield f"{table.name}: what belongs to `{id_}` of {of_owner} is of the account {account_id}"
    users, groups, members = schema.users, schema.groups, schema.group_memberships
    for user_id, group_id, key, name, of_user, of_group in rows.of(
        members.c.user_id,
        members.c.group_id,
        members.c.user_key,
        users.c.name_key,
        users.c.account_id,
        groups.c.account_id,
        change=lambda query: query.join_from(members, users).join(groups),
    ):
        if of_user != of_group or key != name:
            yield f"group_memberships: the membership of `{user_id}` in `{group_id}` is not as the two are"


def _names(rows: _Rows) -> Iterator[str]:
    for table in schema.metadata.sorted_tables:
        if {"name", "name_key"} <= set(table.c.keys()):
            for name, key in rows.of(table.c.name, table.c.name_key):
                if name_key(name) != key:
                    yield f"{table.name}: `{name}` would not be found by its name"


def _texts(rows: _Rows) -> Iterator[str]:
    """What is JSON can be read, and policies are objects."""
    for table in schema.metadata.sorted_tables:
        if "tags" in table.c:
            for (tags,) in rows.of(table.c.tags):
                if not isinstance(_json(tags), list):
                    yield f"{table.name}: tags that cannot be read"
    for id_column, column in _DOCUMENTS:
        for id_, document in rows.of(id_column, column):
            if not isinstance(_json(document), dict):
                yield f"{column.table.name}: the policy of `{id_}` cannot be read"


def _counts(rows: _Rows) -> Iterator[str]:
    """The numbers that are kept are those that are counted."""
    counted: Counter[tuple[str, str]] = Counter()
    for table in _COUNTED:
        for account_id, number in rows.of(table.c.account_id, func.count(), change=_by(table.c.account_id)):
            counted[account_id, str(table)] += number
    devices = schema.mfa_devices
    for account_id, number in rows.of(
        devices.c.account_id,
        func.count(),
        change=lambda query: _by(devices.c.account_id)(query.where(devices.c.owner_id.is_not(None))),
    ):
        counted[account_id, f"{devices} in use"] += number
    policies, versions = schema.managed_policies, schema.policy_versions
    for account_id, number in rows.of(
        policies.c.account_id,
        func.count(),
        change=lambda query: _by(policies.c.account_id)(query.join_from(versions, policies)),
    ):
        counted[account_id, str(versions)] += number
    kept: Counter[tuple[str, str]] = Counter()
    for account_id, collection, number in rows.of(
        *(schema.entity_counts.c[name] for name in ("account_id", "collection", "number"))
    ):
        kept[account_id, collection] += number
    for key in sorted(set(counted) | set(kept)):
        if counted[key] != kept[key]:
            yield f"entity_counts: {kept[key]} {key[1]} are noted of the account {key[0]} that has {counted[key]}"


def _policies(rows: _Rows) -> Iterator[str]:
    """Each policy has its versions, and those that are attached are there; their uses are as noted."""
    policies, versions = schema.managed_policies, schema.policy_versions
    numbers: dict[str, set[int]] = {}
    for policy_id, number in rows.of(versions.c.policy_id, versions.c.number):
        numbers.setdefault(policy_id, set()).add(number)
    arns = set()
    for policy_id, account_id, path, name, default, last in rows.of(
        *(policies.c[each] for each in ("policy_id", "account_id", "path", "name")),
        policies.c.default_version,
        policies.c.last_version,
    ):
        arns.add(iam_arn(account_id, "policy", path, name))
        own = numbers.get(policy_id, set())
        if default not in own or max(own) > last:
            yield f"managed_policies: the versions of `{policy_id}` do not hold its default"
    attachments, uses = schema.policy_attachments, schema.policy_uses
    attached = Counter[tuple[str, str]]()
    for account_id, arn in rows.of(attachments.c.account_id, attachments.c.policy_arn):
        attached[account_id, arn] += 1
    bounded = Counter[tuple[str, str]]()
    for table in (schema.users, schema.roles):
        for account_id, arn in rows.of(table.c.account_id, table.c.permissions_boundary):
            if arn is not None:
                bounded[account_id, arn] += 1
    noted = {
        (account_id, arn): (attaching, bounding)
        for account_id, arn, attaching, bounding in rows.of(
            uses.c.account_id, uses.c.policy_arn, uses.c.attachments, uses.c.boundaries
        )
    }
    for account_id, arn in sorted({*attached, *bounded, *noted}):
        there = attached[account_id, arn], bounded[account_id, arn]
        if noted.get((account_id, arn), (0, 0)) != there:
            yield f"policy_uses: the uses of `{arn}` in the account {account_id} are not {there}"
        parsed = Arn.parse(arn)
        own_policy = parsed is not None and parsed.account not in EVERYBODYS
        if own_policy and any(there) and arn not in arns:
            yield f"policy_attachments: `{arn}` is in use and not there"


def _attachments(rows: _Rows) -> Iterator[str]:
    """What an attachment repeats of its owner is as the owner has it."""
    attachments = schema.policy_attachments
    names = {
        id_: (kind, key)
        for kind, (table, id_column) in _ENTITIES.items()
        if kind != "root"
        for id_, key in rows.of(id_column, table.c.name_key)
    }
    for owner_id, kind, key in rows.of(
        attachments.c.owner_id, attachments.c.owner_kind, attachments.c.owner_key
    ):
        if names.get(owner_id) != (kind, key):
            yield f"policy_attachments: `{owner_id}` is not the {kind} `{key}`"


def _secrets(rows: _Rows) -> Iterator[str]:
    """Each sealed blob opens in its place."""
    for sealed in SEALED_COLUMNS:
        for row_id, blob in rows.of(sealed.row_id, sealed.blob):
            if blob is not None:
                try:
                    rows.execution.vault.open(sealed.place, row_id, blob)
                except DamagedRecordError as error:
                    yield str(error)


def _log(rows: _Rows) -> Iterator[str]:
    changes = schema.changes
    ((first, last, number),) = rows.of(
        func.min(changes.c.epoch), func.max(changes.c.epoch), func.count(changes.c.epoch)
    )
    if number and last - first + 1 != number:
        yield f"changes: there are {number} lines from {first} to {last}"


_CHECKS: Final[tuple[Callable[[_Rows], Iterator[str]], ...]] = (
    _file,
    _owners,
    _accounts,
    _names,
    _texts,
    _counts,
    _policies,
    _attachments,
    _secrets,
    _log,
)


def _of_another_account(table: Table) -> Callable[[Any], Any]:
    """Change a query to rows of *table* whose owner is of another account."""
    owned = _OWNERS.c.owner_id == table.c.owner_id
    return lambda query: query.join_from(table, _OWNERS, owned).where(
        _OWNERS.c.account_id != table.c.account_id
    )


def _by(column: Column[Any]) -> Callable[[Any], Any]:
    return lambda query: query.group_by(column)


def _json(given: str) -> object:
    try:
        return json.loads(given)
    except ValueError:
        return None
