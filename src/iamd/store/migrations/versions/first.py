"""
The schema of the first version.

It repeats `iamd.store.schema` as that was, on purpose: later changes there must not change what was done here.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _create_log_and_meta()
    _create_accounts_and_owners()
    _create_users_and_groups()
    _create_roles_and_instance_profiles()
    _create_policies()
    _create_credentials()


def _create_log_and_meta() -> None:
    _create("meta", _key("name"), _text("value"), primary=["name"])
    _create("changes", _number("epoch"), _text("kind"), _text("id"), primary=["epoch"])


def _create_accounts_and_owners() -> None:
    _create(
        "accounts",
        _key("account_id"),
        _text("name"),
        _number("created_at"),
        _key("alias", nullable=True),
        primary=["account_id"],
        unique=["alias"],
    )
    _create(
        "owners",
        _key("owner_id"),
        _key("account_id"),
        _key("owner_kind"),
        primary=["owner_id"],
        foreign={"account_id": "accounts.account_id"},
        indexes=[["account_id"]],
    )
    _create(
        "entity_counts",
        _key("account_id"),
        _key("collection"),
        _number("number"),
        primary=["account_id", "collection"],
        foreign={"account_id": "accounts.account_id"},
    )


def _create_users_and_groups() -> None:
    _create_named(
        "users",
        "user_id",
        _key("permissions_boundary", nullable=True),
        _number("password_last_used_at", nullable=True),
        _text("tags"),
        foreign={"user_id": "owners.owner_id"},
        indexes=[["account_id", "permissions_boundary"]],
    )
    _create_named("groups", "group_id", foreign={"group_id": "owners.owner_id"})
    _create(
        "group_memberships",
        _key("user_id"),
        _key("group_id"),
        primary=["user_id", "group_id"],
        foreign={"user_id": "users.user_id CASCADE", "group_id": "groups.group_id"},
        indexes=[["group_id"]],
    )


def _create_roles_and_instance_profiles() -> None:
    _create_named(
        "roles",
        "role_id",
        _text("trust_policy"),
        _text("trusted_ids"),
        _text("description", nullable=True),
        _number("max_session_duration"),
        _key("permissions_boundary", nullable=True),
        _number("last_used_at", nullable=True),
        _text("last_used_region", nullable=True),
        _text("tags"),
        foreign={"role_id": "owners.owner_id"},
        indexes=[["account_id", "permissions_boundary"]],
    )
    _create_named(
        "instance_profiles",
        "instance_profile_id",
        _key("role_id", nullable=True),
        _text("tags"),
        foreign={"role_id": "roles.role_id"},
        indexes=[["role_id"]],
    )


def _create_policies() -> None:
    _create_named(
        "managed_policies",
        "policy_id",
        _number("updated_at"),
        _text("description", nullable=True),
        _number("default_version"),
        _number("last_version"),
        _text("tags"),
    )
    _create(
        "policy_versions",
        _key("policy_id"),
        _number("number"),
        _text("document"),
        _number("created_at"),
        primary=["policy_id", "number"],
        foreign={"policy_id": "managed_policies.policy_id CASCADE"},
    )
    _create(
        "inline_policies",
        _key("owner_id"),
        _key("name"),
        _text("document"),
        primary=["owner_id", "name"],
        foreign={"owner_id": "owners.owner_id"},
    )
    _create(
        "policy_attachments",
        sa.Column("sequence", _NUMBER, autoincrement=True, nullable=False),
        _key("owner_id"),
        _key("policy_arn"),
        primary=["sequence"],
        unique=["owner_id", "policy_arn"],
        foreign={"owner_id": "owners.owner_id"},
        indexes=[["policy_arn"]],
    )


def _create_credentials() -> None:
    _create(
        "access_keys",
        sa.Column("sequence", _NUMBER, autoincrement=True, nullable=False),
        _key("access_key_id"),
        _key("account_id"),
        _key("owner_id"),
        _blob("secret"),
        _number("created_at"),
        _text("status"),
        _number("last_used_at", nullable=True),
        _text("last_used_service", nullable=True),
        _text("last_used_region", nullable=True),
        primary=["sequence"],
        unique=["access_key_id"],
        foreign={"account_id": "accounts.account_id", "owner_id": "owners.owner_id"},
        indexes=[["owner_id"]],
    )
    _create(
        "mfa_devices",
        _key("serial_number"),
        _key("account_id"),
        _text("name"),
        _key("name_key"),
        _key("path"),
        _blob("seed"),
        _number("created_at"),
        _key("owner_id", nullable=True),
        _number("enabled_at", nullable=True),
        _number("last_step"),
        _text("tags"),
        primary=["serial_number"],
        unique=["account_id", "path", "name_key"],
        foreign={"account_id": "accounts.account_id", "owner_id": "owners.owner_id"},
        indexes=[["owner_id"]],
    )
    _create(
        "sealing_keys",
        _key("key_id"),
        _text("state"),
        _blob("material"),
        _number("created_at"),
        primary=["key_id"],
    )


def _create_named(
    table: str,
    identity: str,
    *columns: sa.Column[Any],
    foreign: dict[str, str] | None = None,
    indexes: list[list[str]] | None = None,
) -> None:
    _create(
        table,
        _key(identity),
        _key("account_id"),
        _text("name"),
        _key("name_key"),
        _key("path"),
        _number("created_at"),
        *columns,
        primary=[identity],
        unique=["account_id", "name_key"],
        foreign={"account_id": "accounts.account_id", **(foreign or {})},
        indexes=indexes,
    )


def _create(
    table: str,
    *columns: sa.Column[Any],
    primary: list[str],
    unique: list[str] | None = None,
    foreign: dict[str, str] | None = None,
    indexes: list[list[str]] | None = None,
) -> None:
    """Create a table; *foreign* says ``table.column``, and CASCADE where a deletion goes on."""
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=f"pk_{table}")]
    if unique:
        constraints.append(sa.UniqueConstraint(*unique, name=f"uq_{table}_{'_'.join(unique)}"))
    for column, target in (foreign or {}).items():
        there, _, on_delete = target.partition(" ")
        constraints.append(
            sa.ForeignKeyConstraint(
                [column], [there], name=f"fk_{table}_{column}", ondelete=on_delete or None
            )
        )
    op.create_table(table, *columns, *constraints, sqlite_strict=True)
    for names in indexes or []:
        op.create_index(f"ix_{table}_{'_'.join(names)}", table, names)


def _key(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _KEY, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _NUMBER, nullable=nullable, autoincrement=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)
