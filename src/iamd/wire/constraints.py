"""
The constraints of the service models, with AWS's texts.

Every violation of a request is reported, in one answer (fact 4).  What AWS does, from its recorded answers:

* IAM never shows the value; STS does, ``null`` for one that is missing (fact 3).  A sensitive value is shown by
  neither, nor is anything that holds one; the codes of MFA devices count as sensitive.
* Paths are in lower camel case: the first letter alone is lowered, so ``SAMLAssertion`` is ``sAMLAssertion``; elements
  are ``tags.1.member.key``, values of maps ``properties.color.member`` (fact 5).
* A list of plain values has one compound violation for all its elements, which names every constraint of an element,
  the broken and the kept ones alike (fact 6).  Keys and plain values of maps likewise.
* Members come in the order of a Java ``HashMap`` over their lower camel case names.  This is inferred: it gives both
  orders of fact 4, of which the model's order gives neither, and ``roleArn`` before ``principalArn`` as STS has it.
* Of one value, the pattern is reported before the length.
* The oldest patterns of IAM, those of names and paths, are checked behind the others and in other words; that answer
  names one parameter alone.
* Organizations tells one violation alone, by a reason, and neither parameter nor value.

Lengths are counted in code points, as Smithy defines them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Final

from iamd.errors import ValidationError
from iamd.errors.organizations import InvalidInputException
from iamd.wire.model import Operation, Shape

_NOT_NULL: Final = "Member must not be null"
_NESTED: Final = frozenset({"structure", "list", "map"})

_NAME: Final = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
_PATH: Final = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
_PREFIX: Final = (
    "It must begin with the / character and contain only alphanumeric characters and/or / characters."
)

# Codes of MFA devices, which the models forget to mark.
_UNMARKED: Final = frozenset({"authenticationCodeType", "tokenCodeType"})

# Patterns that IAM explains in words (fact 65).
_IN_WORDS: Final[Mapping[str, str]] = {
    r"[\w+=,.@-]+": _NAME,
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": _PATH,
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": _PATH,
    r"\u002F[\u0021-\u007F]*": _PREFIX,
}


class _Broken(StrEnum):
    """What can be wrong with a value; named as the reasons of Organizations."""

    INPUT_REQUIRED = "INPUT_REQUIRED"
    INVALID_ENUM = "INVALID_ENUM"
    INVALID_LIST_MEMBER = "INVALID_LIST_MEMBER"
    INVALID_PATTERN = "INVALID_PATTERN"
    MAX_LENGTH_EXCEEDED = "MAX_LENGTH_EXCEEDED"
    MAX_VALUE_EXCEEDED = "MAX_VALUE_EXCEEDED"
    MIN_LENGTH_EXCEEDED = "MIN_LENGTH_EXCEEDED"
    MIN_VALUE_EXCEEDED = "MIN_VALUE_EXCEEDED"


# AWS: *InvalidInputException* in the Organizations API Reference.
_REASONS: Final[Mapping[_Broken, str]] = {
    _Broken.INPUT_REQUIRED: "You must include a value for all required parameters.",
    _Broken.INVALID_ENUM: "You specified an invalid value.",
    _Broken.INVALID_LIST_MEMBER: (
        "You provided a list to a parameter that contains at least one invalid value."
    ),
    _Broken.INVALID_PATTERN: "You provided a value that does not match the required pattern.",
    _Broken.MAX_LENGTH_EXCEEDED: "You provided a string parameter that is longer than allowed.",
    _Broken.MAX_VALUE_EXCEEDED: "You provided a numeric parameter that has a larger value than allowed.",
    _Broken.MIN_LENGTH_EXCEEDED: "You provided a string parameter that is shorter than allowed.",
    _Broken.MIN_VALUE_EXCEEDED: "You provided a numeric parameter that has a smaller value than allowed.",
}


class _Findings:
    """
    What is wrong with a request.

    Attributes:
        violations: Of constraints, all of which are answered together.
        broken: The same, without words.
        misspelled: Names and paths, of which the first is answered when there is nothing else.
    """

    __slots__ = ("_shows_values", "broken", "misspelled", "violations")

    def __init__(self, *, shows_values: bool) -> None:
        self._shows_values = shows_values
        self.violations: list[str] = []
        self.broken: list[_Broken] = []
        self.misspelled: list[str] = []

    def violation(self, path: str, value: Any, shape: Shape, text: str, broken: _Broken) -> None:
        """Note that *value* (None when it is missing) breaks the constraint that *text* states."""
        self.broken.append(broken)
        shown = f" {_quoted(value, shape)}" if self._shows_values and not _is_sensitive(shape) else ""
        self.violations.append(f"Value{shown} at '{path}' failed to satisfy constraint: {text}")

    def misspelling(self, path: str, rule: str) -> None:
        """Note that the name or path at *path* is not spelled as *rule* says."""
        if rule is _PATH and path.endswith("Prefix"):
            rule = _PREFIX
        self.misspelled.append(f"The specified value for {path} is invalid. {rule}")


_Check = Callable[[Any, str, _Findings], None]
_Rule = tuple[Callable[[Any], bool], str, _Broken]
_Tests = tuple[Callable[[Any], object], ...]


def check(operation: Operation, params: Mapping[str, Any]) -> None:
    """
    Check *params*, as the protocol has parsed them, against the model of *operation*.

    Raises:
        ValidationError: At least one constraint is broken; the message names all that are.
        InvalidInputException: Likewise, of Organizations; the message is about one.
    """
    if operation.input is None or _pass(operation.input, params):
        return
    checker = _checker(operation.input)
    if checker is None:
        return
    found = _Findings(shows_values=operation.service == "sts")
    checker(params, "", found)
    if found.broken and operation.service == "organizations":
        raise InvalidInputException(
            _REASONS[found.broken[0]], reason=found.broken[0].value, detail="; ".join(found.violations)
        )
    if found.violations:
        count = len(found.violations)
        errors = "validation error" if count == 1 else "validation errors"
        raise ValidationError(f"{count} {errors} detected: {'; '.join(found.violations)}")
    if found.misspelled:
        raise ValidationError(found.misspelled[0])


def _pass(shape: Shape, params: Mapping[str, Any]) -> bool:
    """
    Let through what surely breaks nothing: all that is required, and plain values that are right.

    That is nearly every request; what is nested, and what is wrong, is for `_checker`.
    """
    names = tuple(params)
    rows = _known.get((shape, names))
    if rows is None:
        rows = _tests_of(shape, names)
        if rows is None:
            return False
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[shape, names] = rows
    for name, tests in rows:
        value = params[name]
        if value is None:
            return False
        for keeps in tests:
            if not keeps(value):
                return False
    return True


_known: Final[dict[tuple[Shape, tuple[str, ...]], tuple[tuple[str, _Tests], ...]]] = {}
_MOST_KNOWN: Final = 1024


def _tests_of(shape: Shape, names: tuple[str, ...]) -> tuple[tuple[str, _Tests], ...] | None:
    """Return what the members *names* must pass; None where one is missing, unknown or nested."""
    members = shape.members
    if not set(shape.required) <= set(names) <= set(members):
        return None
    if any(members[name].type in _NESTED for name in names):
        return None
    return tuple((name, _tests(members[name])) for name in names)


@cache
def _tests(shape: Shape) -> _Tests:
    """Return what a plain value must pass, each test true or false, in as few calls as can be."""
    spelled = () if shape.pattern is None else (compile_pattern(shape.pattern),)
    low, high = shape.minimum, shape.maximum
    if shape.type == "integer" or low is None or high is None:
        sized = tuple(keeps for keeps, *_ in _bounds(shape))
    else:
        sized = (lambda value: low <= len(value) <= high,)
    return (*sized, *spelled, *(keeps for keeps, *_ in _enum(shape)))


@cache
def _checker(shape: Shape) -> _Check | None:
    """Compile the check of *shape*; None when nothing in it is constrained."""
    if shape.type == "structure":
        return _structure_checker(shape)
    if shape.type == "list":
        return _list_checker(shape)
    if shape.type == "map":
        return _map_checker(shape)
    in_words = _IN_WORDS.get(shape.pattern or "")
    rules = [*([] if in_words else _pattern(shape)), *_bounds(shape), *_enum(shape)]
    spelling = _pattern(shape) if in_words else []
    if not (rules or spelling):
        return None

    def check_value(value: Any, path: str, found: _Findings) -> None:
        for keeps, text, broken in rules:
            if not keeps(value):
                found.violation(path, value, shape, text, broken)
        for keeps, *_ in spelling:
            if not keeps(value):
                found.misspelling(path, in_words or "")

    return check_value


def _structure_checker(shape: Shape) -> _Check | None:
    rows = [
        (name, member_path, shape.members[name], name in shape.required, _checker(shape.members[name]))
        for name, member_path in _java_order(shape.members)
        if name in shape.required or _checker(shape.members[name])
    ]
    if not rows:
        return None

    def check_structure(value: Any, path: str, found: _Findings) -> None:
        above = path + "." if path else ""
        for name, member_path, member, required, checker in rows:
            given = value.get(name)
            if given is None:
                if required:
                    found.violation(above + member_path, None, member, _NOT_NULL, _Broken.INPUT_REQUIRED)
            elif checker is not None:
                checker(given, above + member_path, found)

    return check_structure


def _list_checker(shape: Shape) -> _Check | None:
    element = _element(shape)
    bounds, plain = _bounds(shape), _compound(element)
    nested = None if plain else _checker(element)
    if not (bounds or plain or nested):
        return None

    def check_list(value: Any, path: str, found: _Findings) -> None:
        for keeps, text, broken in bounds:
            if not keeps(value):
                found.violation(path, value, shape, text, broken)
        if plain is not None:
            keeps_all, constraints, broken = plain
            if not all(map(keeps_all, value)):
                found.violation(path, value, shape, f"Member must satisfy constraint: {constraints}", broken)
        elif nested is not None:
            for index, item in enumerate(value, 1):
                nested(item, f"{path}.{index}.member", found)

    return check_list


def _map_checker(shape: Shape) -> _Check | None:
    element = _element(shape)
    bounds, plain = _bounds(shape), _compound(element)
    keys = _compound(shape.key) if shape.key else None
    nested = None if plain else _checker(element)
    if not (bounds or keys or plain or nested):
        return None

    def check_map(value: Any, path: str, found: _Findings) -> None:
        for keeps, text, broken in bounds:
            if not keeps(value):
                found.violation(path, value, shape, text, broken)
        if keys is not None and not all(map(keys[0], value)):
            found.violation(path, value, shape, f"Map keys must satisfy constraint: {keys[1]}", keys[2])
        if plain is not None:
            if not all(map(plain[0], value.values())):
                found.violation(
                    path, value, shape, f"Map value must satisfy constraint: {plain[1]}", plain[2]
                )
        elif nested is not None:
            for key, item in value.items():
                nested(item, f"{path}.{key}.member", found)

    return check_map


def _element(shape: Shape) -> Shape:
    if shape.element is None:
        raise TypeError(f"{shape!r} has no elements")
    return shape.element


def _compound(shape: Shape) -> _Rule | None:
    """Return the constraints of a plain *shape* as one rule; None when it is nested or not constrained."""
    if shape.type in _NESTED:
        return None
    rules = [*_bounds(shape), *_pattern(shape), *_enum(shape)]
    if not rules:
        return None
    texts = [text for _, text, _ in rules]
    tests = [keeps for keeps, *_ in rules]
    return (
        lambda value: all(keeps(value) for keeps in tests),
        f"[{', '.join([*texts, _NOT_NULL])}]",
        _Broken.INVALID_LIST_MEMBER,
    )


def _bounds(shape: Shape) -> list[_Rule]:
    low, high = shape.minimum, shape.maximum
    rules: list[_Rule] = []
    if shape.type == "integer":
        if high is not None:
            text = f"Member must have value less than or equal to {high}"
            rules.append((lambda value: value <= high, text, _Broken.MAX_VALUE_EXCEEDED))
        if low is not None:
            text = f"Member must have value greater than or equal to {low}"
            rules.append((lambda value: value >= low, text, _Broken.MIN_VALUE_EXCEEDED))
    else:
        if high is not None:
            text = f"Member must have length less than or equal to {high}"
            rules.append((lambda value: len(value) <= high, text, _Broken.MAX_LENGTH_EXCEEDED))
        if low is not None:
            text = f"Member must have length greater than or equal to {low}"
            rules.append((lambda value: len(value) >= low, text, _Broken.MIN_LENGTH_EXCEEDED))
    return rules


def _enum(shape: Shape) -> list[_Rule]:
    if not shape.enum:
        return []
    # fact 7: no list of them
    text = "Member must satisfy enum value set"
    return [(frozenset(shape.enum).__contains__, text, _Broken.INVALID_ENUM)]


def _pattern(shape: Shape) -> list[_Rule]:
    if shape.pattern is None:
        return []
    matches = compile_pattern(shape.pattern)
    text = f"Member must satisfy regular expression pattern: {shape.pattern}"
    return [(lambda value: matches(value) is not None, text, _Broken.INVALID_PATTERN)]


@cache
def compile_pattern(pattern: str) -> Callable[[str], object | None]:
    r"""
    Translate a pattern of the models, which is Java's, and return its anchored match (R-71).

    ``\w`` and ``\d`` are ASCII in Java.  ``\u10000-\u10FFFF`` is what the model says where it means the planes above
    the first, whose code points have more than four digits.

    Raises:
        ValueError: The pattern mixes ``\w``, ``\d`` or ``\s`` with ``\p``.
    """
    spelled = pattern.replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    if r"\p" not in spelled:
        # Linear on every pattern of the models, where `regex` takes time quadratic in the text for some (``/[…]*/``:
        # 30 s for a megabyte).
        return re.compile(spelled, re.ASCII).fullmatch
    if any(letter in spelled for letter in (r"\w", r"\d", r"\s")):
        raise ValueError(f"the pattern {pattern} needs ASCII and Unicode classes at once")
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415  30 ms at start-up for what only tags need

    matches: Callable[[str], object | None] = regex.compile(spelled).fullmatch
    return matches


def _java_order(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return *names*, each with its lower camel case, in the order in which a Java ``HashMap`` walks them."""
    pairs = [(name, name[:1].lower() + name[1:]) for name in names]
    buckets = 16
    while len(pairs) > buckets * 3 // 4:
        buckets *= 2

    def bucket(pair: tuple[str, str]) -> int:
        code = 0
        for letter in pair[1]:
            code = (31 * code + ord(letter)) & 0xFFFFFFFF
        return (code ^ code >> 16) % buckets

    return sorted(pairs, key=bucket)


@cache
def _is_sensitive(shape: Shape) -> bool:
    """Tell whether *shape* or anything in it is sensitive, marked so or not."""
    inner = [*shape.members.values(), *(part for part in (shape.key, shape.element) if part)]
    return shape.sensitive or shape.name in _UNMARKED or any(map(_is_sensitive, inner))


def _quoted(value: Any, shape: Shape) -> str:
    return "null" if value is None else f"'{_spelled(value, shape)}'"


def _spelled(value: Any, shape: Shape) -> str:
    """Spell *value* as Java's ``toString`` does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        if shape.type == "map":
            inner = _element(shape)
            return "{" + ", ".join(f"{key}={_spelled(item, inner)}" for key, item in value.items()) + "}"
        fields = ", ".join(f"{key}={_spelled(item, shape.members[key])}" for key, item in value.items())
        return f"{shape.name}({fields})"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return "[" + ", ".join(_spelled(item, _element(shape)) for item in value) + "]"
    return str(value)
