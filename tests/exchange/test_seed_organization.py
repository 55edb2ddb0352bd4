"""Organizations in seeds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import refusal
from tests.support.exchange import page
from tests.support.loops import LoopThread
from tests.support.world import Actor, Credentials, World

from iamd.exchange.import_files import imported
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.settings import Settings

SEED = """
accounts:
  - id: 123456789012
    email: landlord@example.com
  - id: "210987654321"
    name: shop
    email: shop@example.com
    users:
      - name: eve
        inline_policies:
          all: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
        access_keys: [{id: AKIAEVEEXAMPLE000000, secret: eves-secret-access-key-of-the-seed}]
    roles:
      - name: worker
        instance_profile: true
        trust_policy:
          Version: 2012-10-17
          Statement: {Effect: Allow, Action: "sts:AssumeRole", Principal: {AWS: "*"}}
  - id: "310987654321"
  - id: "410987654321"
organizations:
  - management_account: "123456789012"
    policies:
      - name: no-users
        description: nobody is made
        tags: {team: red}
        document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "iam:CreateUser", Resource: "*"}}
      - name: iam-and-sts
        document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: ["iam:*", "sts:*"], Resource: "*"}}
      - name: inside-only
        type: RESOURCE_CONTROL_POLICY
        document:
          Version: 2012-10-17
          Statement:
            Effect: Deny
            Principal: "*"
            Action: "sts:AssumeRole"
            Resource: "*"
            Condition: {Null: {"aws:PrincipalOrgID": "true"}}
    attached_policies: [inside-only]
    accounts: ["310987654321"]
    units:
      - name: workloads
        tags: {stage: all}
        units:
          - name: prod
            attached_policies: [no-users, iam-and-sts]
            full_access: false
            accounts: ["210987654321"]
"""


def world_of(loop: LoopThread, tmp_path: Path, text: str) -> World:
    path = tmp_path / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    key = ("AKIAROOTEXAMPLE00000", Secret("root/secret/access/key/of/the/tests/0000"))
    return World(loop, Settings(seed=path, root_access_key_id=key[0], root_secret_access_key=key[1]))


@pytest.fixture
def world(loop: LoopThread, tmp_path: Path) -> Iterator[World]:
    world = world_of(loop, tmp_path, SEED)
    yield world
    world.close()


def drawn(client: Any, parent: str) -> dict[str, Any]:
    """Return the tree under *parent*: names of units, ids of accounts, names of attached policies."""
    attached = [
        policy["Name"]
        for type_ in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
        for policy in client.list_policies_for_target(TargetId=parent, Filter=type_)["Policies"]
    ]
    units = client.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
    accounts = client.list_accounts_for_parent(ParentId=parent)["Accounts"]
    return {
        "policies": attached,
        "accounts": [account["Id"] for account in accounts],
        **{unit["Name"]: drawn(client, unit["Id"]) for unit in units},
    }


def test_an_organization_is_planted(world: World) -> None:
    client = world.root.organizations
    (root,) = client.list_roots()["Roots"]
    assert drawn(client, root["Id"]) == {
        "policies": ["FullAWSAccess", "RCPFullAWSAccess", "inside-only"],
        "accounts": ["123456789012", "310987654321"],
        "workloads": {
            "policies": ["FullAWSAccess", "RCPFullAWSAccess"],
            "accounts": [],
            "prod": {
                "policies": ["no-users", "iam-and-sts", "RCPFullAWSAccess"],
                "accounts": ["210987654321"],
            },
        },
    }
    organization = client.describe_organization()["Organization"]
    assert organization["MasterAccountEmail"] == "landlord@example.com"
    account = client.describe_account(AccountId="210987654321")["Account"]
    assert (account["Name"], account["Email"], account["JoinedMethod"]) == (
        "shop",
        "shop@example.com",
        "INVITED",
    )
    (policy,) = [
        each
        for each in client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
        if each["Name"] == "no-users"
    ]
    assert policy["Description"] == "nobody is made"
    assert client.list_tags_for_resource(ResourceId=policy["Id"])["Tags"] == [{"Key": "team", "Value": "red"}]


def test_what_is_planted_decides(world: World) -> None:
    eve = Actor(world, Credentials("AKIAEVEEXAMPLE000000", "eves-secret-access-key-of-the-seed"), "eve")
    eve.iam.list_users()
    code, message = refusal(eve.iam.create_user, UserName="mallory")
    assert (code, message.endswith("with an explicit deny in a service control policy")) == (
        "AccessDenied",
        True,
    )
    assert refusal(eve.organizations.describe_organization)[0] == "AccessDeniedException"


def test_a_reset_plants_it_again(world: World) -> None:
    client = world.root.organizations
    before = client.describe_organization()["Organization"]["Id"]
    world.app.reset()
    (root,) = client.list_roots()["Roots"]
    assert drawn(client, root["Id"])["accounts"] == ["123456789012", "310987654321"]
    assert client.describe_organization()["Organization"]["Id"] != before


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            'management_account: "123456789012"',
            'management_account: "999999999999"',
            "account 999999999999 is none of the file's `accounts`",
        ),
        (
            'accounts: ["310987654321"]',
            'accounts: ["999999999999"]',
            "account 999999999999 is none of the file's",
        ),
        (
            "attached_policies: [inside-only]",
            "attached_policies: [missing]",
            "organization, root: there is no policy `missing`",
        ),
        (
            "attached_policies: [no-users, iam-and-sts]",
            "attached_policies: []",
            "unit `prod`: full_access `false`: ConstraintViolationException",
        ),
        (
            'accounts: ["310987654321"]',
            'accounts: ["310987654321", "210987654321"]',
            "account `210987654321`: AlreadyInOrganizationException",
        ),
        (
            "Effect: Deny, Action",
            "Effect: Forbid, Action",
            "policy `no-users`: MalformedPolicyDocumentException",
        ),
        ("full_access: false", "full_acess: false", "full_acess"),
        ("type: RESOURCE_CONTROL_POLICY", "type: TAG_POLICY", "TAG_POLICY"),
        ("email: shop@example.com", "email: shop", "email"),
        (
            "email: shop@example.com",
            "email: landlord@example.com",
            "account 210987654321, email `landlord@example.com`: EntityAlreadyExists",
        ),
    ],
)
def test_what_cannot_be_planted_is_said(
    loop: LoopThread, tmp_path: Path, old: str, new: str, text: str
) -> None:
    assert old in SEED
    with pytest.raises(FileFormatError) as refused:
        world_of(loop, tmp_path, SEED.replace(old, new))
    assert text in str(refused.value)


LET_IN = (
    SEED
    + """
    trusted_services: [sso.amazonaws.com]
    delegated_administrators: {"210987654321": [iam.amazonaws.com, guardduty.amazonaws.com]}
    features: [RootSessions]
    resource_policy:
      Version: 2012-10-17
      Statement:
        Effect: Allow
        Principal: {AWS: "arn:aws:iam::210987654321:root"}
        Action: "organizations:CreatePolicy"
        Resource: "*"
"""
)


def test_services_and_members_are_let_in(loop: LoopThread, tmp_path: Path) -> None:
    world = world_of(loop, tmp_path, LET_IN)
    try:
        client = world.root.organizations
        services = client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
        assert [each["ServicePrincipal"] for each in services] == [
            "guardduty.amazonaws.com",
            "iam.amazonaws.com",
            "sso.amazonaws.com",
        ]
        administered = client.list_delegated_services_for_account(AccountId="210987654321")
        assert [each["ServicePrincipal"] for each in administered["DelegatedServices"]] == [
            "guardduty.amazonaws.com",
            "iam.amazonaws.com",
        ]
        assert world.root.iam.list_organizations_features()["EnabledFeatures"] == ["RootSessions"]
        content = client.describe_resource_policy()["ResourcePolicy"]["Content"]
        assert "organizations:CreatePolicy" in content
    finally:
        world.close()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trusted_services: [nobody]", "organization, trusted service `nobody`: InvalidInputException: "),
        (
            'delegated_administrators: {"123456789012": [iam.amazonaws.com]}',
            "organization, delegated administrator `123456789012` of `iam.amazonaws.com`: ConstraintViolationException",
        ),
        ("features: [Everything]", "Invalid enum value 'Everything'"),
        (
            "resource_policy: {Version: 2012-10-17}",
            "organization, resource_policy ``: InvalidInputException: ",
        ),
    ],
    ids=["service", "administrator", "feature", "resource policy"],
)
def test_who_cannot_be_let_in_is_told(loop: LoopThread, tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(FileFormatError) as told:
        world_of(loop, tmp_path, f"{SEED}    {line}\n")
    assert said in str(told.value)


def test_an_export_tells_what_it_leaves_out(loop: LoopThread, tmp_path: Path) -> None:
    text = LET_IN.replace(
        '  - id: "410987654321"\n',
        '  - id: "410987654321"\n    vpc_endpoints: [{id: vpce-00000000000000004, vpc: vpc-00000000000000004}]\n',
    ).replace(
        "    email: landlord@example.com\n",
        "    email: landlord@example.com\n    vpc_endpoints: [{id: vpce-00000000000000001, vpc: vpc-00000000000000001}]\n",
    )
    world = world_of(loop, tmp_path, text)
    try:
        client = world.root.organizations
        client.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": "410987654321"})
        world.app.tools.public_url.listening_at("http://127.0.0.1:4263")
        world.root.iam.enable_outbound_web_identity_federation()
        status, file = page(world, world.root, "GET", "/_iamd/export")
        assert status == 200
        id_ = client.describe_organization()["Organization"]["Id"]
        assert [(each["where"], each["message"].partition(":")[0]) for each in file["left_out"]] == [
            (f"organization `{id_}`", "an export is of one account"),
            (f"organization `{id_}`", "1 open handshakes are not carried over"),
            ("VPC endpoints", "1 not carried over"),
            ("outbound federation", "not carried over"),
        ]
        assert file["left_out"][0]["message"] == (
            "an export is of one account: accounts, units, policies, trusted services, delegated administrators, features"
            " of central root access, resource policy are not carried over; a seed can hold them"
        )
        (account,) = imported([(tmp_path / "export.json", file)])
        assert [note.where for note in account.notes] == [each["where"] for each in file["left_out"]]

        eve = Actor(world, Credentials("AKIAEVEEXAMPLE000000", "eves-secret-access-key-of-the-seed"), "eve")
        _, file = page(world, eve, "GET", "/_iamd/export")
        assert [each["message"] for each in file["left_out"]] == [
            "an export is of one account: its membership is not carried over"
        ]
    finally:
        world.close()
