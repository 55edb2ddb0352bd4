"""Records of the audit trail."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0018"
down_revision: Final = "0017"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "audit_records"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("chain_id", _KEY, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "sequence", name=f"pk_{_TABLE}"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_TABLE}_at_chain_id_sequence", _TABLE, ["at", "chain_id", "sequence"])
