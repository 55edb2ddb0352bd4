"""Replacing principals in the text of a trust policy."""

import json

from hypothesis import given
from hypothesis import strategies as st

from iamd.domain.trust_policies import replace_principals

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["AWS", "Service", "Principal", "Statement", "Condition"]) | st.text(max_size=4),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


def test_only_principals_change_and_nothing_around_them() -> None:
    document = (
        '{ "Version" : "2012-10-17",\n "Statement":[ {"Sid":"a","Principal":{"AWS":[ "a\\/b" ,"c"],"Service":"c"},'
        '\t"Condition":{"ArnEquals":{"aws:PrincipalArn":"c"},"Bool":{"x":[true,1.50]}}} , {"Principal":"c"},'
        '{"Principal":{"AWS":"c"},"Action":"c"}]}'
    )
    assert replace_principals(document, {"c": "NEW", "a/b": 'q"'}) == (
        '{ "Version" : "2012-10-17",\n "Statement":[ {"Sid":"a","Principal":{"AWS":[ "q\\"" ,"NEW"],"Service":"c"},'
        '\t"Condition":{"ArnEquals":{"aws:PrincipalArn":"c"},"Bool":{"x":[true,1.50]}}} , {"Principal":"c"},'
        '{"Principal":{"AWS":"NEW"},"Action":"c"}]}'
    )


def test_a_single_statement_will_do() -> None:
    assert (
        replace_principals('{"Statement":{"Principal":{"AWS":"a"}}}', {"a": "b"})
        == '{"Statement":{"Principal":{"AWS":"b"}}}'
    )


@given(_VALUES, st.sampled_from([None, 1, 4]))
def test_any_json_is_read_to_its_end_and_stays_itself(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert replace_principals(text, {}) == text


@given(_VALUES, st.sampled_from([None, 1]))
def test_what_is_replaced_is_what_stands_under_principal(value: object, indent: int | None) -> None:
    before = {"Statement": [{"Principal": {"AWS": ["x", "y"]}, "Condition": value}], "Id": value}
    after = {"Statement": [{"Principal": {"AWS": ["z", "y"]}, "Condition": value}], "Id": value}
    assert replace_principals(json.dumps(before, indent=indent), {"x": "z"}) == json.dumps(
        after, indent=indent
    )
