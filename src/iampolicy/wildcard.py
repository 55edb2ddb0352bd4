"""
Wildcards: ``*`` stands for any run of characters, ``?`` for exactly one, and nothing else is special.

Rules that hold here:

* The time a match takes is linear in the text, whatever the pattern: it is cut at ``*`` and each piece is looked for
  once, from left to right.  A piece with ``?`` in it is looked for with one bit for each of its characters.
* What comes out of a policy variable is a literal: it travels as a ``str`` token, never as pattern text.
"""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias


class Wild(Enum):
    """A wildcard in a list of tokens; a ``str`` there is literal text."""

    MANY = "*"
    ONE = "?"


Token: TypeAlias = str | Wild
Matcher: TypeAlias = Callable[[str], bool]

_WILDS: Final = {"*": Wild.MANY, "?": Wild.ONE}
_CACHED_TOKENS: Final = 16
_CACHED_CHARACTERS: Final = 1024


def tokenize(pattern: str) -> tuple[Token, ...]:
    """Split *pattern* into literal runs and wildcards."""
    if not has_wildcard(pattern):
        return (pattern,) if pattern else ()
    tokens: list[Token] = []
    start = 0
    for position, character in enumerate(pattern):
        wild = _WILDS.get(character)
        if wild is not None:
            if start < position:
                tokens.append(pattern[start:position])
            tokens.append(wild)
            start = position + 1
    if start < len(pattern):
        tokens.append(pattern[start:])
    return tuple(tokens)


def has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def compile_pattern(pattern: str) -> Matcher:
    """Return a function that tells whether the whole of a text matches *pattern*."""
    return compile_tokens(tokenize(pattern))


def compile_tokens(tokens: Iterable[Token]) -> Matcher:
    """Return a function that tells whether the whole of a text matches *tokens*."""
    match _merged(tokens):
        case []:
            return lambda text: not text
        case [Wild.MANY]:
            return lambda _text: True
        case [str(literal)]:
            return lambda text: text == literal
        case [str(prefix), Wild.MANY]:
            return lambda text: text.startswith(prefix)
        case [Wild.MANY, str(suffix)]:
            return lambda text: text.endswith(suffix)
        case [Wild.MANY, str(part), Wild.MANY]:
            return lambda text: part in text
        case merged:
            return _general(merged)


def compile_substituted(tokens: tuple[Token, ...]) -> Matcher:
    """Do as `compile_tokens`; remember the short ones, since a variable seldom changes between two requests."""
    if (
        len(tokens) <= _CACHED_TOKENS
        and sum(len(t) for t in tokens if isinstance(t, str)) <= _CACHED_CHARACTERS
    ):
        return _remembered(tokens)
    return compile_tokens(tokens)


@lru_cache(maxsize=512)
def _remembered(tokens: tuple[Token, ...]) -> Matcher:
    return compile_tokens(tokens)


def _merged(tokens: Iterable[Token]) -> list[Token]:
    """Join neighboring literals and collapse runs of ``*``."""
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if isinstance(token, str):
            if isinstance(last, str):
                merged[-1] = last + token
            elif token:
                merged.append(token)
        elif not (token is Wild.MANY and last is Wild.MANY):
            merged.append(token)
    return merged


class _Piece:
    """What stands between two ``*``: characters, some of which may be any."""

    __slots__ = ("_any", "_masks", "_runs", "length")

    def __init__(self, tokens: list[Token]) -> None:
        runs: list[tuple[int, str]] = []
        length = 0
        for token in tokens:
            if isinstance(token, str):
                runs.append((length, token))
                length += len(token)
            else:
                length += 1
        self.length = length
        self._runs = tuple(runs)
        self._masks: dict[str, int] | None = None
        self._any = 0

    def at(self, text: str, position: int) -> bool:
        """Tell whether the piece stands at *position*; the caller has seen that it fits."""
        for offset, run in self._runs:  # noqa: SIM110  a generator would double the time
            if not text.startswith(run, position + offset):
                return False
        return True

    def find(self, text: str, start: int, end: int) -> int:
        """Return the first position of the piece within ``text[start:end]``, or -1."""
        if len(self._runs) == 1 and len(self._runs[0][1]) == self.length:
            return text.find(self._runs[0][1], start, end)
        if not self._runs:
            return start if start + self.length <= end else -1
        return self._find_with_holes(text, start, end)

    def _find_with_holes(self, text: str, start: int, end: int) -> int:
        # Shift-And (Baeza-Yates and Gonnet, 1992): bit n of the state says that the n+1 first characters of the piece
        # end here.  One step per character of the text, however often the piece almost matches.
        if self._masks is None:
            self._masks = self._build_masks()
        masks, any_character = self._masks, self._any
        accept = 1 << (self.length - 1)
        state = 0
        for position in range(start, end):
            state = ((state << 1) | 1) & masks.get(text[position], any_character)
            if state & accept:
                return position - self.length + 1
        return -1

    def _build_masks(self) -> dict[str, int]:
        literal: dict[str, int] = {}
        holes = (1 << self.length) - 1
        for offset, run in self._runs:
            for index, character in enumerate(run, offset):
                literal[character] = literal.get(character, 0) | (1 << index)
                holes &= ~(1 << index)
        self._any = holes
        return {character: bits | holes for character, bits in literal.items()}


def _general(tokens: list[Token]) -> Matcher:
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        if token is Wild.MANY:
            pieces.append([])
        else:
            pieces[-1].append(token)
    if len(pieces) == 1:
        return _fixed(_Piece(pieces[0]))
    return _floating(_Piece(pieces[0]), [_Piece(piece) for piece in pieces[1:-1]], _Piece(pieces[-1]))


def _fixed(piece: _Piece) -> Matcher:
    return lambda text: len(text) == piece.length and piece.at(text, 0)


def _floating(first: _Piece, middle: list[_Piece], last: _Piece) -> Matcher:
    shortest = first.length + sum(piece.length for piece in middle) + last.length

    def matches(text: str) -> bool:
        size = len(text)
        end = size - last.length
        if size < shortest or not first.at(text, 0) or not last.at(text, end):
            return False
        position = first.length
        # The leftmost place of each piece leaves the most room for those that follow.
        for piece in middle:
            position = piece.find(text, position, end)
            if position < 0:
                return False
            position += piece.length
        return True

    return matches
