"""
Patterns and policy variables, one character at a time.

A pattern is a list of tokens: a character that stands for itself, or a wildcard.  It is walked with the set of all
places in the text that the tokens so far can have led to.  Slow, and there is nothing in it to get wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Final, TypeAlias


class Wild(Enum):
    ANY = "*"
    ONE = "?"
    ANY_BUT_COLON = "*, but no colon"
    ONE_BUT_COLON = "?, but no colon"


Token: TypeAlias = str | Wild
AMBIGUOUS: Final = ("of two spellings of one key", "it is not known which")
"""The value of a key that the request has in two spellings with different values."""
Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]
"""The context of a request; its keys in small letters."""

_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_WILD: Final = {"*": Wild.ANY, "?": Wild.ONE}


def small(text: str) -> str:
    """Return *text* in small letters: of the ASCII ones, since AWS says nothing of others."""
    return text.translate(_SMALL)


def read_context(context: Mapping[str, str | Sequence[str]]) -> Values:
    """
    Return the context by keys in small letters (semantics 35).

    AWS: a condition matches one of two tags whose keys differ in case, but not both; which one must not decide.
    """
    values: dict[str, Value] = {}
    for key, given in context.items():
        value = given if isinstance(given, str) else tuple(given)
        known = values.setdefault(small(key), value)
        if known != value:
            values[small(key)] = AMBIGUOUS
    return values


def same(wanted: str, seen: str, _at: int) -> bool:
    return wanted == seen


def same_but_for_case(wanted: str, seen: str, _at: int) -> bool:
    return small(wanted) == small(seen)


def glob(pattern: Sequence[Token], text: str, alike: Callable[[str, str, int], bool] = same) -> bool:
    """Tell whether *pattern* is the whole of *text*; `alike` compares a character with the one at a place."""
    here = {0}
    for token in pattern:
        if token is Wild.ANY:
            here = set(range(min(here), len(text) + 1))
        elif token is Wild.ANY_BUT_COLON:
            here = {to for at in here for to in _run_without_colon(text, at)}
        elif token is Wild.ONE:
            here = {at + 1 for at in here if at < len(text)}
        elif token is Wild.ONE_BUT_COLON:
            here = {at + 1 for at in here if at < len(text) and text[at] != ":"}
        else:
            here = {at + 1 for at in here if at < len(text) and alike(token, text[at], at)}
        if not here:
            return False
    return len(text) in here


def _run_without_colon(text: str, at: int) -> list[int]:
    places = [at]
    while at < len(text) and text[at] != ":":
        at += 1
        places.append(at)
    return places


@lru_cache(maxsize=4096)
def plain(text: str) -> tuple[Token, ...]:
    """Read *text* with wildcards and without variables."""
    return tuple(_WILD.get(character, character) for character in text)


def expand(text: str, values: Values, *, wildcards: bool = True) -> tuple[Token, ...] | None:
    """
    Read *text* with variables, and with wildcards if asked.

    Returns:
        None when a variable cannot be resolved.
    """
    if "${" not in text:
        return plain(text) if wildcards else tuple(text)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        end = _end(text, at) if text.startswith("${", at) else -1
        if end < 0:
            # semantics 41: an unterminated `${` is literal
            tokens.append(_WILD.get(text[at], text[at]) if wildcards else text[at])
            at += 1
            continue
        value = _resolve(text[at + 2 : end], values)
        if value is None:
            return None
        tokens.extend(value)  # semantics 17: a substituted value is literal
        at = end + 1
    return tuple(tokens)


def _end(text: str, start: int) -> int:
    """Return the place of the brace that ends a variable, or -1; a default in quotes may hold braces (semantics 39)."""
    end = text.find("}", start)
    quoted = text.find(", '", start)
    if end < 0 or quoted < 0 or quoted > end:
        return end
    quote = text.find("'}", quoted + 3)
    return end if quote < 0 else quote + 1


def _resolve(variable: str, values: Values) -> str | None:
    if variable in {"*", "?", "$"}:  # semantics 40
        return variable
    name, default = variable, None
    head, comma, rest = variable.partition(", '")
    if comma and rest.endswith("'"):  # semantics 39
        name, default = head, rest[:-1]
    value = values.get(small(name))  # semantics 38
    if value is None:
        return default
    return value if isinstance(value, str) else None  # semantics 38: a multivalued key is unresolvable
