"""Accesses, and reports about them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0007"
down_revision: Final = "0006"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ACCESSES: Final = "accesses"
_REPORTS: Final = "access_reports"


def upgrade() -> None:
    op.create_table(
        _ACCESSES,
        sa.Column("principal_id", _KEY, nullable=False),
        sa.Column("service", _KEY, nullable=False),
        sa.Column("action", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("principal_id", "service", "action", name=f"pk_{_ACCESSES}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_ACCESSES}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_ACCESSES}_account_id", _ACCESSES, ["account_id"])
    op.create_table(
        _REPORTS,
        sa.Column("sequence", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("requester", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("completed_at", _NUMBER, nullable=False),
        sa.Column("failed", _NUMBER, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=f"pk_{_REPORTS}"),
        sa.UniqueConstraint("job_id", name=f"uq_{_REPORTS}_job_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_REPORTS}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_REPORTS}_account_id_sequence", _REPORTS, ["account_id", "sequence"])
