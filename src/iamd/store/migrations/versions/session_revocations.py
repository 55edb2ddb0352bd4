"""Sessions that have been ended before their time."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0012"
down_revision: Final = "0011"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "session_revocations"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("subject", _KEY, nullable=False),
        sa.Column("at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=f"pk_{_TABLE}"),
        sqlite_strict=True,
    )
