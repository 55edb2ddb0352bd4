"""The table of service-linked roles."""

import pytest

from iamd.catalogue.service_linked_roles import ServiceLinkedRole, service_linked_roles
from iamd.domain.roles import SERVICE_LINKED_PATH


def test_the_table_is_whole() -> None:
    assert len(service_linked_roles()) == 71
    assert service_linked_roles()["rds.amazonaws.com"] == ServiceLinkedRole(
        service="rds.amazonaws.com",
        name="AWSServiceRoleForRDS",
        path="/aws-service-role/rds.amazonaws.com/",
        trusted_service="rds.amazonaws.com",
        max_session_duration=3600,
        description="Allows Amazon RDS to manage AWS resources on your behalf",
        policy_arn="arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy",
    )
    assert {role.service for role in service_linked_roles().values() if role.may_have_suffix} == {
        "autoscaling.amazonaws.com",
        "connect.amazonaws.com",
        "lexv2.amazonaws.com",
    }


@pytest.mark.parametrize("role", service_linked_roles().values(), ids=lambda role: role.service)
def test_each_line_is_of_one_service(role: ServiceLinkedRole) -> None:
    assert role.path == f"{SERVICE_LINKED_PATH}{role.service}/"
    assert role.policy_arn.startswith("arn:aws:iam::aws:policy/aws-service-role/")
    assert role.name.startswith("AWSServiceRoleFor")
    assert len(role.name) <= 64
