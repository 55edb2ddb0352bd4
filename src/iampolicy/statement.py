"""Compile one statement: its actions, resources, principals and conditions, ready to be asked."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from iampolicy.arn import ResourceMatcher, Target, compile_resource
from iampolicy.condition import Check, compile_condition
from iampolicy.document import PolicyKind, StatementText
from iampolicy.operators import Mode
from iampolicy.principals import Grant, PrincipalMatcher
from iampolicy.request import Principal
from iampolicy.text import ascii_lower
from iampolicy.variables import Values
from iampolicy.wildcard import Matcher, compile_pattern, has_wildcard

ResourceCheck: TypeAlias = ResourceMatcher
"""As one entry; what cannot be told counts as no match."""


class Effect(StrEnum):
    ALLOW = "Allow"
    DENY = "Deny"


class Statement:
    """
    A compiled statement.

    Attributes:
        index: Its place in the document, from 0.
        resource: Tells whether it speaks of a resource; None when it speaks of all.
        checks: Its conditions, all of which must hold.
        denies: Whether *effect* is Deny.
        asks: Whether it may ask for a context key.
        text: The statement as written, for explanations.
    """

    __slots__ = (
        "_action",
        "_not_action",
        "_not_principal",
        "_principal",
        "asks",
        "checks",
        "denies",
        "effect",
        "index",
        "resource",
        "sid",
        "text",
    )

    def __init__(
        self,
        text: StatementText,
        *,
        index: int,
        kind: PolicyKind,
        variables: bool,
        bindings: Mapping[str, str],
    ) -> None:
        self.index = index
        self.text = text
        self.sid = text.sid
        self.effect = Effect(text.effect)
        self.denies = self.effect is Effect.DENY
        mode = Mode(deny=self.denies, variables=variables)
        self._action = _compile_actions(text.action or ())
        self._not_action = None if text.not_action is None else _compile_actions(text.not_action)
        self.resource = _compile_resources(text, kind, mode)
        self.checks: tuple[Check, ...] = compile_condition(text.condition, mode)
        resources = (*(text.resource or ()), *(text.not_resource or ()))
        self.asks = bool(self.checks) or any("$" in entry for entry in resources)
        self._principal, self._not_principal = (
            PrincipalMatcher(element, bindings, kind) if element else None
            for element in (text.principal, text.not_principal)
        )

    def covers(self, action: str) -> bool:
        """Tell whether the statement speaks of *action*, given in lower case."""
        if self._not_action is None:
            return any(matcher is not None and matcher(action) for matcher in self._action)
        if any(matcher is not None and matcher(action) for matcher in self._not_action):
            return False
        # An entry that can match nothing would make an Allow of everything: such an Allow is none.
        return self.denies or None not in self._not_action

    def grant(self, principal: Principal, *, bounded: bool) -> Grant:
        """
        Tell how directly the statement names *principal*; a statement without principals names nobody (semantics 4).

        Args:
            principal: Who asks.
            bounded: Whether they have a permissions boundary.
        """
        if self._principal is not None:
            return self._principal.grant(principal)
        # NotPrincipal with Allow is refused on write; in a stored document it allows nobody (semantics 50).
        if self._not_principal is None or not self.denies:
            return Grant.NONE
        return Grant.NONE if self._not_principal.exempts(principal, bounded=bounded) else Grant.DIRECT


def _compile_actions(patterns: Iterable[str]) -> tuple[Matcher | None, ...]:
    return tuple(compile_action(pattern) for pattern in patterns)


def compile_action(pattern: str) -> Matcher | None:
    """
    Compile one entry of ``Action`` for actions given in lower case; None when it can match nothing.

    The service is literal, but for ``*`` and ``*:*`` (semantics 9); a pattern with white space or without a name matches
    nothing (semantics 10).
    """
    if pattern in {"*", "*:*"}:
        return lambda _action: True
    service, _, name = ascii_lower(pattern).partition(":")
    if not service or not name or has_wildcard(service) or pattern.split() != [pattern]:
        return None
    prefix = service + ":"
    start = len(prefix)
    matches = compile_pattern(name)
    return lambda action: action.startswith(prefix) and matches(action[start:])


def _compile_resources(text: StatementText, kind: PolicyKind, mode: Mode) -> ResourceCheck | None:
    entries = text.not_resource if text.resource is None else text.resource
    if entries is None:
        return None  # trust policies, and policies of services whose one resource goes without saying
    if text.resource is not None and "*" in entries:
        return None
    pad = _PADDING[kind]
    compiled = [
        compile_resource(
            entry, pad=pad, deny=mode.deny, variables=mode.variables, exempts=text.resource is None
        )
        for entry in entries
    ]
    if text.resource is not None:
        return _one_of(compiled)
    return _none_of(compiled, deny=mode.deny)


def _one_of(matchers: list[ResourceMatcher]) -> ResourceCheck:
    if len(matchers) == 1:
        return matchers[0]
    several = tuple(matchers)

    def check(target: Target, values: Values) -> bool:
        for matcher in several:  # noqa: SIM110  a generator would double the time
            if matcher(target, values):
                return True
        return False

    return check


def _none_of(matchers: list[ResourceMatcher], *, deny: bool) -> ResourceCheck:
    """Tell whether no entry matches; one that cannot be told exempts nothing from a Deny (semantics 17, 19)."""

    def check(target: Target, values: Values) -> bool:
        answers = [matcher(target, values) for matcher in matchers]
        return True not in answers and (deny or None not in answers)

    return check


def _always(_pattern: str) -> bool:
    return True


def _never(_pattern: str) -> bool:
    return False


def _if_wildcard(pattern: str) -> bool:
    return "*" in pattern


def _if_wildcard_last(pattern: str) -> bool:
    return pattern.endswith("*")


# semantics 13: which ARNs with too few segments are completed with `*`.
_PADDING: Final[Mapping[PolicyKind, Callable[[str], bool]]] = {
    PolicyKind.IDENTITY: _always,
    PolicyKind.BOUNDARY: _always,
    PolicyKind.SESSION: _always,
    PolicyKind.TRUST: _never,
    PolicyKind.RESOURCE: _if_wildcard,
    PolicyKind.ENDPOINT: _if_wildcard,
    PolicyKind.SCP: _if_wildcard_last,
    PolicyKind.RCP: _never,
}
