"""
What is asked: a principal, an action, a resource and a context.

All of it is made once for a request and then only read; keys are folded and the resource is cut up here, so that each
of many statements finds them ready.
"""

from collections.abc import Callable, ItemsView, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

from iampolicy.arn import Target
from iampolicy.text import all_digits, ascii_lower
from iampolicy.variables import AMBIGUOUS, Value, Values

_ACCOUNT_DIGITS: Final = 12

Given: TypeAlias = Mapping[str, str | tuple[str, ...]]

# Nearly all context keys are those of all requests.
_folded: Final = lru_cache(maxsize=1024)(ascii_lower)


# The same resources are asked about again and again.
_target: Final = lru_cache(maxsize=1024)(Target)


class PrincipalKind(StrEnum):
    """How a principal proved itself; that decides which policies can speak for it."""

    ROOT = "Root"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    """A session of GetFederationToken by an IAM user."""
    FEDERATED_ROOT = "FederatedRoot"
    """A session of GetFederationToken by the root user."""
    WEB_IDENTITY = "WebIdentity"
    """Not yet a session: who asks for AssumeRoleWithWebIdentity."""
    SAML = "SAML"
    """Not yet a session: who asks for AssumeRoleWithSAML."""
    SERVICE = "Service"
    ANONYMOUS = "Anonymous"


_WITHOUT_IDENTITY: Final = frozenset(
    {PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML, PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS}
)
"""Those who have no identity-based policies: only a resource can let them in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """
    Who asks.

    Attributes:
        account: Twelve digits; empty for those who belong to no account.
        arn: What a denial names: of the session, if there is one.
        identity_arn: The user or role behind a session, with its path; else the same as *arn*.
        unique_id: AIDA… or AROA… of that user or role, without a session name.
        provider: Of SAML and web identity: as a trust policy writes it (an ARN, or ``accounts.google.com``).
        service: Of a service: ``ec2.amazonaws.com``.
        canonical_user_id: Of the account, 64 hexadecimal digits; empty where services do not use it.
        partition: Taken from *arn*.
        has_identity: Whether identity-based policies can speak for it.
    """

    kind: PrincipalKind
    account: str = ""
    arn: str = ""
    identity_arn: str = ""
    unique_id: str = ""
    provider: str = ""
    service: str = ""
    canonical_user_id: str = ""
    partition: str = field(init=False, default="")
    has_identity: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        if self.kind not in _WITHOUT_IDENTITY:
            if len(self.account) != _ACCOUNT_DIGITS or not all_digits(self.account):
                raise ValueError(f"a principal of kind {self.kind} needs an account id")
            if not self.arn.startswith("arn:"):
                raise ValueError(f"a principal of kind {self.kind} needs an ARN")
            object.__setattr__(self, "partition", self.arn.split(":", 2)[1])
            object.__setattr__(self, "has_identity", True)

    def __hash__(self) -> int:
        # What tells nearly any two apart, and no more: principals are looked up at each request.
        return hash((self.arn, self.unique_id))

    @property
    def service_linked(self) -> bool:
        """Whether this is a session of a service-linked role, which SCPs and RCPs leave alone (semantics 53, 54)."""
        return ":role/aws-service-role/" in self.identity_arn


class Context(Mapping[str, str | tuple[str, ...]]):
    """
    The context keys of a request: a ``str`` is a single value, a tuple a list of values.

    Found without regard to case, the part after the ``/`` of a tag key included (semantics 35).  One context may serve
    several requests.

    Raises:
        TypeError: A value is neither a text nor a tuple of texts.
    """

    __slots__ = ("_folded", "_given", "_make", "_standing")

    def __init__(self, given: Given, standing: "Context | None" = None) -> None:
        """
        Fold the keys of *given*.

        Args:
            given: The keys and their values.
            standing: What holds for many requests and was folded before; *given* goes before it.
        """
        self._make: Callable[[], Given] | None = None
        self._standing = standing
        self._given, self._folded = _fold(given, standing)

    @classmethod
    def later(cls, make: Callable[[], Given], standing: "Context | None" = None) -> "Context":
        """
        Return a context of what *make* returns, which is called when somebody looks: most policies have no conditions.

        *make* must be pure, and what it returns right: whoever looks first is told of a TypeError.
        """
        context = cls.__new__(cls)
        context._make, context._standing = make, standing  # noqa: SLF001  its own
        return context

    @property
    def given(self) -> Given:
        """The keys as they are spelled, and their values."""
        if self._make is not None:
            self._look(self._make)
        return self._given

    @property
    def folded(self) -> Values:
        """The keys in lower case."""
        if self._make is not None:
            self._look(self._make)
        return self._folded

    def _look(self, make: Callable[[], Given]) -> None:
        self._given, self._folded = _fold(make(), self._standing)
        # Last: another thread that looks at the same moment does the same once more.
        self._make = None

    def __getitem__(self, key: str) -> str | tuple[str, ...]:
        return self.given[key]

    def items(self) -> ItemsView[str, str | tuple[str, ...]]:
        return self.given.items()  # Of a dictionary, sooner than one by one.

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def _fold(given: Given, standing: Context | None) -> tuple[Given, Values]:
    """Return *given* and what goes behind it, as it is spelled and folded."""
    whole = given
    folded: dict[str, Value] = {}
    if standing is not None:
        whole = {**standing.given, **given}
        if standing.given.keys().isdisjoint(given):
            folded.update(standing.folded)
        else:
            # A value that is replaced must leave nothing behind, so all is folded anew.
            given = whole
    for key, value in given.items():
        lowered = _folded(key)
        checked = value if type(value) is str else _checked(key, value)
        # Two spellings of one key that disagree are no value at all.  AWS: a condition on a tag key matches one of
        # two tags that differ in case, but not both; which one must not decide.
        ambiguous = lowered in folded and folded[lowered] != checked
        folded[lowered] = AMBIGUOUS if ambiguous else checked
    return whole, folded


def _checked(key: str, value: object) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return str(value)  # a member of a StrEnum becomes plain text
    if isinstance(value, tuple) and all(isinstance(member, str) for member in value):
        return tuple(map(str, value))
    raise TypeError(f"the context key {key} needs a text or a tuple of texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One action on one resource.

    A request that touches several resources is several of these, and all must be allowed (semantics 20).

    Attributes:
        action: ``iam:CreateUser``; the case of letters does not matter.
        resource: An ARN; or ``*`` when the action has no resource and no collection either (semantics 18).
        resource_account: Whose the resource is.  Of what belongs to everybody, such as AWS managed policies, the
            caller's own.
        context: A `Context`, or what makes one.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    target: Target = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.context, Context):
            object.__setattr__(self, "context", Context(self.context))
        object.__setattr__(self, "target", _target(self.resource))

    @property
    def values(self) -> Values:
        """The context with its keys folded."""
        context = self.context
        return context.folded if isinstance(context, Context) else Context(context).folded
