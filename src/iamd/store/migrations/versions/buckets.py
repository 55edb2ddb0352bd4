"""Buckets: whose they are, and their policies."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0017"
down_revision: Final = "0016"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "buckets"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("name", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("trusted_ids", sa.Text(), nullable=False),
        sa.Column("public_access_block", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_TABLE}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_TABLE}_account_id", _TABLE, ["account_id"])
