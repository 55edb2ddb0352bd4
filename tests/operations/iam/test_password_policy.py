"""GetAccountPasswordPolicy, UpdateAccountPasswordPolicy, DeleteAccountPasswordPolicy."""

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, World, allow, deny

NONE_TO_GET = ("NoSuchEntity", f"The Password Policy with domain name {ACCOUNT} cannot be found.")
NONE_TO_DELETE = ("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
DEFAULTS = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
    "ExpirePasswords": False,
}


def test_an_account_begins_without_a_policy(root: Actor) -> None:
    assert refusal(root.iam.get_account_password_policy) == NONE_TO_GET
    assert refusal(root.iam.delete_account_password_policy) == NONE_TO_DELETE


def test_a_policy_of_defaults(root: Actor) -> None:
    assert content(root.iam.update_account_password_policy()) == {}
    assert content(root.iam.get_account_password_policy()) == {"PasswordPolicy": DEFAULTS}


def test_everything_that_can_be_set_is_told(root: Actor) -> None:
    given = {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": True,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 1095,
        "PasswordReusePrevention": 24,
        "HardExpiry": False,
    }
    root.iam.update_account_password_policy(**given)

    assert root.iam.get_account_password_policy()["PasswordPolicy"] == given | {"ExpirePasswords": True}


def test_what_is_not_given_goes_back_to_its_default(root: Actor) -> None:
    root.iam.update_account_password_policy(MaxPasswordAge=1, RequireNumbers=True, HardExpiry=True)
    root.iam.update_account_password_policy(RequireSymbols=True)

    shown = root.iam.get_account_password_policy()["PasswordPolicy"]
    assert shown == DEFAULTS | {"RequireSymbols": True}


def test_a_policy_is_deleted_once(root: Actor) -> None:
    root.iam.update_account_password_policy()

    assert content(root.iam.delete_account_password_policy()) == {}
    assert refusal(root.iam.delete_account_password_policy) == NONE_TO_DELETE
    assert refusal(root.iam.get_account_password_policy) == NONE_TO_GET


def test_all_that_is_out_of_bounds_is_told_at_once(root: Actor) -> None:
    """fact 4: in this order."""
    code, message = refusal(
        root.iam.update_account_password_policy,
        MinimumPasswordLength=5,
        MaxPasswordAge=0,
        PasswordReusePrevention=25,
    )
    assert code == "ValidationError"
    assert message.startswith("3 validation errors detected: Value at 'minimumPasswordLength'")
    at = [message.index(f"Value at '{name}'") for name in ("passwordReusePrevention", "maxPasswordAge")]
    assert at == sorted(at)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("get_account_password_policy", "iam:GetAccountPasswordPolicy"),
        ("update_account_password_policy", "iam:UpdateAccountPasswordPolicy"),
        ("delete_account_password_policy", "iam:DeleteAccountPasswordPolicy"),
    ],
)
def test_who_may(world: World, operation: str, action: str) -> None:
    world.root.iam.update_account_password_policy()
    check_permission(world, operation, action, "*", "*")


# AllowUsersToChangePassword


def test_users_may_be_allowed_to_read_the_policy_by_the_policy(world: World, root: Actor) -> None:
    bob = world.user("bob")
    refused = denial(arn("user/bob"), "iam:GetAccountPasswordPolicy", "*")
    assert refusal(bob.iam.get_account_password_policy) == refused

    root.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    assert bob.iam.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    assert refusal(bob.iam.delete_account_password_policy)[0] == "AccessDenied"
    assert refusal(bob.iam.update_login_profile, UserName="bob")[0] == "AccessDenied"

    root.iam.update_account_password_policy()
    assert refusal(bob.iam.get_account_password_policy) == refused


def test_what_the_account_allows_can_be_denied_and_bounded(world: World, root: Actor) -> None:
    root.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    denied = world.user("denied", deny("iam:GetAccountPasswordPolicy"))
    boundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    bounded = world.user("bounded", PermissionsBoundary=boundary)

    assert "with an explicit deny" in refusal(denied.iam.get_account_password_policy)[1]
    assert refusal(bounded.iam.get_account_password_policy)[0] == "AccessDenied"


def test_it_is_for_users_alone(world: World, root: Actor) -> None:
    root.iam.update_account_password_policy(AllowUsersToChangePassword=True)
    role = world.role("r", {"AWS": arn("root")})
    session = world.user("bob", allow("sts:AssumeRole")).assume(role)

    assert refusal(session.iam.get_account_password_policy)[0] == "AccessDenied"
