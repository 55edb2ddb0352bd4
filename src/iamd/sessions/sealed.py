"""What is inside a session token, field by field: nodes of other versions read it, so fields are only ever added at the end."""

import msgspec

from iamd.domain.ids import AccessKeyId, AccountId


class Sealed(msgspec.Struct, array_like=True, frozen=True):
    """The inside of a token."""

    kind: str
    access_key_id: AccessKeyId
    account_id: AccountId
    principal_id: str
    issued_at: int
    expires_at: int
    session_name: str
    mfa_at: int
    parent_access_key_id: str
    source_identity: str | None
    packed: bytes
    delegation_request_id: str = ""


class Packed(msgspec.Struct, array_like=True, frozen=True):
    """What the caller chose, and PackedPolicySize speaks of; and what an identity provider said, which it does not."""

    policy: str | None
    policy_arns: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    transitive_tag_keys: tuple[str, ...]
    federated_provider: str | None = None
    federation_context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
