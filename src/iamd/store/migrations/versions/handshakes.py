"""Handshakes: invitations to organizations, and what else accounts are asked to agree to."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0013"
down_revision: Final = "0012"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "handshakes"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("organization_id", _KEY, nullable=False),
        sa.Column("handshake_id", _KEY, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account_id", _KEY, nullable=True),
        sa.Column("email", _KEY, nullable=True),
        sa.Column("parent_id", _KEY, nullable=True),
        sa.Column("requested_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.Column("completed_at", _NUMBER, nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("handshake_id", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=f"fk_{_TABLE}_organization_id"
        ),
        sqlite_strict=True,
    )
    for columns in (["account_id"], ["email"], ["organization_id", "requested_at"]):
        op.create_index(f"ix_{_TABLE}_{'_'.join(columns)}", _TABLE, columns)
