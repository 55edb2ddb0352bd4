"""Which actions on which resources a request needs."""

from typing import Any

import msgspec
import pytest
from tests.support.serialized import exact_request_of, request_of, signing_name

from iamd.enforcement.mapping import operations, services
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.resources import Home
from iamd.http import Request

MODELS = Models()
HOME = Home("eu-west-1", "123456789012")
HERE = "eu-west-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/worker"
TOPIC = f"arn:aws:sns:{HERE}:news"
KEY = "11111111-2222-3333-4444-555555555555"

TABLE: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("sqs", "ListQueues", {}, [("sqs:ListQueues", "*")]),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": "http://localhost:5000/123456789012/jobs", "MessageBody": "x"},
        [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")],
    ),
    (
        "sqs",
        "SendMessageBatch",
        {"QueueUrl": "http://localhost:5000/123456789012/jobs", "Entries": []},
        [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:jobs")],
    ),
    ("sns", "Publish", {"TopicArn": TOPIC, "Message": "x"}, [("sns:Publish", TOPIC)]),
    ("sns", "CreateTopic", {"Name": "news"}, [("sns:CreateTopic", TOPIC)]),
    (
        "dynamodb",
        "PutItem",
        {"TableName": "orders", "Item": {}},
        [("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/orders")],
    ),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"a": [], "b": []}},
        [
            ("dynamodb:BatchWriteItem", f"arn:aws:dynamodb:{HERE}:table/a"),
            ("dynamodb:BatchWriteItem", f"arn:aws:dynamodb:{HERE}:table/b"),
        ],
    ),
    ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "hello", "Payload": b"{}"},
        [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:hello")],
    ),
    (
        "kms",
        "Encrypt",
        {"KeyId": KEY, "Plaintext": b"x"},
        [("kms:Encrypt", f"arn:aws:kms:{HERE}:key/{KEY}")],
    ),
    ("ec2", "DescribeInstances", {}, [("ec2:DescribeInstances", "*")]),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "/app"},
        [("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/app:log-stream:")],
    ),
    *[
        (
            "ssm",
            operation,
            parameters,
            [(f"ssm:{operation}", f"arn:aws:ssm:{HERE}:parameter/{name}") for name in names],
        )
        for operation, parameters, names in (
            ("GetParameter", {"Name": "/app/db"}, ["app/db"]),
            ("GetParameter", {"Name": "db:3"}, ["db"]),
            ("GetParameter", {"Name": f"arn:aws:ssm:{HERE}:parameter/app/db"}, ["app/db"]),
            ("GetParameters", {"Names": ["/a", "b"]}, ["a", "b"]),
            ("GetParametersByPath", {"Path": "/app"}, ["app"]),
            ("PutParameter", {"Name": "/a", "Value": "x"}, ["a"]),
            ("AddTagsToResource", {"ResourceType": "Parameter", "ResourceId": "/a", "Tags": []}, ["a"]),
        )
    ],
    (
        "ec2",
        "TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [("ec2:TerminateInstances", f"arn:aws:ec2:{HERE}:instance/{name}") for name in ("i-1", "i-2")],
    ),
    (
        "ec2",
        "AttachVolume",
        {"VolumeId": "vol-1", "InstanceId": "i-1", "Device": "sdf"},
        [("ec2:AttachVolume", f"arn:aws:ec2:{HERE}:{name}") for name in ("instance/i-1", "volume/vol-1")],
    ),
    (
        "ec2",
        "CreateTags",
        {"Resources": ["i-1", "tgw-attach-2"], "Tags": [{"Key": "a", "Value": "b"}]},
        [
            ("ec2:CreateTags", f"arn:aws:ec2:{HERE}:{name}")
            for name in ("instance/i-1", "transit-gateway-attachment/tgw-attach-2")
        ],
    ),
    (
        "ec2",
        "CreateVolume",
        {
            "AvailabilityZone": "eu-west-1a",
            "TagSpecifications": [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}],
        },
        [
            ("ec2:CreateVolume", f"arn:aws:ec2:{HERE}:volume/*"),
            ("ec2:CreateTags", f"arn:aws:ec2:{HERE}:volume/*"),
        ],
    ),
    (
        "ec2",
        "AuthorizeSecurityGroupIngress",
        {"GroupId": "sg-1"},
        [("ec2:AuthorizeSecurityGroupIngress", f"arn:aws:ec2:{HERE}:security-group/sg-1")],
    ),
    (
        "rds",
        "StopDBCluster",
        {"DBClusterIdentifier": "main"},
        [("rds:StopDBCluster", f"arn:aws:rds:{HERE}:cluster:main")],
    ),
    ("rds", "DescribeDBInstances", {}, [("rds:DescribeDBInstances", f"arn:aws:rds:{HERE}:db:*")]),
    (
        "rds",
        "CopyDBSnapshot",
        {"SourceDBSnapshotIdentifier": "old", "TargetDBSnapshotIdentifier": "new"},
        [("rds:CopyDBSnapshot", f"arn:aws:rds:{HERE}:snapshot:{name}") for name in ("old", "new")],
    ),
    (
        "cloudformation",
        "DeleteStack",
        {"StackName": "web"},
        [("cloudformation:DeleteStack", f"arn:aws:cloudformation:{HERE}:stack/web/*")],
    ),
    (
        "ecr",
        "GetDownloadUrlForLayer",
        {"registryId": "999999999999", "repositoryName": "app", "layerDigest": "x"},
        [("ecr:GetDownloadUrlForLayer", "arn:aws:ecr:eu-west-1:999999999999:repository/app")],
    ),
    (
        "ecs",
        "UpdateService",
        {"cluster": f"arn:aws:ecs:{HERE}:cluster/blue", "service": "web"},
        [("ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/blue/web")],
    ),
    (
        "ecs",
        "UpdateService",
        {"service": "web"},
        [("ecs:UpdateService", f"arn:aws:ecs:{HERE}:service/default/web")],
    ),
    (
        "eks",
        "DescribeNodegroup",
        {"clusterName": "blue", "nodegroupName": "n"},
        [("eks:DescribeNodegroup", f"arn:aws:eks:{HERE}:nodegroup/blue/n/*")],
    ),
    (
        "kinesis",
        "PutRecord",
        {"StreamName": "clicks", "Data": b"x", "PartitionKey": "a"},
        [("kinesis:PutRecord", f"arn:aws:kinesis:{HERE}:stream/clicks")],
    ),
    (
        "cloudwatch",
        "DeleteAlarms",
        {"AlarmNames": ["a", "b"]},
        [("cloudwatch:DeleteAlarms", f"arn:aws:cloudwatch:{HERE}:alarm:{name}") for name in "ab"],
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": "prod/db"},
        [("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:prod/db-??????")],
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": f"arn:aws:secretsmanager:{HERE}:secret:prod/db-aBc123"},
        [("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:prod/db-aBc123")],
    ),
    *[
        ("lambda", "Invoke", parameters, [("lambda:InvokeFunction", f"arn:aws:lambda:{arn}")])
        for parameters, arn in (
            ({"FunctionName": "hello:PROD"}, f"{HERE}:function:hello:PROD"),
            ({"FunctionName": "hello", "Qualifier": "PROD"}, f"{HERE}:function:hello:PROD"),
            ({"FunctionName": f"arn:aws:lambda:{HERE}:function:hello"}, f"{HERE}:function:hello"),
            (
                {"FunctionName": f"arn:aws:lambda:{HERE}:function:hello", "Qualifier": "2"},
                f"{HERE}:function:hello:2",
            ),
            ({"FunctionName": "999999999999:function:hello"}, "eu-west-1:999999999999:function:hello"),
        )
    ],
    (
        "lambda",
        "GetLayerVersionByArn",
        {"Arn": f"arn:aws:lambda:{HERE}:layer:libs:3"},
        [("lambda:GetLayerVersion", f"arn:aws:lambda:{HERE}:layer:libs:3")],
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "orders", "IndexName": "by-day"},
        [("dynamodb:Query", f"arn:aws:dynamodb:{HERE}:table/orders/index/by-day")],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "a", "Item": {}}},
                {"Delete": {"TableName": "b", "Key": {}}},
            ]
        },
        [
            ("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/a"),
            ("dynamodb:DeleteItem", f"arn:aws:dynamodb:{HERE}:table/b"),
        ],
    ),
    (
        "dynamodb",
        "DescribeBackup",
        {"BackupArn": f"arn:aws:dynamodb:{HERE}:table/a/backup/1"},
        [("dynamodb:DescribeBackup", f"arn:aws:dynamodb:{HERE}:table/a/backup/1")],
    ),
    (
        "dynamodb",
        "TagResource",
        {"ResourceArn": f"arn:aws:dynamodb:{HERE}:table/a", "Tags": []},
        [("dynamodb:TagResource", f"arn:aws:dynamodb:{HERE}:table/a")],
    ),
    *[
        (
            "dynamodb",
            "ExecuteStatement",
            {"Statement": text},
            [(f"dynamodb:PartiQL{verb}", f"arn:aws:dynamodb:{HERE}:{arn}")],
        )
        for text, verb, arn in (
            ("SELECT * FROM \"my.table\" WHERE a = 'FROM b'", "Select", "table/my.table"),
            ('select a from orders."by-day" where b = ?', "Select", "table/orders/index/by-day"),
            ("INSERT INTO orders VALUE {'id': ?}", "Insert", "table/orders"),
            ("UPDATE orders SET a = 1 WHERE id = 'x'", "Update", "table/orders"),
            ("DELETE FROM orders WHERE id = 'x'", "Delete", "table/orders"),
        )
    ],
    (
        "apigateway",
        "GetStage",
        {"restApiId": "abc", "stageName": "prod"},
        [("apigateway:GET", "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod")],
    ),
    (
        "apigatewayv2",
        "CreateRoute",
        {"ApiId": "abc", "RouteKey": "GET /"},
        [("apigateway:POST", "arn:aws:apigateway:eu-west-1::/apis/abc/routes")],
    ),
    (
        "glue",
        "GetTable",
        {"DatabaseName": "d", "Name": "t"},
        [
            ("glue:GetTable", f"arn:aws:glue:{HERE}:database/d"),
            ("glue:GetTable", f"arn:aws:glue:{HERE}:catalog"),
            ("glue:GetTable", f"arn:aws:glue:{HERE}:table/d/t"),
        ],
    ),
    (
        "athena",
        "StartQueryExecution",
        {"QueryString": "SELECT 1"},
        [("athena:StartQueryExecution", f"arn:aws:athena:{HERE}:workgroup/primary")],
    ),
    (
        "events",
        "PutRule",
        {"Name": "nightly"},
        [("events:PutRule", f"arn:aws:events:{HERE}:rule/nightly")],
    ),
    (
        "events",
        "PutEvents",
        {"Entries": [{"Detail": "{}"}, {"EventBusName": "orders"}]},
        [("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/{name}") for name in ("default", "orders")],
    ),
    (
        "stepfunctions",
        "StartExecution",
        {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m"},
        [("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:m")],
    ),
    (
        "kms",
        "ReEncrypt",
        {"CiphertextBlob": b"x", "SourceKeyId": KEY, "DestinationKeyId": f"arn:aws:kms:{HERE}:key/other"},
        [
            ("kms:ReEncryptFrom", f"arn:aws:kms:{HERE}:key/{KEY}"),
            ("kms:ReEncryptTo", f"arn:aws:kms:{HERE}:key/other"),
        ],
    ),
    (
        "kms",
        "CreateAlias",
        {"AliasName": "alias/app", "TargetKeyId": KEY},
        [
            ("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/app"),
            ("kms:CreateAlias", f"arn:aws:kms:{HERE}:key/{KEY}"),
        ],
    ),
    (
        "s3control",
        "GetPublicAccessBlock",
        {"AccountId": "123456789012"},
        [("s3:GetAccountPublicAccessBlock", "*")],
    ),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": "http://localhost:5000/999999999999/jobs", "MessageBody": "x"},
        [("sqs:SendMessage", "arn:aws:sqs:eu-west-1:999999999999:jobs")],
    ),
]


def needs(name: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    request = exact_request_of(name, operation, parameters)
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return [(need.action, need.arn) for need in services.needs_of(found, request, signing_name(name), HOME)]


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "expected"),
    TABLE,
    ids=[f"{row[0]}:{row[1]}:{at}" for at, row in enumerate(TABLE)],
)
def test_needs(
    name: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert needs(name, operation, parameters) == expected


def test_a_role_that_is_handed_on_must_be_passed() -> None:
    found = needs(
        "lambda",
        "CreateFunction",
        {"FunctionName": "hello", "Role": ROLE, "Code": {"ZipFile": b"x"}, "Runtime": "python3.13"},
    )
    assert ("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:hello") in found
    assert ("iam:PassRole", ROLE) in found


@pytest.mark.parametrize(
    ("name", "operation", "parameters"),
    [
        ("sns", "Publish", {"TopicArn": "news", "Message": "x"}),
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM orders, others"}),
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM orders -- FROM others"}),
        ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM (SELECT * FROM orders)"}),
        ("dynamodb", "ExecuteStatement", {"Statement": "DROP orders"}),
        ("ec2", "CreateTags", {"Resources": ["thing-1"], "Tags": []}),
        (
            "ec2",
            "RunInstances",
            {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}, "MinCount": 1, "MaxCount": 1},
        ),
        ("kms", "Encrypt", {"KeyId": "alias/app", "Plaintext": b"x"}),
        ("kms", "Decrypt", {"CiphertextBlob": b"x"}),
        ("lambda", "Invoke", {"FunctionName": "hello:1", "Qualifier": "2"}),
        ("s3control", "GetPublicAccessBlock", {"AccountId": "999999999999"}),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{}]}),
        # Two names that do not say the same, and one that says nothing of this kind.
        ("lambda", "Invoke", {"FunctionName": TOPIC}),
    ],
)
def test_what_cannot_be_told_is_refused(name: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(UnmappedRequest):
        needs(name, operation, parameters)


def test_a_text_that_looks_like_a_resource_is_none() -> None:
    secret, open_ = f"{TOPIC}-secret", f"{TOPIC}-open"
    assert needs("sns", "Publish", {"TopicArn": secret, "Message": open_}) == [("sns:Publish", secret)]


def _needs_of_request(name: str, request: Request) -> list[str]:
    found = operations.find(request, MODELS.prepare(name))
    return [need.arn for need in services.needs_of(found, request, name, HOME)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"TableName": "secret", "tablename": "open", "Item": {}}',
        b'{"TableName": "secret", "TableName": "open", "Item": {}}',
        b'{"TableName": ["open"], "Item": {}}',
        b'["TableName"]',
    ],
)
def test_a_body_that_two_readers_may_read_in_two_ways_is_refused(body: bytes) -> None:
    made = request_of("dynamodb", "PutItem", TableName="open", Item={})
    assert _needs_of_request("dynamodb", made) == [f"arn:aws:dynamodb:{HERE}:table/open"]
    with pytest.raises(UnmappedRequest):
        _needs_of_request("dynamodb", msgspec.structs.replace(made, body=body))


def test_what_the_path_names_is_not_named_by_the_body() -> None:
    made = request_of("lambda", "UpdateFunctionConfiguration", FunctionName="secret")
    assert f"arn:aws:lambda:{HERE}:function:secret" in _needs_of_request("lambda", made)
    with pytest.raises(UnmappedRequest):
        _needs_of_request("lambda", msgspec.structs.replace(made, body=b'{"FunctionName": "open"}'))


@pytest.mark.parametrize("extra", [b"&queueurl=open", b"&InstanceId.1.x=i-1", b"&InstanceId.01=i-1"])
def test_a_form_that_two_readers_may_read_in_two_ways_is_refused(extra: bytes) -> None:
    made = request_of("ec2", "TerminateInstances", InstanceIds=["i-0123"])
    arns = _needs_of_request("ec2", made)
    assert arns == [f"arn:aws:ec2:{HERE}:instance/i-0123"]
    body = made.body + extra.replace(b"queueurl", b"instanceid.1")
    with pytest.raises(UnmappedRequest):
        _needs_of_request("ec2", msgspec.structs.replace(made, body=body))
