"""
Where the statements stand in the text of a document, to show them there.

Positions are told as AWS's policy simulator tells them: lines and columns from 1, an end that lies behind the last
character, and a start that lies behind what comes before the statement: the bracket of the list, or the brace of the
statement before.  A statement without a list around it starts behind its own brace.
AWS: *SimulateCustomPolicy*, and the examples of it and of *SimulatePrincipalPolicy* in the *AWS CLI Command Reference*.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, NamedTuple

_BLANKS: Final = " \t\n\r"
_DECODER: Final = json.JSONDecoder()


class Position(NamedTuple):
    """Of a character: its line and its column, both from 1."""

    line: int
    column: int


class Lines:
    """Where the lines of a text begin."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0]
        for index, character in enumerate(text):
            # A carriage return and a line feed together end one line.
            if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
                self._starts.append(index + 1)

    def position(self, index: int) -> Position:
        line = bisect_right(self._starts, index)
        return Position(line, index - self._starts[line - 1] + 1)


@dataclass(frozen=True, slots=True)
class StatementPosition:
    """
    Where one statement stands.

    Attributes:
        begin: Of its opening brace, as an index into the text.
        end: Behind its closing brace, likewise.
        first: The position of the opening brace.
        start: As the simulator tells it; on the line of what comes before.
        stop: Behind the closing brace, as the simulator tells it.
    """

    begin: int
    end: int
    first: Position
    start: Position
    stop: Position


def statement_positions(text: str) -> tuple[StatementPosition, ...]:
    """
    Return where each statement of *text* stands, in the order of the document.

    Args:
        text: A document that `parse` takes.

    Raises:
        ValueError: It is no JSON object.
    """
    position = Lines(text).position
    return tuple(
        StatementPosition(begin, end, position(begin), position(before), position(end))
        for before, begin, end in _spans(text)
    )


def _spans(text: str) -> list[tuple[int, int, int]]:
    """Return for each statement the indices behind what comes before it, of its beginning, and behind its end."""
    begin = _statement_element(text)
    if begin is None:
        return []
    if text[begin] != "[":
        return [(begin + 1, begin, _behind(text, begin))]
    spans: list[tuple[int, int, int]] = []
    before = begin + 1
    index = _skip(text, before)
    while text[index] != "]":
        end = _behind(text, index)
        spans.append((before, index, end))
        before = end
        index = _skip(text, end)
        if text[index] == ",":
            index = _skip(text, index + 1)
    return spans


def _statement_element(text: str) -> int | None:
    """Return where the value of ``Statement`` begins."""
    if not isinstance(json.loads(text), dict):
        raise ValueError("a policy document is a JSON object")  # noqa: TRY004  of the text's value, not of a type
    # From here on it is known to be well-formed.
    index = _skip(text, _skip(text, 0) + 1)
    while text[index] != "}":
        name, index = _DECODER.raw_decode(text, index)
        index = _skip(text, _skip(text, index) + 1)
        if name == "Statement":
            return index
        index = _skip(text, _behind(text, index))
        if text[index] == ",":
            index = _skip(text, index + 1)
    return None


def _behind(text: str, index: int) -> int:
    _, end = _DECODER.raw_decode(text, index)
    return end


def _skip(text: str, index: int) -> int:
    """Return the index of the next character that is no blank."""
    while text[index] in _BLANKS:
        index += 1
    return index
