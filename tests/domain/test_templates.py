"""
Templates of policies, filled in.

The examples are those of AWS's page *Policy templates*.
"""

from typing import Any

import pytest

from iamd.domain.templates import (
    TemplateError,
    enabled_sample,
    fill_document,
    fill_text,
    fill_texts,
    parameters_of,
)


def statement(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["s3:GetObject"], **members}


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("arn:aws:s3:::@{bucketName}/*", {"bucketName": "my-bucket"}, "arn:aws:s3:::my-bucket/*"),
        (
            "arn:aws:s3:::@{bucketNames}/*",
            {"bucketNames": ("bucket-1", "bucket-2")},
            ["arn:aws:s3:::bucket-1/*", "arn:aws:s3:::bucket-2/*"],
        ),
        (
            "arn:aws:s3:::@{bucketNames}/@{prefix}/*",
            {"bucketNames": ("bucket-1", "bucket-2"), "prefix": "data"},
            ["arn:aws:s3:::bucket-1/data/*", "arn:aws:s3:::bucket-2/data/*"],
        ),
        ("@{a}-@{b}", {"a": ("1", "2"), "b": ("x", "y")}, ["1-x", "1-y", "2-x", "2-y"]),
        ("@{a}-@{a}", {"a": ("1", "2")}, ["1-1", "2-2"]),
        ("@{a}", {"a": ("1",)}, ["1"]),
        (["*", "@{a}", "z"], {"a": ("1", "2")}, ["*", "1", "2", "z"]),
        ("${aws:username} @ {a} @a", {}, "${aws:username} @ {a} @a"),
        ("@{a}", {"a": '"], "@{b}'}, '"], "@{b}'),
        ({"StringEquals": {"aws:RequestTag/@{key}": "@{value}"}}, {"key": "team", "value": "red"}, None),
    ],
)
def test_values_take_the_place_of_their_parameters(template: Any, values: Any, filled: Any) -> None:
    expected = filled or {"StringEquals": {"aws:RequestTag/team": "red"}}
    found = fill_document(policy(statement(Resource=template)), values)
    assert found == policy(statement(Resource=expected))


@pytest.mark.parametrize(
    ("condition", "value", "kept"),
    [
        ("ENABLE_WRITE", "True", True),
        ("ENABLE_WRITE", "False", False),
        ("ENABLE_WRITE", "true", False),
        ("!ENABLE_WRITE", "True", False),
        ("!ENABLE_WRITE", "False", True),
    ],
)
def test_a_statement_can_be_left_out(condition: str, value: str, *, kept: bool) -> None:
    optional = {"@Enabled": condition, "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "*"}
    found = fill_document(policy(statement(Resource="*"), optional), {"ENABLE_WRITE": value})
    plain = statement(Action=["s3:PutObject"], Resource="*")
    assert found == policy(statement(Resource="*"), *([plain] if kept else []))


def test_a_document_of_which_nothing_is_left_is_none() -> None:
    assert fill_document(policy({"@Enabled": "X", **statement()}), {"X": "no"}) is None


def test_one_statement_need_not_be_in_a_list() -> None:
    document = {"Version": "2012-10-17", "Statement": statement(Resource="@{a}")}
    assert fill_document(document, {"a": "*"}) == policy(statement(Resource="*"))


@pytest.mark.parametrize(
    ("template", "values", "error"),
    [
        ("@{missing}", {}, "the parameter `missing` has no value"),
        ({"@{a}": 1}, {"a": ("x",)}, "a list has no place in `@{a}`"),
        (
            "@{a}@{b}@{c}",
            dict.fromkeys("abc", tuple(map(str, range(20)))),
            "`@{a}@{b}@{c}` becomes too many texts",
        ),
    ],
)
def test_what_cannot_be_filled_in(template: Any, values: Any, error: str) -> None:
    with pytest.raises(TemplateError) as caught:
        fill_document(policy(statement(Resource=template)), values)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("broken", "error"),
    [(["text"], "a statement is no object"), ([{"@Enabled": True}], "`@Enabled` is no text")],
)
def test_what_is_no_template(broken: Any, error: str) -> None:
    with pytest.raises(TemplateError) as caught:
        fill_document({"Statement": broken}, {})
    assert str(caught.value) == error


def test_the_parameters_of_a_template() -> None:
    document = policy(
        {"@Enabled": "!SWITCH", **statement(Resource=["@{one}/@{two}", {"@{three}": "@{one}"}])}
    )
    assert parameters_of(document) == {"SWITCH", "one", "two", "three"}
    assert parameters_of([None, "@{four}"]) == {"four"}


def test_texts_and_lists_of_texts() -> None:
    assert fill_text("Example-@{Department}", {"Department": "Engineering"}) == "Example-Engineering"
    assert fill_texts(["a", "@{b}"], {"b": ("1", "2")}) == ("a", "1", "2")


def test_a_sample_has_every_statement() -> None:
    document = policy({"@Enabled": "SWITCH", **statement(Resource="arn:aws:s3:::@{bucket}/*")})
    assert enabled_sample(document) == policy(statement(Resource="arn:aws:s3:::bucket/*"))
