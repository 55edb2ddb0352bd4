"""Quotas of accounts that are higher than the default ones."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("raised_quotas", sa.Text(), nullable=False, server_default="[]"))
