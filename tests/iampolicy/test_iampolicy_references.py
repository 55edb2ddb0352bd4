"""Which context keys policies ask for."""

from tests.iampolicy.cases import Json, allow, policy

from iampolicy.references import context_keys, missing_keys
from iampolicy.variables import literal, parse_template, variable_names

ASKING: Json = allow(
    "s3:GetObject",
    ["arn:aws:s3:::${aws:username}/${*}", "*"],
    Condition={
        "StringEquals": {"aws:RequestTag/${x}": "a", "AWS:USERNAME": "${aws:PrincipalTag/team, 'none'}"},
        "Null": {"sts:ExternalId": "true"},
    },
)


def test_keys_come_from_resources_conditions_and_variables_each_once() -> None:
    asking = policy(ASKING, ASKING | {"Sid": "again"})
    assert context_keys([asking]) == (
        "aws:username",
        "aws:RequestTag/${x}",
        "aws:PrincipalTag/team",
        "sts:ExternalId",
    )


def test_a_not_resource_has_variables_too() -> None:
    statement = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::${aws:userid}"}
    assert context_keys([policy(statement)]) == ("aws:userid",)


def test_the_old_version_has_no_variables() -> None:
    """Semantics 1."""
    assert context_keys([policy(ASKING, version="2008-10-17")]) == (
        "aws:RequestTag/${x}",
        "AWS:USERNAME",
        "sts:ExternalId",
    )


def test_what_is_given_is_not_missing_whatever_its_case() -> None:
    asking = policy(ASKING)
    asked = [(asking, asking.statements[0])]
    assert missing_keys(asked, ["AWS:userName", "sts:externalid"]) == (
        "aws:RequestTag/${x}",
        "aws:PrincipalTag/team",
    )


def test_names_of_variables_are_as_the_text_spells_them() -> None:
    text = "${AWS:UserName}-${*}${$}${?}-${k, 'd}e'}-${}-${a${b}-${unterminated"
    assert variable_names(text) == ("AWS:UserName", "k")
    assert variable_names("none") == ()


def test_a_literal_matches_itself_alone() -> None:
    text = "a*b?c${d}$e{f"
    written = literal(text)
    assert written == "a${*}b${?}c${$}{d}$e{f"
    template = parse_template(written, enabled=True)
    assert not isinstance(template, str)
    assert template.text({"d": "no"}) == text
