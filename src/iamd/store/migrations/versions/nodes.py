"""Nodes that share the database."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0020"
down_revision: Final = "0019"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("node_id", _KEY, nullable=False),
        sa.Column("host", _KEY, nullable=False),
        sa.Column("process", _NUMBER, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", _NUMBER, nullable=False),
        sa.Column("seen_at", _NUMBER, nullable=False),
        sa.Column("epoch", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("node_id", name="pk_nodes"),
        sqlite_strict=True,
    )
