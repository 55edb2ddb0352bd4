"""Compiled policies, and the set of them that bears on one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from iampolicy.arn import Target
from iampolicy.document import STORED, PolicyKind, read_document
from iampolicy.grammar import check_kind
from iampolicy.index import FEWEST, ActionIndex, ResourceIndex
from iampolicy.statement import Statement
from iampolicy.text import ascii_lower

_MOST_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """
    A compiled policy.  Immutable, so that whoever has the same document may share it.

    Attributes:
        kind: What it was compiled as.
        name: For people.
        arn: Of a managed policy, or of what an inline policy is embedded in.
        statements: In the order of the document.
        text: The document as written, for explanations.
        variables: Whether its version has policy variables.
    """

    kind: PolicyKind
    name: str
    arn: str | None
    statements: tuple[Statement, ...]
    text: str = field(default="", repr=False)
    variables: bool = field(default=True, repr=False)
    _remembered: dict[str, tuple[Statement, ...] | ResourceIndex] = field(
        init=False, repr=False, default_factory=dict
    )
    _actions: ActionIndex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_actions", ActionIndex(self.statements))

    def about(self, action: str) -> tuple[Statement, ...]:
        """
        Return the statements that speak of *action*.

        Remembered, since a principal asks for few different actions, and they leave few of the statements.
        """
        found = self._remembered.get(action)
        if found is None:
            found = self._find(action)
        return found if isinstance(found, tuple) else found.statements

    def bearing(self, action: str, target: Target) -> Sequence[Statement]:
        """Return those of the statements that speak of *action* that may speak of *target* too."""
        found = self._remembered.get(action)
        if found is None:
            return self._find(action)
        if isinstance(found, tuple):
            if len(found) <= FEWEST:
                return found
            # Asked again, and about many: now an index pays.
            found = ResourceIndex(found)
            self._remembered[action] = found
        return found.about(target)

    def _find(self, action: str) -> tuple[Statement, ...]:
        found = self._actions.about(ascii_lower(action))
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[action] = found
        return found


def parse(
    text: str,
    kind: PolicyKind,
    *,
    name: str = "",
    arn: str | None = None,
    bindings: Mapping[str, str] | None = None,
) -> Policy:
    """
    Compile a stored document.

    What it compiles never raises when it is evaluated.  It takes all that `grammar.validate` takes, and some more: an
    operator or an ARN that is not valid matches nothing, and exempts nothing.

    Args:
        text: The document.
        kind: What it is attached to.
        name: For explanations.
        arn: For explanations and denials.
        bindings: ARNs of users and roles among its principals, as written there, with the unique ids they had when it
            was saved.  An ARN that is not bound is compared as text.

    Raises:
        PolicyError: The text has not the shape of a policy of that kind.
    """
    document = read_document(text, kind, STORED)
    check_kind(document, kind)
    statements = tuple(
        Statement(
            statement,
            index=index,
            kind=kind,
            variables=document.variables,
            bindings=bindings or {},
        )
        for index, statement in enumerate(document.statements)
    )
    return Policy(kind, name, arn, statements, text, document.variables)


# Tuples: finding a member of an enumeration by its identity is faster than by its hash.
_OF_IDENTITIES: Final = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)
"""One managed policy may be used as any of these, and its text means the same."""
_OF_RESOURCES: Final = (PolicyKind.TRUST, PolicyKind.RESOURCE)
_OF_PRINCIPALS_ACCOUNTS: Final = (PolicyKind.SCP,)
_OF_RESOURCES_ACCOUNTS: Final = (PolicyKind.RCP,)
_OF_ENDPOINTS: Final = (PolicyKind.ENDPOINT,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """
    The policies that bear on a request.

    Attributes:
        identity: Of the user and its groups, or of the role.
        boundary: The permissions boundary of that user or role.
        session: Session policies, inline and managed; None when the session was made without any.
        resource: The policy of the resource; for ``sts:AssumeRole*`` the trust policy.
        resource_must_allow: Whether the resource's policy must itself allow, as trust policies and KMS key policies
            must (semantics 63, 65).
        scps: Of the principal's account: root, each organizational unit, account; each level must allow.  Empty when
            the account is in no organization, or is its management account.
        rcps: Of the resource's account, likewise, ``RCPFullAWSAccess`` included.  Empty also when the service is not
            one that RCPs are for.
        endpoint: Of the VPC endpoint that the request came through.
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None
    resource_must_allow: bool = False
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    endpoint: Policy | None = None

    def __hash__(self) -> int:
        # What tells nearly any two apart, and no more: sets are looked up at each request.  Session policies are chosen by
        # whoever makes the session, who could fill one place of a dictionary with all of theirs.
        return hash((self.identity, self.session, self.resource))

    def __post_init__(self) -> None:
        _demand(self.identity, _OF_IDENTITIES)
        if self.boundary is not None:
            _demand((self.boundary,), _OF_IDENTITIES)
        if self.session:
            _demand(self.session, _OF_IDENTITIES)
        if self.resource is not None:
            _demand((self.resource,), _OF_RESOURCES)
        for level in self.scps:
            _demand(level, _OF_PRINCIPALS_ACCOUNTS)
        for level in self.rcps:
            _demand(level, _OF_RESOURCES_ACCOUNTS)
        if self.endpoint is not None:
            _demand((self.endpoint,), _OF_ENDPOINTS)


def _demand(policies: tuple[Policy, ...], kinds: tuple[PolicyKind, ...]) -> None:
    for policy in policies:
        if policy.kind not in kinds:
            raise ValueError(f"a policy of kind {policy.kind} stands where it does not belong")
