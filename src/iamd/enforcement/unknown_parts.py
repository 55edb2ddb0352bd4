"""
Resources of which a request does not tell the whole ARN: whether a Deny could be about them.

A secret's ARN ends in six characters that its name says nothing of; a stack's in an id.  Such a request is asked about under
``NAME-??????``, which an Allow has to match as it stands: one that names another secret allows nothing.  A Deny that spells
such an ARN out would not be matched by that.  So for each pattern of a Deny that some ARN of the kind would match, one such
ARN is asked about as well, and only an explicit Deny counts: nobody gets by a Deny because they leave out what it names.
"""

import re
from collections.abc import Iterable, Iterator
from string import ascii_letters, digits
from typing import Final

import msgspec

from iamd.auth.authorize import Guard
from iamd.auth.target import Target
from iampolicy import Outcome, Policy
from iampolicy.wildcard import compile_pattern

_SUFFIX: Final = "??????"
_ALPHANUMERIC: Final = frozenset(ascii_letters + digits)
_FILLING: Final = "0"

_unknown_end = re.compile(
    r"(?P<six>arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:.+-)\?{6}"
    r"|(?P<any>arn:[^:]*:(?:"
    r"cloudformation:[^:]*:[^:]*:stack/[^*/]+/"
    r"|eks:[^:]*:[^:]*:[a-z]+/[^*/]+/[^*/]+/"
    r"|ecs:[^:]*:[^:]*:task-definition/[^*:]+:"
    r"|backup:[^:]*:[^:]*:[a-z-]+:[^*]+-"
    r"))\*"
    r"|(?P<start>arn:[^:]*:(?:"
    r"autoscaling:[^:]*:[^:]*:(?:autoScalingGroup|launchConfiguration):"
    r"|mq:[^:]*:[^:]*:broker:"
    r"))\*(?P<tail>:[^*]+)",
    re.ASCII,
).fullmatch
_variable = re.compile(r"\$\{[^}]*\}")


def refuse_possible_denials(guard: Guard, targets: Iterable[Target]) -> None:
    """
    Refuse what a Deny may be about that names what is unknown of *targets*, each of which names its action.

    Raises:
        AccessDenied: As for any explicit Deny.
    """
    for target in targets:
        if _unknown_end(target.arn) is None or target.action is None:
            continue
        for arn in possible(target.arn, guard.asked_of(target.action, target)):
            verdict = guard.decide(target.action, msgspec.structs.replace(target, arn=arn), {})
            denied = verdict.decision is None or verdict.decision.outcome is Outcome.EXPLICIT_DENY
            if denied and verdict.refusal is not None:
                raise verdict.refusal


def possible(arn: str, policies: Iterable[Policy]) -> Iterator[str]:
    """Yield an ARN that *arn* may stand for, for each resource of a Deny in *policies* that would match one."""
    found = _unknown_end(arn)
    if found is None:
        return
    patterns = {
        _variable.sub("*", pattern)
        for policy in policies
        for statement in policy.statements
        if statement.denies
        for pattern in statement.text.resource or ()
    }
    base, tail = found["six"] or found["any"] or found["start"], found["tail"] or ""
    # What matches the text as it stands was decided about already.
    asked = [pattern for pattern in sorted(patterns) if not compile_pattern(pattern)(arn)]
    ends = (_six(pattern, base) if found["six"] else _any(pattern, base, tail) for pattern in asked)
    yield from dict.fromkeys(base + each + tail for each in ends if each is not None)


def _six(pattern: str, base: str) -> str | None:
    """Return six letters or digits behind *base* with which *pattern* matches; None when there are none."""
    reached = dict.fromkeys(_after(pattern, base), "")
    for _ in _SUFFIX:
        further: dict[int, str] = {}
        for position, taken in reached.items():
            symbol = pattern[position : position + 1]
            if symbol == "*":
                further.setdefault(position, taken + _FILLING)
            elif symbol == "?" or symbol in _ALPHANUMERIC:
                further.setdefault(position + 1, taken + (_FILLING if symbol == "?" else symbol))
        reached = {
            passed: taken for position, taken in further.items() for passed in _passing(pattern, position)
        }
    return reached.get(len(pattern))


def _any(pattern: str, base: str, tail: str) -> str | None:
    """Return a text between *base* and *tail* with which *pattern* matches; None when there is none."""
    # Read from its end, a pattern is one of the texts read from theirs.
    ends = {len(pattern) - used for used in _after(pattern[::-1], tail[::-1])}
    for start in sorted(_after(pattern, base)):
        for end in sorted(ends):
            if start < end:
                return pattern[start:end].replace("*", "").replace("?", _FILLING) or _FILLING
    return None


def _after(pattern: str, text: str) -> set[int]:
    """Return how much of *pattern* may have been used up by *text*."""
    reached = set(_passing(pattern, 0))
    for character in text:
        further: set[int] = set()
        for position in reached:
            symbol = pattern[position : position + 1]
            if symbol == "*":
                further.add(position)
            elif symbol in {"?", character}:
                further.add(position + 1)
        reached = {passed for position in further for passed in _passing(pattern, position)}
        if not reached:
            break
    return reached


def _passing(pattern: str, position: int) -> Iterator[int]:
    """Yield *position*, and those behind asterisks that need match nothing."""
    yield position
    while pattern[position : position + 1] == "*":
        position += 1
        yield position
