"""Central root access: services that organizations let in, who administers them, features, passwords of root users."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ORGANIZATION: Final = "organizations.organization_id"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("root_login_at", _NUMBER, nullable=True))
    op.add_column("organizations", sa.Column("features", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "service_accesses",
        sa.Column("organization_id", _KEY, nullable=False),
        sa.Column("service_principal", _KEY, nullable=False),
        sa.Column("enabled_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "service_principal", name="pk_service_accesses"),
        sa.ForeignKeyConstraint(
            ["organization_id"], [_ORGANIZATION], name="fk_service_accesses_organization_id"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "delegated_administrators",
        sa.Column("organization_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("service_principal", _KEY, nullable=False),
        sa.Column("enabled_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "account_id", "service_principal", name="pk_delegated_administrators"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], [_ORGANIZATION], name="fk_delegated_administrators_organization_id"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_delegated_administrators_account_id"
        ),
        sqlite_strict=True,
    )
