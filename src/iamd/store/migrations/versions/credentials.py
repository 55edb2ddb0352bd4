"""Passwords of users, and what accounts demand of them; SSH public keys, certificates and service-specific credentials; deletion tasks; reports."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ACCOUNT: Final = {"account_id": "accounts.account_id"}


def upgrade() -> None:
    _create(
        "login_profiles",
        _key("user_id"),
        _key("account_id"),
        _number("created_at"),
        _blob("password"),
        _blob("previous"),
        _number("changed_at"),
        _number("reset_required"),
        primary=["user_id"],
        foreign={"user_id": "users.user_id", **_ACCOUNT},
    )
    _create(
        "password_policies",
        _key("account_id"),
        _number("minimum_length"),
        _number("require_symbols"),
        _number("require_numbers"),
        _number("require_uppercase"),
        _number("require_lowercase"),
        _number("allow_users_to_change_password"),
        _number("max_age_days", nullable=True),
        _number("reuse_prevention", nullable=True),
        _number("hard_expiry", nullable=True),
        primary=["account_id"],
        foreign=_ACCOUNT,
    )

    _create_credentials()


def _create_credentials() -> None:
    _create_credential("ssh_public_keys", "ssh_public_key_id", _text("body"), _text("fingerprint"))
    _create_credential("signing_certificates", "certificate_id", _text("body"), _key("fingerprint"))
    op.create_index(
        "ix_signing_certificates_account_id_fingerprint",
        "signing_certificates",
        ["account_id", "fingerprint"],
    )

    _create(
        "server_certificates",
        _key("server_certificate_id"),
        _key("account_id"),
        _text("name"),
        _key("name_key"),
        _key("path"),
        _number("created_at"),
        _text("body"),
        _text("chain", nullable=True),
        _blob("private_key"),
        _number("expires_at"),
        _text("tags"),
        primary=["server_certificate_id"],
        unique=["account_id", "name_key"],
        foreign=_ACCOUNT,
    )

    _create_credential(
        "service_specific_credentials",
        "credential_id",
        _text("service"),
        _text("service_user_name"),
        _text("secret_hash"),
        _number("expires_at", nullable=True),
    )
    op.create_index(
        "ix_service_specific_credentials_account_id", "service_specific_credentials", ["account_id"]
    )

    _create(
        "deletion_tasks",
        _key("account_id"),
        _key("task_id"),
        _number("created_at"),
        primary=["account_id", "task_id"],
        foreign=_ACCOUNT,
    )

    _create(
        "credential_reports",
        _key("account_id"),
        _text("content"),
        _number("generated_at"),
        primary=["account_id"],
        foreign=_ACCOUNT,
    )
    op.add_column(
        "accounts",
        sa.Column("global_endpoint_token_version", _NUMBER, nullable=False, server_default="1"),
    )


def _create_credential(table: str, identity: str, *columns: sa.Column[Any]) -> None:
    _create(
        table,
        sa.Column("sequence", _NUMBER, autoincrement=True, nullable=False),
        _key(identity),
        _key("account_id"),
        _key("owner_id"),
        _number("created_at"),
        _text("status"),
        *columns,
        primary=["sequence"],
        unique=[identity],
        foreign={**_ACCOUNT, "owner_id": "owners.owner_id"},
        indexes=[["owner_id"]],
    )


def _create(
    table: str,
    *columns: sa.Column[Any],
    primary: list[str],
    foreign: dict[str, str],
    unique: list[str] | None = None,
    indexes: list[list[str]] | None = None,
) -> None:
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*primary, name=f"pk_{table}")]
    if unique:
        constraints.append(sa.UniqueConstraint(*unique, name=f"uq_{table}_{'_'.join(unique)}"))
    constraints += [
        sa.ForeignKeyConstraint([column], [there], name=f"fk_{table}_{column}")
        for column, there in foreign.items()
    ]
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
