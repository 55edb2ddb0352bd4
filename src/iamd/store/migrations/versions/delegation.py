"""Delegation requests, account properties, and the templates that roles come from."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_REQUESTS: Final = "delegation_requests"
_NOTICES: Final = "delegation_notices"
_PROPERTIES: Final = "account_properties"


def upgrade() -> None:
    op.add_column("roles", sa.Column("template_arn", sa.Text()))
    op.add_column("roles", sa.Column("template_minor_version", _NUMBER))
    _requests()
    _notices()
    op.create_table(
        _PROPERTIES,
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("name", _KEY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=f"pk_{_PROPERTIES}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_PROPERTIES}_account_id"),
        sqlite_strict=True,
    )


def _requests() -> None:
    op.create_table(
        _REQUESTS,
        sa.Column("sequence", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("request_id", _KEY, nullable=False),
        sa.Column("requestor_account_id", _KEY, nullable=False),
        sa.Column("requestor_name", sa.Text(), nullable=False),
        sa.Column("workflow_id", _KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("template_arn", _KEY, nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("session_duration", _NUMBER, nullable=False),
        sa.Column("redirect_url", sa.Text()),
        sa.Column("notification_channel", _KEY, nullable=False),
        sa.Column("only_send_by_owner", _NUMBER, nullable=False),
        sa.Column("owner_account_id", _KEY),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("owner_arn", _KEY),
        sa.Column("owner_user_id", _KEY),
        sa.Column("approver_arn", _KEY),
        sa.Column("approver_session", sa.Text()),
        sa.Column("notes", sa.Text()),
        sa.Column("rejection_reason", sa.Text()),
        sa.Column("finalized_at", _NUMBER),
        sa.PrimaryKeyConstraint("sequence", name=f"pk_{_REQUESTS}"),
        sa.UniqueConstraint("request_id", name=f"uq_{_REQUESTS}_request_id"),
        sa.UniqueConstraint(
            "requestor_account_id", "workflow_id", name=f"uq_{_REQUESTS}_requestor_account_id_workflow_id"
        ),
        sa.ForeignKeyConstraint(
            ["requestor_account_id"],
            ["accounts.account_id"],
            name=f"fk_{_REQUESTS}_requestor_account_id",
        ),
        sqlite_strict=True,
    )
    op.create_index(
        f"ix_{_REQUESTS}_owner_account_id_owner_arn", _REQUESTS, ["owner_account_id", "owner_arn"]
    )
    op.create_index(f"ix_{_REQUESTS}_state_expires_at", _REQUESTS, ["state", "expires_at"])


def _notices() -> None:
    op.create_table(
        _NOTICES,
        sa.Column("sequence", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("notice_id", _KEY, nullable=False),
        sa.Column("request_id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.Column("due_at", _NUMBER, nullable=False),
        sa.Column("attempts", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=f"pk_{_NOTICES}"),
        sa.UniqueConstraint("notice_id", name=f"uq_{_NOTICES}_notice_id"),
        sa.ForeignKeyConstraint(
            ["request_id"], [f"{_REQUESTS}.request_id"], name=f"fk_{_NOTICES}_request_id"
        ),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_NOTICES}_request_id", _NOTICES, ["request_id"])
    op.create_index(f"ix_{_NOTICES}_due_at", _NOTICES, ["due_at"])
