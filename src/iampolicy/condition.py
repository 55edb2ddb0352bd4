"""
Compile ``Condition`` blocks into checks.

All operators must hold, and all keys of an operator; each becomes one check of the request's context.  What a missing
key, a list and a set operator mean is decided here, and once, when the policy is compiled.
AWS: *IAM JSON policy elements: Condition* and *Creating a condition with multiple keys or values*.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from iampolicy.document import ConditionBlock
from iampolicy.operators import NULL, Mode, OperatorUse, Quantifier, Test, parse_operator
from iampolicy.text import ascii_lower
from iampolicy.variables import AMBIGUOUS, Value, Values
from iampolicy.wildcard import Matcher

Check: TypeAlias = Callable[[Values], bool]


class ConditionText(NamedTuple):
    """One operator with one key, as written; keys that differ only in case are one."""

    operator: str
    key: str
    values: tuple[str, ...]


def condition_texts(block: ConditionBlock) -> tuple[ConditionText, ...]:
    """Return what each check of `compile_condition` was made of, in the same order."""
    return tuple(
        ConditionText(name, key, values) for name, keys in block for key, values in _merged(keys).items()
    )


def compile_condition(block: ConditionBlock, mode: Mode) -> tuple[Check, ...]:
    """Return the checks of *block*, all of which must hold (semantics 6)."""
    checks: list[Check] = []
    for name, key, values in condition_texts(block):
        use = parse_operator(name)
        checks.append(_never if use is None else _compile(use, key, values, mode))  # semantics 36
    return tuple(checks)


def _merged(keys: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    """Make one key of those that differ only in case (semantics 7, 35)."""
    merged: dict[str, tuple[str, ...]] = {}
    for key, values in keys:
        lowered = ascii_lower(key)
        merged[lowered] = merged.get(lowered, ()) + values
    return merged


def _never(_values: Values) -> bool:
    return False


def _compile(use: OperatorUse, key: str, values: tuple[str, ...], mode: Mode) -> Check:
    if use.operator is NULL:
        return _null(key, values)
    test = use.operator.build(use.operator, values, mode)
    if use.quantifier is Quantifier.FOR_ALL_VALUES:
        return _for_all_values(key, test, mode)
    if use.quantifier is Quantifier.FOR_ANY_VALUE:
        return _for_any_value(key, test, mode, missing=use.if_exists)
    # semantics 30: without the key a negated operator holds, and so does every one with IfExists.
    missing = use.operator.negated or use.if_exists
    return _single(key, test, mode, missing=missing)


def _null(key: str, values: tuple[str, ...]) -> Check:
    """Tell whether the key is absent, or not; an empty list counts as absent (semantics 31)."""
    wanted = frozenset(map(ascii_lower, values))
    when_absent, when_present = "true" in wanted, "false" in wanted

    def check(context: Values) -> bool:
        value = context.get(key)
        return when_absent if value is None or value == () else when_present

    return check


def _single(key: str, test: Test, mode: Mode, *, missing: bool) -> Check:
    """Compare the one value of a key; a key with a list of values never matches, whatever the operator."""
    matcher, binder, among, costly = test
    deny = mode.deny
    if among is not None:
        # The commonest operator, in one step: what else a key may be has its place among the texts.
        accepted = among.union([None] if missing else [], [AMBIGUOUS] if deny else [])
        return lambda context: context.get(key) in accepted

    def otherwise(value: Value | None) -> bool:
        if value is None:
            return missing
        # semantics 34: a list is no single value.  Two spellings of the key that disagree: whichever permits less.
        return value is AMBIGUOUS and deny

    if binder is None:

        def judge(value: Value | None) -> bool:
            return matcher(value) if isinstance(value, str) else otherwise(value)

        if costly:
            return _remembering(key, judge)

        def check(context: Values) -> bool:
            value = context.get(key)
            return matcher(value) if isinstance(value, str) else otherwise(value)

        return check

    def check_bound(context: Values) -> bool:
        value = context.get(key)
        return binder(context)(value) if isinstance(value, str) else otherwise(value)

    return check_bound


def _remembering(key: str, judge: Callable[[Value | None], bool]) -> Check:
    """Keep the last answer: clock and address of two requests in a row are mostly the same."""
    last: tuple[Value | None, bool] = (None, judge(None))

    def check(context: Values) -> bool:
        nonlocal last
        value = context.get(key)
        known, answer = last  # one read: another thread may replace the pair, never half of it
        if value == known:
            return answer
        answer = judge(value)
        last = (value, answer)
        return answer

    return check


def _bound(test: Test, context: Values) -> Matcher:
    return test.matcher if test.binder is None else test.binder(context)


def _members(value: Value | None) -> tuple[str, ...]:
    """Return the set that a set operator looks at; a single value is a set of one (semantics 34)."""
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def _for_all_values(key: str, test: Test, mode: Mode) -> Check:
    """
    Hold when every value of the request matches, and when there is none.

    AWS calls a set of nothing but the empty text a null data set, so it counts as none (semantics 32).
    """

    def check(context: Values) -> bool:
        value = context.get(key)
        if value is AMBIGUOUS:
            return mode.deny
        members = _members(value)
        if not any(members):
            return True
        return all(map(_bound(test, context), members))

    return check


def _for_any_value(key: str, test: Test, mode: Mode, *, missing: bool) -> Check:
    """Hold when some value of the request matches; an empty set never does, negated or not (semantics 33)."""

    def check(context: Values) -> bool:
        value = context.get(key)
        if value is None:
            return missing
        if value is AMBIGUOUS:
            return mode.deny
        members = _members(value)
        return any(members) and any(map(_bound(test, context), members))

    return check
