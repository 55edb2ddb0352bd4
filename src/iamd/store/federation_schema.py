"""The tables of identity providers and of outbound federation; the rules of `iamd.store.schema` hold here, too."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Text

from iamd.store.tables import KEY, NUMBER, table

oidc_providers = table(
    "oidc_providers",
    Column("arn", KEY, primary_key=True),
    Column("account_id", KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("created_at", NUMBER, nullable=False),
    Column("client_ids", Text, nullable=False),
    Column("thumbprints", Text, nullable=False),
    Column("tags", Text, nullable=False),
)

saml_providers = table(
    "saml_providers",
    Column("arn", KEY, primary_key=True),
    Column("account_id", KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("provider_id", KEY, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", NUMBER, nullable=False),
    Column("valid_until", NUMBER, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("encryption_mode", Text, nullable=False),
    Column("private_keys", LargeBinary),
    Column("tags", Text, nullable=False),
)

outbound_federations = table(
    "outbound_federations",
    Column("account_id", KEY, ForeignKey("accounts.account_id"), primary_key=True),
    Column("issuer_id", KEY, nullable=False, unique=True),
    Column("enabled", NUMBER, nullable=False),
    Column("created_at", NUMBER, nullable=False),
)

token_signing_keys = table(
    "token_signing_keys",
    Column("key_id", KEY, primary_key=True),
    Column("account_id", KEY, ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("algorithm", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("created_at", NUMBER, nullable=False),
    Column("signs_from", NUMBER, nullable=False),
    Column("signs_until", NUMBER, index=True),
)
