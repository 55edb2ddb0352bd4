"""
Policy variables: ``${key}``, ``${key, 'default'}``, and the escapes ``${*}``, ``${?}`` and ``${$}``.

AWS: *IAM policy elements: Variables and tags*.  Only documents of version 2012-10-17 have them.  What a variable
stands for is literal: a ``*`` in a user's name is no wildcard.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from iampolicy.errors import ExpansionTooLongError
from iampolicy.text import ascii_lower
from iampolicy.wildcard import Matcher, Token, Wild, compile_substituted, compile_tokens, tokenize


class Ambiguous:
    """Two context keys that differ only in case and say different things (semantics 35)."""


AMBIGUOUS: Final = Ambiguous()

Value: TypeAlias = str | tuple[str, ...] | Ambiguous
Values: TypeAlias = Mapping[str, Value]
"""The context of a request: keys in lower case."""

LONGEST_EXPANSION: Final = 65_536
"""Characters.  A pattern of variables must not turn a long header into a text of megabytes."""

_ESCAPES: Final = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """
    One ``${…}``.

    Attributes:
        key: In lower case; empty for an escape, whose text is then in *default*; None for what can never be resolved.
        default: What stands in for an absent key.
    """

    key: str | None
    default: str | None = None

    def resolve(self, values: Values) -> str | None:
        """Return the text it stands for; None when there is none, or more than one (semantics 38)."""
        if not self.key:
            return self.default
        value = values.get(self.key)
        if value is None:
            return self.default
        return value if isinstance(value, str) else None


class Template:
    """
    A text with at least one variable in it.

    Attributes:
        start: The literal text that every expansion begins with.
        matches: Tells whether the pattern matches the whole of a text; None when a variable cannot be replaced.
    """

    __slots__ = ("_parts", "_tokens", "matches", "start")

    def __init__(self, parts: tuple[str | Variable, ...]) -> None:
        self._parts = parts
        self._tokens: tuple[tuple[Token, ...] | Variable, ...] = tuple(
            tokenize(part) if isinstance(part, str) else part for part in parts
        )
        lead, rest = _split_lead(self._tokens)
        self.start = lead[0] if lead and isinstance(lead[0], str) else ""
        self.matches: Callable[[str, Values], bool | None] = self._match_whole
        if not any(isinstance(token, Variable) for token in rest):
            self.matches = _match_lead(lead, compile_tokens([t for t in rest if not isinstance(t, Variable)]))

    def text(self, values: Values) -> str | None:
        """Return the text with every variable replaced, or None when one cannot be."""
        texts: list[str] = []
        for part in self._parts:
            text = part if isinstance(part, str) else part.resolve(values)
            if text is None:
                return None
            texts.append(text)
        return _bounded("".join(texts))

    def _match_whole(self, text: str, values: Values) -> bool | None:
        tokens = self.tokens(values)
        return None if tokens is None else compile_substituted(tokens)(text)

    def tokens(self, values: Values) -> tuple[Token, ...] | None:
        """Return the pattern with every variable replaced by literal text, or None when one cannot be."""
        tokens: list[Token] = []
        size = 0
        for part in self._tokens:
            if isinstance(part, Variable):
                text = part.resolve(values)
                if text is None:
                    return None
                if text:  # Nothing is no part of a pattern: what is left of `*${x, ''}` is a lone star.
                    tokens.append(text)
                    size += len(text)
            else:
                tokens.extend(part)
        _demand_bounded(size)
        return tuple(tokens)


def _split_lead(
    parts: tuple[tuple[Token, ...] | Variable, ...],
) -> tuple[tuple[str | Variable, ...], tuple[Token | Variable, ...]]:
    """Cut a pattern before its first wildcard: what stands there has only one place in a text where it can match."""
    flat: list[Token | Variable] = []
    for part in parts:
        flat.extend((part,) if isinstance(part, Variable) else part)
    lead: list[str | Variable] = []
    for token in flat:
        if isinstance(token, Wild):
            break
        lead.append(token)
    return tuple(lead), tuple(flat[len(lead) :])


def _match_lead(lead: tuple[str | Variable, ...], rest: Matcher) -> Callable[[str, Values], bool | None]:
    """Match a pattern all of whose variables stand before its first wildcard; *rest* matches from there on."""
    fixed = sum(len(part) for part in lead if isinstance(part, str))

    def matches(text: str, values: Values) -> bool | None:
        literals: list[str] = []
        for part in lead:
            literal = part if isinstance(part, str) else part.resolve(values)
            if literal is None:
                return None
            literals.append(literal)
        start = "".join(literals)
        _demand_bounded(len(start) - fixed)
        return text.startswith(start) and rest(text[len(start) :])

    variables = [part for part in lead if isinstance(part, Variable)]
    if len(variables) != 1 or not variables[0].key:
        return matches
    key, default = variables[0].key, variables[0].default
    place = lead.index(variables[0])
    before, after = "".join(map(str, lead[:place])), "".join(map(str, lead[place + 1 :]))

    def matches_one(text: str, values: Values) -> bool | None:
        value = values.get(key)
        if not isinstance(value, str):
            if value is not None or default is None:
                return None
            value = default
        _demand_bounded(len(value))
        start = f"{before}{value}{after}"
        return text.startswith(start) and rest(text[len(start) :])

    return matches_one


def parse_template(text: str, *, enabled: bool) -> Template | str:
    """
    Find the variables of *text*; a text without any, or of an old version, is returned as it is (semantics 1).

    There is no nesting, and an unterminated ``${`` is literal (semantics 41).
    """
    if not enabled or "${" not in text:
        return text
    parts: list[str | Variable] = []
    position = 0
    for start, end in _places(text):
        if position < start:
            parts.append(text[position:start])
        parts.append(_variable(text[start + 2 : end]))
        position = end + 1
    if not parts:
        return text
    if position < len(text):
        parts.append(text[position:])
    return Template(tuple(parts))


def literal(text: str) -> str:
    """Return *text* as a pattern that matches it and nothing else, where there are variables."""
    escaped = text.replace("${", "${$}{")
    # The escapes just made hold neither of the two.
    return escaped.replace("*", "${*}").replace("?", "${?}")


def variable_names(text: str) -> tuple[str, ...]:
    """Return the keys that the variables of *text* stand for, as it spells them; the escapes stand for none."""
    names = []
    for start, end in _places(text):
        inner = text[start + 2 : end]
        name = inner.partition(", '")[0]
        if inner not in _ESCAPES and _key(name) is not None:
            names.append(name)
    return tuple(names)


def variable_uses(text: str) -> Iterator[tuple[str, Variable]]:
    """Yield what stands between the braces of each variable of *text*, and what it is."""
    for start, end in _places(text):
        inner = text[start + 2 : end]
        yield inner, _variable(inner)


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Return where each variable begins, and where its closing brace is."""
    position = 0
    while (start := text.find("${", position)) >= 0:
        end = _closing_brace(text, start + 2)
        if end < 0:
            return
        yield start, end
        position = end + 1


def _closing_brace(text: str, start: int) -> int:
    end = text.find("}", start)
    quote = text.find(", '", start, end) if end >= 0 else -1
    if quote < 0:
        return end
    # A default may hold a brace of its own: what ends it is the quote.
    quoted_end = text.find("'}", quote + 3)
    return quoted_end + 1 if quoted_end >= 0 else end


def _variable(inner: str) -> Variable:
    if inner in _ESCAPES:
        return Variable("", inner)
    key, comma, default = inner.partition(", '")
    if comma:
        if not default.endswith("'"):
            return Variable(None)
        return Variable(_key(key), default[:-1])
    return Variable(_key(inner))


def _key(name: str) -> str | None:
    return None if not name or "${" in name else ascii_lower(name)


def _bounded(text: str) -> str:
    _demand_bounded(len(text))
    return text


def _demand_bounded(size: int) -> None:
    if size > LONGEST_EXPANSION:
        raise ExpansionTooLongError("a policy variable expands to too long a text")
