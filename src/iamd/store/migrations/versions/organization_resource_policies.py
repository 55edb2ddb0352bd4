"""Resource policies of organizations."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0014"
down_revision: Final = "0013"

_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLE: Final = "organization_resource_policies"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("organization_id", _KEY, nullable=False),
        sa.Column("policy_id", _KEY, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("trusted_ids", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=f"fk_{_TABLE}_organization_id"
        ),
        sqlite_strict=True,
    )
