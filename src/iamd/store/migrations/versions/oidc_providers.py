"""OpenID Connect providers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "oidc_providers"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("arn", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("client_ids", sa.Text(), nullable=False),
        sa.Column("thumbprints", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arn", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_TABLE}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_TABLE}_account_id", _TABLE, ["account_id"])
