"""Organizations: members, units, policies and what they are attached to; owners and states of accounts."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ORGANIZATION: Final = "organizations.organization_id"


def upgrade() -> None:
    op.add_column("accounts", _key("email", nullable=True))
    op.add_column("accounts", sa.Column("status", sa.Text(), nullable=False, server_default="ACTIVE"))
    op.create_index("ix_accounts_email", "accounts", ["email"], unique=True)
    _create_tree()
    _create_policies()
    _create(
        "account_creations",
        _sequence(),
        _key("organization_id"),
        _key("request_id"),
        _text("account_name"),
        _key("state"),
        _number("requested_at"),
        _number("completed_at", nullable=True),
        _key("account_id", nullable=True),
        _text("failure_reason", nullable=True),
        primary=["sequence"],
        unique=["organization_id", "request_id"],
        foreign={"organization_id": _ORGANIZATION},
    )


def _create_tree() -> None:
    _create(
        "organizations",
        _key("organization_id"),
        _key("management_account_id"),
        _key("root_id"),
        _text("feature_set"),
        _text("policy_types"),
        _text("root_tags"),
        primary=["organization_id"],
        unique=["management_account_id"],
        foreign={"management_account_id": "accounts.account_id"},
    )
    _create(
        "organization_members",
        _key("account_id"),
        _key("organization_id"),
        _key("parent_id"),
        _text("joined_method"),
        _number("joined_at"),
        _text("tags"),
        primary=["account_id"],
        foreign={"account_id": "accounts.account_id", "organization_id": _ORGANIZATION},
    )
    op.create_index(
        "ix_organization_members_organization_id_parent_id",
        "organization_members",
        ["organization_id", "parent_id"],
    )
    _create(
        "organizational_units",
        _key("organization_id"),
        _key("unit_id"),
        _key("parent_id"),
        _key("name"),
        _text("tags"),
        primary=["organization_id", "unit_id"],
        unique=["organization_id", "parent_id", "name"],
        foreign={"organization_id": _ORGANIZATION},
    )


def _create_policies() -> None:
    _create(
        "organization_policies",
        _key("organization_id"),
        _key("policy_id"),
        _key("type"),
        _key("name"),
        _text("description"),
        _text("content"),
        _text("tags"),
        primary=["organization_id", "policy_id"],
        unique=["organization_id", "type", "name"],
        foreign={"organization_id": _ORGANIZATION},
    )
    _create(
        "organization_policy_attachments",
        _sequence(),
        _key("organization_id"),
        _key("target_id"),
        _key("type"),
        _key("policy_id"),
        primary=["sequence"],
        unique=["organization_id", "target_id", "policy_id"],
        unique_name="uq_organization_policy_attachments",
        foreign={"organization_id": _ORGANIZATION},
    )
    op.create_index(
        "ix_organization_policy_attachments_organization_id_policy_id",
        "organization_policy_attachments",
        ["organization_id", "policy_id"],
    )


def _create(
    table: str,
    *columns: sa.Column[Any],
    primary: list[str],
    foreign: dict[str, str],
    unique: list[str] | None = None,
    unique_name: str | None = None,
) -> None:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=f"pk_{table}")]
    if unique:
        name = unique_name or f"uq_{table}_{'_'.join(unique)}"
        constraints.append(sa.UniqueConstraint(*unique, name=name))
    constraints += [
        sa.ForeignKeyConstraint([column], [there], name=f"fk_{table}_{column}")
        for column, there in foreign.items()
    ]
    op.create_table(table, *columns, *constraints, sqlite_strict=True)


def _sequence() -> sa.Column[Any]:
    return sa.Column("sequence", _NUMBER, nullable=False, autoincrement=True)


def _key(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _KEY, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _NUMBER, nullable=nullable, autoincrement=False)
