"""
Whether policies let somebody do all that another policy asks for: yes, no, or not to be told.

An estimate from the texts alone, without requests.  It is careful: what it calls allowed is allowed whatever the request,
and what it calls denied is never allowed whole.  Conditions and policy variables leave things open, and so do several
statements that cover only together what one would have to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Final

from iampolicy.lints.overlap import Template, contains
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.statement import Effect, Statement, compile_action
from iampolicy.text import ascii_lower
from iampolicy.wildcard import has_wildcard, tokenize

_EVERY_ACTION: Final = frozenset({"*", "*:*"})
_COLONS: Final = 5
"""Before the resource part of an ARN."""


class Coverage(IntEnum):
    """How much of what is asked for is allowed; of several answers the least holds."""

    DENIED = 0
    """Something that is asked for is not allowed."""
    UNSURE = 1
    ALLOWED = 2


_OPPOSITE: Final = {
    Coverage.DENIED: Coverage.ALLOWED,
    Coverage.UNSURE: Coverage.UNSURE,
    Coverage.ALLOWED: Coverage.DENIED,
}


def coverage(asked: Policy, policies: PolicySet, *, of_root: bool = False) -> Coverage:
    """
    Estimate whether *policies* allow what the Allow statements of *asked* name.

    Policies of resources and endpoints are not looked at: they are known when there is a request.

    Args:
        asked: What somebody wants to be able to do.
        policies: Of whoever shall do it.
        of_root: Whether that is a root user, who needs no policy that allows.
    """
    layers: list[Sequence[Policy]] = [] if of_root else [policies.identity]
    if policies.boundary is not None:
        layers.append((policies.boundary,))
    if policies.session is not None:
        layers.append(policies.session)
    layers += policies.scps
    denying = [each for each in _statements((policies.identity, *layers)) if each.effect is Effect.DENY]
    allowing = [[each for each in _statements([layer]) if each.effect is Effect.ALLOW] for layer in layers]
    answer = Coverage.ALLOWED
    for action, resource in _pairs(asked):
        answer = min(answer, _left(denying, action, resource))
        for layer in allowing:
            answer = min(answer, _allowed(layer, action, resource))
    return answer


def _statements(layers: Iterable[Iterable[Policy]]) -> Iterator[Statement]:
    for layer in layers:
        for policy in layer:
            yield from policy.statements


def _pairs(asked: Policy) -> Iterator[tuple[str, str]]:
    """Yield patterns of an action and of a resource that are asked for together."""
    for statement in asked.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        # What is named by what it is not may be anything.
        actions = statement.text.action if statement.text.not_action is None else ("*",)
        resources = statement.text.resource if statement.text.not_resource is None else ("*",)
        for action in actions or ():
            for resource in resources or ("*",):
                yield ascii_lower(action), resource


def _allowed(statements: Iterable[Statement], action: str, resource: str) -> Coverage:
    """Tell of one layer whether one of its Allow statements speaks of the whole pair, or of a part of it."""
    return max((_speaks_of(each, action, resource) for each in statements), default=Coverage.DENIED)


def _left(statements: Iterable[Statement], action: str, resource: str) -> Coverage:
    """Tell how much of the pair Deny statements leave."""
    taken = max((_speaks_of(each, action, resource) for each in statements), default=Coverage.DENIED)
    return _OPPOSITE[taken]


def _speaks_of(statement: Statement, action: str, resource: str) -> Coverage:
    """
    Tell how much of a pair *statement* speaks of.

    Returns:
        ALLOWED for the whole, whatever the request; UNSURE for a part, or under conditions; DENIED for nothing.
    """
    text = statement.text
    if not statement.denies and None in map(compile_action, text.not_action or ()):
        # As `Statement.covers`: an Allow of all but what cannot be read is none.
        return Coverage.DENIED
    answer = min(
        _match(text.action, text.not_action, _overlap_of_actions, action),
        _match(text.resource, text.not_resource, _overlap_of_resources, resource),
    )
    conditional = bool(text.condition or text.principal or text.not_principal)
    return min(answer, Coverage.UNSURE) if conditional else answer


def _match(
    named: Sequence[str] | None,
    exempted: Sequence[str] | None,
    overlap: Callable[[str, str], Coverage],
    asked: str,
) -> Coverage:
    if named is not None:
        return max((overlap(pattern, asked) for pattern in named), default=Coverage.DENIED)
    # What names nothing, not even by exempting, is about everything.
    return _OPPOSITE[max((overlap(pattern, asked) for pattern in exempted or ()), default=Coverage.DENIED)]


def _overlap_of_actions(pattern: str, asked: str) -> Coverage:
    if pattern in _EVERY_ACTION:
        return Coverage.ALLOWED
    if asked in _EVERY_ACTION:
        return Coverage.UNSURE
    service, _, name = ascii_lower(pattern).partition(":")
    asked_service, _, asked_name = asked.partition(":")
    # The service is literal: a wildcard there matches nothing.
    return _overlap(name, asked_name) if service == asked_service else Coverage.DENIED


def _overlap_of_resources(pattern: str, asked: str) -> Coverage:
    if pattern == "*":
        return Coverage.ALLOWED
    if "${" in pattern or "${" in asked:
        # A variable stands for anything.
        return min(_overlap(_opened(pattern), _opened(asked)), Coverage.UNSURE)
    if asked == "*" or pattern.count(":") < _COLONS or asked.count(":") < _COLONS:
        return Coverage.UNSURE
    parts, asked_parts = _parts(pattern), _parts(asked)
    # Within an ARN each part stands for itself; a star at the end of one may reach further.
    answer = min(map(_overlap, parts, asked_parts))
    if answer is Coverage.DENIED:
        return min(_overlap(":".join(parts), ":".join(asked_parts)), Coverage.UNSURE)
    kind, slash, _ = parts[-1].partition("/")
    return min(answer, Coverage.UNSURE) if slash and has_wildcard(kind) else answer


def _parts(arn: str) -> list[str]:
    """Split an ARN; only the resource part has a case (semantics 15)."""
    first, *middle, resource = arn.split(":", _COLONS)
    return [first, *map(ascii_lower, middle), resource]


def _overlap(pattern: str, asked: str) -> Coverage:
    """Tell of two patterns whether the first matches all that the second does, some of it, or nothing."""
    if pattern == asked or contains(pattern)(asked):
        return Coverage.ALLOWED
    overlaps = Template(tokenize(pattern)).may_overlap(tokenize(asked))
    return Coverage.UNSURE if overlaps else Coverage.DENIED


def _opened(pattern: str) -> str:
    """Put a wildcard for each policy variable of *pattern*, and for what is left open of one."""
    first, *rest = pattern.split("${")
    return first + "".join("*" + part.partition("}")[2] for part in rest)
