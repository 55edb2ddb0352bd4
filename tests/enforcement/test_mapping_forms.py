"""Resources with parts that a request does not tell, of several forms, and several in one list."""

from typing import Any

import pytest
from tests.support.serialized import exact_request_of, signing_name

from iamd.enforcement.mapping import operations, services
from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.models import Models
from iamd.enforcement.mapping.resources import Home

MODELS = Models()
HOME = Home("eu-west-1", "123456789012")
HERE = "eu-west-1:123456789012"
LATTICE = f"arn:aws:vpc-lattice:{HERE}:service/svc-1/listener/listener-1/rule"


def needs(name: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    request = exact_request_of(name, operation, parameters)
    found = operations.find(request, MODELS.prepare(signing_name(name)))
    return [(need.action, need.arn) for need in services.needs_of(found, request, signing_name(name), HOME)]


@pytest.mark.parametrize(
    ("name", "operation", "parameters", "resources"),
    [
        (
            "autoscaling",
            "SetDesiredCapacity",
            {"AutoScalingGroupName": "web", "DesiredCapacity": 2},
            [f"autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/web"],
        ),
        ("mq", "DescribeBroker", {"BrokerId": "b-1"}, [f"mq:{HERE}:broker:*:b-1"]),
        ("backup", "DeleteReportPlan", {"ReportPlanName": "daily"}, [f"backup:{HERE}:report-plan:daily-*"]),
        (
            "emr",
            "TerminateJobFlows",
            {"JobFlowIds": ["j-1", "j-2"]},
            [f"elasticmapreduce:{HERE}:cluster/j-{number}" for number in (1, 2)],
        ),
        (
            "lambda",
            "GetLayerVersion",
            {"LayerName": "base", "VersionNumber": 3},
            [f"lambda:{HERE}:layer:base:3"],
        ),
        (
            "elbv2",
            "ModifyListener",
            {"ListenerArn": f"arn:aws:elasticloadbalancing:{HERE}:listener/app/lb/1/2"},
            [f"elasticloadbalancing:{HERE}:listener/app/lb/1/2"],
        ),
        (
            "stepfunctions",
            "DescribeExecution",
            {"executionArn": f"arn:aws:states:{HERE}:express:m:1:2"},
            [f"states:{HERE}:express:m:1:2"],
        ),
    ],
)
def test_what_is_asked_on(
    name: str, operation: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    prefix = resources[0].partition(":")[0]
    assert needs(name, operation, parameters) == [
        (f"{prefix}:{operation}", f"arn:aws:{resource}") for resource in resources
    ]


def test_several_operations_in_one_are_each_asked_for() -> None:
    assert needs("batch", "CancelJobs", {"jobs": ["a", "b"]}) == [
        ("batch:CancelJob", f"arn:aws:batch:{HERE}:job/{name}") for name in "ab"
    ]
    rules = [{"ruleIdentifier": f"rule-{number}"} for number in (1, 2)]
    around = {"serviceIdentifier": "svc-1", "listenerIdentifier": "listener-1"}
    assert needs("vpc-lattice", "BatchUpdateRule", {**around, "rules": rules}) == [
        ("vpc-lattice:UpdateRule", f"{LATTICE}/rule-{number}") for number in (1, 2)
    ]


@pytest.mark.parametrize(
    ("name", "operation", "parameters"),
    [
        ("elbv2", "ModifyListener", {"ListenerArn": "web"}),
        ("elbv2", "ModifyListener", {}),
        (
            "vpc-lattice",
            "BatchUpdateRule",
            {"serviceIdentifier": "s", "listenerIdentifier": "l", "rules": []},
        ),
        ("autoscaling", "SetDesiredCapacity", {"DesiredCapacity": 2}),
    ],
)
def test_what_is_not_named_is_refused(name: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(UnmappedRequest):
        needs(name, operation, parameters)
