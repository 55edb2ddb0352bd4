"""What AWS has accepted, an import accepts: though no client could make it here, or not any more."""

import json

from tests.support.answers import refusal
from tests.support.exchange import exported, in_order, made, refused
from tests.support.import_town import READ, trust
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.domain import limits
from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    Membership,
    Policy,
    PolicyVersion,
    Role,
    User,
)


def test_roles_that_services_have_made(empty: World) -> None:
    policy = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"
    contents = Contents(
        roles=(
            Role(
                name="AWSServiceRoleForSupport",
                path="/aws-service-role/support.amazonaws.com/",
                id="AROASUPPORTSUPPORTSUP",
                trust_policy=trust(Service="support.amazonaws.com"),
            ),
            Role(
                name="AWSReservedSSO_Admin_0123456789abcdef",
                path="/aws-reserved/sso.amazonaws.com/",
                trust_policy=trust(Federated=f"arn:aws:iam::{ACCOUNT}:saml-provider/sso"),
            ),
        ),
        attachments=(Attachment(kind="role", owner="AWSServiceRoleForSupport", policy=policy),),
    )
    report = made(empty, contents)
    assert refusal(empty.root.iam.delete_role, RoleName="AWSServiceRoleForSupport")[0] == "UnmodifiableEntity"
    assert report["notes"] == [
        {
            "where": f"provider `arn:aws:iam::{ACCOUNT}:saml-provider/sso`",
            "message": "the file does not have it, and role `AWSReservedSSO_Admin_0123456789abcdef` trusts it",
        }
    ]


def test_a_managed_policy_from_before_2012(empty: World) -> None:
    old = READ.replace("2012-10-17", "2008-10-17")
    made(empty, Contents(policies=(Policy(name="old", versions=(PolicyVersion(number=1, document=old),)),)))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/old"
    assert refusal(empty.root.iam.create_policy_version, PolicyArn=arn, PolicyDocument=old)[0] == (
        "MalformedPolicyDocument"
    )


def test_a_policy_of_aws_that_is_not_known_here_denies(empty: World) -> None:
    """What is attached and has no text might hold a Deny."""
    unknown = "arn:aws:iam::aws:policy/SomethingOfTomorrow"
    contents = Contents(
        users=(User(name="bob"),),
        attachments=(Attachment(kind="user", owner="bob", policy=unknown),),
        inline_policies=(InlinePolicy(kind="user", owner="bob", name="all", document=document(allow("*"))),),
    )
    assert made(empty, contents)["notes"] == [
        {
            "where": f"policy `{unknown}`",
            "message": "its text is not installed: 1 entity with it are denied everything",
        }
    ]
    key = empty.root.iam.create_access_key(UserName="bob")["AccessKey"]
    bob = Actor(empty, Credentials.of(key), "bob")
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"


def test_more_than_the_default_quotas(empty: World) -> None:
    count = limits.ROLES_PER_ACCOUNT + 1
    roles = tuple(Role(name=f"r{n}", trust_policy=trust(Service="ec2.amazonaws.com")) for n in range(count))
    report = made(empty, Contents(roles=roles))
    assert report["notes"] == [
        {"where": "quota `RolesPerAccount`", "message": "raised from 1000 to 10000, as AWS grants it"}
    ]
    assert empty.root.iam.get_account_summary()["SummaryMap"]["RolesQuota"] == 10_000
    empty.root.iam.create_role(RoleName="more", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))


def test_more_than_aws_would_grant(empty: World) -> None:
    groups = tuple(Group(name=f"g{n}") for n in range(11))
    contents = Contents(
        users=(User(name="bob"),),
        groups=groups,
        memberships=tuple(Membership(user="bob", group=group.name) for group in groups),
    )
    assert refused(empty, contents) == [
        "user `bob`: LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"
    ]


# Whom roles trust.


def test_a_stranger_is_not_trusted_when_the_name_is_taken(empty: World) -> None:
    """Semantics 46: an ARN in an imported trust policy was somebody's; whoever gets it later is another one."""
    contents = Contents(
        roles=(Role(name="r", trust_policy=trust(AWS=f"arn:aws:iam::{ACCOUNT}:user/eve")),),
    )
    assert made(empty, contents)["notes"] == [
        {
            "where": f"principal `arn:aws:iam::{ACCOUNT}:user/eve`",
            "message": "nobody here is called so, and role `r` trusts it: whoever gets the name is not let in",
        }
    ]
    eve = empty.user("eve", allow("sts:AssumeRole"))
    arn = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert refusal(eve.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"
    shown = empty.root.iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    assert shown == json.loads(contents.roles[0].trust_policy)
    # To import the role again binds it to whoever has the name now.
    assert made(empty, contents)["changed"] == {"roles": 1}
    assert eve.assume(arn).sts.get_caller_identity()["Account"] == ACCOUNT


def test_other_accounts_that_are_not_here(empty: World) -> None:
    contents = Contents(
        roles=(
            Role(name="a", trust_policy=trust(AWS="arn:aws:iam::222222222222:root")),
            Role(name="b", trust_policy=trust(AWS=["222222222222", "AIDAGONEGONEGONEGONEG"])),
            Role(name="c", trust_policy=trust(AWS="arn:aws:iam::222222222222:role/their/own")),
        )
    )
    assert made(empty, contents)["notes"] == [
        {
            "where": "account `222222222222`",
            "message": "it is not here, and 3 roles trust it or somebody in it: they let nobody of it in",
        }
    ]
    assert in_order(exported(empty))["roles"][2]["trust_policy"] == contents.roles[2].trust_policy


def test_roles_trust_each_other_whatever_their_order(empty: World) -> None:
    roles = (
        Role(name="a", trust_policy=trust(AWS=f"arn:aws:iam::{ACCOUNT}:role/b")),
        Role(name="b", trust_policy=trust(AWS=f"arn:aws:iam::{ACCOUNT}:role/a")),
    )
    assert made(empty, Contents(roles=roles))["notes"] == []
