"""
Trust policies as text: where their principals stand.

A document is answered as it was sent (fact 11), but for principals that have another ARN by now, or none.  So they are
replaced in place, and everything around them stays as it is.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

_PATH = ("Statement", "Principal", "AWS")
_BLANK = re.compile("[ \t\n\r]*")
_JSON = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class PrincipalText:
    """
    An ``AWS`` principal of a document.

    Attributes:
        value: Without quotation marks and escapes.
        start: Where its text begins in the document, quotation mark included.
        end: Behind its closing quotation mark.
    """

    value: str
    start: int
    end: int


def replace_principals(document: str, shown: Mapping[str, str]) -> str:
    """
    Return *document* with each ``AWS`` principal that is a key of *shown* replaced by its value.

    The document has been validated: it is JSON, and not nested deeply.
    """
    pieces: list[str] = []
    done = 0
    for principal in _principals(document):
        if principal.value in shown:
            pieces += (document[done : principal.start], json.dumps(shown[principal.value]))
            done = principal.end
    return "".join((*pieces, document[done:]))


def _principals(document: str) -> list[PrincipalText]:
    found: list[PrincipalText] = []
    _walk(document, 0, (), found)
    return found


def _walk(text: str, at: int, path: tuple[str, ...], found: list[PrincipalText]) -> int:
    """Note the principals inside the value at *at*, which stands under *path*; return where it ends."""
    at = _skip(text, at)
    opening = text[at]
    if opening not in "{[":
        value, end = _JSON.raw_decode(text, at)
        if path == _PATH:
            found.append(PrincipalText(value, at, end))
        return end
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        inner = path
        if opening == "{":
            name, at = _JSON.raw_decode(text, at)
            at = _skip(text, at) + 1
            inner = (*path, name)
        at = _skip(text, _walk(text, at, inner, found))
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
