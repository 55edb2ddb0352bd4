"""The form that the digest of a record is taken of: always that of ``json``, however it is written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamd.audit.record import _MOST_BYTES, _bounded, body_of

TEXTS = st.text(st.characters() | st.sampled_from('"\\/\x00\x1f\x7f\n\u2028\ud800'))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES))
def test_it_is_that_of_json(record: dict[str, Any]) -> None:
    """R-79: nothing that is not plain ASCII is in it."""
    assert body_of(record) == json.dumps(record, sort_keys=True, separators=(",", ":")).encode("ascii")


@pytest.mark.parametrize("character", ["a", "\x01", "\x7f", "é", "\u2028", "\U0001f600", "\ud800", '"'])
def test_what_is_too_long_is_left_out_however_it_is_written(character: str) -> None:
    each = len(json.dumps(character)) - 2
    longest = (_MOST_BYTES - 2) // each
    assert _bounded(character * longest) == character * longest
    size = len(json.dumps(character * (longest + 1)))
    assert _bounded(character * (longest + 1)) == {"omitted": True, "originalSize": size}
