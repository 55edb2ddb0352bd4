"""The caller: the authenticated principal of a request, with its session."""

from dataclasses import dataclass, field, replace
from typing import Final

from iamd.directory.snapshots import DelegationSnapshot, PrincipalSnapshot
from iamd.domain.arns import assumed_role_arn, federated_user_arn
from iamd.domain.ids import AccountId
from iamd.domain.tags import Tag, merge
from iamd.federation.claims import WebIdentity
from iamd.federation.saml_identity import SamlIdentity
from iamd.sessions.session import Session, SessionKind
from iampolicy import Context, Principal, PrincipalKind

ANONYMOUS: Final = "anonymous"
"""AWS: *AWS global condition context keys*: what such a caller has for an account and for ``aws:userid``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Caller:
    """
    Who signed this request, or for whom an identity provider vouches in its parameters; compared by identity.

    Attributes:
        principal: As the policy engine sees it.
        snapshot: The user, role or root behind it, with its policies.
        access_key_id: What the request was signed with; empty without a signature.
        user_id: As GetCallerIdentity tells it.
        session: None for long-term credentials.
        region: Of the credential scope.
        tags: Of the principal: a session's own tags go before those of the role, or of the user that is federated,
            without regard to case.
        identity: Of somebody who is no principal of an account yet; None for everybody else.
        delegation: What a product provider was given who signs with delegated access; all else here is the approver's.
            None for everybody else.
        invoked_by: The account of the product provider that signs, with delegated access or with what began with it; empty
            for everybody else.
        standing: The context that the caller alone decides, once it was asked for; of long-term credentials, which have the same
            with every request.  Here, and not in a cache, so that it is forgotten together with the caller.
    """

    principal: Principal
    snapshot: PrincipalSnapshot
    access_key_id: str
    user_id: str
    session: Session | None
    region: str
    tags: tuple[Tag, ...]
    identity: WebIdentity | SamlIdentity | None = None
    delegation: DelegationSnapshot | None = None
    invoked_by: str = ""
    standing: list[Context] = field(default_factory=list, init=False, repr=False)

    @property
    def account_id(self) -> AccountId:
        return self.snapshot.account_id

    @property
    def arn(self) -> str:
        """The ARN that GetCallerIdentity tells and that denials name."""
        return self.principal.arn

    @property
    def kind(self) -> PrincipalKind:
        return self.principal.kind

    @property
    def of_root(self) -> bool:
        return self.kind is PrincipalKind.ROOT

    @property
    def of_assumed_root(self) -> bool:
        """Whether a root user was assumed, to do one task in its place."""
        return self.session is not None and self.session.kind is SessionKind.ASSUMED_ROOT

    @property
    def of_nobody(self) -> bool:
        """Whether nobody has signed."""
        return self.kind is PrincipalKind.ANONYMOUS

    @property
    def of_user(self) -> bool:
        """Whether an IAM user stands behind this, by long-term credentials or by GetSessionToken."""
        return self.kind is PrincipalKind.USER


_OF_THEMSELVES: Final = frozenset({SessionKind.USER, SessionKind.CONSOLE, SessionKind.ASSUMED_ROOT})
"""Sessions in which a user or a root acts as itself."""


def long_term_caller(snapshot: PrincipalSnapshot, access_key_id: str, region: str) -> Caller:
    """Return the caller that signs with a user's or the root's own access key."""
    return _user_or_root(snapshot, access_key_id, region, None)


def session_caller(snapshot: PrincipalSnapshot, session: Session, region: str) -> Caller:
    """Return the caller that signs with the temporary credentials of *session*."""
    if session.kind in _OF_THEMSELVES:
        return _user_or_root(snapshot, session.access_key_id, region, session)
    if session.kind is SessionKind.FEDERATED:
        return _federated_user(snapshot, session, region)
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ASSUMED_ROLE,
            account=snapshot.account_id,
            arn=assumed_role_arn(snapshot.account_id, snapshot.name, session.session_name),
            identity_arn=snapshot.arn,
            unique_id=snapshot.unique_id,
        ),
        snapshot=snapshot,
        access_key_id=session.access_key_id,
        user_id=f"{snapshot.unique_id}:{session.session_name}",
        session=session,
        region=region,
        tags=merge(snapshot.tags, session.tags),
    )


def invoked_by_provider(caller: Caller, delegation: DelegationSnapshot) -> Caller:
    """Return *caller* with who really signs: a product provider."""
    return replace(caller, invoked_by=delegation.request.requestor_account_id)


def delegated_caller(caller: Caller, delegation: DelegationSnapshot) -> Caller:
    """
    Return the product provider that signs with delegated access, for *caller*, who has approved it.

    AWS: *CloudTrail* of IAM temporary delegation: it acts as the identity that approved the request.
    """
    return replace(invoked_by_provider(caller, delegation), delegation=delegation)


_NOBODY = PrincipalSnapshot(
    account_id=AccountId(""),
    unique_id="",
    name="",
    path="/",
    arn="",
    tags=(),
    identity_policies=(),
    boundary=None,
    textless_policies=(),
    depends_on=frozenset(),
)
"""Behind whom an identity provider vouches for stands nobody of any account, with no policies."""


def federated_caller(identity: WebIdentity | SamlIdentity, region: str) -> Caller:
    """Return the caller for whom an identity provider vouches; only a trust policy can let them in."""
    # AWS: *CloudTrail userIdentity element*: how somebody without an ARN is told in the chronicle.
    if isinstance(identity, SamlIdentity):
        kind, shown = PrincipalKind.SAML, f"{identity.name_qualifier}:{identity.subject}"
    else:
        kind = PrincipalKind.WEB_IDENTITY
        shown = f"{identity.provider}:{identity.audience}:{identity.subject}"
    return Caller(
        principal=Principal(kind=kind, arn=shown, provider=identity.provider),
        snapshot=_NOBODY,
        access_key_id="",
        user_id=shown,
        session=None,
        region=region,
        tags=(),
        identity=identity,
    )


def anonymous_caller(region: str) -> Caller:
    """Return whoever has not signed at all, for services that answer them; only a resource's policy can let them in."""
    return Caller(
        principal=Principal(kind=PrincipalKind.ANONYMOUS),
        snapshot=_NOBODY,
        access_key_id="",
        user_id=ANONYMOUS,
        session=None,
        region=region,
        tags=(),
    )


def _federated_user(snapshot: PrincipalSnapshot, session: Session, region: str) -> Caller:
    """Return the federated user for whom the user or root of *snapshot* has asked for credentials."""
    of_root = snapshot.unique_id == snapshot.account_id
    return Caller(
        principal=Principal(
            kind=PrincipalKind.FEDERATED_ROOT if of_root else PrincipalKind.FEDERATED_USER,
            account=snapshot.account_id,
            arn=federated_user_arn(snapshot.account_id, session.session_name),
            identity_arn=snapshot.arn,
            unique_id=snapshot.unique_id,
        ),
        snapshot=snapshot,
        access_key_id=session.access_key_id,
        user_id=f"{snapshot.account_id}:{session.session_name}",
        session=session,
        region=region,
        tags=merge(snapshot.tags, session.tags),
    )


def _user_or_root(
    snapshot: PrincipalSnapshot, access_key_id: str, region: str, session: Session | None
) -> Caller:
    of_root = snapshot.unique_id == snapshot.account_id
    return Caller(
        principal=Principal(
            kind=PrincipalKind.ROOT if of_root else PrincipalKind.USER,
            account=snapshot.account_id,
            arn=snapshot.arn,
            identity_arn=snapshot.arn,
            unique_id=snapshot.unique_id,
        ),
        snapshot=snapshot,
        access_key_id=access_key_id,
        user_id=snapshot.unique_id,
        session=session,
        region=region,
        tags=snapshot.tags,
    )
