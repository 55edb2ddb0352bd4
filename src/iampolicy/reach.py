"""
What policies may allow at all: which actions are within their reach, whatever the resource and the context.

An action is within reach when a statement allows it somewhere, and none denies it everywhere: on all resources and
without a condition.  That is coarser than a decision on purpose, since it answers for all requests at once: a request
for an action beyond reach is never allowed, one for an action within reach may be.
"""

from collections.abc import Iterable
from typing import Final

from iampolicy.policy_set import Policy
from iampolicy.statement import Statement, compile_action
from iampolicy.text import ascii_lower
from iampolicy.wildcard import Matcher

_EVERYTHING: Final = frozenset({"*", "*:*"})


class Reach:
    """The actions that policies may allow; made once, and asked often."""

    def __init__(self, allowing: Iterable[Policy], denying: Iterable[Policy] | None = None) -> None:
        """
        Take policies.

        Args:
            allowing: Of which one must allow.
            denying: Of which none may deny; those that allow, unless others are given.
        """
        first = tuple(allowing)
        second = first if denying is None else tuple(denying)
        self._allows: Final = _Actions(
            statement for policy in first for statement in policy.statements if not statement.denies
        )
        self._denies: Final = _Actions(
            statement for policy in second for statement in policy.statements if _denies_everywhere(statement)
        )

    def allows(self, action: str) -> bool:
        """Tell whether *action*, given in lower case, is within reach."""
        service = action.partition(":")[0]
        return self._allows.have(service, action) and not self._denies.have(service, action)


def _denies_everywhere(statement: Statement) -> bool:
    return statement.denies and statement.resource is None and not statement.checks


class _Actions:
    """The actions that any of several statements speaks of, by their services."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        patterns: list[str] = []
        self._but: Final[list[_Patterns]] = []
        for statement in statements:
            patterns += statement.text.action or ()
            if statement.text.not_action is not None:
                but = _Patterns(statement.text.not_action)
                # As `Statement.covers`: an Allow of all but what cannot be read is none.
                if statement.denies or not but.unreadable:
                    self._but.append(but)
        self._named: Final = _Patterns(patterns)

    def have(self, service: str, action: str) -> bool:
        return self._named.include(service, action) or any(
            not but.include(service, action) for but in self._but
        )


class _Patterns:
    """
    Patterns of actions.

    Attributes:
        unreadable: Whether one of them can match nothing.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._everything = False
        self._of_service: Final[dict[str, list[Matcher]]] = {}
        self.unreadable = False
        for pattern in frozenset(patterns):
            matcher = compile_action(pattern)
            if pattern in _EVERYTHING:
                self._everything = True
            elif matcher is None:
                self.unreadable = True
            else:
                service = ascii_lower(pattern).partition(":")[0]
                self._of_service.setdefault(service, []).append(matcher)

    def include(self, service: str, action: str) -> bool:
        return self._everything or any(matcher(action) for matcher in self._of_service.get(service, ()))
