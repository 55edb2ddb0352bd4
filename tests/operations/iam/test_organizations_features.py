"""The features of central root access: who enables them, and who is told of them."""

from typing import Any

import pytest
from tests.support.answers import arn, content, denial, refusal
from tests.support.organization import Organized
from tests.support.world import Actor, World, deny

IAM = "iam.amazonaws.com"
CREDENTIALS, SESSIONS = "RootCredentialsManagement", "RootSessions"
ENABLE = {
    CREDENTIALS: "enable_organizations_root_credentials_management",
    SESSIONS: "enable_organizations_root_sessions",
}
DISABLE = {feature: operation.replace("enable", "disable", 1) for feature, operation in ENABLE.items()}
LIST = "list_organizations_features"
ALL = [*ENABLE.values(), *DISABLE.values(), LIST]

NOT_FOUND = ("OrganizationNotFoundException", "No organization is associated with your account.")
NOT_MANAGEMENT = (
    "CallerIsNotManagementAccountException",
    "The account making the request is not the management account for the organization.",
)
NOT_ADMINISTRATOR = (
    "AccountNotManagementOrDelegatedAdministratorException",
    (
        "The account making the request is not the management account or delegated administrator account for "
        "centralized root access."
    ),
)
NOT_ALL_FEATURES = (
    "OrganizationNotInAllFeaturesModeException",
    "Your organization does not have All features enabled.",
)
NO_ACCESS = (
    "ServiceAccessNotEnabledException",
    "Trusted access is not enabled for IAM in AWS Organizations.",
)


@pytest.fixture
def org(world: World) -> Organized:
    """Give an organization that has let IAM in."""
    found = Organized.found(world)
    found.client.enable_aws_service_access(ServicePrincipal=IAM)
    return found


def ask(actor: Actor, operation: str) -> Any:
    return content(getattr(actor.iam, operation)())


def refused(actor: Actor, operation: str) -> tuple[str, str]:
    return refusal(getattr(actor.iam, operation))


def test_features_are_enabled_and_disabled(org: Organized) -> None:
    root = org.world.root

    def told(*features: str) -> dict[str, Any]:
        return {"OrganizationId": org.id, "EnabledFeatures": list(features)}

    assert ask(root, LIST) == told()
    assert ask(root, ENABLE[SESSIONS]) == told(SESSIONS)
    assert ask(root, ENABLE[CREDENTIALS]) == told(SESSIONS, CREDENTIALS)
    assert ask(root, ENABLE[SESSIONS]) == told(SESSIONS, CREDENTIALS)
    assert ask(root, LIST) == told(SESSIONS, CREDENTIALS)
    assert ask(root, DISABLE[SESSIONS]) == told(CREDENTIALS)
    assert ask(root, DISABLE[SESSIONS]) == told(CREDENTIALS)
    assert ask(root, DISABLE[CREDENTIALS]) == told()
    assert ask(root, LIST) == told()


@pytest.mark.parametrize("operation", ALL)
def test_there_must_be_an_organization(world: World, operation: str) -> None:
    assert refused(world.root, operation) == NOT_FOUND


@pytest.mark.parametrize("operation", ALL)
def test_it_must_have_let_iam_in(world: World, operation: str) -> None:
    org = Organized.found(world)
    org.client.enable_aws_service_access(ServicePrincipal="sso.amazonaws.com")
    assert refused(world.root, operation) == NO_ACCESS


@pytest.mark.parametrize("operation", ALL)
def test_it_must_have_all_features(world: World, operation: str) -> None:
    Organized.found(world, FeatureSet="CONSOLIDATED_BILLING")
    assert refused(world.root, operation) == NOT_ALL_FEATURES


def test_who_may_ask(org: Organized) -> None:
    member = org.enter(org.account("alpha"))
    of_another = org.enter(org.administrator("other", "sso.amazonaws.com"))
    administrator = org.enter(org.administrator("admin", IAM))
    for operation in ALL:
        assert refused(member, operation) == NOT_ADMINISTRATOR
        assert refused(of_another, operation) == NOT_ADMINISTRATOR
    for operation in ENABLE.values():
        assert refused(administrator, operation) == NOT_MANAGEMENT
        ask(org.world.root, operation)
    assert ask(administrator, LIST)["EnabledFeatures"] == [CREDENTIALS, SESSIONS]
    assert ask(administrator, DISABLE[SESSIONS])["EnabledFeatures"] == [CREDENTIALS]
    assert ask(administrator, DISABLE[CREDENTIALS])["EnabledFeatures"] == []


def test_shutting_iam_out_disables_them(org: Organized) -> None:
    for operation in ENABLE.values():
        ask(org.world.root, operation)
    org.client.disable_aws_service_access(ServicePrincipal=IAM)
    assert refused(org.world.root, LIST) == NO_ACCESS
    org.client.enable_aws_service_access(ServicePrincipal=IAM)
    assert ask(org.world.root, LIST)["EnabledFeatures"] == []


@pytest.mark.parametrize("operation", ALL)
def test_each_needs_its_action(org: Organized, operation: str) -> None:
    name = "".join(part.capitalize() for part in operation.split("_"))
    action = f"iam:{name}"
    nobody = org.world.user("nobody")
    assert refused(nobody, operation) == denial(arn("user/nobody"), action, "*")
    denied = org.world.user("denied", {"Effect": "Allow", "NotAction": action, "Resource": "*"}, deny(action))
    code, message = refused(denied, operation)
    assert (code, "explicit deny" in message) == ("AccessDenied", True)
    insider = org.world.user("insider", {"Effect": "Allow", "Action": action, "Resource": "*"})
    assert ask(insider, operation)["OrganizationId"] == org.id
