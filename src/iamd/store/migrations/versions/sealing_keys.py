"""When a sealing key entered its state."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sealing_keys", sa.Column("changed_at", _NUMBER, nullable=False, server_default="0"))
    op.execute("UPDATE sealing_keys SET changed_at = created_at")
