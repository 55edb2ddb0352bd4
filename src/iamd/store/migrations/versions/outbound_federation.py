"""Outbound federation: accounts that issue identity tokens, and the keys that those are signed with."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ACCOUNTS: Final = "outbound_federations"
_KEYS: Final = "token_signing_keys"


def upgrade() -> None:
    op.create_table(
        _ACCOUNTS,
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("issuer_id", _KEY, nullable=False),
        sa.Column("enabled", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=f"pk_{_ACCOUNTS}"),
        sa.UniqueConstraint("issuer_id", name=f"uq_{_ACCOUNTS}_issuer_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_ACCOUNTS}_account_id"),
        sqlite_strict=True,
    )
    op.create_table(
        _KEYS,
        sa.Column("key_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("signs_from", _NUMBER, nullable=False),
        sa.Column("signs_until", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=f"pk_{_KEYS}"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=f"fk_{_KEYS}_account_id"),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{_KEYS}_account_id", _KEYS, ["account_id"])
    op.create_index(f"ix_{_KEYS}_signs_until", _KEYS, ["signs_until"])
