"""Who uses which policy, in order and counted; members of groups in order; entities by their paths."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0015"
down_revision: Final = "0014"

_NUMBER: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NAMED: Final = ("users", "groups", "roles", "instance_profiles", "managed_policies", "server_certificates")
_BOUNDED: Final = ("users", "roles")


def upgrade() -> None:
    for table in _NAMED:
        op.create_index(f"ix_{table}_account_id_path", table, ["account_id", "path"])
    for table in _BOUNDED:
        op.drop_index(f"ix_{table}_account_id_permissions_boundary", table)
        op.create_index(
            f"ix_{table}_account_id_permissions_boundary_name_key",
            table,
            ["account_id", "permissions_boundary", "name_key"],
        )
    _order_members()
    _order_attachments()
    _count_uses()
    op.execute(
        "INSERT INTO entity_counts (account_id, collection, number)"
        " SELECT account_id, 'mfa_devices', count(*) FROM mfa_devices GROUP BY account_id"
    )
    op.execute(
        "INSERT INTO entity_counts (account_id, collection, number)"
        " SELECT account_id, 'mfa_devices in use', count(*) FROM mfa_devices"
        " WHERE owner_id IS NOT NULL GROUP BY account_id"
    )
    op.create_index("ix_mfa_devices_account_id_serial_number", "mfa_devices", ["account_id", "serial_number"])
    op.create_index(
        "ix_mfa_devices_account_id_owner_id_serial_number",
        "mfa_devices",
        ["account_id", "owner_id", "serial_number"],
    )


def _order_members() -> None:
    op.add_column("group_memberships", sa.Column("user_key", _KEY, nullable=False, server_default=""))
    op.execute(
        "UPDATE group_memberships SET user_key ="
        " (SELECT name_key FROM users WHERE users.user_id = group_memberships.user_id)"
    )
    op.drop_index("ix_group_memberships_group_id", "group_memberships")
    op.create_index("ix_group_memberships_group_id_user_key", "group_memberships", ["group_id", "user_key"])


def _order_attachments() -> None:
    for name in ("account_id", "owner_kind", "owner_key"):
        op.add_column("policy_attachments", sa.Column(name, _KEY, nullable=False, server_default=""))
    for kind in ("user", "group", "role"):
        op.execute(
            "UPDATE policy_attachments SET"  # noqa: S608  our own names
            f" owner_kind = '{kind}',"
            f" account_id = (SELECT account_id FROM {kind}s WHERE {kind}_id = policy_attachments.owner_id),"
            f" owner_key = (SELECT name_key FROM {kind}s WHERE {kind}_id = policy_attachments.owner_id)"
            f" WHERE owner_id IN (SELECT {kind}_id FROM {kind}s)"
        )
    op.drop_index("ix_policy_attachments_policy_arn", "policy_attachments")
    op.create_index(
        "ix_policy_attachments_entities",
        "policy_attachments",
        ["policy_arn", "account_id", "owner_kind", "owner_key"],
    )


def _count_uses() -> None:
    op.create_table(
        "policy_uses",
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("policy_arn", _KEY, nullable=False),
        sa.Column("belongs_to", _KEY, nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("attachments", _NUMBER, nullable=False),
        sa.Column("boundaries", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "policy_arn", name="pk_policy_uses"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name="fk_policy_uses_account_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_policy_uses_account_id_belongs_to_name_key",
        "policy_uses",
        ["account_id", "belongs_to", "name_key"],
    )
    _count("SELECT account_id, policy_arn FROM policy_attachments", "attachments")
    for table in _BOUNDED:
        _count(
            f"SELECT account_id, permissions_boundary FROM {table} WHERE permissions_boundary IS NOT NULL",  # noqa: S608  our own names
            "boundaries",
        )


def _count(query: str, column: str) -> None:
    """Add to *column* how often an account and an ARN are in the answer to *query*."""
    connection = op.get_bind()
    uses: dict[tuple[str, str], int] = {}
    for account_id, arn in connection.execute(sa.text(query)):
        uses[account_id, arn] = uses.get((account_id, arn), 0) + 1
    insert = sa.text(
        "INSERT INTO policy_uses VALUES (:account_id, :arn, :belongs_to, :name_key, 0, 0)"
        " ON CONFLICT (account_id, policy_arn) DO NOTHING"
    )
    add = sa.text(
        f"UPDATE policy_uses SET {column} = {column} + :number"  # noqa: S608  our own names
        " WHERE account_id = :account_id AND policy_arn = :arn"
    )
    for (account_id, arn), number in uses.items():
        parts = arn.split(":", 5)
        connection.execute(
            insert,
            {
                "account_id": account_id,
                "arn": arn,
                "belongs_to": parts[4] if len(parts) > 5 else "",
                "name_key": arn.rpartition("/")[2].lower(),
            },
        )
        connection.execute(add, {"account_id": account_id, "arn": arn, "number": number})
