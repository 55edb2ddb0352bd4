"""
The tables.

What holds for all of them:

* Every text that is looked up or sorted by has the binary collation, on both databases.
* A name stands twice: as written, and as `iamd.store.values.name_key` makes it, which is unique in its account.
* Times are microseconds (`iamd.store.values`), secrets are sealed blobs (`iamd.store.encryption`).
* Whoever can own keys, devices or policies (a root, a user, a group, a role) has a row in ``owners``, so that a foreign
  key stands behind every ``owner_id``.
* A change here is a new revision in ``migrations``, and `REVISION` is its name.
"""

from typing import Any, Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from iamd.store import delegation_schema, federation_schema, organization_schema, tables
from iamd.store.tables import KEY as _KEY
from iamd.store.tables import NUMBER as _NUMBER
from iamd.store.tables import table as _table

REVISION: Final = "0021"
OLDEST: Final = "0019"
"""
The oldest revision whose programs work on this schema as well, so that two versions can run side by side.

A revision that only adds (tables, indexes, columns that may be left out) leaves it as it is.  One that removes, renames or
tightens something makes it its own name, and belongs into a version after the one that has stopped using what goes.
"""

OLDEST_WITH_CHECKSUMS: Final = "0021"
"""The same, of a SQLite file whose pages have checksums: programs before would write pages without."""

metadata: Final = tables.metadata

delegation_requests: Final = delegation_schema.delegation_requests
delegation_notices: Final = delegation_schema.delegation_notices
account_properties: Final = delegation_schema.account_properties
oidc_providers: Final = federation_schema.oidc_providers
saml_providers: Final = federation_schema.saml_providers
outbound_federations: Final = federation_schema.outbound_federations
token_signing_keys: Final = federation_schema.token_signing_keys
organizations: Final = organization_schema.organizations
organization_members: Final = organization_schema.organization_members
organizational_units: Final = organization_schema.organizational_units
organization_policies: Final = organization_schema.organization_policies
organization_policy_attachments: Final = organization_schema.organization_policy_attachments
account_creations: Final = organization_schema.account_creations
service_accesses: Final = organization_schema.service_accesses
delegated_administrators: Final = organization_schema.delegated_administrators
handshakes: Final = organization_schema.handshakes
organization_resource_policies: Final = organization_schema.organization_resource_policies


def _named(name: str, id_column: str, *items: Any, owner: bool = False) -> Table:
    """Describe an entity with a unique id and a friendly name in an account."""
    identity = Column(id_column, _KEY, *([ForeignKey("owners.owner_id")] if owner else []), primary_key=True)
    return _table(
        name,
        identity,
        Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
        Column("name", Text, nullable=False),
        Column("name_key", _KEY, nullable=False),
        Column("path", _KEY, nullable=False),
        Column("created_at", _NUMBER, nullable=False),
        *items,
        UniqueConstraint("account_id", "name_key"),
        Index(None, "account_id", "path"),
    )


def _credential(name: str, id_column: str, *items: Any) -> Table:
    """Describe a credential of a user; the sequence is the order of creation."""
    return _table(
        name,
        Column("sequence", _NUMBER, primary_key=True, autoincrement=True),
        Column(id_column, _KEY, nullable=False, unique=True),
        Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
        Column("owner_id", _KEY, ForeignKey("owners.owner_id"), nullable=False, index=True),
        Column("created_at", _NUMBER, nullable=False),
        Column("status", Text, nullable=False),
        *items,
    )


# The name and the form are Alembic's: a fresh database is stamped without it.
alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

meta = _table("meta", Column("name", _KEY, primary_key=True), Column("value", Text, nullable=False))

# Epochs are given by the writer, not by the database: see `iamd.store.writer`.
changes = _table(
    "changes",
    Column("epoch", _NUMBER, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
)

accounts = _table(
    "accounts",
    Column("account_id", _KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("alias", _KEY, unique=True),
    Column("email", _KEY),
    Column("status", Text, nullable=False, server_default="ACTIVE"),
    Column("global_endpoint_token_version", _NUMBER, nullable=False, server_default="1"),
    Column("raised_quotas", Text, nullable=False, server_default="[]"),
    Column("root_login_at", _NUMBER),
    # An index and no constraint, since SQLite can add the one to a table and not the other.
    Index(None, "email", unique=True),
)

owners = _table(
    "owners",
    Column("owner_id", _KEY, primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("owner_kind", _KEY, nullable=False),
)

entity_counts = _table(
    "entity_counts",
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("collection", _KEY, primary_key=True),
    Column("number", _NUMBER, nullable=False),
)

users = _named(
    "users",
    "user_id",
    Column("permissions_boundary", _KEY),
    Column("password_last_used_at", _NUMBER),
    Column("tags", Text, nullable=False),
    Index(None, "account_id", "permissions_boundary", "name_key"),
    owner=True,
)

groups = _named("groups", "group_id", owner=True)

# Who deletes a user takes its memberships along; a group must be empty.  The user's name stands here, too, so that the
# members of a group can be listed in its order.
group_memberships = _table(
    "group_memberships",
    Column("user_id", _KEY, ForeignKey("users.user_id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", _KEY, ForeignKey("groups.group_id"), primary_key=True),
    Column("user_key", _KEY, nullable=False, server_default=""),
    Index(None, "group_id", "user_key"),
)

roles = _named(
    "roles",
    "role_id",
    Column("trust_policy", Text, nullable=False),
    Column("trusted_ids", Text, nullable=False),
    Column("description", Text),
    Column("max_session_duration", _NUMBER, nullable=False),
    Column("permissions_boundary", _KEY),
    Column("last_used_at", _NUMBER),
    Column("last_used_region", Text),
    Column("tags", Text, nullable=False),
    Column("template_arn", Text),
    Column("template_minor_version", _NUMBER),
    Index(None, "account_id", "permissions_boundary", "name_key"),
    owner=True,
)

# The sequence is the order of creation, also of keys that were made in the same microsecond.
access_keys = _table(
    "access_keys",
    Column("sequence", _NUMBER, primary_key=True, autoincrement=True),
    Column("access_key_id", _KEY, nullable=False, unique=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
    Column("owner_id", _KEY, ForeignKey("owners.owner_id"), nullable=False, index=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("status", Text, nullable=False),
    Column("last_used_at", _NUMBER),
    Column("last_used_service", Text),
    Column("last_used_region", Text),
)

instance_profiles = _named(
    "instance_profiles",
    "instance_profile_id",
    Column("role_id", _KEY, ForeignKey("roles.role_id"), index=True),
    Column("tags", Text, nullable=False),
)

managed_policies = _named(
    "managed_policies",
    "policy_id",
    Column("updated_at", _NUMBER, nullable=False),
    Column("description", Text),
    Column("default_version", _NUMBER, nullable=False),
    Column("last_version", _NUMBER, nullable=False),
    Column("tags", Text, nullable=False),
)

policy_versions = _table(
    "policy_versions",
    Column("policy_id", _KEY, ForeignKey("managed_policies.policy_id", ondelete="CASCADE"), primary_key=True),
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
)

inline_policies = _table(
    "inline_policies",
    Column("owner_id", _KEY, ForeignKey("owners.owner_id"), primary_key=True),
    Column("name", _KEY, primary_key=True),
    Column("document", Text, nullable=False),
)

# No foreign key on the ARN: the managed policies of AWS are not in the database.  Account, kind and name of the owner stand
# here, too, so that those who have a policy can be listed in the order of their names.
policy_attachments = _table(
    "policy_attachments",
    Column("sequence", _NUMBER, primary_key=True, autoincrement=True),
    Column("owner_id", _KEY, ForeignKey("owners.owner_id"), nullable=False),
    Column("policy_arn", _KEY, nullable=False),
    Column("account_id", _KEY, nullable=False, server_default=""),
    Column("owner_kind", _KEY, nullable=False, server_default=""),
    Column("owner_key", _KEY, nullable=False, server_default=""),
    UniqueConstraint("owner_id", "policy_arn"),
    # Named here, since the name that is made of all columns is longer than PostgreSQL takes.
    Index("ix_policy_attachments_entities", "policy_arn", "account_id", "owner_kind", "owner_key"),
)

# How often an account uses a policy, its own or AWS's: kept, not counted, as are the numbers of entities.
policy_uses = _table(
    "policy_uses",
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("policy_arn", _KEY, primary_key=True),
    Column("belongs_to", _KEY, nullable=False),
    Column("name_key", _KEY, nullable=False),
    Column("attachments", _NUMBER, nullable=False),
    Column("boundaries", _NUMBER, nullable=False),
    Index(None, "account_id", "belongs_to", "name_key"),
)

# A device is named with its path: the same name under two paths is two devices.
mfa_devices = _table(
    "mfa_devices",
    Column("serial_number", _KEY, primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", _KEY, nullable=False),
    Column("path", _KEY, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("owner_id", _KEY, ForeignKey("owners.owner_id"), index=True),
    Column("enabled_at", _NUMBER),
    Column("last_step", _NUMBER, nullable=False),
    Column("tags", Text, nullable=False),
    UniqueConstraint("account_id", "path", "name_key"),
    Index(None, "account_id", "serial_number"),
    Index(None, "account_id", "owner_id", "serial_number"),
)

login_profiles = _table(
    "login_profiles",
    Column("user_id", _KEY, ForeignKey("users.user_id"), primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("password", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("changed_at", _NUMBER, nullable=False),
    Column("reset_required", _NUMBER, nullable=False),
)

password_policies = _table(
    "password_policies",
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("minimum_length", _NUMBER, nullable=False),
    Column("require_symbols", _NUMBER, nullable=False),
    Column("require_numbers", _NUMBER, nullable=False),
    Column("require_uppercase", _NUMBER, nullable=False),
    Column("require_lowercase", _NUMBER, nullable=False),
    Column("allow_users_to_change_password", _NUMBER, nullable=False),
    Column("max_age_days", _NUMBER),
    Column("reuse_prevention", _NUMBER),
    Column("hard_expiry", _NUMBER),
)

service_specific_credentials = _credential(
    "service_specific_credentials",
    "credential_id",
    Column("service", Text, nullable=False),
    Column("service_user_name", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("expires_at", _NUMBER),
    Index(None, "account_id"),
)

deletion_tasks = _table(
    "deletion_tasks",
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("task_id", _KEY, primary_key=True),
    Column("created_at", _NUMBER, nullable=False),
)

credential_reports = _table(
    "credential_reports",
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("content", Text, nullable=False),
    Column("generated_at", _NUMBER, nullable=False),
)

# No foreign key on the principal: what was done by somebody who is gone was done all the same.
accesses = _table(
    "accesses",
    Column("principal_id", _KEY, primary_key=True),
    Column("service", _KEY, primary_key=True),
    Column("action", _KEY, primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("at", _NUMBER, nullable=False),
    Column("region", Text, nullable=False),
)

# No foreign key: a record outlasts what it tells of.
audit_records = _table(
    "audit_records",
    Column("chain_id", _KEY, primary_key=True),
    Column("sequence", _NUMBER, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("at", _NUMBER, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("line", Text, nullable=False),
    Index(None, "at", "chain_id", "sequence"),
)

# The sequence is the order of creation, in which the oldest are forgotten.
access_reports = _table(
    "access_reports",
    Column("sequence", _NUMBER, primary_key=True, autoincrement=True),
    Column("job_id", _KEY, nullable=False, unique=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False),
    Column("requester", _KEY, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("completed_at", _NUMBER, nullable=False),
    Column("failed", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "account_id", "sequence"),
)

server_certificates = _named(
    "server_certificates",
    "server_certificate_id",
    Column("body", Text, nullable=False),
    Column("chain", Text),
    Column("private_key", LargeBinary, nullable=False),
    Column("expires_at", _NUMBER, nullable=False),
    Column("tags", Text, nullable=False),
)

signing_certificates = _credential(
    "signing_certificates",
    "certificate_id",
    Column("body", Text, nullable=False),
    Column("fingerprint", _KEY, nullable=False),
    Index(None, "account_id", "fingerprint"),
)

ssh_public_keys = _credential(
    "ssh_public_keys",
    "ssh_public_key_id",
    Column("body", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
)

vpc_endpoints = _table(
    "vpc_endpoints",
    Column("endpoint_id", _KEY, primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("vpc_id", _KEY, nullable=False),
    Column("region", _KEY, nullable=False),
    Column("policy", Text, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
)

buckets = _table(
    "buckets",
    Column("name", _KEY, primary_key=True),
    Column("account_id", _KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("policy", Text),
    Column("trusted_ids", Text, nullable=False),
    Column("public_access_block", Text),
    Column("created_at", _NUMBER, nullable=False),
)

# No foreign key: a session may be remembered for longer than its account.
console_sessions = _table(
    "console_sessions",
    Column("session_id", _KEY, primary_key=True),
    Column("account_id", _KEY, nullable=False, index=True),
    Column("principal_id", _KEY, nullable=False),
    Column("access_key_id", _KEY, nullable=False),
    Column("arn", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("expires_at", _NUMBER, nullable=False),
    Column("source_ip", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("token_id", _KEY, unique=True),
    Column("parent_id", _KEY, index=True),
    Column("must_change_password", _NUMBER, nullable=False),
    Column("ended_at", _NUMBER),
)

nodes = _table(
    "nodes",
    Column("node_id", _KEY, primary_key=True),
    Column("host", _KEY, nullable=False),
    Column("process", _NUMBER, nullable=False),
    Column("version", Text, nullable=False),
    Column("started_at", _NUMBER, nullable=False),
    Column("seen_at", _NUMBER, nullable=False),
    Column("epoch", _NUMBER, nullable=False),
)

sealing_keys = _table(
    "sealing_keys",
    Column("key_id", _KEY, primary_key=True),
    Column("state", Text, nullable=False),
    Column("material", LargeBinary, nullable=False),
    Column("created_at", _NUMBER, nullable=False),
    Column("changed_at", _NUMBER, nullable=False, server_default="0"),
)

# No foreign key: an account may go before its revocation does, and a session has no row.
session_revocations = _table(
    "session_revocations",
    Column("kind", _KEY, primary_key=True),
    Column("subject", _KEY, primary_key=True),
    Column("at", _NUMBER, nullable=False),
)
