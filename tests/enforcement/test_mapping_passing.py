"""Roles that a request hands on, and tags that it gives to what it makes."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.loops import loop_thread
from tests.support.points import points_settings, through_envoy
from tests.support.serialized import exact_request_of, request_of, signing_name
from tests.support.world import ACCOUNT, Actor, World, allow, deny

from iamd.enforcement.mapping import operations, services
from iamd.enforcement.mapping.asked import Need, UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.passing import Passed
from iamd.enforcement.mapping.resources import Home
from iamd.enforcement.points import EnforcementPoint
from iamd.secret import Secret

MODELS = Models()
HOME = Home("eu-west-1", ACCOUNT)
HERE = f"eu-west-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/web"


def needs(name: str, operation: str, parameters: dict[str, Any], *, exact: bool = False) -> list[Need]:
    made = exact_request_of(name, operation, parameters) if exact else None
    request = made or request_of(name, operation, **parameters)
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return list(services.needs_of(found, request, signing_name(name), HOME))


def passed(name: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        (need.arn.rpartition(":")[2], need.context["iam:PassedToService"])
        for need in needs(name, operation, parameters)
        if need.action == "iam:PassRole"
    ]


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "expected"),
    [
        ("lambda", "CreateFunction", {"Role": ROLE}, [("role/worker", "lambda.amazonaws.com")]),
        ("stepfunctions", "CreateStateMachine", {"roleArn": ROLE}, [("role/worker", "states.amazonaws.com")]),
        (
            "ecs",
            "RegisterTaskDefinition",
            {"taskRoleArn": ROLE, "executionRoleArn": f"{ROLE}2"},
            [("role/worker", "ecs-tasks.amazonaws.com"), ("role/worker2", "ecs-tasks.amazonaws.com")],
        ),
        (
            "glue",
            "CreateJob",
            {"Role": "service-role/etl"},
            [("role/service-role/etl", "glue.amazonaws.com")],
        ),
        ("glue", "CreateJob", {"Role": ROLE}, [("role/worker", "glue.amazonaws.com")]),
        ("ssm", "CreateActivation", {"IamRole": "worker"}, [("role/worker", "ssm.amazonaws.com")]),
        (
            "rds",
            "CreateDBInstance",
            {"MonitoringRoleArn": ROLE, "DomainIAMRoleName": "join", "CustomIamInstanceProfile": "web"},
            [
                ("instance-profile/web", "ec2.amazonaws.com"),
                ("role/join", "rds.amazonaws.com"),
                ("role/worker", "monitoring.rds.amazonaws.com"),
            ],
        ),
        ("redshift", "CreateCluster", {"IamRoles": [ROLE]}, [("role/worker", "redshift.amazonaws.com")]),
        (
            "cognito-idp",
            "CreateUserPool",
            {"SmsConfiguration": {"SnsCallerArn": ROLE}},
            [("role/worker", "cognito-idp.amazonaws.com")],
        ),
        (
            "ec2",
            "RunInstances",
            {"ImageId": "ami-1", "IamInstanceProfile": {"Name": "web"}},
            [("instance-profile/web", "ec2.amazonaws.com")],
        ),
        (
            "ec2",
            "AssociateIamInstanceProfile",
            {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": PROFILE}},
            [("instance-profile/web", "ec2.amazonaws.com")],
        ),
        (
            "autoscaling",
            "CreateLaunchConfiguration",
            {"IamInstanceProfile": "web"},
            [("instance-profile/web", "ec2.amazonaws.com")],
        ),
        (
            "emr",
            "RunJobFlow",
            {"JobFlowRole": "web", "ServiceRole": "worker", "AutoScalingRole": "scaler"},
            [
                ("instance-profile/web", "ec2.amazonaws.com"),
                ("role/scaler", "elasticmapreduce.amazonaws.com"),
                ("role/worker", "elasticmapreduce.amazonaws.com"),
            ],
        ),
        (
            "elasticbeanstalk",
            "CreateEnvironment",
            {
                "OptionSettings": [
                    {"OptionName": "IamInstanceProfile", "Value": "web"},
                    {"OptionName": "ServiceRole", "Value": "worker"},
                    {"OptionName": "InstanceType", "Value": "t3.micro"},
                ]
            },
            [
                ("instance-profile/web", "ec2.amazonaws.com"),
                ("role/worker", "elasticbeanstalk.amazonaws.com"),
            ],
        ),
        ("dms", "CreateInstanceProfile", {"InstanceProfileName": "web"}, []),
        ("quicksight", "RegisterUser", {"UserRole": "ADMIN"}, []),
        ("eks", "CreateAccessEntry", {"principalArn": ROLE}, []),
        ("lambda", "AddPermission", {"Principal": ROLE}, []),
    ],
)
def test_roles_that_are_handed_on_are_asked_for(
    name: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert passed(name, operation, parameters) == expected


@pytest.mark.parametrize(
    ("name", "operation", "parameters"),
    [
        ("lambda", "CreateFunction", {"Role": f" {ROLE}"}),
        ("lambda", "CreateFunction", {"Role": ROLE.upper()}),
        ("lambda", "CreateFunction", {"Role": f"{ROLE}\n"}),
        ("lambda", "CreateFunction", {"Role": "arn:aws:iam::12:role/worker"}),
        ("glue", "CreateJob", {"Role": "a b"}),
        ("glue", "CreateJob", {"Role": "arn:aws:iam::123456789012:user/worker"}),
        ("autoscaling", "CreateLaunchConfiguration", {"IamInstanceProfile": "a b"}),
        (
            "autoscaling",
            "CreateLaunchConfiguration",
            {"IamInstanceProfile": PROFILE.replace(ACCOUNT, "111122223333")},
        ),
    ],
)
def test_what_may_be_a_role_and_cannot_be_read_is_refused(
    name: str, operation: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(UnmappedRequest):
        needs(name, operation, parameters)


def test_who_is_named_by_name_is_looked_up() -> None:
    found = [
        each for each in needs("glue", "CreateJob", {"Role": "service-role/etl"}) if isinstance(each, Passed)
    ]
    assert [(each.how, each.name) for each in found] == [("role", "etl")]


# Tags.


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "expected"),
    [
        (
            "sns",
            "CreateTopic",
            {"Name": "news", "Tags": [{"Key": "a", "Value": "1"}]},
            ("sns:TagResource", f"arn:aws:sns:{HERE}:news"),
        ),
        (
            "sqs",
            "CreateQueue",
            {"QueueName": "jobs", "tags": {"a": "1"}},
            ("sqs:TagQueue", f"arn:aws:sqs:{HERE}:jobs"),
        ),
        (
            "dynamodb",
            "CreateTable",
            {"TableName": "orders", "Tags": [{"Key": "a", "Value": "1"}]},
            ("dynamodb:TagResource", f"arn:aws:dynamodb:{HERE}:table/orders"),
        ),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "hello", "Role": ROLE, "Tags": {"a": "1"}},
            ("lambda:TagResource", f"arn:aws:lambda:{HERE}:function:hello"),
        ),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "/app", "tags": {"a": "1"}},
            ("logs:TagResource", f"arn:aws:logs:{HERE}:log-group:/app"),
        ),
        (
            "secretsmanager",
            "CreateSecret",
            {"Name": "db", "Tags": [{"Key": "a", "Value": "1"}]},
            ("secretsmanager:TagResource", f"arn:aws:secretsmanager:{HERE}:secret:db-??????"),
        ),
        (
            "ecs",
            "CreateCluster",
            {"clusterName": "blue", "tags": [{"key": "a", "value": "1"}]},
            ("ecs:TagResource", f"arn:aws:ecs:{HERE}:cluster/blue"),
        ),
        (
            "rds",
            "CreateDBInstance",
            {
                "DBInstanceIdentifier": "main",
                "DBInstanceClass": "db.t3.micro",
                "Engine": "mysql",
                "Tags": [{"Key": "a", "Value": "1"}],
            },
            ("rds:AddTagsToResource", f"arn:aws:rds:{HERE}:db:main"),
        ),
        (
            "kms",
            "CreateKey",
            {"Tags": [{"TagKey": "a", "TagValue": "1"}]},
            ("kms:TagResource", f"arn:aws:kms:{HERE}:key/*"),
        ),
        (
            "kinesis",
            "CreateStream",
            {"StreamName": "clicks", "Tags": {"a": "1"}},
            ("kinesis:AddTagsToStream", f"arn:aws:kinesis:{HERE}:stream/clicks"),
        ),
        (
            "cloudtrail",
            "CreateTrail",
            {"Name": "all", "TagsList": [{"Key": "a", "Value": "1"}]},
            ("cloudtrail:AddTags", f"arn:aws:cloudtrail:{HERE}:trail/all"),
        ),
    ],
)
def test_who_tags_what_they_make_needs_the_action_for_tags(
    name: str, operation: str, parameters: dict[str, Any], expected: tuple[str, str]
) -> None:
    tagging = [each for each in needs(name, operation, parameters) if each.action == expected[0]]
    assert [(each.action, each.arn) for each in tagging] == [expected]
    assert tagging[0].context["aws:RequestTag/a"] == "1"
    without = {key: value for key, value in parameters.items() if not key.lower().startswith("tag")}
    assert expected[0] not in {each.action for each in needs(name, operation, without, exact=True)}


def test_the_key_that_says_what_makes_it_is_there() -> None:
    tags = [{"key": "a", "value": "1"}]
    found = needs("ecs", "RunTask", {"taskDefinition": "web:1", "tags": tags}, exact=True)
    tagging = next(each for each in found if each.action == "ecs:TagResource")
    assert tagging.arn.startswith(f"arn:aws:ecs:{HERE}:task/")
    assert tagging.context["ecs:CreateAction"] == "RunTask"


# The whole road: which role it is, and how it is tagged, only the server knows.

KEY = "key-of-compute-000000000"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    points = (
        EnforcementPoint(name="ec2", key=Secret(KEY), service="ec2"),
        EnforcementPoint(name="glue", key=Secret(f"{KEY}2"), service="glue"),
    )
    with loop_thread() as loop:
        found = World(loop, points_settings(enforcement_point=points))
        iam = found.root.iam
        trust = '{"Version":"2012-10-17","Statement":[]}'
        for name, path, tags in (("web", "/apps/", "red"), ("boss", "/admin/", "blue")):
            iam.create_role(
                RoleName=name,
                Path=path,
                AssumeRolePolicyDocument=trust.replace(
                    "[]",
                    '[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]',
                ),
                Tags=[{"Key": "team", "Value": tags}],
            )
        for name, role in (("front", "web"), ("back", "boss"), ("empty", None)):
            iam.create_instance_profile(InstanceProfileName=name)
            if role is not None:
                iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        yield found
        found.close()


@pytest.fixture(scope="module")
def ann(world: World) -> Actor:
    return world.user("ann", allow(["ec2:*", "glue:*"]), allow("iam:PassRole", "arn:aws:iam::*:role/apps/*"))


def status(
    world: World, actor: Actor, name: str, operation: str, parameters: dict[str, Any], key: str = KEY
) -> int:
    return through_envoy(world, actor, key, name, operation, parameters).status


def associate(world: World, actor: Actor, profile: dict[str, str]) -> int:
    parameters = {"InstanceId": "i-1", "IamInstanceProfile": profile}
    return status(world, actor, "ec2", "AssociateIamInstanceProfile", parameters)


def test_the_role_of_an_instance_profile_is_asked_for(world: World, ann: Actor) -> None:
    assert associate(world, ann, {"Name": "front"}) == 200
    assert associate(world, ann, {"Arn": PROFILE.replace("web", "front")}) == 200
    assert associate(world, ann, {"Name": "back"}) == 403
    assert associate(world, ann, {"Name": "empty"}) == 200
    assert associate(world, ann, {"Name": "nobody"}) == 403


def test_a_role_has_its_path_though_its_name_does_not_say_it(world: World, ann: Actor) -> None:
    def create(actor: Actor, role: str) -> int:
        command = {"Name": "glueetl"}
        return status(
            world, actor, "glue", "CreateJob", {"Name": "j", "Role": role, "Command": command}, f"{KEY}2"
        )

    assert create(ann, "web") == 200
    assert create(ann, "boss") >= 400
    # Who may pass all roles but those is not let pass one because of how it is called.
    eve = world.user(
        "eve", allow(["glue:*", "iam:PassRole"]), deny("iam:PassRole", "arn:aws:iam::*:role/admin/*")
    )
    assert create(eve, "web") == 200
    assert create(eve, "boss") >= 400
    tim = world.user(
        "tim",
        allow("glue:*"),
        allow("iam:PassRole", Condition={"StringEquals": {"iam:ResourceTag/team": "red"}}),
    )
    assert create(tim, f"arn:aws:iam::{ACCOUNT}:role/apps/web") == 200
    assert create(tim, f"arn:aws:iam::{ACCOUNT}:role/admin/boss") >= 400
    assert create(tim, f"arn:aws:iam::{ACCOUNT}:role/web") >= 400
