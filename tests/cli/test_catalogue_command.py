"""The command `iamd catalogue`."""

import json

from click.testing import CliRunner

from iamd.cli.catalogue import command


def run(*words: str) -> str:
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return result.output


def test_each_operation_has_its_actions_and_resources() -> None:
    rows = {row["Operation"]: row for row in json.loads(run("sqs", "--output", "json"))}
    assert rows["SendMessageBatch"] == {
        "Service": "sqs",
        "Operation": "SendMessageBatch",
        "Actions": ["sqs:SendMessage"],
        "Resources": ["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"],
    }
    assert rows["ListQueues"]["Resources"] == ["*"]


def test_services_go_by_both_of_their_names() -> None:
    assert run("states") == run("stepfunctions")


def test_a_table_is_for_people() -> None:
    lines = run("lambda").splitlines()
    assert "Invoke: lambda:InvokeFunction" in lines
    assert "ResumeDurableExecution: not mapped" in run("lambda", "--unmapped").splitlines()


def test_operations_of_s3_and_api_gateway_have_theirs() -> None:
    assert "HeadObject: s3:GetObject" in run("s3").splitlines()
    assert "GetStages: apigateway:GET" in run("apigateway").splitlines()


def test_an_unknown_service_is_said() -> None:
    result = CliRunner().invoke(command, ["no-such"])
    assert result.exit_code == 1
    assert "`no-such` is no service of AWS" in result.output
