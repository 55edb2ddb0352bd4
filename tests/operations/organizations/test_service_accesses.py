"""Trusted access: which services have been let in."""

from datetime import timedelta

import pytest
from tests.support.answers import content, refusal
from tests.support.organization import Organized, reason
from tests.support.world import World, allow

IAM, SSO = "iam.amazonaws.com", "sso.amazonaws.com"


def enabled(org: Organized) -> list[str]:
    found = org.client.list_aws_service_access_for_organization()
    return [each["ServicePrincipal"] for each in found["EnabledServicePrincipals"]]


def test_a_service_is_let_in_and_shut_out(org: Organized) -> None:
    assert content(org.client.list_aws_service_access_for_organization()) == {"EnabledServicePrincipals": []}
    assert content(org.client.enable_aws_service_access(ServicePrincipal=SSO)) == {}
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    assert enabled(org) == [IAM, SSO]
    assert content(org.client.disable_aws_service_access(ServicePrincipal=SSO)) == {}
    assert enabled(org) == [IAM]


def test_neither_is_an_error_when_it_is_so(org: Organized) -> None:
    org.client.disable_aws_service_access(ServicePrincipal=IAM)
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    (first,) = org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    org.world.clock.advance(timedelta(hours=1))
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    (second,) = org.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert first == second
    assert set(first) == {"ServicePrincipal", "DateEnabled"}


def test_pages(org: Organized) -> None:
    names = [f"service{number}.amazonaws.com" for number in range(5)]
    for name in reversed(names):
        org.client.enable_aws_service_access(ServicePrincipal=name)
    paginator = org.client.get_paginator("list_aws_service_access_for_organization")
    found = paginator.paginate(PaginationConfig={"PageSize": 2})
    pages = [[each["ServicePrincipal"] for each in page["EnabledServicePrincipals"]] for page in found]
    assert pages == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize(
    "text",
    ["iam", "iam.example.com", "amazonaws.com", "IAM.amazonaws.com", "-.amazonaws.com", "a@b.amazonaws.com"],
)
def test_what_is_no_service_is_refused(org: Organized, text: str) -> None:
    for operation in (org.client.enable_aws_service_access, org.client.disable_aws_service_access):
        assert reason(operation, ServicePrincipal=text) == (
            "InvalidInputException",
            "UNRECOGNIZED_SERVICE_PRINCIPAL",
        )


@pytest.mark.parametrize(
    "name", ["member.org.stacksets.cloudformation.amazonaws.com", "resource-explorer-2.amazonaws.com"]
)
def test_services_have_all_kinds_of_names(org: Organized, name: str) -> None:
    org.client.enable_aws_service_access(ServicePrincipal=name)
    assert enabled(org) == [name]


def test_a_service_that_members_administer_stays(org: Organized) -> None:
    administrator = org.administrator("admin", SSO)
    assert reason(org.client.disable_aws_service_access, ServicePrincipal=SSO) == (
        "ConstraintViolationException",
        "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
    )
    # It administers no other.
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    org.client.disable_aws_service_access(ServicePrincipal=IAM)
    org.client.deregister_delegated_administrator(AccountId=administrator, ServicePrincipal=SSO)
    org.client.disable_aws_service_access(ServicePrincipal=SSO)
    assert enabled(org) == []


def test_who_shares_a_bill_and_no_more_lets_no_service_in(world: World) -> None:
    org = Organized.found(world, FeatureSet="CONSOLIDATED_BILLING")
    assert reason(org.client.enable_aws_service_access, ServicePrincipal=IAM) == (
        "ConstraintViolationException",
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
    )


def test_members_have_no_say(org: Organized) -> None:
    member = org.enter(org.account("alpha")).organizations
    no_permission = ("AccessDeniedException", "You don't have permissions to access this resource.")
    assert refusal(member.enable_aws_service_access, ServicePrincipal=IAM) == no_permission
    assert refusal(member.disable_aws_service_access, ServicePrincipal=IAM) == no_permission
    assert refusal(member.list_aws_service_access_for_organization) == no_permission


def test_the_service_is_a_condition_key(org: Organized) -> None:
    only_sso = org.world.user(
        "only-sso",
        allow("organizations:*", Condition={"StringEquals": {"organizations:ServicePrincipal": SSO}}),
    ).organizations
    only_sso.enable_aws_service_access(ServicePrincipal=SSO)
    only_sso.list_delegated_administrators(ServicePrincipal=SSO)
    assert refusal(only_sso.enable_aws_service_access, ServicePrincipal=IAM)[0] == "AccessDeniedException"
    assert refusal(only_sso.list_delegated_administrators)[0] == "AccessDeniedException"


def test_an_organization_goes_with_its_services(world: World) -> None:
    org = Organized.found(world)
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    org.client.delete_organization()
    org.client.create_organization()
    assert enabled(org) == []
