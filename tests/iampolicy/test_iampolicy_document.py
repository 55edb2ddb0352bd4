"""Documents: what is read at all."""

import json

import pytest
from tests.iampolicy.cases import allow, document, holds, says

from iampolicy import PolicyError, PolicyKind, parse, policy_size, validate
from iampolicy.document import read_document

SYNTAX = "Syntax errors in policy."
GOOD = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def refusal(text: str, kind: PolicyKind = PolicyKind.IDENTITY) -> str:
    with pytest.raises(PolicyError) as caught:
        parse(text, kind)
    return caught.value.message


def nested(depth: int) -> str:
    return '{"Version":"2012-10-17","Statement":' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "[]",
        "null",
        '"x"',
        GOOD[:-1],
        GOOD + GOOD,
        GOOD.replace('"Allow"', "NaN"),
        GOOD.replace('"Allow"', "Infinity"),
        GOOD.replace('"Allow"', "-Infinity"),
        GOOD.replace('"Allow"', '"Al\\u0000low"'),
        GOOD.replace('"Effect"', '"Effect":"Deny","Effect"'),
        GOOD.replace('"Version"', '"Version":"2012-10-17","Version"'),
        GOOD.replace('"Action":"*"', '"Action":"*","Condition":{"Bool":{"a":"true","a":"false"}}'),
        nested(31),
        nested(200),
        nested(60_000),
        GOOD.replace('"*"', "1" * 5000),
        GOOD + " " * 1_100_000,
    ],
)
def test_refused(text: str) -> None:
    """R-67, R-68: no duplicate keys at any level, no NaN, no depth that could hurt."""
    assert refusal(text) == SYNTAX
    assert refusal(text, PolicyKind.TRUST) in {SYNTAX, "This policy contains invalid Json"}


def test_depth_is_counted() -> None:
    """R-67: 32 levels are read (and refused for what they are), 33 are not."""
    deep = '{"Version":' * 32 + '"x"' + "}" * 32
    deeper = '{"Version":' * 33 + '"x"' + "}" * 33
    assert refusal(deep, PolicyKind.TRUST) == SYNTAX
    assert refusal(deeper, PolicyKind.TRUST) == "This policy contains invalid Json"


def test_nodes_are_counted() -> None:
    """R-67: ten thousand values, seven of them beside those of the list; what is stored may be larger."""
    validate(document(allow(["*"] * 9_993)), PolicyKind.IDENTITY)
    too_many = document(allow(["*"] * 9_994))
    with pytest.raises(PolicyError):
        validate(too_many, PolicyKind.IDENTITY)
    assert len(parse(too_many, PolicyKind.IDENTITY).statements) == 1
    assert refusal(document(allow(["*"] * 99_994))) == SYNTAX


def test_characters_are_counted() -> None:
    """R-67: an AWS managed policy is larger than any that a customer may write."""
    long = document(allow(["s3:" + "x" * 1000] * 150))
    assert len(parse(long, PolicyKind.IDENTITY).statements) == 1
    with pytest.raises(PolicyError):
        validate(long, PolicyKind.IDENTITY)


@pytest.mark.parametrize(
    "character", ["\0", "\x01", "\x0b", "\x1f", "\u0100", "\u2028", "\ud800", "😀", "\ufeff"]
)
def test_characters_that_may_not_occur(character: str) -> None:
    """R-69: tab, line feed, carriage return and U+0020 to U+00FF only."""
    assert refusal(GOOD.replace('"Allow"', f'"{character}"')) == SYNTAX
    assert refusal(character + GOOD) == SYNTAX


def test_lone_surrogates_hidden_behind_escapes() -> None:
    """R-69: they could not be encoded later."""
    assert refusal(document(allow(resource="arn:aws:s3:::\ud800"))) == SYNTAX
    assert says(allow(resource="arn:aws:s3:::b/😀"), resource="arn:aws:s3:::b/😀")
    assert says(allow(resource="arn:aws:s3:::b/é"), resource="arn:aws:s3:::b/é")


def test_white_space_and_latin_letters_are_read() -> None:
    parse(GOOD.replace(",", ",\t\r\n ").replace('"Allow"', '"Allow","Sid":"ÿ"'), PolicyKind.IDENTITY)


def test_size_without_white_space() -> None:
    assert policy_size('{ "a" :\t"b c"\r\n}') == len('{"a":"bc"}')


def test_statement_may_be_one_or_many() -> None:
    """Semantics 2."""
    one = {"Version": "2012-10-17", "Statement": allow("s3:GetObject", ["*"])}
    assert len(parse(json.dumps(one), PolicyKind.IDENTITY).statements) == 1
    assert says(allow(["iam:X", "s3:GetObject"], ["arn:aws:s3:::no", "arn:aws:s3:::bucket/*"]))


def test_condition_values_may_be_bare() -> None:
    """Semantics 2: a number or a truth value is compared as the text that it was written as."""
    assert holds({"Bool": {"aws:SecureTransport": True}}, {"aws:SecureTransport": "true"})
    assert holds({"StringEquals": {"k": [10, False]}}, {"k": "10"})
    assert holds({"StringEquals": {"k": [10, False]}}, {"k": "false"})
    assert holds({"NumericEquals": {"k": 9007199254740993}}, {"k": "9007199254740993"})
    assert not holds({"NumericEquals": {"k": 9007199254740993}}, {"k": "9007199254740992"})
    parsed = read_document(
        '{"Statement":{"Effect":"Allow","Action":"*","Condition":{"StringEquals":{"k":1.50}}}}',
        PolicyKind.RESOURCE,
    )
    assert parsed.statements[0].condition == (("StringEquals", (("k", ("1.50",)),)),)


def test_the_names_of_elements_have_a_case() -> None:
    """Semantics 5."""
    assert refusal(GOOD.replace('"Effect"', '"effect"')) == SYNTAX
    assert refusal(GOOD.replace('"Statement"', '"statement"')) == SYNTAX
    assert refusal(GOOD.replace('"Action"', '"Actions"')) == SYNTAX
