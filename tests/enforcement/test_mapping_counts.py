"""The mapping maps as many operations of each service as it did."""

import pytest
from tests.enforcement.mapped_operations import counted, lines, table

USUAL = ("dynamodb", "ecs", "eks", "kms", "lambda", "logs", "rds", "secretsmanager", "sns", "sqs", "ssm")


@pytest.mark.parametrize("name", USUAL)
def test_as_many_operations_are_mapped_as_in_the_table(name: str) -> None:
    mapped, there_are = counted(name)
    assert f"{mapped}/{there_are}" == table()[name]


@pytest.mark.deep
def test_the_table_is_that_of_all_services() -> None:
    assert [" ".join(row) for row in table().items()] == list(lines())
