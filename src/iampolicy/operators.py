"""
Condition operators: what it takes for one value of a request to match the values of a policy.

AWS: *IAM JSON policy elements: Condition operators*.  Rules that hold here:

* Of several values in a policy any one will do; a negated operator holds when none matches (semantics 6).
* A value of the request that cannot be read as the operator's type matches nothing; a negated operator then holds in a
  Deny and fails in an Allow, so that neither way more is permitted (semantics 24).
* Operator names are compared without regard to case; an unknown one is None (semantics 5, 36).
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple, TypeAlias, TypeVar

from iampolicy.arn import compile_arn_pattern, compile_arn_tokens, looks_like_arn
from iampolicy.text import ascii_lower
from iampolicy.values import (
    in_network,
    parse_address,
    parse_base64,
    parse_instant,
    parse_network,
    parse_number,
)
from iampolicy.variables import Template, Values, parse_template
from iampolicy.wildcard import Matcher, compile_pattern, compile_substituted

Binder: TypeAlias = Callable[[Values], Matcher]
"""Replaces the variables of the policy's values by those of a request."""

T = TypeVar("T")
W = TypeVar("W")


NOTHING: Final[Matcher] = frozenset[str]().__contains__
"""Matches nothing."""


class Test(NamedTuple):
    """
    A compiled operator with its values.

    Attributes:
        matcher: Decides about one value of the request, if there is no *binder*.
        binder: Set when the policy's values hold variables; makes the matcher.
        among: Set when the operator holds for just these texts.
        costly: Whether *matcher* takes so long that its last answer is worth remembering.
    """

    matcher: Matcher
    binder: Binder | None = None
    among: frozenset[str] | None = None
    costly: bool = False


class Quantifier(Enum):
    NONE = ""
    FOR_ALL_VALUES = "forallvalues:"
    FOR_ANY_VALUE = "foranyvalue:"


Build: TypeAlias = Callable[["Operator", tuple[str, ...], "Mode"], Test]


class Mode(NamedTuple):
    """
    Where an operator stands.

    Attributes:
        deny: In a statement that denies.
        variables: In a document whose version has variables.
    """

    deny: bool
    variables: bool


@dataclass(frozen=True, slots=True)
class Operator:
    """
    One base operator.

    Attributes:
        name: In AWS's spelling.
        build: Compiles it with the values of a policy.
        negated: Whether it holds when nothing matches.
        readable: Tells whether a value of a policy is one that can be written at all.
    """

    name: str
    build: Build
    negated: bool = False
    readable: Callable[[str], bool] = lambda _value: True


@dataclass(frozen=True, slots=True)
class OperatorUse:
    """An operator as a policy names it: ``ForAnyValue:StringLikeIfExists``."""

    operator: Operator
    quantifier: Quantifier
    if_exists: bool


def parse_operator(name: str) -> OperatorUse | None:
    """Return what *name* stands for, or None when it is not an operator of AWS's."""
    rest = ascii_lower(name)
    quantifier = Quantifier.NONE
    for candidate in (Quantifier.FOR_ALL_VALUES, Quantifier.FOR_ANY_VALUE):
        if rest.startswith(candidate.value):
            quantifier, rest = candidate, rest[len(candidate.value) :]
    base = rest.removesuffix("ifexists")
    found = _OPERATORS.get(base)
    if found is None or (found is NULL and len(name) != len(NULL.name)):
        return (
            None  # AWS: IfExists goes with every operator but Null; and Null looks at the key, not at a set.
        )
    return OperatorUse(found, quantifier, base != rest)


def _negate(matcher: Matcher) -> Matcher:
    return lambda value: not matcher(value)


def _any_of(matchers: Iterable[Matcher]) -> Matcher:
    several = tuple(matchers)
    if len(several) == 1:
        return several[0]
    return lambda value: any(matcher(value) for matcher in several)


def _finish(used: Operator, static: Matcher, binder: Binder | None) -> Test:
    if binder is None:
        return Test(_negate(static) if used.negated else static)
    if used.negated:
        return Test(NOTHING, lambda values: _negate(binder(values)))
    return Test(NOTHING, binder)


def _templates(values: tuple[str, ...], mode: Mode) -> tuple[list[str], list[Template]]:
    parsed = [parse_template(value, enabled=mode.variables) for value in values]
    return (
        [value for value in parsed if isinstance(value, str)],
        [value for value in parsed if isinstance(value, Template)],
    )


def _build_equals(fold: Callable[[str], str]) -> Build:
    """Compare whole texts; ``*`` and ``?`` are literal (semantics 21, 22)."""

    def build(used: Operator, values: tuple[str, ...], mode: Mode) -> Test:
        texts, templates = _templates(values, mode)
        wanted = frozenset(map(fold, texts))
        plain = fold is str

        def matcher_of(texts: frozenset[str]) -> Matcher:
            return texts.__contains__ if plain else lambda value: fold(value) in texts

        def binder(context: Values) -> Matcher:
            # A variable without a value equals nothing (semantics 37).
            resolved = {text for template in templates if (text := template.text(context)) is not None}
            return matcher_of(wanted.union(map(fold, resolved)))

        test = _finish(used, matcher_of(wanted), binder if templates else None)
        return test._replace(among=wanted) if plain and not used.negated and not templates else test

    return build


def _build_like(used: Operator, values: tuple[str, ...], mode: Mode) -> Test:
    """Match whole texts against patterns (semantics 23)."""
    texts, templates = _templates(values, mode)
    static = [compile_pattern(text) for text in texts]

    def binder(context: Values) -> Matcher:
        resolved = (template.tokens(context) for template in templates)
        return _any_of([*static, *(compile_substituted(tokens) for tokens in resolved if tokens is not None)])

    return _finish(used, _any_of(static), binder if templates else None)


def _build_bool(used: Operator, values: tuple[str, ...], mode: Mode) -> Test:
    """Compare ``true`` and ``false`` without regard to case; anything else matches nothing (semantics 26)."""
    truths = frozenset({"true", "false"})
    texts, templates = _templates(values, mode)
    wanted = truths.intersection(map(ascii_lower, texts))

    def matcher_of(texts: frozenset[str]) -> Matcher:
        return lambda value: ascii_lower(value) in texts

    def binder(context: Values) -> Matcher:
        resolved = {
            ascii_lower(text) for template in templates if (text := template.text(context)) is not None
        }
        return matcher_of(wanted | (truths & resolved))

    return _finish(used, matcher_of(wanted), binder if templates else None)


def _build_arn(used: Operator, values: tuple[str, ...], mode: Mode) -> Test:
    """Match the six parts of an ARN (semantics 29)."""
    texts, templates = _templates(values, mode)
    compiled = [compile_arn_pattern(text) for text in texts]
    static = [matcher for matcher in compiled if matcher is not None]
    broken = len(static) < len(compiled)

    def judge(matchers: list[Matcher], *, broken: bool) -> Matcher:
        matches = _any_of(matchers)
        if not used.negated:
            return lambda value: looks_like_arn(value) and matches(value)
        held = mode.deny or not broken
        return lambda value: held and not matches(value) if looks_like_arn(value) else mode.deny

    def binder(context: Values) -> Matcher:
        resolved = (template.tokens(context) for template in templates)
        # What cannot be resolved is null (semantics 37); what resolves to no ARN is as if it had been written so.
        bound = [compile_arn_tokens(tokens) for tokens in resolved if tokens is not None]
        usable = [matcher for matcher in bound if matcher is not None]
        return judge([*static, *usable], broken=broken or len(usable) < len(bound))

    return Test(NOTHING, binder) if templates else Test(judge(static, broken=broken))


def _build_typed(
    parse: Callable[[str], T | None],
    parse_policy: Callable[[str], W | None],
    compare: Callable[[T, W], bool],
) -> Build:
    """Compare values as what they mean; no wildcards, no variables."""

    def build(used: Operator, values: tuple[str, ...], mode: Mode) -> Test:
        parsed = [parse_policy(value) for value in values]
        wanted = tuple(value for value in parsed if value is not None)
        # What the operator answers when the value of the request cannot be read, and when nothing matched.
        unreadable = used.negated and mode.deny
        missed = used.negated and (mode.deny or len(wanted) == len(parsed))

        def judge(text: str) -> bool:
            value = parse(text)
            if value is None:
                return unreadable
            for other in wanted:
                if compare(value, other):
                    return not used.negated
            return missed

        return Test(judge, costly=True)

    return build


def _typed(
    name: str,
    parse: Callable[[str], T | None],
    compare: Callable[[T, T], bool],
    *,
    negated: bool = False,
) -> Operator:
    return Operator(
        name, _build_typed(parse, parse, compare), negated, lambda value: parse(value) is not None
    )


def _address(name: str, *, negated: bool = False) -> Operator:
    build = _build_typed(parse_address, parse_network, in_network)
    return Operator(name, build, negated, lambda value: parse_network(value) is not None)


def _request_bytes(text: str) -> bytes:
    # A context value is text; its bytes are those of UTF-8, and a lone surrogate must not raise.
    return text.encode("utf-8", "surrogatepass")


_equals: Final = _build_equals(str)
_equals_ignoring_case: Final = _build_equals(str.casefold)

# It looks at the key and not at its value; `condition` compiles it.
NULL: Final = Operator("Null", lambda _used, _values, _mode: Test(NOTHING))

_ALL: Final = (
    Operator("StringEquals", _equals),
    Operator("StringNotEquals", _equals, negated=True),
    Operator("StringEqualsIgnoreCase", _equals_ignoring_case),
    Operator("StringNotEqualsIgnoreCase", _equals_ignoring_case, negated=True),
    Operator("StringLike", _build_like),
    Operator("StringNotLike", _build_like, negated=True),
    _typed("NumericEquals", parse_number, operator.eq),
    _typed("NumericNotEquals", parse_number, operator.eq, negated=True),
    _typed("NumericLessThan", parse_number, operator.lt),
    _typed("NumericLessThanEquals", parse_number, operator.le),
    _typed("NumericGreaterThan", parse_number, operator.gt),
    _typed("NumericGreaterThanEquals", parse_number, operator.ge),
    _typed("DateEquals", parse_instant, operator.eq),
    _typed("DateNotEquals", parse_instant, operator.eq, negated=True),
    _typed("DateLessThan", parse_instant, operator.lt),
    _typed("DateLessThanEquals", parse_instant, operator.le),
    _typed("DateGreaterThan", parse_instant, operator.gt),
    _typed("DateGreaterThanEquals", parse_instant, operator.ge),
    Operator("Bool", _build_bool),
    Operator("BinaryEquals", _build_typed(_request_bytes, parse_base64, operator.eq)),
    _address("IpAddress"),
    _address("NotIpAddress", negated=True),
    Operator("ArnEquals", _build_arn),
    Operator("ArnLike", _build_arn),
    Operator("ArnNotEquals", _build_arn, negated=True),
    Operator("ArnNotLike", _build_arn, negated=True),
    NULL,
)

OPERATOR_NAMES: Final = tuple(each.name for each in _ALL)
"""As the documentation writes them, without qualifiers and suffix."""

_OPERATORS: Final = {ascii_lower(each.name): each for each in _ALL}
