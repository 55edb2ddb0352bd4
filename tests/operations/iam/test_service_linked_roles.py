"""CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus."""

import re
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import Actor, World, allow

from iamd.catalogue.service_linked_roles import ServiceLinkedRole, service_linked_roles

RDS = "rds.amazonaws.com"
SCALING = "autoscaling.amazonaws.com"
PATH = "role/aws-service-role"


def create(root: Actor, service: str = RDS, **more: str) -> dict[str, Any]:
    role: dict[str, Any] = root.iam.create_service_linked_role(AWSServiceName=service, **more)["Role"]
    return role


def test_a_new_role_is_as_its_service_wants_it(root: Actor) -> None:
    role = create(root)

    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": RDS}, "Action": "sts:AssumeRole"}],
    }
    assert role == {
        "Path": f"/aws-service-role/{RDS}/",
        "RoleName": "AWSServiceRoleForRDS",
        "RoleId": role["RoleId"],
        "Arn": arn(f"{PATH}/{RDS}/AWSServiceRoleForRDS"),
        "CreateDate": role["CreateDate"],
        "AssumeRolePolicyDocument": trust,
    }
    found = root.iam.get_role(RoleName="awsserviceroleforrds")["Role"]
    assert found == role | {
        "Description": "Allows Amazon RDS to manage AWS resources on your behalf",
        "MaxSessionDuration": 3600,
        "RoleLastUsed": {},
    }
    attached = root.iam.list_attached_role_policies(RoleName="AWSServiceRoleForRDS")["AttachedPolicies"]
    assert attached == [
        {
            "PolicyName": "AmazonRDSServiceRolePolicy",
            "PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy",
        }
    ]


@pytest.mark.parametrize("template", service_linked_roles().values(), ids=lambda template: template.service)
def test_every_service_of_the_table_gets_its_role(root: Actor, template: ServiceLinkedRole) -> None:
    role = create(root, template.service)

    assert (role["RoleName"], role["Path"]) == (template.name, template.path)
    attached = root.iam.list_attached_role_policies(RoleName=template.name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [template.policy_arn]


def test_a_description_of_ones_own(root: Actor) -> None:
    create(root, Description="Mine.")

    assert root.iam.get_role(RoleName="AWSServiceRoleForRDS")["Role"]["Description"] == "Mine."


def test_a_suffix_tells_several_apart(root: Actor) -> None:
    plain, one, two = create(root, SCALING), *(create(root, SCALING, CustomSuffix=s) for s in ("a", "b"))

    assert [role["RoleName"] for role in (plain, one, two)] == [
        "AWSServiceRoleForAutoScaling",
        "AWSServiceRoleForAutoScaling_a",
        "AWSServiceRoleForAutoScaling_b",
    ]
    for suffix, name in (({}, ""), ({"CustomSuffix": "A"}, "_A")):
        taken = f"Service role name AWSServiceRoleForAutoScaling{name} has been taken in this account"
        assert refusal(root.iam.create_service_linked_role, AWSServiceName=SCALING, **suffix) == (
            "InvalidInput",
            f"{taken}, please try a different suffix.",
        )


def test_most_services_take_no_suffix(root: Actor) -> None:
    assert refusal(root.iam.create_service_linked_role, AWSServiceName=RDS, CustomSuffix="x") == (
        "InvalidInput",
        f"Custom suffix is not allowed for {RDS}",
    )


@pytest.mark.parametrize("service", ["nothing.amazonaws.com", "RDS.amazonaws.com", "rds"])
def test_services_that_have_none(root: Actor, service: str) -> None:
    assert refusal(root.iam.create_service_linked_role, AWSServiceName=service) == (
        "InvalidInput",
        f"Service-linked roles are not supported for {service}",
    )
    assert root.iam.list_roles()["Roles"] == []


def test_only_the_service_may_change_its_role(root: Actor) -> None:
    create(root)
    name = {"RoleName": "AWSServiceRoleForRDS"}

    assert refusal(root.iam.delete_role, **name)[0] == "UnmodifiableEntity"
    assert refusal(root.iam.update_role, **name, MaxSessionDuration=7200)[0] == "UnmodifiableEntity"
    root.iam.update_role_description(**name, Description="Noted.")
    root.iam.tag_role(**name, Tags=[{"Key": "team", "Value": "red"}])


def test_a_role_is_deleted_by_a_task(root: Actor) -> None:
    create(root)

    task = root.iam.delete_service_linked_role(RoleName="awsserviceroleforRDS")["DeletionTaskId"]

    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(f"task/aws-service-role/{re.escape(RDS)}/AWSServiceRoleForRDS/{uuid}", task)
    status = root.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert content(status) == {"Status": "SUCCEEDED"}
    assert refusal(root.iam.get_role, RoleName="AWSServiceRoleForRDS")[0] == "NoSuchEntity"
    assert refusal(root.iam.delete_service_linked_role, RoleName="AWSServiceRoleForRDS") == (
        "NoSuchEntity",
        "The role with name AWSServiceRoleForRDS cannot be found.",
    )
    assert create(root)["RoleName"] == "AWSServiceRoleForRDS"
    assert root.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_other_roles_are_not_deleted_so(root: Actor, world: World) -> None:
    world.role("plain", {"AWS": arn("root")})

    assert refusal(root.iam.delete_service_linked_role, RoleName="plain") == (
        "NoSuchEntity",
        "The role with name plain cannot be found.",
    )
    assert root.iam.get_role(RoleName="plain")["Role"]["RoleName"] == "plain"


def test_tasks_that_are_none(root: Actor) -> None:
    ask = root.iam.get_service_linked_role_deletion_status
    unknown = f"task/aws-service-role/{RDS}/AWSServiceRoleForRDS/00000000-0000-0000-0000-000000000000"

    assert refusal(ask, DeletionTaskId=unknown) == (
        "NoSuchEntity",
        f"Deletion task {unknown} cannot be found.",
    )
    for malformed in ("x", "task/x", "task/aws-service-role/a/b", unknown + "/x"):
        assert refusal(ask, DeletionTaskId=malformed) == (
            "InvalidInput",
            f"The deletion task id {malformed} is not valid.",
        )


def test_who_may_make_one(world: World, root: Actor) -> None:
    resource = arn(f"{PATH}/{RDS}/AWSServiceRoleForRDS")
    check_permission(
        world,
        "create_service_linked_role",
        "iam:CreateServiceLinkedRole",
        resource,
        resource,
        AWSServiceName=RDS,
    )


def test_the_service_is_a_condition_key(world: World) -> None:
    """AWS: *iam:AWSServiceName*."""
    condition = {"StringEquals": {"iam:AWSServiceName": RDS}}
    maker = world.user("maker", allow("iam:CreateServiceLinkedRole", Condition=condition))

    assert refusal(maker.iam.create_service_linked_role, AWSServiceName=SCALING) == denial(
        arn("user/maker"),
        "iam:CreateServiceLinkedRole",
        arn(f"{PATH}/{SCALING}/AWSServiceRoleForAutoScaling"),
    )
    assert create(maker)["RoleName"] == "AWSServiceRoleForRDS"


def test_who_may_delete_one_and_ask_about_it(world: World, root: Actor) -> None:
    create(root)
    resource = arn(f"{PATH}/{RDS}/AWSServiceRoleForRDS")
    keeper = world.user(
        "keeper", allow(["iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"], resource)
    )
    stranger = world.user("stranger")

    assert refusal(stranger.iam.delete_service_linked_role, RoleName="AWSServiceRoleForRDS") == denial(
        arn("user/stranger"), "iam:DeleteServiceLinkedRole", "role AWSServiceRoleForRDS"
    )
    task = keeper.iam.delete_service_linked_role(RoleName="AWSServiceRoleForRDS")["DeletionTaskId"]
    assert keeper.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert refusal(stranger.iam.get_service_linked_role_deletion_status, DeletionTaskId=task) == denial(
        arn("user/stranger"), "iam:GetServiceLinkedRoleDeletionStatus", resource
    )
