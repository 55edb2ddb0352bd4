"""SAML providers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "saml_providers"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("arn", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("provider_id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("valid_until", _NUMBER, nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("encryption_mode", sa.Text(), nullable=False),
        sa.Column("private_keys", sa.LargeBinary(), nullable=True),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arn", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("provider_id", name=f"uq_{_TABLE}_provider_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_TABLE}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_TABLE}_account_id", _TABLE, ["account_id"])
