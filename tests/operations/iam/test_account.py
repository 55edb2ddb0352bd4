"""CreateAccountAlias, DeleteAccountAlias, ListAccountAliases, GetAccountSummary."""

import pytest
from tests.support.answers import check_permission, content, refusal
from tests.support.world import Actor, World, allow, document

from iamd.domain.accounts import Account
from iamd.domain.ids import AccountId

OTHER_ACCOUNT = "210987654321"


def aliases(root: Actor) -> list[str]:
    answer = content(root.iam.list_account_aliases())
    assert answer == {"AccountAliases": answer["AccountAliases"], "IsTruncated": False}
    return list(answer["AccountAliases"])


def test_an_account_begins_without_an_alias(root: Actor) -> None:
    assert aliases(root) == []


def test_a_new_alias_takes_the_place_of_the_old(root: Actor) -> None:
    assert content(root.iam.create_account_alias(AccountAlias="acme")) == {}
    assert aliases(root) == ["acme"]

    root.iam.create_account_alias(AccountAlias="acme-prod")
    assert aliases(root) == ["acme-prod"]

    # The old one is free again.
    root.iam.create_account_alias(AccountAlias="acme")
    assert aliases(root) == ["acme"]


def test_an_alias_that_is_in_use(root: Actor, world: World) -> None:
    world.app.store.write(
        lambda transaction: transaction.accounts.add(
            Account(
                account_id=AccountId(OTHER_ACCOUNT),
                name="other",
                created_at=world.clock.now(),
                alias="theirs",
            )
        )
    ).result()
    root.iam.create_account_alias(AccountAlias="acme")

    for alias in ("theirs", "acme"):
        assert refusal(root.iam.create_account_alias, AccountAlias=alias) == (
            "EntityAlreadyExists",
            f"The account alias {alias} already exists.",
        )
    # Nor can another account's be taken away.
    assert refusal(root.iam.delete_account_alias, AccountAlias="theirs") == (
        "NoSuchEntity",
        "The account alias theirs cannot be found.",
    )
    assert aliases(root) == ["acme"]


def test_an_alias_is_deleted_by_its_name(root: Actor) -> None:
    root.iam.create_account_alias(AccountAlias="acme")

    assert refusal(root.iam.delete_account_alias, AccountAlias="acne") == (
        "NoSuchEntity",
        "The account alias acne cannot be found.",
    )
    assert content(root.iam.delete_account_alias(AccountAlias="acme")) == {}
    assert aliases(root) == []
    assert refusal(root.iam.delete_account_alias, AccountAlias="acme")[0] == "NoSuchEntity"


@pytest.mark.parametrize("alias", ["Acme", "-acme", "acme-", "ac--me", "acm_e", "ac me"])
def test_aliases_that_cannot_be(root: Actor, alias: str) -> None:
    assert refusal(root.iam.create_account_alias, AccountAlias=alias)[0] == "ValidationError"
    assert aliases(root) == []


def test_an_alias_is_not_to_be_taken_for_an_account_id(root: Actor) -> None:
    assert refusal(root.iam.create_account_alias, AccountAlias=OTHER_ACCOUNT) == (
        "ValidationError",
        "The account alias must not be a 12-digit number.",
    )
    root.iam.create_account_alias(AccountAlias="12345678901")
    assert aliases(root) == ["12345678901"]


def test_the_summary_of_an_empty_account(root: Actor) -> None:
    assert root.iam.get_account_summary()["SummaryMap"] == {
        "AccessKeysPerUserQuota": 2,
        "AccountAccessKeysPresent": 1,
        "AccountMFAEnabled": 0,
        "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": 0,
        "AssumeRolePolicySizeQuota": 2048,
        "AttachedPoliciesPerGroupQuota": 10,
        "AttachedPoliciesPerRoleQuota": 10,
        "AttachedPoliciesPerUserQuota": 10,
        "GlobalEndpointTokenVersion": 1,
        "GroupPolicySizeQuota": 5120,
        "Groups": 0,
        "GroupsPerUserQuota": 10,
        "GroupsQuota": 300,
        "InstanceProfiles": 0,
        "InstanceProfilesQuota": 1000,
        "MFADevices": 0,
        "MFADevicesInUse": 0,
        "Policies": 0,
        "PoliciesQuota": 1500,
        "PolicySizeQuota": 6144,
        "PolicyVersionsInUse": 0,
        "PolicyVersionsInUseQuota": 10000,
        "Providers": 0,
        "RolePolicySizeQuota": 10240,
        "Roles": 0,
        "RolesQuota": 1000,
        "ServerCertificates": 0,
        "ServerCertificatesQuota": 20,
        "SigningCertificatesPerUserQuota": 2,
        "UserPolicySizeQuota": 2048,
        "Users": 0,
        "UsersQuota": 5000,
        "VersionsPerPolicyQuota": 5,
    }


def test_the_summary_counts_what_there_is(root: Actor, world: World) -> None:
    empty = root.iam.get_account_summary()["SummaryMap"]
    some_policy = document(allow("s3:GetObject"))
    policy = root.iam.create_policy(PolicyName="p", PolicyDocument=some_policy)["Policy"]["Arn"]
    root.iam.create_policy_version(PolicyArn=policy, PolicyDocument=some_policy)
    root.iam.create_policy(PolicyName="q", PolicyDocument=some_policy)
    for name in ("a", "b", "c", "d"):
        root.iam.create_user(UserName=name)
    root.iam.create_group(GroupName="g")
    world.role("r", {"AWS": "*"})
    root.iam.create_instance_profile(InstanceProfileName="i")
    root.iam.create_virtual_mfa_device(VirtualMFADeviceName="m")
    root.iam.create_access_key()

    assert root.iam.get_account_summary()["SummaryMap"] == empty | {
        "Policies": 2,
        "PolicyVersionsInUse": 3,
        "Users": 4,
        "Groups": 1,
        "Roles": 1,
        "InstanceProfiles": 1,
        "MFADevices": 1,
        "MFADevicesInUse": 0,
    }


@pytest.mark.parametrize(
    ("operation", "action", "params"),
    [
        ("create_account_alias", "iam:CreateAccountAlias", {"AccountAlias": "other"}),
        ("delete_account_alias", "iam:DeleteAccountAlias", {"AccountAlias": "acme"}),
        ("list_account_aliases", "iam:ListAccountAliases", {}),
        ("get_account_summary", "iam:GetAccountSummary", {}),
    ],
)
def test_who_may(world: World, operation: str, action: str, params: dict[str, str]) -> None:
    world.root.iam.create_account_alias(AccountAlias="acme")

    check_permission(world, operation, action, "*", "*", **params)


def test_no_arn_is_enough_for_an_action_that_knows_no_resource(world: World) -> None:
    narrow = world.user("narrow", allow("iam:ListAccountAliases", "arn:aws:iam::*:*"))

    assert refusal(narrow.iam.list_account_aliases)[0] == "AccessDenied"
