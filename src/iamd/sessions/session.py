"""
A session: what temporary credentials stand for.

A session names its principal and carries no permissions of its own: what the principal may do is looked up when the
session is used, and the session's policies can only take away from that.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from iamd.domain.ids import AccessKeyId, AccountId
from iamd.domain.tags import Tag

ACCESS_KEY_PREFIX = "ASIA"


class SessionKind(StrEnum):
    """How the session came to be."""

    ROLE = "role"
    """AssumeRole and its kin; ``principal_id`` is the role's unique id."""
    USER = "user"
    """GetSessionToken; ``principal_id`` is the user's unique id, or the account id for the root."""
    FEDERATED = "federated"
    """GetFederationToken; ``principal_id`` is that of the user, or of the root, who asked for it."""
    ASSUMED_ROOT = "assumed root"
    """AssumeRoot; ``principal_id`` is the id of the member account, and the one managed policy is that of the task."""
    CONSOLE = "console"
    """A user, or the root of an account, who has signed in to the console; ``principal_id`` as of GetSessionToken."""
    DELEGATED = "delegated"
    """
    GetDelegatedAccessToken; ``principal_id`` is that of whoever approved the delegation request.  Only in the token: when
    it is used, the approver's own session takes its place, as it was then.
    """


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """
    A session, as it is sealed into its session token.

    Attributes:
        session_name: The RoleSessionName, or the name of the federated user; of an assumed root the id of the account
            from which it was assumed; empty for GetSessionToken.
        issued_at: To the second, as ``aws:TokenIssueTime`` shows it.
        mfa_at: When the caller of GetSessionToken proved possession of an MFA device, or None.
        parent_access_key_id: The long-term access key at the beginning of the chain.
        policy: The inline session policy, as it was sent.
        policy_arns: The managed session policies.
        tags: Session tags, inherited ones included.
        transitive_tag_keys: Lower case; those of the tags that the next role in the chain inherits.
        federated_provider: The identity provider that vouched for whoever assumed the role, as trust policies name it.
        federation_context: What the provider said of them, as context keys of the session's own requests.
        delegation_request_id: The delegation request that the session, or the chain of roles that it is part of, began
            with, and ends with; empty for all others.
    """

    kind: SessionKind
    access_key_id: AccessKeyId
    account_id: AccountId
    principal_id: str
    issued_at: datetime
    expires_at: datetime
    session_name: str = ""
    mfa_at: datetime | None = None
    parent_access_key_id: str = ""
    source_identity: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    federated_provider: str | None = None
    federation_context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    delegation_request_id: str = ""

    @property
    def principal_kind(self) -> str:
        """What stands behind it, as the directory knows it: a role, a user, or the root of an account."""
        if self.kind is SessionKind.ROLE:
            return "role"
        return "root" if self.principal_id == self.account_id else "user"

    @property
    def has_session_policy(self) -> bool:
        return self.policy is not None or bool(self.policy_arns)


def write_session(session: Session) -> str:
    """Return *session* as text, to be kept; it holds no secret."""
    return msgspec.json.encode(session).decode()


def read_session(text: str) -> Session:
    """Return what `write_session` has written."""
    return msgspec.json.decode(text, type=Session)
