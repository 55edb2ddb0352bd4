"""A policy that is not saved yet, in the place of the one that it is to replace."""

from dataclasses import replace
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from iamd.auth.recorded import keys_asked
from iamd.domain.limits import ROLE_INLINE_POLICIES_SIZE
from iamd.errors import LimitExceeded, MalformedPolicyDocument
from iampolicy import Policy, PolicyError, PolicyKind, PolicySet, Principal, parse, policy_size

_MOST: Final = ROLE_INLINE_POLICIES_SIZE
"""No policy that can be saved is larger; each is held against thousands of decisions."""

_Text = Annotated[str, Meta(max_length=2048)]


class Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What is to be saved.

    Attributes:
        kind: ``identity``, or ``trust`` for the trust policy of a role.
        arn: Of a managed policy; of the user, group or role that an inline or trust policy belongs to.
        name: Of an inline policy.
        before: The document in force; None when there is none yet.
        after: The draft.
    """

    kind: Literal["identity", "trust"]
    arn: _Text
    after: str
    name: _Text | None = None
    before: str | None = None


class Draft:
    """
    One document, in the place of the policy that is to be saved.

    Raises:
        LimitExceeded: It is larger than any that can be saved.
        MalformedPolicyDocument: It is no policy of its kind.
    """

    def __init__(self, asked: Saved, text: str, members: frozenset[str]) -> None:
        if policy_size(text) > _MOST:
            raise LimitExceeded(f"Maximum policy size of {_MOST} bytes exceeded")
        self._asked = asked
        self._members = members
        self._text = text
        self._known: dict[PolicyKind, Policy] = {}
        self._compiled(PolicyKind(asked.kind))

    def among(self, policies: PolicySet, principal: Principal) -> PolicySet | None:
        """Return *policies* with this document in its place; None when it has none among them."""
        if self._asked.kind == "trust":
            trust = policies.resource
            if trust is None or not self._is(trust) or trust.kind is not PolicyKind.TRUST:
                return None
            return replace(policies, resource=self._compiled(PolicyKind.TRUST))
        found = replace(
            policies,
            identity=tuple(map(self._put, policies.identity)),
            boundary=policies.boundary and self._put(policies.boundary),
            session=policies.session and tuple(map(self._put, policies.session)),
        )
        if found != policies:
            return found
        if self._asked.name is None or not principal.has_identity:
            return None
        # A new inline policy, of the caller or of a group.
        if principal.identity_arn == self._asked.arn or principal.unique_id in self._members:
            return replace(policies, identity=(*policies.identity, self._compiled(PolicyKind.IDENTITY)))
        return None

    def asks_for(self, hidden: tuple[str, ...], action: str) -> bool:
        """Tell whether what it says about *action* depends on a context key that begins like one of *hidden*."""
        policy = self._compiled(PolicyKind(self._asked.kind))
        return bool(hidden) and any(key.startswith(hidden) for key in keys_asked(policy, action))

    def _put(self, policy: Policy) -> Policy:
        return self._compiled(policy.kind) if self._is(policy) else policy

    def _is(self, policy: Policy) -> bool:
        arn, name = self._asked.arn, self._asked.name
        # The directory calls an inline policy by its owner's ARN with the policy's name behind it.
        return policy.arn == arn if name is None else (policy.arn, policy.name) == (f"{arn}/{name}", name)

    def _compiled(self, kind: PolicyKind) -> Policy:
        if kind not in self._known:
            try:
                self._known[kind] = parse(self._text, kind, name=self._asked.name or "", arn=self._asked.arn)
            except PolicyError as error:
                raise MalformedPolicyDocument(error.message) from None
        return self._known[kind]
