"""Wildcards: what they match, and that they match it in linear time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import UNHURRIED

from iampolicy.wildcard import Wild, compile_pattern, compile_substituted, compile_tokens, tokenize

texts = st.text(alphabet="ab:*?\n", max_size=12)
patterns = st.text(alphabet="ab*?:", max_size=8)


def slow(pattern: str, text: str) -> bool:
    """Match by the definition, one character after the other."""
    reached = {0}
    for character in pattern:
        if character == "*":
            reached = set(range(min(reached, default=len(text) + 1), len(text) + 1))
        else:
            reached = {i + 1 for i in reached if i < len(text) and (character == "?" or text[i] == character)}
    return len(text) in reached


@UNHURRIED
@given(patterns, texts)
def test_agrees_with_the_definition(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text) is slow(pattern, text)


@UNHURRIED
@given(texts)
def test_a_text_of_literal_tokens_matches_itself_only(text: str) -> None:
    matches = compile_tokens((text,))
    assert matches(text)
    assert not matches(text + "a")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("?", "", False),
        ("?", "ab", False),
        ("a.c", "abc", False),
        ("a.c", "a.c", True),
        ("[ab]", "a", False),
        ("a*", "a\nb", True),
        ("*😀*", "x😀y", True),
        ("?", "😀", True),
        ("a*b*c", "a--b--b--c", True),
        ("*??*", "a", False),
        ("*a?c*", "zzabczz", True),
        ("role/dev", "role/developer", False),
    ],
)
def test_table(pattern: str, text: str, expected: bool) -> None:
    """R-29: a pattern matches the whole of a text, never its beginning."""
    assert compile_pattern(pattern)(text) is expected


class CountingText(str):
    """A text that counts how often it is searched, and how many characters are read one by one."""

    __slots__ = ("operations",)
    operations: int

    def find(self, *args: Any) -> int:
        self.operations += 1
        return super().find(*args)

    def startswith(self, *args: Any) -> bool:
        self.operations += 1
        return super().startswith(*args)

    def __getitem__(self, key: Any) -> str:
        self.operations += 1
        return super().__getitem__(key)


def counted(pattern: str, text: str) -> tuple[bool, int]:
    counting = CountingText(text)
    counting.operations = 0
    return compile_pattern(pattern)(counting), counting.operations


def test_a_hostile_pattern_costs_one_search_for_each_piece() -> None:
    """R-66: ``*a`` a thousand times on twenty thousand characters."""
    matched, operations = counted("*a" * 1000 + "b", "a" * 20_000 + "c")
    assert not matched
    assert operations <= 1002
    matched, operations = counted("*a" * 1000, "a" * 20_000)
    assert matched
    assert operations <= 1002


def test_a_hostile_pattern_with_holes_reads_each_character_once() -> None:
    """R-66: a piece with ``?`` almost matches at every place."""
    matched, operations = counted("*" + "a?" * 500 + "b*", "a" * 20_000)
    assert not matched
    assert operations <= 20_003


def test_substituted_text_is_literal() -> None:
    tokens = (*tokenize("home/"), "*?", Wild.MANY)
    matches = compile_substituted(tokens)
    assert matches("home/*?/x")
    assert not matches("home/ab/x")
    long = compile_substituted(("a" * 5000, Wild.MANY))
    assert long("a" * 5001)
