"""The tables of organizations; see `iamd.store.schema` for what holds for all tables."""

from typing import Any, Final

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint

from iamd.store.tables import KEY, NUMBER, table

# Ids of Organizations are unique in their organization, not among all.
organizations: Final = table(
    "organizations",
    Column("organization_id", KEY, primary_key=True),
    Column("management_account_id", KEY, ForeignKey("accounts.account_id"), nullable=False, unique=True),
    Column("root_id", KEY, nullable=False),
    Column("feature_set", Text, nullable=False),
    Column("policy_types", Text, nullable=False),
    Column("root_tags", Text, nullable=False),
    Column("features", Text, nullable=False, server_default="[]"),
)


def _of_organization(*, primary_key: bool) -> Column[Any]:
    """Describe a reference to the organization that something is part of."""
    return Column(
        "organization_id",
        KEY,
        ForeignKey("organizations.organization_id"),
        nullable=False,
        primary_key=primary_key,
    )


# The primary key is the rule that an account belongs to one organization at most.
organization_members: Final = table(
    "organization_members",
    Column("account_id", KEY, ForeignKey("accounts.account_id"), primary_key=True),
    _of_organization(primary_key=False),
    Column("parent_id", KEY, nullable=False),
    Column("joined_method", Text, nullable=False),
    Column("joined_at", NUMBER, nullable=False),
    Column("tags", Text, nullable=False),
    Index(None, "organization_id", "parent_id"),
)

organizational_units: Final = table(
    "organizational_units",
    _of_organization(primary_key=True),
    Column("unit_id", KEY, primary_key=True),
    Column("parent_id", KEY, nullable=False),
    Column("name", KEY, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("organization_id", "parent_id", "name"),
)

organization_policies: Final = table(
    "organization_policies",
    _of_organization(primary_key=True),
    Column("policy_id", KEY, primary_key=True),
    Column("type", KEY, nullable=False),
    Column("name", KEY, nullable=False),
    Column("description", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("organization_id", "type", "name"),
)

# No foreign key on the policy, which may be one that AWS manages, nor on the target: a root, a unit or an account.
organization_policy_attachments: Final = table(
    "organization_policy_attachments",
    Column("sequence", NUMBER, primary_key=True, autoincrement=True),
    _of_organization(primary_key=False),
    Column("target_id", KEY, nullable=False),
    Column("type", KEY, nullable=False),
    Column("policy_id", KEY, nullable=False),
    # Named here, since the name that is made of all columns is longer than PostgreSQL takes.
    UniqueConstraint("organization_id", "target_id", "policy_id", name="uq_organization_policy_attachments"),
    Index(None, "organization_id", "policy_id"),
)

account_creations: Final = table(
    "account_creations",
    Column("sequence", NUMBER, primary_key=True, autoincrement=True),
    _of_organization(primary_key=False),
    Column("request_id", KEY, nullable=False),
    Column("account_name", Text, nullable=False),
    Column("state", KEY, nullable=False),
    Column("requested_at", NUMBER, nullable=False),
    Column("completed_at", NUMBER),
    Column("account_id", KEY),
    Column("failure_reason", Text),
    UniqueConstraint("organization_id", "request_id"),
)

service_accesses: Final = table(
    "service_accesses",
    _of_organization(primary_key=True),
    Column("service_principal", KEY, primary_key=True),
    Column("enabled_at", NUMBER, nullable=False),
)

delegated_administrators: Final = table(
    "delegated_administrators",
    _of_organization(primary_key=True),
    Column("account_id", KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("service_principal", KEY, primary_key=True),
    Column("enabled_at", NUMBER, nullable=False),
)

# The account is the one that was asked; None when it was asked by email, or when the organization asks itself.
handshakes: Final = table(
    "handshakes",
    _of_organization(primary_key=False),
    Column("handshake_id", KEY, primary_key=True),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("account_id", KEY, index=True),
    Column("email", KEY, index=True),
    Column("parent_id", KEY),
    Column("requested_at", NUMBER, nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    Column("completed_at", NUMBER),
    Column("notes", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Index(None, "organization_id", "requested_at"),
)

organization_resource_policies: Final = table(
    "organization_resource_policies",
    _of_organization(primary_key=True),
    Column("policy_id", KEY, nullable=False),
    Column("content", Text, nullable=False),
    Column("trusted_ids", Text, nullable=False),
    Column("tags", Text, nullable=False),
)
