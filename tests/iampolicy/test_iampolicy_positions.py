"""Positions of statements, held against what AWS's simulator answered."""

import json

import pytest

from iampolicy.positions import Position, StatementPosition, statement_positions


def told(text: str) -> list[tuple[Position, Position]]:
    return [(each.start, each.stop) for each in statement_positions(text)]


def test_the_example_of_simulate_custom_policy() -> None:
    """Of the AWS CLI Command Reference: a statement without a list, on one line."""
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    assert told(text) == [((1, 38), (1, 167))]


def test_the_example_of_simulate_principal_policy() -> None:
    """Likewise: a list over several lines starts behind its bracket."""
    statement = {"Sid": "List", "Effect": "Allow", "Action": "codecommit:ListRepositories", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)
    assert told(text) == [((3, 19), (9, 10))]


def test_a_statement_starts_where_the_one_before_it_ends() -> None:
    first, second = '{"Sid":"one","Effect":"Deny"}', '{"Sid":"two","Effect":"Deny"}'
    text = '{"Version":"2012-10-17","Statement":[' + first + " ,\n " + second + "]}"
    assert statement_positions(text) == (
        StatementPosition(37, 66, Position(1, 38), Position(1, 38), Position(1, 67)),
        StatementPosition(70, 99, Position(2, 2), Position(1, 67), Position(2, 31)),
    )
    assert [text[each.begin : each.end] for each in statement_positions(text)] == [first, second]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    text = end.join(["{", '"Statement": [', "{}", "]", "}"])
    assert told(text) == [((2, 15), (3, 3))]


def test_what_looks_like_a_statement_is_none() -> None:
    text = '{"Id":"\\"Statement\\":[{}]","Version":"2012-10-17", "\\u0053tatement":[{"Sid":"}{"}], "Id2":{}}'
    assert [text[each.begin : each.end] for each in statement_positions(text)] == ['{"Sid":"}{"}']


@pytest.mark.parametrize("text", ["{}", '{"Version":"2012-10-17"}', '{"Statement":[]}', " { } "])
def test_without_statements_there_are_no_positions(text: str) -> None:
    assert statement_positions(text) == ()


@pytest.mark.parametrize("text", ["", "[]", '"x"', '{"Statement":[{]}', '{"Id" 1}'])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|JSON object"):
        statement_positions(text)
