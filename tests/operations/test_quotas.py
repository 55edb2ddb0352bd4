"""Quotas that an account has raised, as AWS raises them on request."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.answers import refusal
from tests.support.world import ACCOUNT, Actor, World, allow, document

from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.roles import Role
from iamd.store.interface import Transaction

TRUST = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))


def raised(world: World, **quotas: int) -> None:
    def put(transaction: Transaction) -> None:
        account = transaction.accounts.find(AccountId(ACCOUNT))
        assert account is not None
        transaction.accounts.put(replace(account, raised_quotas=tuple(quotas.items())))

    world.app.store.write(put).result()


def with_roles(world: World, number: int) -> None:
    roles = [
        Role(
            account_id=AccountId(ACCOUNT),
            role_id=UniqueId(f"AROA{each:017}"),
            name=f"role-{each}",
            path="/",
            created_at=world.clock.now(),
            trust_policy=TRUST,
        )
        for each in range(number)
    ]
    world.app.store.write(lambda transaction: transaction.roles.add_all(roles)).result()


def make_role(root: Actor, name: str, **parameters: Any) -> Any:
    return root.iam.create_role(RoleName=name, **{"AssumeRolePolicyDocument": TRUST, **parameters})


def test_more_roles_than_the_default(world: World, root: Actor) -> None:
    with_roles(world, 1000)
    exceeded = ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000")
    assert refusal(root.iam.create_role, RoleName="more", AssumeRolePolicyDocument=TRUST) == exceeded
    raised(world, RolesPerAccount=1001)
    make_role(root, "more")
    exceeded = ("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1001")
    assert refusal(root.iam.create_role, RoleName="again", AssumeRolePolicyDocument=TRUST) == exceeded


def test_more_policies_on_a_role(world: World, root: Actor) -> None:
    make_role(root, "deploy")
    arns = [
        root.iam.create_policy(PolicyName=f"p{each}", PolicyDocument=document(allow("s3:GetObject")))[
            "Policy"
        ]["Arn"]
        for each in range(12)
    ]
    for arn in arns[:10]:
        root.iam.attach_role_policy(RoleName="deploy", PolicyArn=arn)
    assert refusal(root.iam.attach_role_policy, RoleName="deploy", PolicyArn=arns[10])[0] == "LimitExceeded"
    raised(world, PoliciesPerRole=11)
    root.iam.attach_role_policy(RoleName="deploy", PolicyArn=arns[10])
    assert refusal(root.iam.attach_role_policy, RoleName="deploy", PolicyArn=arns[11]) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 11",
    )


def test_a_longer_trust_policy(world: World, root: Actor) -> None:
    long = TRUST.replace("ec2.amazonaws.com", "x" * 2100 + ".amazonaws.com")
    assert refusal(root.iam.create_role, RoleName="long", AssumeRolePolicyDocument=long)[0] == "LimitExceeded"
    raised(world, ACLSizePerRole=4096)
    make_role(root, "long", AssumeRolePolicyDocument=long)


@pytest.mark.parametrize(
    ("quota", "entry", "most"),
    [
        ("RolesPerAccount", "RolesQuota", 5000),
        ("GroupsPerAccount", "GroupsQuota", 500),
        ("InstanceProfilesPerAccount", "InstanceProfilesQuota", 5000),
        ("PoliciesPerAccount", "PoliciesQuota", 5000),
        ("PolicyVersionsInUse", "PolicyVersionsInUseQuota", 20000),
        ("PoliciesPerUser", "AttachedPoliciesPerUserQuota", 20),
        ("PoliciesPerRole", "AttachedPoliciesPerRoleQuota", 25),
        ("ACLSizePerRole", "AssumeRolePolicySizeQuota", 4096),
    ],
)
def test_the_summary_tells_them(world: World, root: Actor, quota: str, entry: str, most: int) -> None:
    before = root.iam.get_account_summary()["SummaryMap"]
    raised(world, **{quota: most})
    assert root.iam.get_account_summary()["SummaryMap"] == before | {entry: most}


def test_a_quota_is_never_less_than_the_default(world: World, root: Actor) -> None:
    raised(world, GroupsPerAccount=1)
    assert root.iam.get_account_summary()["SummaryMap"]["GroupsQuota"] == 300
    for name in ("a", "b"):
        root.iam.create_group(GroupName=name)
