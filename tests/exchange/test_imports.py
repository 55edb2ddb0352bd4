"""Imports into a running server: what they make, what they keep, and whom they ask."""

import pytest
from tests.support.answers import refusal
from tests.support.exchange import exported, import_, in_order, made, refused
from tests.support.import_town import ARN, AT, BOB, DEPLOY, LATER, POLICY, READ, TOWN, trust
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, deny, document

from iamd.domain.ids import Ids
from iamd.exchange.contents import (
    Attachment,
    Contents,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    User,
)
from iamd.store.open import open_postgres


def test_a_town_is_as_it_was_elsewhere(empty: World) -> None:
    report = made(empty, TOWN)
    iam = empty.root.iam
    assert iam.get_user(UserName="bob")["User"] == {
        "Path": "/team/",
        "UserName": "bob",
        "UserId": "AIDABOBBOBBOBBOBBOBBO",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/team/bob",
        # The wire has whole seconds.
        "CreateDate": AT.replace(microsecond=0),
        "PasswordLastUsed": LATER,
        "Tags": [
            {"Key": "Team", "Value": "red"},
            {"Key": "aws:cloudformation:stack-name", "Value": "people"},
        ],
    }
    role = iam.get_role(RoleName="deploy")["Role"]
    assert (role["RoleId"], role["Description"], role["MaxSessionDuration"]) == (DEPLOY.id, "ships", 7200)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ARN
    policy = iam.get_policy(PolicyArn=ARN)["Policy"]
    assert (policy["PolicyId"], policy["DefaultVersionId"], policy["AttachmentCount"]) == (POLICY.id, "v3", 1)
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=ARN)["Versions"]] == ["v3", "v1"]
    assert iam.create_policy_version(PolicyArn=ARN, PolicyDocument=READ)["PolicyVersion"]["VersionId"] == "v8"
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName="bob")["Groups"]] == ["staff"]
    assert (
        iam.get_instance_profile(InstanceProfileName="box")["InstanceProfile"]["Roles"][0]["RoleId"]
        == DEPLOY.id
    )
    assert iam.list_account_aliases()["AccountAliases"] == ["example-prod"]
    assert iam.get_account_password_policy()["PasswordPolicy"]["MaxPasswordAge"] == 90
    assert iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "true"}
    assert role["SourceRoleTemplate"]["TemplateMinorVersion"] == 4
    assert report["made"]["users"] == report["made"]["OpenID Connect providers"] == 1
    assert (report["changed"], report["same"]) == ({}, {})


def test_a_role_trusts_whom_it_trusted(empty: World) -> None:
    made(empty, TOWN)
    key = empty.root.iam.create_access_key(UserName="bob")["AccessKey"]
    session = Actor(empty, Credentials.of(key), "bob").assume(f"arn:aws:iam::{ACCOUNT}:role/deploy")
    assert session.sts.get_caller_identity()["UserId"] == f"{DEPLOY.id}:session"
    eve = empty.user("eve")
    arn = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    assert refusal(eve.sts.assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_twice_is_once(empty: World) -> None:
    made(empty, TOWN)
    before = exported(empty)
    report = made(empty, TOWN)
    assert (report["made"], report["changed"]) == ({}, {})
    assert report["same"]["users"] == report["same"]["password policy"] == 1
    assert exported(empty) == before


def test_what_is_exported_is_what_was_imported(empty: World) -> None:
    made(empty, TOWN)
    assert in_order(exported(empty)) == in_order(TOWN)


def test_parts_of_any_size(empty: World) -> None:
    status, _ = import_(empty, TOWN, part_bytes=1)
    assert status == 200
    assert in_order(exported(empty)) == in_order(TOWN)


def test_a_dry_run_makes_nothing(empty: World) -> None:
    before = exported(empty)
    status, report = import_(empty, TOWN, dry_run=True)
    assert (status, report["made"]["roles"]) == (200, 1)
    assert exported(empty) == before
    assert made(empty, TOWN)["made"] == report["made"]


def test_what_the_file_does_not_have_stays(empty: World) -> None:
    made(empty, TOWN)
    empty.root.iam.create_user(UserName="here")
    empty.root.iam.attach_user_policy(UserName="bob", PolicyArn=ARN)
    made(empty, TOWN)
    assert [each["UserName"] for each in empty.root.iam.list_users()["Users"]] == ["bob", "here"]
    assert len(empty.root.iam.list_attached_user_policies(UserName="bob")["AttachedPolicies"]) == 1


def test_what_the_file_says_of_an_entity_holds(empty: World) -> None:
    made(empty, TOWN)
    iam = empty.root.iam
    iam.update_user(UserName="bob", NewUserName="robert", NewPath="/gone/")
    iam.tag_user(UserName="robert", Tags=[{"Key": "Team", "Value": "blue"}])
    iam.set_default_policy_version(PolicyArn=ARN, VersionId="v1")
    iam.delete_policy_version(PolicyArn=ARN, VersionId="v3")
    iam.create_policy_version(PolicyArn=ARN, PolicyDocument=document(deny("s3:*")))
    iam.update_assume_role_policy(RoleName="deploy", PolicyDocument=trust(Service="ec2.amazonaws.com"))
    iam.put_user_policy(UserName="robert", PolicyName="own", PolicyDocument=document(deny("*")))
    report = made(empty, TOWN)
    assert report["changed"] == {"policies": 1, "users": 1, "roles": 1, "inline policies": 1}
    found = in_order(exported(empty))
    # The number that was given meanwhile is not given again.
    assert found["policies"][0].pop("last_version") == 8
    assert found == in_order(TOWN) | {
        "policies": [
            {name: each for name, each in policy.items() if name != "last_version"}
            for policy in in_order(TOWN)["policies"]
        ]
    }


def test_what_the_file_does_not_know_stays(empty: World) -> None:
    made(empty, TOWN)
    silent = Role(name="deploy", id=DEPLOY.id, trust_policy=DEPLOY.trust_policy, permissions_boundary=ARN)
    assert made(empty, Contents(roles=(silent,)))["same"] == {"roles": 1}


def test_a_namesake_is_in_the_way(empty: World) -> None:
    there = empty.root.iam.create_user(UserName="Bob")["User"]["UserId"]
    assert refused(empty, TOWN) == [
        (
            f"user `bob`: EntityAlreadyExists: another one of this name is here already: it has the id {there}, and not"
            " AIDABOBBOBBOBBOBBOBBO"
        )
    ]
    assert [each["UserName"] for each in empty.root.iam.list_users()["Users"]] == ["Bob"]


def test_without_an_id_a_name_is_enough(empty: World) -> None:
    there = empty.root.iam.create_user(UserName="bob")["User"]["UserId"]
    nameless = Contents(users=(User(name="bob", tags={"a": "b"}),))
    assert made(empty, nameless)["changed"] == {"users": 1}
    assert empty.root.iam.get_user(UserName="bob")["User"]["UserId"] == there


def test_an_id_is_nobody_elses(empty: World) -> None:
    """Whoever could take an id that is named in somebody's trust policy would be trusted."""
    made(empty, TOWN)
    other = Contents(users=(User(name="eve", id=BOB.id), User(name="adam", id=BOB.id)))
    assert refused(empty, other) == ["user `adam`: EntityAlreadyExists: it occurs twice, and not alike"]
    assert refused(empty, Contents(users=(User(name="eve", id="AROA" + "E" * 17),))) == [
        f"user `eve`: InvalidInput: `AROA{'E' * 17}` is no id of such an entity"
    ]


def test_all_problems_are_told_and_nothing_is_made(empty: World) -> None:
    before = exported(empty)
    broken = Contents(
        users=(BOB, User(name="carl", permissions_boundary=f"arn:aws:iam::{ACCOUNT}:policy/none")),
        memberships=(Membership(user="bob", group="nowhere"), Membership(user="nobody", group="nowhere")),
        attachments=(
            Attachment(kind="user", owner="bob", policy=f"arn:aws:iam::{ACCOUNT}:policy/none"),
            Attachment(kind="user", owner="bob", policy="arn:aws:iam::222222222222:policy/other"),
        ),
        instance_profiles=(InstanceProfile(name="box", role="nobody"),),
    )
    none = f"arn:aws:iam::{ACCOUNT}:policy/none"
    assert refused(empty, broken) == [
        f"user `carl`: NoSuchEntity: Scope ARN: {none} does not exist or is not attachable.",
        "instance profile `box`: NoSuchEntity: The role with name nobody cannot be found.",
        "user `bob`: NoSuchEntity: The group with name nowhere cannot be found.",
        "user `nobody`: NoSuchEntity: The user with name nobody cannot be found.",
        f"user `bob`: NoSuchEntity: Policy {none} does not exist or is not attachable.",
        "user `bob`: NoSuchEntity: Policy arn:aws:iam::222222222222:policy/other does not exist or is not attachable.",
    ]
    assert exported(empty) == before


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (
            Contents(users=(User(name="b!b"),)),
            (
                "user `b!b`: ValidationError: The specified value for userName is invalid. It must contain only"
                " alphanumeric characters and/or the following: +=,.@_-"
            ),
        ),
        (Contents(users=(User(name="bob", path="team"),)), "user `bob`: ValidationError: "),
        (Contents(users=(User(name="bob", tags={"a": "x" * 300}),)), "user `bob`: ValidationError: "),
        (
            Contents(users=(User(name="bob", tags={"a": "", "A": ""}),)),
            "user `bob`: InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            Contents(roles=(Role(name="r", trust_policy="{}"),)),
            "role `r`: MalformedPolicyDocument: ",
        ),
        (
            Contents(roles=(Role(name="r", trust_policy=DEPLOY.trust_policy, max_session_duration=1),)),
            "role `r`: ValidationError: ",
        ),
        (
            Contents(inline_policies=(InlinePolicy(kind="user", owner="bob", name="p", document="no"),)),
            "user `bob`: MalformedPolicyDocument: Syntax errors in policy.",
        ),
        (
            Contents(policies=(Policy(name="p", versions=(PolicyVersion(number=2, document=READ),)),)),
            "policy `p`: InvalidInput: a policy has each version once, and its default version among them",
        ),
        (
            Contents(
                policies=(
                    Policy(
                        name="p",
                        versions=tuple(PolicyVersion(number=n, document=READ) for n in range(1, 7)),
                    ),
                )
            ),
            "policy `p`: LimitExceeded: Cannot exceed quota for VersionsPerPolicy: 5",
        ),
        (
            Contents(oidc_providers=(OIDCProvider(url="ftp://x.example"),)),
            "OpenID Connect provider `ftp://x.exa",
        ),
        (Contents(alias="Not an alias"), "alias `Not an alias`: ValidationError: "),
        (Contents(password_policy=PasswordPolicy(minimum_length=1)), "password policy: ValidationError: "),
        (Contents(properties={"Nonsense": "x"}), "account properties: InvalidInput: The property key"),
        (Contents(quotas={"RolesPerAccount": 10**9}), "quota `RolesPerAccount`: LimitExceeded: "),
        (Contents(quotas={"Wishes": 3}), "quota `Wishes`: LimitExceeded: "),
    ],
    ids=range(15),
)
def test_what_no_client_could_make_is_not_made(empty: World, contents: Contents, said: str) -> None:
    before = exported(empty)
    problems = refused(empty, contents)
    assert len(problems) == 1
    assert problems[0].startswith(said)
    assert exported(empty) == before


@pytest.mark.postgres
def test_postgresql_is_no_different(one_loop: LoopThread, postgres_url: str) -> None:
    store = open_postgres(postgres_url, master_key=bytes(range(32)), ids=Ids())
    world = World(one_loop, store=store)
    made(world, TOWN)
    assert in_order(exported(world)) == in_order(TOWN)
    assert made(world, TOWN)["made"] == {}
    world.close()
