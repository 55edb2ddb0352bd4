"""
Values in the shapes of the service models, made from a source of choices.

The source is a seeded random generator or Hypothesis, so that one description serves quick sweeps over all operations
and examples that shrink.  Nothing here uses the code under test but for the model itself.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Protocol, TypeVar

import regex  # type: ignore[import-untyped]
from hypothesis import strategies as st

from iamd.wire.model import Shape

T = TypeVar("T")

# Every kind of character that one of the patterns allows or forbids, and that XML can carry.
CHARACTERS: Final = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "\t\n\r"
    + "\x7f\x80\x85\x9f\xa0¡éÿ"  # The edges of Latin-1.
    + "Āλжאא中한\u2028\u3000٣⅔Ⅷ"  # Letters, separators and numbers from elsewhere.
    + "\ud7ff\ue000\ufffd"  # The edges of what is no surrogate.
    + "\U00010000\U0001f511\U0010ffff"
)


class Source(Protocol):
    """Where choices come from."""

    def integer(self, low: int, high: int) -> int: ...

    def pick(self, choices: Sequence[T]) -> T: ...

    def text(self, alphabet: str, low: int, high: int) -> str: ...


class Seeded:
    """Choices that a seed repeats."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(repr(seed))  # noqa: S311  tests want repetition, not secrecy

    def integer(self, low: int, high: int) -> int:
        return self._random.choice((low, high, self._random.randint(low, high)))

    def pick(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def text(self, alphabet: str, low: int, high: int) -> str:
        return "".join(self._random.choices(alphabet, k=self._random.randint(low, high)))


class Drawn:
    """Choices that Hypothesis makes, and shrinks when they break something."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self._draw(st.integers(low, high)))

    def pick(self, choices: Sequence[T]) -> T:
        chosen: T = self._draw(st.sampled_from(choices))
        return chosen

    def text(self, alphabet: str, low: int, high: int) -> str:
        return str(self._draw(st.text(st.sampled_from(alphabet), min_size=low, max_size=high)))


def params(source: Source, shape: Shape) -> dict[str, Any]:
    """Return parameters that satisfy *shape* and that botocore can put into a form."""
    return _structure(source, shape, result=False)


def result(source: Source, shape: Shape) -> dict[str, Any]:
    """Return a result in the model's shape, in which every text is any that XML can carry."""
    return _structure(source, shape, result=True)


def _value(source: Source, shape: Shape, *, result: bool) -> Any:
    low, high = shape.minimum or 0, shape.maximum
    match shape.type:
        case "structure":
            return _structure(source, shape, result=result)
        case "list":
            assert shape.element is not None
            count = source.integer(low, min(high or 3, low + 3))
            return [_value(source, shape.element, result=result) for _ in range(count)]
        case "map":
            assert shape.element is not None
            assert shape.key is not None
            # An empty map leaves no trace in a form.
            keys = {
                _value(source, shape.key, result=result) for _ in range(source.integer(0 if result else 1, 3))
            }
            return {key: _value(source, shape.element, result=result) for key in sorted(keys)}
        case "integer":
            return source.integer(
                -(2**31) if shape.minimum is None else low, 2**31 - 1 if high is None else high
            )
        case "boolean":
            return source.pick((True, False))
        case "timestamp":
            return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=source.integer(0, 2**31))
        case "blob":
            return source.text(CHARACTERS, 0, 12).encode()
        case "string":
            return source.text(CHARACTERS, 0, 8) if result else _string(source, shape)


def _structure(source: Source, shape: Shape, *, result: bool) -> dict[str, Any]:
    if shape.union:
        name = source.pick(list(shape.members))
        return {name: _value(source, shape.members[name], result=result)}
    made = {
        name: _value(source, member, result=result)
        for name, member in shape.members.items()
        if (name in shape.required and not result) or source.pick((True, False))
    }
    if not made and shape.members and not result:
        # An empty structure leaves no trace in a form either.
        name = source.pick(list(shape.members))
        made[name] = _value(source, shape.members[name], result=result)
    return made


def _string(source: Source, shape: Shape) -> str:
    if shape.enum:
        return source.pick(shape.enum)
    low = shape.minimum or 0
    high = min(shape.maximum or low + 12, low + 12)
    if shape.maximum is not None and shape.maximum <= 2048 and source.integer(0, 20) == 20:
        low = high = shape.maximum
    if shape.pattern is None:
        return source.text(CHARACTERS, low, high)
    special = _SPECIAL.get(shape.pattern)
    if special is not None:
        return special(source, low, high)
    alphabet = alphabet_of(shape.pattern)
    return source.text(alphabet, max(low, 0 if shape.pattern.endswith("*") else 1), max(high, 1))


@cache
def alphabet_of(pattern: str) -> str:
    """Return which of our characters the one class in *pattern* allows."""
    found = regex.fullmatch(r"\^?(\[[^\]]*\])[+*]?\$?", pattern)
    assert found is not None, f"there is no generator for the pattern {pattern}"
    # Java's classes are ASCII, and the model spells the last range with too few digits.
    spelled = found[1].replace(r"\w", "A-Za-z0-9_").replace(r"\d", "0-9")
    spelled = spelled.replace(r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF")
    return "".join(character for character in CHARACTERS if regex.fullmatch(spelled, character))


_LOWER: Final = "abcxyz019"
_WORD: Final = "aZ09"


def _alias(source: Source, low: int, high: int) -> str:
    middle = source.text(_LOWER + "-", max(low - 2, 1), high - 2)
    while "--" in middle:
        middle = middle.replace("--", "-a")
    return "a" + middle.removesuffix("-").ljust(len(middle), "z") + "9"


def _path(source: Source, low: int, high: int, alphabet: str) -> str:
    if high < 3 or source.pick((True, False)):
        return "/"
    return f"/{source.text(alphabet, max(low - 2, 1), high - 2)}/"


def _policy_path(source: Source, _low: int, _high: int) -> str:
    parts = [source.text("aZ09.,+@=_-", 1, 5) for _ in range(source.integer(0, 3))]
    return "".join(f"/{part}" for part in parts) + "/"


def _account_id(source: Source, _low: int, _high: int) -> str:
    return source.text("0123456789", 12, 12)


def _root_id(source: Source, _low: int, _high: int) -> str:
    return "r-" + source.text(_LOWER, 4, 32)


def _unit_id(source: Source, _low: int, _high: int) -> str:
    return f"ou-{source.text(_LOWER, 4, 32)}-{source.text(_LOWER, 8, 32)}"


def _policy_id(source: Source, _low: int, _high: int) -> str:
    return "p-" + source.text(_WORD + "_", 8, 128)


def _transfer_id(source: Source, _low: int, _high: int) -> str:
    return "rt-" + source.text(_LOWER, 8, 32)


def _any_of(*makers: Callable[[Source, int, int], str]) -> Callable[[Source, int, int], str]:
    return lambda source, low, high: source.pick(makers)(source, low, high)


_SPECIAL: Final[Mapping[str, Callable[[Source, int, int], str]]] = {
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$": _alias,
    r"\d{12}": lambda source, _low, _high: source.text("0123456789", 12, 12),
    r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$": lambda source, _low, _high: (
        source.pick(("http://", "https://"))
        + source.text("aZ09._/-", 0, 20)
        + source.pick(("", "?", "?a=b&c"))
        + source.pick(("", "#", "#a/b"))
    ),
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)": lambda source, low, high: _path(
        source, low, high, "aZ09!~/%&"
    ),
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/": _policy_path,
    r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?": lambda source, _low, _high: (
        "v" + str(source.integer(1, 10**6)) + source.pick(("", ".", ".a-Z"))
    ),
    r"^o-[a-z0-9]{10,32}$": lambda source, _low, _high: "o-" + source.text(_LOWER, 10, 32),
    r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*": lambda source, _low, _high: (
        f"o-{source.text(_LOWER, 10, 32)}/r-{source.text(_LOWER, 4, 32)}{source.text(_LOWER + '-/', 0, 20)}"
    ),
    r"^p-[0-9a-zA-Z_]{8,128}$": lambda source, _low, _high: "p-" + source.text(_WORD + "_", 8, 128),
    r"\u002F[\u0021-\u007F]*": lambda source, _low, high: "/" + source.text("aZ09!~/%&\x7f", 0, high - 1),
    r"^\d{12}$": _account_id,
    r"^r-[0-9a-z]{4,32}$": _root_id,
    r"^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$": _unit_id,
    r"^rt-[0-9a-z]{8,32}$": _transfer_id,
    r"^(r-[0-9a-z]{4,32})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$": _any_of(_root_id, _unit_id),
    r"^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$": _any_of(_account_id, _unit_id),
    r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$": _any_of(
        _root_id, _account_id, _unit_id
    ),
    (
        r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})"
        r"|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$"
    ): _any_of(_root_id, _account_id, _unit_id, _policy_id, _transfer_id),
    r"^h-[0-9a-z]{8,32}$": lambda source, _low, _high: "h-" + source.text(_LOWER, 8, 32),
    r"^car-[a-z0-9]{8,32}$": lambda source, _low, _high: "car-" + source.text(_LOWER, 8, 32),
    r"[^\s@]+@[^\s@]+\.[^\s@]+": lambda source, _low, _high: (
        f"{source.text('aZ0._+-', 1, 20)}@{source.text('aZ0-', 1, 20)}.{source.text('az', 1, 5)}"
    ),
    r"[\w+=,.@-]{1,64}": lambda source, _low, _high: source.text("aZ09_+=,.@-", 1, 64),
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": lambda source, low, high: source.text("aZ09_ .:/=+-@éж中", low, high),
    r"^[A-Za-z][A-Za-z0-9/_-]*$": lambda source, _low, high: (
        source.pick("aZ") + source.text(_WORD + "/_-", 0, high - 1)
    ),
}
