"""Policy variables: semantics 1, 37-43."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import UNHURRIED, allow, ask, holds, policy

from iampolicy import Outcome, PolicySet
from iampolicy.variables import LONGEST_EXPANSION, Template, parse_template
from iampolicy.wildcard import Wild


def text(template: str, **values: str | tuple[str, ...]) -> str | None:
    parsed = parse_template(template, enabled=True)
    return parsed.text(values) if isinstance(parsed, Template) else parsed


def test_replacement() -> None:
    """Semantics 38."""
    assert text("a-${K}-b", k="x") == "a-x-b"
    assert text("${k}${k}", k="x") == "xx"
    assert text("${k}", k="") == ""
    assert text("${k}") is None
    assert text("${k}", k=("x",)) is None
    assert text("${k}", k="${k}") == "${k}"


def test_names_have_no_case_and_tags_may_have_spaces() -> None:
    """Semantics 35, 38."""
    condition = {"StringEquals": {"s3:prefix": "${AWS:PrincipalTag/Cost Center}"}}
    assert holds(condition, {"s3:prefix": "7", "aws:principaltag/cost center": "7"})


def test_defaults() -> None:
    """Semantics 39."""
    assert text("${k, 'none'}") == "none"
    assert text("${k, ''}") == ""
    assert text("${k, 'none'}", k="x") == "x"
    assert text("${k, 'a}b'}!") == "a}b!"
    assert text("${k,'none'}") is None
    assert text("${k, none}") is None
    assert text("${k, 'none}") is None
    assert text("${k, 'none'}", k=("x", "y")) is None


def test_escapes() -> None:
    """Semantics 40: only from 2012-10-17 on."""
    assert text("${*}${?}${$}") == "*?$"
    assert text("${$}{k}", k="x") == "${k}"
    assert holds({"StringLike": {"k": "a${*}b"}}, {"k": "a*b"})
    assert not holds({"StringLike": {"k": "a${*}b"}}, {"k": "axb"})
    assert not holds({"StringLike": {"k": "a${?}b"}}, {"k": "axb"})
    assert holds({"StringEquals": {"k": "a${*}b"}}, {"k": "a${*}b"}, version="2008-10-17")
    assert not holds({"StringEquals": {"k": "a${*}b"}}, {"k": "a*b"}, version=None)


def test_malformed_variables() -> None:
    """Semantics 41: no nesting; what does not end is literal."""
    assert text("a${k", k="x") == "a${k"
    assert text("${k}${k", k="x") == "x${k"
    assert text("${a${k}}", k="x") is None
    assert text("${}") is None
    assert text("$k}") == "$k}"


@pytest.mark.parametrize(
    ("operator", "value", "asked", "expected"),
    [
        ("StringEquals", "${aws:username}", "bob", True),
        ("StringLike", "${aws:username}*", "bobby", True),
        ("StringEqualsIgnoreCase", "${aws:username}", "BOB", True),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/bob", True),
        ("ArnEquals", "${aws:SourceArn}", "arn:aws:s3:::b", True),
        ("Bool", "${aws:SecureTransport}", "true", True),
        ("NumericEquals", "${s3:max-keys}", "7", False),
        ("DateEquals", "${aws:CurrentTime}", "2020-01-01", False),
        ("IpAddress", "${aws:SourceIp}", "10.0.0.1", False),
        ("BinaryEquals", "${aws:username}", "bob", False),
    ],
)
def test_where_variables_mean_something(operator: str, value: str, asked: str, expected: bool) -> None:
    """Semantics 42: in text, ARN and Bool operators."""
    context = {
        "k": asked,
        "aws:username": "bob",
        "aws:securetransport": "true",
        "aws:sourcearn": "arn:aws:s3:::b",
        "s3:max-keys": "7",
        "aws:currenttime": "2020-01-01",
        "aws:sourceip": "10.0.0.1",
    }
    assert holds({operator: {"k": value}}, context) is expected


def test_never_in_actions_nor_in_keys() -> None:
    """Semantics 42."""
    grant = policy(allow("s3:${aws:username}"))
    context = {"aws:username": "GetObject", "a": "x", "${aws:username}": "x"}
    assert ask(PolicySet(identity=(grant,)), context=context).outcome is Outcome.IMPLICIT_DENY
    assert not holds({"StringEquals": {"${k}": "x"}}, {"k": "a", "a": "x"})


def test_values_for_each_kind_of_principal() -> None:
    """Semantics 43: a variable that the principal does not have resolves to nothing."""
    grant = policy(allow(resource="arn:aws:s3:::bucket/${aws:username}"))
    of_user = ask(
        PolicySet(identity=(grant,)), resource="arn:aws:s3:::bucket/bob", context={"aws:username": "bob"}
    )
    of_role = ask(
        PolicySet(identity=(grant,)), resource="arn:aws:s3:::bucket/bob", context={"aws:userid": "AROA:bob"}
    )
    assert of_user.outcome is Outcome.ALLOW
    assert of_role.outcome is Outcome.IMPLICIT_DENY


def test_unresolved_variables_in_conditions() -> None:
    """Semantics 37: the value never matches; a negated operator therefore holds."""
    assert not holds({"StringEquals": {"k": "${unset}"}}, {"k": ""})
    assert not holds({"StringLike": {"k": "*${unset}"}}, {"k": "x"})
    assert holds({"StringEquals": {"k": ["${unset}", "x"]}}, {"k": "x"})
    assert holds({"StringNotEquals": {"k": "${unset}"}}, {"k": "x"})
    assert not holds({"StringNotEquals": {"k": ["${unset}", "x"]}}, {"k": "x"})
    assert holds({"ArnNotLike": {"k": "${unset}"}}, {"k": "arn:aws:s3:::b"})
    assert holds({"StringNotLike": {"k": "${unset}*"}}, {"k": "x"}, effect="Deny")


def test_the_deny_of_attribute_based_access_control() -> None:
    """Semantics 37: AWS's own example denies whoever has no such tag."""
    condition = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert holds(condition, {"aws:ResourceTag/team": "a"}, effect="Deny")
    assert holds(condition, {"aws:ResourceTag/team": "a", "aws:PrincipalTag/team": "b"}, effect="Deny")
    assert not holds(condition, {"aws:ResourceTag/team": "a", "aws:PrincipalTag/team": "a"}, effect="Deny")


def test_an_expansion_that_is_too_long_is_a_denial() -> None:
    """Semantics 61: what cannot be evaluated is denied, and no megabytes are made of a header."""
    grant = policy(allow(), allow(resource="arn:aws:s3:::bucket/" + "${aws:UserAgent}" * 20))
    long = "x" * (LONGEST_EXPANSION // 10)
    decision = ask(PolicySet(identity=(grant,)), context={"aws:UserAgent": long})
    assert decision.outcome is Outcome.IMPLICIT_DENY
    assert decision.fault
    assert decision.matched == ()
    assert ask(PolicySet(identity=(grant,)), context={"aws:UserAgent": "x"}).outcome is Outcome.ALLOW
    equals = policy(allow(Condition={"StringEquals": {"k": "${aws:UserAgent}" * 20}}), allow())
    assert ask(PolicySet(identity=(equals,)), context={"k": "v", "aws:UserAgent": long}).fault


@UNHURRIED
@given(st.text(alphabet="${}a, '*?:", max_size=20), st.text(max_size=5))
def test_templates_never_raise_and_agree(template: str, value: str) -> None:
    parsed = parse_template(template, enabled=True)
    if isinstance(parsed, Template):
        values = {"a": value}
        as_text, as_tokens = parsed.text(values), parsed.tokens(values)
        assert (as_text is None) is (as_tokens is None)
        if as_text is not None and as_tokens is not None:
            shown = "".join(token.value if isinstance(token, Wild) else token for token in as_tokens)
            assert shown == as_text
    else:
        assert parsed == template
