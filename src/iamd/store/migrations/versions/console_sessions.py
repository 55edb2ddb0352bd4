"""Console sessions."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0019"
down_revision: Final = "0018"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "console_sessions"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("session_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("principal_id", _KEY, nullable=False),
        sa.Column("access_key_id", _KEY, nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.Column("source_ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("token_id", _KEY, nullable=True),
        sa.Column("parent_id", _KEY, nullable=True),
        sa.Column("must_change_password", _NUMBER, nullable=False),
        sa.Column("ended_at", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("token_id", name=f"uq_{_TABLE}_token_id"),
        sqlite_strict=True,
    )
    for column in ("account_id", "parent_id"):
        op.create_index(f"ix_{_TABLE}_{column}", _TABLE, [column])
