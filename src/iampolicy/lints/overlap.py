"""
Whether two patterns can match one text, and whether one matches all that another does.

Linear in the first pattern, whatever the second: its positions are the bits of an integer (R-66).
"""

from collections.abc import Iterator

from iampolicy.wildcard import Matcher, Token, Wild, compile_pattern, has_wildcard


class Template:
    """A pattern that many others are held against."""

    __slots__ = ("_anything", "_end", "_named", "_one", "_runs")

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._runs = self._one = self._anything = 0
        self._named: dict[str, int] = {}
        size = 0
        for size, step in enumerate(_steps(tokens), start=1):
            bit = 1 << (size - 1)
            if step is Wild.MANY:
                self._runs |= bit
            else:
                self._anything |= bit
                if isinstance(step, str):
                    self._named[step] = self._named.get(step, 0) | bit
                else:
                    self._one |= bit
        self._end = 1 << size

    def may_overlap(self, tokens: tuple[Token, ...]) -> bool:
        """Tell whether some text matches both."""
        state = self._skip(1)
        for step in _steps(tokens):
            if step is Wild.MANY:
                # From the first position that is reached all later ones can be.
                state = (self._end << 1) - (state & -state)
                continue
            taken = self._anything if step is Wild.ONE else self._named.get(str(step), 0) | self._one
            state = self._skip(((state & taken) << 1) | (state & self._runs))
            if not state:
                return False
        return bool(state & self._end)

    def _skip(self, state: int) -> int:
        """Add the positions that are reached by an empty run."""
        while (reached := state | ((state & self._runs) << 1)) != state:
            state = reached
        return state


def _steps(tokens: tuple[Token, ...]) -> Iterator[Token]:
    for token in tokens:
        if isinstance(token, str):
            yield from token
        else:
            yield token


def contains(wide: str) -> Matcher:
    """
    Return a function that tells whether *wide* matches every text that another pattern does.

    It says no where that would be hard to tell: a ``?`` beside wildcards.
    """
    # Only a `*` of the one can stand for a wildcard of the other, since literal text has none.
    matches = compile_pattern(wide)
    if "?" not in wide:
        return matches
    return lambda narrow: not has_wildcard(narrow) and matches(narrow)
