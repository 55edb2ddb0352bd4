"""A context on top of one that stands says what one made of both would say."""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iampolicy import Context

KEYS = st.sampled_from(
    ["aws:SourceIp", "AWS:sourceip", "aws:userid", "aws:PrincipalTag/A", "aws:PrincipalTag/a"]
)
VALUES = st.sampled_from(["x", "y", ("x",), ("x", "y"), ""])
GIVEN = st.dictionaries(KEYS, VALUES)


class Kind(StrEnum):
    USER = "User"


Given = Mapping[str, str | tuple[str, ...]]


@given(GIVEN, GIVEN)
def test_what_stands_is_as_if_it_were_given(standing: Given, added: Given) -> None:
    """Spellings that disagree included, and values that are replaced (semantics 35)."""
    on_top, whole = Context(added, Context(standing)), Context({**standing, **added})
    assert (dict(on_top), on_top.folded) == (dict(whole), whole.folded)


@given(GIVEN, GIVEN)
def test_what_stands_is_left_as_it_was(standing: Given, added: Given) -> None:
    """It serves other requests."""
    stood = Context(standing)
    before = dict(stood.folded)
    Context(added, stood)
    assert (stood.folded, dict(stood)) == (before, dict(standing))


@pytest.mark.parametrize("value", [Kind.USER, (Kind.USER, "x")])
def test_members_of_enumerations_become_plain_text(value: str | tuple[str, ...]) -> None:
    """So that nothing of theirs, such as how they print, gets into a comparison."""
    found = Context({"aws:PrincipalType": value}).folded["aws:principaltype"]
    texts = [found] if isinstance(found, str) else found
    assert isinstance(texts, list | tuple)
    assert [type(text) for text in texts] == [str] * len(texts)
    assert texts[0] == "User"


@pytest.mark.parametrize("value", [1, None, ["x"], ("x", 1), b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="the context key aws:userid needs a text or a tuple of texts"):
        Context({"aws:userid": value})  # type: ignore[dict-item]
