"""Conditions: semantics 5-7 and 21-37."""

from typing import Any

import pytest
from tests.iampolicy.cases import HOME, holds, user

from iampolicy import Context, Request
from iampolicy.operators import parse_operator

BOTH = ("Allow", "Deny")
NEGATED = (
    "StringNotEquals",
    "StringNotLike",
    "NumericNotEquals",
    "DateNotEquals",
    "NotIpAddress",
    "ArnNotLike",
)


def test_all_operators_and_all_keys_must_hold() -> None:
    """Semantics 6."""
    condition = {"StringEquals": {"a": "1", "b": "2"}, "StringLike": {"c": "3*"}}
    assert holds(condition, {"a": "1", "b": "2", "c": "33"})
    assert not holds(condition, {"a": "1", "b": "x", "c": "33"})
    assert not holds(condition, {"a": "1", "b": "2", "c": "x"})
    assert holds({}, {})


def test_any_value_will_do_and_for_a_negated_operator_none_may() -> None:
    """Semantics 6: NOR."""
    assert holds({"StringEquals": {"k": ["a", "b"]}}, {"k": "b"})
    assert not holds({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "b"})
    assert holds({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "c"})
    assert holds({"NumericLessThan": {"k": ["5", "10"]}}, {"k": "7"})


def test_names_of_operators_have_no_case() -> None:
    """Semantics 5."""
    assert holds({"STRINGequals": {"k": "v"}}, {"k": "v"})
    assert holds({"forallvalues:stringEQUALSifexists": {"k": "v"}}, {"k": ("v",)})


def test_keys_that_differ_in_case_are_one() -> None:
    """Semantics 7, 35."""
    assert holds(
        {"StringEquals": {"aws:PrincipalTag/Team": "a", "AWS:principaltag/team": "b"}},
        {"aws:principalTAG/TEAM": "b"},
    )
    assert not holds({"StringNotEquals": {"K": "a", "k": "b"}}, {"k": "b"})


def test_keys_have_no_case() -> None:
    """Semantics 35."""
    assert holds({"StringEquals": {"aws:PrincipalTag/Team": "a"}}, {"AWS:principaltag/team": "a"})
    assert not holds({"Null": {"AWS:PRINCIPALTAG/é": "false"}}, {"aws:PrincipalTag/É": "x"})


@pytest.mark.parametrize(
    ("operator", "value", "asked", "expected"),
    [
        # semantics 21
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "", "", True),
        ("StringNotEquals", "a", "A", True),
        ("StringNotEquals", "a", "a", False),
        ("StringNotEquals", "a?", "ab", True),
        # semantics 22
        ("StringEqualsIgnoreCase", "Straße", "STRASSE", True),
        ("StringEqualsIgnoreCase", "a*", "AB", False),
        ("StringNotEqualsIgnoreCase", "abc", "ABC", False),
        ("StringNotEqualsIgnoreCase", "abc", "ABD", True),
        # semantics 23
        ("StringLike", "a*c", "abbc", True),
        ("StringLike", "a*c", "Abbc", False),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "a.c", "abc", False),
        ("StringNotLike", "a*", "ab", False),
        ("StringNotLike", "a*", "Ab", True),
        # semantics 24
        ("NumericEquals", "9007199254740993", "9007199254740992", False),
        ("NumericEquals", "1.0", "1", True),
        ("NumericEquals", "0.1", "0.10000000000000001", False),
        ("NumericNotEquals", "1", "1.00", False),
        ("NumericNotEquals", "1", "2", True),
        ("NumericLessThan", "10", "9.99", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "11", False),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "-1", "-2", False),
        # semantics 25
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
        ("DateEquals", "1577836800", "2020-01-01", True),
        ("DateNotEquals", "2020", "2020-01-01T00:00:00Z", False),
        ("DateNotEquals", "2020", "2021", True),
        ("DateLessThan", "2020-01-01", "2019-12-31T23:59:59.9Z", True),
        ("DateLessThan", "2020-01-01", "2020-01-01", False),
        ("DateLessThanEquals", "2020-01-01", "2020-01-01T00:00Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:00+01:00", "2019-12-31T23:00:01Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:00.5Z", "2020-01-01T00:00:00.45Z", False),
        ("DateGreaterThanEquals", "2020-01-01T00:00:00.50Z", "2020-01-01T00:00:00.5Z", True),
        ("DateGreaterThanEquals", "2020-01-02", "2020-01-01", False),
        # semantics 26
        ("Bool", "true", "TRUE", True),
        ("Bool", "False", "false", True),
        ("Bool", "true", "false", False),
        ("Bool", "1", "1", False),
        ("Bool", "", "", False),
        # semantics 27
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "BinaryValueInBase64", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", False),
        ("BinaryEquals", "w6k=", "é", True),
        ("BinaryEquals", "not base64", "not base64", False),
        # semantics 28
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.7/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7", "203.0.113.70", False),
        ("IpAddress", "2001:db8::1", "2001:db8:0:0:0:0:0:1", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::9", True),
        ("IpAddress", "0.0.0.0/0", "::1", False),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.9", "2001:db8::1", True),
        ("NotIpAddress", "2001:db8::1", "2001:0db8::1", False),
        # semantics 29
        ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/a/b:c", True),
        ("ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x", True),
        ("ArnEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x", True),
        ("ArnEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/X", False),
        ("ArnEquals", "arn:AWS:iam::1:role/x", "arn:aws:iam::1:role/x", False),
        ("ArnLike", "arn:aws:i?m::1:role/x", "arn:aws:iam::1:role/x", True),
        ("ArnLike", "*", "arn:aws:iam::1:role/x", True),
        ("ArnLike", "*", "role/x", False),
        ("ArnLike", "arn:aws:iam:*", "arn:aws:iam::1:role/x", False),
        (
            "ArnLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            False,
        ),
        (
            "StringLike",
            "arn:aws:someservice:*:111122223333:finance/*",
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
            True,
        ),
        ("ArnNotEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x", False),
        ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/x", True),
    ],
)
@pytest.mark.parametrize("effect", BOTH)
def test_operators(operator: str, value: str, asked: str, expected: bool, effect: str) -> None:
    """Semantics 21-29."""
    assert holds({operator: {"k": value}}, {"k": asked}, effect=effect) is expected


@pytest.mark.parametrize(
    ("operator", "value", "negated"),
    [
        ("NumericEquals", "1", False),
        ("NumericLessThan", "1", False),
        ("NumericNotEquals", "1", True),
        ("DateGreaterThan", "2020", False),
        ("DateNotEquals", "2020", True),
        ("IpAddress", "0.0.0.0/0", False),
        ("NotIpAddress", "0.0.0.0/0", True),
        ("ArnLike", "*", False),
        ("ArnNotEquals", "arn:aws:s3:::b", True),
    ],
)
@pytest.mark.parametrize("quantifier", ["", "ForAllValues:", "ForAnyValue:"])
def test_a_request_value_that_cannot_be_read(
    operator: str, value: str, negated: bool, quantifier: str
) -> None:
    """Semantics 24, 25, 28, 29: positive operators fail; a negated one holds in a Deny and fails in an Allow."""
    condition = {quantifier + operator: {"k": value}}
    assert not holds(condition, {"k": "x"})
    assert holds(condition, {"k": "x"}, effect="Deny") is negated


@pytest.mark.parametrize(
    ("operator", "value", "asked"),
    [
        ("NumericNotEquals", "x", "1"),
        ("DateNotEquals", "January 1, 2020", "2020"),
        ("NotIpAddress", "x", "10.0.0.1"),
        ("ArnNotLike", "x", "arn:aws:s3:::b"),
    ],
)
def test_a_stored_policy_value_that_cannot_be_read(operator: str, value: str, asked: str) -> None:
    """Semantics 24: it is refused on write; were it stored, it would not permit more."""
    assert not holds({operator: {"k": value}}, {"k": asked})
    assert holds({operator: {"k": value}}, {"k": asked}, effect="Deny")
    positive = operator.replace("Not", "")
    assert not holds({positive: {"k": value}}, {"k": asked})


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("NumericLessThan", False),
        ("DateGreaterThan", False),
        ("Bool", False),
        ("BinaryEquals", False),
        ("IpAddress", False),
        ("ArnLike", False),
        *((name, True) for name in NEGATED),
    ],
)
@pytest.mark.parametrize("effect", BOTH)
def test_a_missing_key(operator: str, expected: bool, effect: str) -> None:
    """Semantics 30; R-39: a key that is absent differs from one that is empty."""
    assert holds({operator: {"k": "1"}}, {}, effect=effect) is expected
    assert holds({operator + "IfExists": {"k": "1"}}, {}, effect=effect)
    assert not holds({operator + "IfExists": {"k": "1"}, "Bool": {"other": "true"}}, {}, effect=effect)


def test_if_exists_with_a_key_that_exists() -> None:
    """Semantics 30."""
    assert holds({"StringEqualsIfExists": {"k": "a"}}, {"k": "a"})
    assert not holds({"StringEqualsIfExists": {"k": "a"}}, {"k": "b"})
    assert not holds({"StringEqualsIfExists": {"k": "a"}}, {"k": ""})
    assert not holds({"StringNotEqualsIfExists": {"k": "a"}}, {"k": "a"})


@pytest.mark.parametrize(
    ("context", "absent"),
    [
        ({}, True),
        ({"k": ()}, True),
        ({"k": ""}, False),
        ({"k": ("",)}, False),
        ({"k": "x"}, False),
        ({"k": ("x", "y")}, False),
    ],
)
def test_null(context: dict[str, Any], absent: bool) -> None:
    """Semantics 31: a tag with an empty value is present."""
    assert holds({"Null": {"k": "true"}}, context) is absent
    assert holds({"Null": {"k": "false"}}, context) is not absent
    assert holds({"Null": {"k": [True, False]}}, context)
    assert not holds({"Null": {"k": "maybe"}}, context)


@pytest.mark.parametrize(
    ("operator", "values", "context", "expected"),
    [
        # semantics 32
        ("ForAllValues:StringEquals", ["a", "b"], {"k": ("a",)}, True),
        ("ForAllValues:StringEquals", ["a", "b"], {"k": ("a", "b", "a")}, True),
        ("ForAllValues:StringEquals", ["a", "b"], {"k": ("a", "c")}, False),
        ("ForAllValues:StringEquals", ["a"], {}, True),
        ("ForAllValues:StringEquals", ["a"], {"k": ()}, True),
        ("ForAllValues:StringEquals", ["a"], {"k": ("",)}, True),
        ("ForAllValues:StringEquals", ["a"], {"k": ("", "a")}, False),
        ("ForAllValues:StringEquals", ["a"], {"k": ("", "b")}, False),
        ("ForAllValues:StringNotEquals", ["a", "b"], {"k": ("c", "d")}, True),
        ("ForAllValues:StringNotEquals", ["a", "b"], {"k": ("c", "a")}, False),
        ("ForAllValues:StringLikeIfExists", ["a*"], {"k": ("ab", "x")}, False),
        ("ForAllValues:StringLikeIfExists", ["a*"], {}, True),
        ("ForAllValues:StringLike", ["${v}*", "z"], {"k": ("ab", "z"), "v": "a"}, True),
        ("ForAllValues:StringEquals", [], {"k": ("a",)}, False),
        # semantics 33
        ("ForAnyValue:StringEquals", ["a", "b"], {"k": ("x", "b")}, True),
        ("ForAnyValue:StringEquals", ["a", "b"], {"k": ("x", "y")}, False),
        ("ForAnyValue:StringEquals", ["a"], {}, False),
        ("ForAnyValue:StringEquals", ["a"], {"k": ()}, False),
        ("ForAnyValue:StringEquals", [""], {"k": ("",)}, False),
        ("ForAnyValue:StringNotEquals", ["a"], {}, False),
        ("ForAnyValue:StringNotEquals", ["a"], {"k": ()}, False),
        ("ForAnyValue:StringNotEquals", ["a"], {"k": ("a", "b")}, True),
        ("ForAnyValue:StringNotEquals", ["a"], {"k": ("a",)}, False),
        ("ForAnyValue:StringEqualsIfExists", ["a"], {}, True),
        ("ForAnyValue:StringEqualsIfExists", ["a"], {"k": ()}, False),
        ("ForAnyValue:StringNotEqualsIfExists", ["a"], {"k": ()}, False),
        ("ForAnyValue:StringEquals", ["${v}"], {"k": ("x", "a"), "v": "a"}, True),
        ("ForAnyValue:IpAddress", ["10.0.0.0/8"], {"k": ("192.0.2.1", "10.1.1.1")}, True),
        # semantics 34: a single value is a set of one
        ("ForAllValues:StringEquals", ["a"], {"k": "a"}, True),
        ("ForAllValues:StringEquals", ["a"], {"k": "b"}, False),
        ("ForAnyValue:StringEquals", ["a"], {"k": "a"}, True),
        ("ForAnyValue:StringEquals", ["a"], {"k": "b"}, False),
    ],
)
@pytest.mark.parametrize("effect", BOTH)
def test_set_operators(
    operator: str, values: list[str], context: dict[str, Any], expected: bool, effect: str
) -> None:
    """Semantics 32-34."""
    assert holds({operator: {"k": values}}, context, effect=effect) is expected


@pytest.mark.parametrize(
    "operator",
    [
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "Bool",
    ],
)
@pytest.mark.parametrize("value", [(), ("true",), ("true", "b")])
@pytest.mark.parametrize("effect", BOTH)
def test_a_plain_operator_on_a_list(operator: str, value: tuple[str, ...], effect: str) -> None:
    """Semantics 34: no match, positive, negated and IfExists alike; with variables in the policy too."""
    assert not holds({operator: {"k": "true"}}, {"k": value}, effect=effect)
    assert not holds({operator: {"k": "${v}"}}, {"k": value, "v": "x"}, effect=effect)


@pytest.mark.parametrize(
    "operator",
    [
        "StringMatches",
        "StringEqual",
        "StringNotEqualsIfExist",
        "ForSomeValues:StringEquals",
        "ForAllValues:",
        "NullIfExists",
        "ForAllValues:Null",
        "ForAnyValue:Null",
        "NumericLike",
        "",
    ],
)
@pytest.mark.parametrize("effect", BOTH)
def test_unknown_operators(operator: str, effect: str) -> None:
    """Semantics 36: false, with a key or without."""
    assert parse_operator(operator) is None
    assert not holds({operator: {"k": "v"}}, {"k": "v"}, effect=effect)
    assert not holds({operator: {"k": "v"}}, {}, effect=effect)
    assert holds({operator: {}}, {}, effect=effect)  # fact 61: it asks nothing


def test_two_spellings_of_a_key_that_disagree() -> None:
    """R-37: tags of a policy may differ in case only; which of them counts must not decide."""
    context = {"aws:ResourceTag/a": "1", "aws:ResourceTag/A": "2"}
    for operator in (
        "StringEquals",
        "StringNotEquals",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
    ):
        condition = {operator: {"aws:ResourceTag/a": "1"}}
        assert not holds(condition, context)
        assert holds(condition, context, effect="Deny")
    assert holds({"Null": {"aws:ResourceTag/a": "false"}}, context)
    assert not holds({"StringEquals": {"v": "${aws:ResourceTag/a, '1'}"}}, {**context, "v": "1"})
    same = {"aws:ResourceTag/a": "1", "aws:ResourceTag/A": "1"}
    assert holds({"StringEquals": {"aws:ResourceTag/a": "1"}}, same)


@pytest.mark.parametrize("key", ["aws:RequestTag/team", "aws:PrincipalTag/team", "aws:ResourceTag/team"])
def test_tags_absent_empty_and_in_another_case(key: str) -> None:
    """R-37."""
    wanted = {"StringEquals": {key: "blue"}}
    assert not holds(wanted, {})
    assert not holds(wanted, {key: ""})
    assert not holds(wanted, {key: "Blue"})
    assert holds(wanted, {key.upper(): "blue"})
    assert holds({"StringEquals": {key: ""}}, {key: ""})


@pytest.mark.parametrize(
    ("external_id", "expected"),
    [(None, False), ("wrong", False), ("", False), ("SECRET", False), ("secret", True)],
)
def test_external_id(external_id: str | None, expected: bool) -> None:
    """R-39."""
    context = {} if external_id is None else {"sts:ExternalId": external_id}
    assert holds({"StringEquals": {"sts:ExternalId": "secret"}}, context) is expected


def test_source_account_absent_and_null() -> None:
    """R-39."""
    assert not holds({"StringEquals": {"aws:SourceAccount": HOME}}, {})
    assert holds({"StringEqualsIfExists": {"aws:SourceAccount": HOME}}, {})
    assert holds({"Null": {"aws:SourceAccount": "true"}}, {})
    assert not holds({"StringEqualsIfExists": {"aws:SourceAccount": HOME}}, {"aws:SourceAccount": ""})


def test_a_memory_of_the_last_value_changes_nothing() -> None:
    condition = {"IpAddress": {"k": "10.0.0.0/8"}}
    answers = [holds(condition, {"k": k}) for k in ("10.0.0.1", "10.0.0.1", "9.0.0.1", "x", "10.0.0.1", "")]
    assert answers == [True, True, False, False, True, False]


def test_contexts_are_checked_at_birth_and_may_be_shared() -> None:
    with pytest.raises(TypeError):
        Context({"k": ["a"]})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        Context({"k": (1,)})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        Context({"k": None})  # type: ignore[dict-item]
    context = Context({"K": "a"})
    assert dict(context) == {"K": "a"}
    assert len(context) == 1
    request = Request(principal=user(), action="s3:x", resource="*", resource_account=HOME, context=context)
    assert request.values is context.folded
