"""
What organizations do to decisions: service control policies, resource control policies, and their condition keys.

Nothing is cached past a change: whatever is refused or allowed here is so with the next request.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.answers import refusal
from tests.support.organization import RCP, ROLE, SCP, Organized
from tests.support.world import ACCOUNT, Actor, Credentials, allow, deny, document

from iamd.domain.ids import AccountId
from iamd.store.interface import Transaction

DENIED_BY_SCP = "with an explicit deny in a service control policy"
NOT_ALLOWED_BY_SCP = "because no service control policy allows the {} action"
DENIED_BY_RCP = "with an explicit deny in a resource control policy"


def denied(operation: Callable[..., object], clause: str, **params: object) -> bool:
    """Say whether *operation* is denied with this reason; another refusal fails the test."""
    code, message = refusal(operation, **params)
    assert code in {"AccessDenied", "AccessDeniedException"}, (code, message)
    assert message.endswith(clause), message
    return True


# Service control policies


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_a_deny_at_any_level_holds_for_everybody_of_a_member_account(org: Organized, level: str) -> None:
    """semantics 52, 54: the root user included."""
    unit_id = org.unit("prod")
    account_id = org.account("alpha", unit_id)
    target = {"root": org.root_id, "unit": unit_id, "account": account_id}[level]
    member, root = org.enter(account_id), org.root(account_id)
    member.iam.list_users()
    root.iam.list_users()
    policy_id = org.attach(target, "no-users", deny("iam:ListUsers"))
    assert denied(member.iam.list_users, DENIED_BY_SCP)
    assert denied(root.iam.list_users, DENIED_BY_SCP)
    member.iam.list_roles()
    root.iam.list_roles()
    org.client.detach_policy(PolicyId=policy_id, TargetId=target)
    member.iam.list_users()
    root.iam.list_users()


def test_the_management_account_is_not_touched(org: Organized) -> None:
    """semantics 54: neither its root nor its users, whatever is attached to the root or to the account itself."""
    for target in (org.root_id, ACCOUNT):
        org.attach(target, f"nothing-{target}", deny("*"))
    org.world.root.iam.list_users()
    org.world.user("one", allow("iam:ListUsers")).iam.list_users()


def test_every_level_must_allow(org: Organized) -> None:
    """semantics 54: any policy of a level, and every level."""
    unit_id = org.unit("prod")
    account_id = org.account("alpha", unit_id)
    member, root = org.enter(account_id), org.root(account_id)

    org.attach(unit_id, "iam-only", allow("iam:*"))
    member.sts.get_caller_identity()
    member.organizations.describe_organization()
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit_id)
    member.iam.list_users()
    describe = "organizations:DescribeOrganization"
    assert denied(member.organizations.describe_organization, NOT_ALLOWED_BY_SCP.format(describe))
    assert denied(root.organizations.describe_organization, NOT_ALLOWED_BY_SCP.format(describe))

    org.attach(unit_id, "organizations-too", allow("organizations:*"))
    member.organizations.describe_organization()
    org.attach(account_id, "users-only", allow("iam:ListUsers"))
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=account_id)
    member.iam.list_users()
    assert denied(member.iam.list_roles, NOT_ALLOWED_BY_SCP.format("iam:ListRoles"))
    assert denied(member.organizations.describe_organization, NOT_ALLOWED_BY_SCP.format(describe))


def test_a_service_control_policy_grants_nothing(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    member.iam.create_user(UserName="eve")
    key = Credentials.of(member.iam.create_access_key(UserName="eve")["AccessKey"])
    eve = Actor(org.world, key, "eve")
    assert denied(eve.iam.list_users, "because no identity-based policy allows the iam:ListUsers action")


def test_moving_an_account_changes_the_next_decision(org: Organized) -> None:
    locked = org.unit("locked")
    account_id = org.account("alpha")
    member = org.enter(account_id)
    org.attach(locked, "no-users", deny("iam:ListUsers"))
    member.iam.list_users()
    for _ in range(2):
        org.move(account_id, locked)
        assert denied(member.iam.list_users, DENIED_BY_SCP)
        org.move(account_id, org.root_id)
        member.iam.list_users()


def test_a_changed_policy_changes_the_next_decision(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    policy_id = org.attach(account_id, "changing", deny("iam:ListUsers"))
    assert denied(member.iam.list_users, DENIED_BY_SCP)
    org.client.update_policy(PolicyId=policy_id, Content=document(deny("iam:ListRoles")))
    member.iam.list_users()
    assert denied(member.iam.list_roles, DENIED_BY_SCP)
    org.client.disable_policy_type(RootId=org.root_id, PolicyType=SCP)
    member.iam.list_roles()


def test_leaving_ends_what_the_organization_forbade(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    org.attach(org.root_id, "no-users", deny("iam:ListUsers"))
    assert denied(member.iam.list_users, DENIED_BY_SCP)
    org.client.remove_account_from_organization(AccountId=account_id)
    member.iam.list_users()


def test_a_write_is_denied_like_a_read(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    org.attach(account_id, "no-new-users", deny("iam:CreateUser"))
    assert denied(member.iam.create_user, DENIED_BY_SCP, UserName="eve")
    assert member.iam.list_users()["Users"] == []


def test_a_service_control_policy_is_the_caller_s_account_s_and_not_the_resource_s(org: Organized) -> None:
    """semantics 62: who enters an account from outside is not under its service control policies until inside."""
    account_id = org.account("alpha")
    org.attach(account_id, "no-roles", deny("sts:AssumeRole"))
    member = org.enter(account_id)
    arn = f"arn:aws:iam::{account_id}:role/{ROLE}"
    assert denied(member.sts.assume_role, DENIED_BY_SCP, RoleArn=arn, RoleSessionName="session")


def test_service_control_policies_know_conditions(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    org.attach(
        account_id,
        "landlords-only",
        deny("iam:*", Condition={"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:role/{ROLE}"}}),
    )
    member.iam.create_user(UserName="eve")
    member.iam.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=document(allow("*")))
    key = Credentials.of(member.iam.create_access_key(UserName="eve")["AccessKey"])
    assert denied(Actor(org.world, key, "eve").iam.list_users, DENIED_BY_SCP)


def test_a_service_linked_role_is_left_alone(org: Organized) -> None:
    """semantics 53, 54."""
    account_id = org.account("alpha")
    member = org.enter(account_id)
    trust = document(allow("sts:AssumeRole", None, Principal={"AWS": account_id}))
    member.iam.create_role(RoleName="linked", AssumeRolePolicyDocument=trust)
    member.iam.put_role_policy(RoleName="linked", PolicyName="all", PolicyDocument=document(allow("*")))

    def link(tx: Transaction) -> None:
        role = tx.roles.get(AccountId(account_id), "linked")
        tx.roles.put(replace(role, path="/aws-service-role/example.amazonaws.com/"))

    arn = f"arn:aws:iam::{account_id}:role/aws-service-role/example.amazonaws.com/linked"
    org.world.app.store.write(link).result()
    linked = member.assume(arn)
    org.attach(org.root_id, "nothing", deny("*"))
    assert denied(member.iam.list_users, DENIED_BY_SCP)
    linked.iam.list_users()


# Resource control policies


def test_a_resource_control_policy_bears_on_who_assumes_a_role(org: Organized) -> None:
    """semantics 53: STS is on the list of services that they are for."""
    account_id = org.account("alpha")
    arn = f"arn:aws:iam::{account_id}:role/{ROLE}"
    assume = {"RoleArn": arn, "RoleSessionName": "session"}
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    member = org.enter(account_id)
    policy_id = org.attach(account_id, "closed", deny("sts:*", Principal="*"), type_=RCP)

    # Whoever comes from outside, be it from the management account, and whoever is inside.
    assert denied(org.steward.sts.assume_role, DENIED_BY_RCP, **assume)
    assert denied(member.sts.assume_role, DENIED_BY_RCP, **assume)
    # IAM is not on the list; nor is what has no resource.
    member.iam.list_users()
    member.sts.get_caller_identity()
    org.client.detach_policy(PolicyId=policy_id, TargetId=account_id)
    org.enter(account_id)


def test_resource_control_policies_do_not_touch_the_management_account_s_resources(org: Organized) -> None:
    account_id = org.account("alpha")
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    member = org.enter(account_id)
    ours = org.world.role("ours", {"AWS": [ACCOUNT, account_id]})
    org.attach(org.root_id, "closed", deny("sts:*", Principal="*"), type_=RCP)
    org.steward.assume(ours)
    member.assume(ours)


def test_a_data_perimeter_lets_in_the_organization_alone(org: Organized) -> None:
    """AWS: *Resource control policy examples*: only principals of my organization."""
    inside, outside = org.account("inside"), org.account("outside")
    stranger = org.enter(outside)
    org.client.remove_account_from_organization(AccountId=outside)
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    member = org.enter(inside)
    trust = document(allow("sts:AssumeRole", None, Principal={"AWS": [inside, outside]}))
    role = member.iam.create_role(RoleName="shared", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    stranger.assume(role)
    org.attach(
        org.root_id,
        "perimeter",
        deny(
            "sts:AssumeRole",
            Principal="*",
            Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": org.id}},
        ),
        type_=RCP,
    )
    member.assume(role)
    # A key that is missing: with IfExists a negated operator holds, and the Deny with it (semantics 30).
    assert denied(stranger.sts.assume_role, DENIED_BY_RCP, RoleArn=role, RoleSessionName="session")


# Condition keys


def trusting_organization(org: Organized, **condition: object) -> str:
    """Return the ARN of a role of the management account that trusts everybody under *condition*."""
    statement = allow("sts:AssumeRole", None, Principal="*", Condition=condition)
    made = org.world.root.iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=document(statement))
    arn: str = made["Role"]["Arn"]
    return arn


def test_a_trust_policy_can_name_an_organization(org: Organized) -> None:
    account_id = org.account("alpha")
    member = org.enter(account_id)
    arn = trusting_organization(org, StringEquals={"aws:PrincipalOrgID": org.id})
    member.assume(arn)
    org.steward.assume(arn)
    org.client.remove_account_from_organization(AccountId=account_id)
    # Not a member any more, with the same credentials.
    assert refusal(member.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_a_trust_policy_can_name_a_unit_and_all_that_is_in_it(org: Organized) -> None:
    outer = org.unit("outer")
    inner = org.unit("inner", outer)
    account_id = org.account("alpha", inner)
    member = org.enter(account_id)
    path = f"{org.id}/{org.root_id}/{outer}/*"
    arn = trusting_organization(org, **{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path}})
    member.assume(arn)
    org.move(account_id, outer)
    member.assume(arn)
    org.move(account_id, org.root_id)
    assert refusal(member.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_the_resource_s_organization_is_a_condition_key_too(org: Organized) -> None:
    unit_id = org.unit("prod")
    account_id = org.account("alpha", unit_id)
    one = org.world.user(
        "one",
        allow(
            "sts:AssumeRole",
            Condition={
                "StringEquals": {"aws:ResourceOrgID": org.id},
                "ForAnyValue:StringEquals": {"aws:ResourceOrgPaths": f"{org.id}/{org.root_id}/{unit_id}/"},
            },
        ),
    )
    arn = f"arn:aws:iam::{account_id}:role/{ROLE}"
    one.assume(arn)
    org.move(account_id, org.root_id)
    assert refusal(one.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_without_an_organization_there_are_no_such_keys(root: Actor) -> None:
    missing = {
        "Null": {
            "aws:PrincipalOrgID": "true",
            "aws:PrincipalOrgPaths": "true",
            "aws:ResourceOrgID": "true",
            "aws:ResourceOrgPaths": "true",
        }
    }
    one = root.world.user("one", allow("iam:ListUsers", Condition=missing))
    one.iam.list_users()
    root.organizations.create_organization()
    assert denied(one.iam.list_users, "because no identity-based policy allows the iam:ListUsers action")
