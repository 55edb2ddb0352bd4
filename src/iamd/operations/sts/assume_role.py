"""
AssumeRole: temporary credentials of a role.

1. The request is checked against itself and the session that it comes from: `_Asked`.
2. The role's trust policy, and the caller's policies, must allow sts:AssumeRole; sts:TagSession when there are tags,
   inherited ones included; sts:SetSourceIdentity when there is a source identity (semantics 65, 66).
3. A session is sealed.  Nothing is stored: any node can verify it.

What it shares with the other ways of assuming a role is in `role_sessions`.
"""

from collections.abc import Iterator

from iamd.auth.mfa_claim import MfaClaim, mfa_mode_parameters
from iamd.auth.target import ContextValue, Target
from iamd.directory.snapshots import RoleSnapshot
from iamd.domain.mfa_devices import MFADevice
from iamd.domain.roles import parse_role_arn
from iamd.domain.tags import Tag, folded, merge
from iamd.errors import AccessDenied, InvalidParameterValue, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.sts.role_sessions import (
    TRUSTS_NOBODY,
    check_session_policy,
    check_session_tags,
    issue_role_session,
    seconds_of,
    tag_context,
)
from iamd.sessions.session import SessionKind
from iampolicy import Policy

_CHAINED_SECONDS = 3600
_ASKED = "asked"


def _mode(params: Params) -> Mode:
    """A one-time password is used up by the request, and that is a write."""
    return Mode.WRITE if mfa_mode_parameters(params) else Mode.INLINE


def _targets(call: Call, params: Params) -> Iterator[Target]:
    """Yield the role, once for each action that the request needs."""
    if call.caller.of_root:
        raise AccessDenied("Roles may not be assumed by root accounts.")
    asked = _asked(call, params)
    asked.check()
    context = asked.context(call)
    yield asked.target(None, context)
    if asked.tags:
        yield asked.target("sts:TagSession", context)
    if asked.source_identity is not None:
        yield asked.target("sts:SetSourceIdentity", context)
        if asked.inherited is not None:
            # semantics 66: in a chain the caller's own policies must allow it too, even in one account.
            yield asked.target("sts:SetSourceIdentity", context, trust_policy=None)


@sts_operation("AssumeRole", on=_targets, mode=_mode)
def assume_role(call: Call, params: Params) -> Result:
    """
    Issue credentials of a role to a caller that may have them.

    Raises:
        ValidationError: The duration is longer than the role, or a chain, allows.
        MalformedPolicyDocument: The session policy is not valid.
        PackedPolicyTooLarge: Session policies and tags do not fit.
    """
    asked = _asked(call, params)
    if asked.role is None:
        raise RuntimeError("a role that does not exist was allowed")
    if asked.mfa is not None:
        call.store.mfa_devices.put(asked.accept_mfa(call, asked.mfa))

    session = call.caller.session
    delegation_request_id = session.delegation_request_id if session else ""
    return issue_role_session(
        call,
        params,
        asked.role,
        session.parent_access_key_id if session else call.caller.access_key_id,
        # What began with delegated access is over with it.
        ends_at=session.expires_at if session and delegation_request_id else None,
        delegation_request_id=delegation_request_id,
        source_identity=asked.source_identity,
        tags=asked.tags,
        transitive_tag_keys=asked.transitive_tag_keys,
    )


def _asked(call: Call, params: Params) -> "_Asked":
    """Return what *params* ask for: read for the targets, and kept for the handler."""
    found: _Asked | None = call.read.get(_ASKED)
    if found is None or found.params is not params:
        found = call.read[_ASKED] = _Asked(call, params)
    return found


class _Asked:
    """
    What an AssumeRole request asks for, together with what its caller's session hands on.

    Attributes:
        arn: Of the role.
        role: None when there is no such role.
        inherited: The role session that the caller has; a chain when there is one.
        inherited_tags: The transitive tags of that session.
        tags: Those of the new session: the requested ones and those inherited.
        transitive_tag_keys: In lower case.
        source_identity: The one asked for, or the one that the chain carries already.
        mfa: The device and code that the request shows.

    Raises:
        ValidationError: The role's ARN is none (fact 81).
        AccessDenied: The request shows half of an MFA claim.
    """

    __slots__ = (
        "arn",
        "inherited",
        "inherited_tags",
        "mfa",
        "params",
        "requested_tags",
        "role",
        "source_identity",
        "tags",
        "transitive_tag_keys",
    )

    def __init__(self, call: Call, params: Params) -> None:
        # Not the call, which keeps this: what goes round in a circle stays until it is collected.
        self.params = params
        self.arn = parse_role_arn(params["RoleArn"])
        self.role: RoleSnapshot | None = call.view.role(params["RoleArn"])
        self.mfa = MfaClaim.read(params)

        session = call.caller.session
        self.inherited = session if session is not None and session.kind is SessionKind.ROLE else None
        self.inherited_tags: tuple[Tag, ...] = ()
        if self.inherited is not None and self.inherited.tags:
            keys = set(self.inherited.transitive_tag_keys)
            self.inherited_tags = tuple(tag for tag in self.inherited.tags if folded(tag.key) in keys)
        self.requested_tags: tuple[Tag, ...] = ()
        self.tags: tuple[Tag, ...] = ()
        self.transitive_tag_keys: tuple[str, ...] = ()
        if self.inherited_tags or "Tags" in params or "TransitiveTagKeys" in params:
            self._read_tags()
        self.source_identity: str | None = params.get("SourceIdentity")
        if self.source_identity is None and self.inherited is not None:
            self.source_identity = self.inherited.source_identity

    def _read_tags(self) -> None:
        self.requested_tags = tuple(Tag(tag["Key"], tag["Value"]) for tag in self.params.get("Tags", ()))
        self.tags = merge(self.requested_tags, self.inherited_tags)
        requested = (folded(key) for key in self.params.get("TransitiveTagKeys", ()))
        self.transitive_tag_keys = tuple(
            dict.fromkeys((*requested, *(folded(tag.key) for tag in self.inherited_tags)))
        )

    def check(self) -> None:
        """Check what does not depend on the role, before anything is asked about it."""
        if self.requested_tags or self.transitive_tag_keys:
            self._check_tags()
        self._check_source_identity()
        if self.params.get("ProvidedContexts"):
            # Their assertions are signed by IAM Identity Center, which iamd does not have: none can be verified.
            raise InvalidParameterValue("The context provider in ProvidedContexts is not supported.")
        check_session_policy(self.params)
        if self.inherited is not None and seconds_of(self.params) > _CHAINED_SECONDS:
            raise ValidationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            )

    def _check_tags(self) -> None:
        """Check the rules of session tags (fact 85, semantics 69)."""
        check_session_tags(self.requested_tags)
        requested = {folded(tag.key) for tag in self.requested_tags}
        transitive = {folded(key) for key in self.params.get("TransitiveTagKeys", ())}
        if not transitive <= requested:
            raise InvalidParameterValue(
                "The specified transitive tag key must be included in the requested tags."
            )
        if requested & {folded(tag.key) for tag in self.inherited_tags}:
            raise InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                "from the calling session."
            )

    def _check_source_identity(self) -> None:
        """
        Refuse to change a source identity, and one that looks like AWS's own.

        AWS: "The value that is set cannot be changed during the role session."
        """
        asked = self.params.get("SourceIdentity")
        if asked is None:
            return
        if asked.lower().startswith("aws:"):
            raise ValidationError("SourceIdentity may not begin with aws:")
        current = self.inherited.source_identity if self.inherited is not None else None
        if current is not None and asked != current:
            raise AccessDenied("The source identity of the session cannot be changed once it is set.")

    @staticmethod
    def accept_mfa(call: Call, mfa: MfaClaim) -> MFADevice:
        """Return the device with the code used up."""
        return mfa.accept(call.store, call.caller, call.tools.mfa_attempts, call.now)

    def context(self, call: Call) -> dict[str, ContextValue]:
        """Return the context keys of the request (semantics 67)."""
        params = self.params
        context: dict[str, ContextValue] = {"sts:RoleSessionName": params["RoleSessionName"]}
        for parameter, key in (("ExternalId", "sts:ExternalId"), ("SourceIdentity", "sts:SourceIdentity")):
            if parameter in params:
                context[key] = params[parameter]
        if "sts:SourceIdentity" not in context and self.source_identity is not None:
            context["sts:SourceIdentity"] = self.source_identity
        if self.tags or self.transitive_tag_keys:
            context |= tag_context(self.tags, self.transitive_tag_keys)
        if self.mfa is not None:
            self.accept_mfa(call, self.mfa)
            context |= {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}
        return context

    def target(
        self,
        action: str | None,
        context: dict[str, ContextValue],
        trust_policy: Policy | None = TRUSTS_NOBODY,
    ) -> Target:
        """Return the role as what *action* is asked on; under its own trust policy unless told that there is none."""
        found = self.role
        if found is not None and trust_policy is not None:
            trust_policy = found.trust_policy
        tags = found.role.tags if found is not None else ()
        if tags and self.inherited_tags:
            # AWS: an inherited transitive tag replaces the value of the role's own before the trust policy is evaluated.
            inherited = {folded(tag.key): tag.value for tag in self.inherited_tags}
            tags = tuple(Tag(tag.key, inherited.get(folded(tag.key), tag.value)) for tag in tags)
        return Target(
            arn=self.params["RoleArn"],
            account_id=self.arn.account,
            tags=tags,
            action=action,
            trust_policy=trust_policy,
            context=context,
        )
