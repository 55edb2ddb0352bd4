"""
The Condition element: operators, keys and values.

``kind`` says how two values are compared, ``negated`` what is made of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.iampolicy.judge.patterns import AMBIGUOUS, Token, Value, Values, Wild, expand, glob, plain, small
from tests.iampolicy.judge.values import address, binary, block, boolean, inside, moment, number

_ARN_PARTS: Final = 6

_OPERATORS: Final[Mapping[str, tuple[str, bool]]] = {
    "stringequals": ("equal", False),
    "stringnotequals": ("equal", True),
    "stringequalsignorecase": ("equal but for case", False),
    "stringnotequalsignorecase": ("equal but for case", True),
    "stringlike": ("like", False),
    "stringnotlike": ("like", True),
    "numericequals": ("number ==", False),
    "numericnotequals": ("number ==", True),
    "numericlessthan": ("number <", False),
    "numericlessthanequals": ("number <=", False),
    "numericgreaterthan": ("number >", False),
    "numericgreaterthanequals": ("number >=", False),
    "dateequals": ("moment ==", False),
    "datenotequals": ("moment ==", True),
    "datelessthan": ("moment <", False),
    "datelessthanequals": ("moment <=", False),
    "dategreaterthan": ("moment >", False),
    "dategreaterthanequals": ("moment >=", False),
    "bool": ("boolean", False),
    "binaryequals": ("binary", False),
    "ipaddress": ("address", False),
    "notipaddress": ("address", True),
    "arnequals": ("arn", False),  # semantics 29: ArnEquals is ArnLike
    "arnlike": ("arn", False),
    "arnnotequals": ("arn", True),
    "arnnotlike": ("arn", True),
}

_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda seen, wanted: seen == wanted,
    "<": lambda seen, wanted: seen < wanted,
    "<=": lambda seen, wanted: seen <= wanted,
    ">": lambda seen, wanted: seen > wanted,
    ">=": lambda seen, wanted: seen >= wanted,
}


@dataclass(frozen=True)
class Scene:
    """What the conditions of one statement are held against."""

    values: Values
    deny: bool
    variables: bool


def conditions_hold(element: Mapping[str, Mapping[str, Any]], scene: Scene) -> bool:
    """Tell whether all operators hold for all of their keys (semantics 6)."""
    return all(
        _holds(operator, key, wanted, scene)
        for operator, keys in element.items()
        for key, wanted in _merged(keys).items()
    )


def _merged(keys: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the values of each key; keys that differ in case only are one (semantics 7, 35)."""
    merged: dict[str, list[str]] = {}
    for key, wanted in keys.items():
        merged.setdefault(small(key), []).extend(_text(value) for value in _listed(wanted))
    return merged


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    if isinstance(value, bool):  # semantics 2
        return "true" if value else "false"
    return str(value)


def _holds(operator: str, key: str, wanted: list[str], scene: Scene) -> bool:
    name = operator.lower()  # semantics 5
    seen = scene.values.get(key)
    if name == "null":  # semantics 31
        absent = seen is None or seen == ()
        return any(value.lower() == ("true" if absent else "false") for value in wanted)

    quantifier, colon, rest = name.partition(":")
    if colon:
        name = rest
    if colon and quantifier not in {"forallvalues", "foranyvalue"}:
        return False  # semantics 36
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    if name not in _OPERATORS:
        return False  # semantics 36
    kind, negated = _OPERATORS[name]

    if seen is AMBIGUOUS:
        return scene.deny
    if colon:
        return _set_holds(quantifier, kind, seen, wanted, scene, negated=negated, if_exists=if_exists)
    if seen is None:
        return if_exists or negated  # semantics 30
    if not isinstance(seen, str):
        return False  # semantics 34
    return _satisfies(kind, seen, wanted, scene, negated=negated)


def _set_holds(
    quantifier: str,
    kind: str,
    seen: Value | None,
    wanted: list[str],
    scene: Scene,
    *,
    negated: bool,
    if_exists: bool,
) -> bool:
    if seen is None:
        return quantifier == "forallvalues" or if_exists  # semantics 32, 33
    members = (seen,) if isinstance(seen, str) else seen  # semantics 34: a set of one
    if all(member == "" for member in members):
        # semantics 32, 33.  AWS: Creating a condition that tests multiple key values: "an empty data set (for example,
        # an empty string)"
        return quantifier == "forallvalues"
    if quantifier == "forallvalues":
        return all(_satisfies(kind, member, wanted, scene, negated=negated) for member in members)
    return any(_satisfies(kind, member, wanted, scene, negated=negated) for member in members)


def _satisfies(kind: str, seen: str, wanted: Sequence[str], scene: Scene, *, negated: bool) -> bool:
    """Tell whether one value of the request satisfies an operator with all of its values."""
    if not negated:
        return any(_matches(kind, seen, value, scene) for value in wanted)
    # semantics 24, 29: a value that cannot be read, on either side, does not let an Allow speak, nor hinder a Deny
    if not scene.deny and not (
        _readable(kind, seen) and all(_wanted_readable(kind, value, scene) for value in wanted)
    ):
        return False
    if not _readable(kind, seen):
        return True
    return not any(_matches(kind, seen, value, scene) for value in wanted)  # semantics 6: none of them


def _readable(kind: str, seen: str) -> bool:
    if kind.startswith("number"):
        return number(seen) is not None
    if kind.startswith("moment"):
        return moment(seen) is not None
    if kind == "address":
        return address(seen) is not None
    return kind != "arn" or _is_arn(seen)


def _wanted_readable(kind: str, wanted: str, scene: Scene) -> bool:
    if kind == "address":
        return block(wanted) is not None
    if kind != "arn":
        return _readable(kind, wanted)
    tokens = expand(wanted, scene.values) if scene.variables else plain(wanted)
    # semantics 37: an unresolvable one is null, not unreadable
    return tokens is None or tokens == (Wild.ANY,) or len(_arn_patterns(tokens)) == _ARN_PARTS


def _matches(kind: str, seen: str, wanted: str, scene: Scene) -> bool:
    if kind in {"equal", "equal but for case", "like", "arn", "boolean"}:
        return _text_matches(kind, seen, wanted, scene)
    if kind == "address":
        here, range_ = address(seen), block(wanted)
        return here is not None and range_ is not None and inside(here, range_)
    if kind == "binary":
        given = binary(wanted)
        return given is not None and given == seen.encode()
    read, order = kind.split()
    reader = number if read == "number" else moment
    left, right = reader(seen), reader(wanted)
    return left is not None and right is not None and _ORDER[order](left, right)


def _text_matches(kind: str, seen: str, wanted: str, scene: Scene) -> bool:
    """Compare where variables may stand (semantics 42)."""
    wildcards = kind in {"like", "arn"}
    tokens = expand(wanted, scene.values, wildcards=wildcards) if scene.variables else None
    if not scene.variables:
        tokens = plain(wanted) if wildcards else tuple(wanted)
    if tokens is None:
        return False  # semantics 37: unresolvable, never equal to anything
    if kind == "like":
        return glob(tokens, seen)  # semantics 23
    if kind == "arn":
        return _arn_matches(tokens, seen)
    text = "".join(token for token in tokens if isinstance(token, str))
    if kind == "equal":
        return text == seen  # semantics 21
    if kind == "equal but for case":
        return text.casefold() == seen.casefold()  # semantics 22
    return boolean(seen) is not None and boolean(seen) == boolean(text)  # semantics 26


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and text.count(":") >= _ARN_PARTS - 1


def _arn_patterns(tokens: Sequence[Token]) -> list[list[Token]]:
    patterns: list[list[Token]] = [[]]
    for token in tokens:
        if token == ":" and len(patterns) < _ARN_PARTS:
            patterns.append([])
        else:
            patterns[-1].append(token)
    return patterns


def _arn_matches(tokens: Sequence[Token], seen: str) -> bool:
    """Compare part by part; no wildcard crosses the first five colons (semantics 29)."""
    if not _is_arn(seen):
        return False
    if tokens == (Wild.ANY,):
        return True  # a lone `*` is every ARN, as in semantics 12
    patterns = _arn_patterns(tokens)
    return len(patterns) == _ARN_PARTS and all(
        glob(pattern, part) for pattern, part in zip(patterns, seen.split(":", _ARN_PARTS - 1), strict=True)
    )
