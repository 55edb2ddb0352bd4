"""
Ways to more rights through other services, which iamd decides about and does not walk: `iam:PassRole` and its kin.

R-24, as the policy simulator has it, which decides as requests are decided.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.support.answers import arn
from tests.support.world import ACCOUNT, World, allow, document

SERVICE_PATHS: Mapping[str, Sequence[str]] = {
    "ec2": ("iam:PassRole", "ec2:RunInstances"),
    "ec2 association": ("iam:PassRole", "ec2:AssociateIamInstanceProfile"),
    "lambda": ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
    "lambda by event": ("iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    "lambda for all": ("iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"),
    "lambda code": ("lambda:UpdateFunctionCode", "lambda:InvokeFunction"),
    "lambda layers": ("lambda:UpdateFunctionConfiguration",),
    "glue": ("iam:PassRole", "glue:CreateDevEndpoint", "glue:GetDevEndpoint"),
    "glue endpoint": ("glue:UpdateDevEndpoint",),
    "glue job": ("iam:PassRole", "glue:CreateJob", "glue:StartJobRun"),
    "glue trigger": ("iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"),
    "cloudformation": ("iam:PassRole", "cloudformation:CreateStack", "cloudformation:DescribeStacks"),
    "cloudformation stack": ("cloudformation:UpdateStack",),
    "datapipeline": (
        "iam:PassRole",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
        "datapipeline:ActivatePipeline",
    ),
    "sagemaker notebook": (
        "iam:PassRole",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
    ),
    "sagemaker training": ("iam:PassRole", "sagemaker:CreateTrainingJob"),
    "sagemaker processing": ("iam:PassRole", "sagemaker:CreateProcessingJob"),
    "codebuild": ("iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"),
    "codebuild project": ("codebuild:StartBuild",),
    "ecs": ("iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    "ecs service": ("iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"),
    "ssm command": ("ssm:SendCommand",),
    "ssm session": ("ssm:StartSession",),
    "ec2 connect": ("ec2-instance-connect:SendSSHPublicKey",),
    "apprunner": ("iam:PassRole", "apprunner:CreateService"),
    "states": ("iam:PassRole", "states:CreateStateMachine", "states:StartExecution"),
    "bedrock": ("iam:PassRole", "bedrock-agentcore:CreateCodeInterpreter"),
}


def but(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}


def decisions(
    world: World, statement: Mapping[str, Any], actions: Sequence[str], **more: Any
) -> dict[str, str]:
    """Return what is decided about *actions* for somebody who holds *statement*."""
    answer = world.root.iam.simulate_custom_policy(
        PolicyInputList=[document(statement)], ActionNames=list(actions), **more
    )
    return {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}


@pytest.mark.parametrize("actions", SERVICE_PATHS.values(), ids=list(SERVICE_PATHS))
def test_paths_through_services_need_each_of_their_actions(world: World, actions: Sequence[str]) -> None:
    assert decisions(world, allow(list(actions)), actions) == dict.fromkeys(actions, "allowed")
    for lacking in actions:
        expected = {action: "implicitDeny" if action == lacking else "allowed" for action in actions}
        assert decisions(world, but(lacking), actions) == expected
    bounded = decisions(
        world, allow("*"), actions, PermissionsBoundaryPolicyInputList=[document(but(*actions))]
    )
    assert bounded == dict.fromkeys(actions, "implicitDeny")


ROLE = arn("role/app/worker")


@pytest.mark.parametrize(
    ("resource", "condition", "expected"),
    [
        (ROLE, {}, "allowed"),
        ("*", {}, "allowed"),
        (arn("role/app/*"), {}, "allowed"),
        (arn("role/worker"), {}, "implicitDeny"),
        (arn("role/app/work"), {}, "implicitDeny"),
        (arn("role/app/worker", "210987654321"), {}, "implicitDeny"),
        (arn("user/app/worker"), {}, "implicitDeny"),
        (ROLE, {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "allowed"),
        (ROLE, {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, "implicitDeny"),
        (ROLE, {"StringLike": {"iam:PassedToService": "ec2*"}}, "allowed"),
        (ROLE, {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, "implicitDeny"),
        (ROLE, {"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:us-east-1:*:instance/*"}}, "allowed"),
        (ROLE, {"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:eu-*:*:instance/*"}}, "implicitDeny"),
        (ROLE, {"Null": {"iam:PassedToService": "true"}}, "implicitDeny"),
    ],
    ids=[
        "the role",
        "any role",
        "roles of the path",
        "the name without its path",
        "the beginning of the name",
        "a role of another account",
        "a user of the name",
        "the service",
        "another service",
        "services like it",
        "any but the service",
        "what it is for",
        "something else that it is for",
        "no service",
    ],
)
def test_to_whom_a_role_may_be_passed(
    world: World, resource: str, condition: Mapping[str, Any], expected: str
) -> None:
    policy = document(allow("iam:PassRole", resource, Condition=condition))
    told = {"iam:PassedToService": "ec2.amazonaws.com"}
    told["iam:AssociatedResourceArn"] = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0"
    (found,) = world.root.iam.simulate_custom_policy(
        PolicyInputList=[policy],
        ActionNames=["iam:PassRole"],
        ResourceArns=[ROLE],
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in told.items()
        ],
    )["EvaluationResults"]
    assert found["EvalDecision"] == expected
