"""Terraform state: what each type of resource becomes, and what is left."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.exchange import exported, made
from tests.support.import_town import READ, trust
from tests.support.world import ACCOUNT, World

from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    SamlProvider,
    User,
)
from iamd.exchange.import_files import ImportedAccount, read_imports
from iamd.exchange.strict_yaml import FileFormatError
from iamd.exchange.terraform_state import TYPES

ARN = f"arn:aws:iam::{ACCOUNT}"
READ_ARN = f"{ARN}:policy/read"
TRUST = trust(Service="ec2.amazonaws.com")
SECRET = "a-secret-that-nobody-may-read"


def resource(type_: str, *attributes: dict[str, Any], mode: str = "managed") -> dict[str, Any]:
    return {
        "mode": mode,
        "type": type_,
        "name": "this",
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [{"schema_version": 0, "attributes": each} for each in attributes],
    }


def state(*resources: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": 3,
        "lineage": "x",
        "outputs": {},
        "resources": [
            resource("aws_iam_group", {"name": "anchor", "arn": f"{ARN}:group/anchor"}),
            *resources,
        ],
    } | changes


def read(tmp_path: Path, *states: dict[str, Any]) -> ImportedAccount:
    for number, each in enumerate(states):
        (tmp_path / f"{number}.tfstate").write_text(json.dumps(each))
    (account,) = read_imports([tmp_path])
    return account


def said_of(tmp_path: Path, each: dict[str, Any]) -> str:
    with pytest.raises(FileFormatError) as refused:
        read(tmp_path, each)
    return str(refused.value)


USER = {
    "arn": f"{ARN}:user/team/bob",
    "force_destroy": False,
    "id": "bob",
    "name": "bob",
    "path": "/team/",
    "permissions_boundary": "",
    "tags": {"Team": "red"},
    "tags_all": {"Team": "red", "ManagedBy": "terraform"},
    "unique_id": "AIDABOBBOBBOBBOBBOBBO",
}
ROLE = {
    "arn": f"{ARN}:role/deploy",
    "assume_role_policy": TRUST,
    "create_date": "2021-01-02T03:04:05Z",
    "description": "",
    "id": "deploy",
    "inline_policy": [{"name": "own", "policy": READ}, {"name": "", "policy": ""}],
    "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "max_session_duration": 7200,
    "name": "deploy",
    "path": "/",
    "permissions_boundary": READ_ARN,
    "tags": None,
    "tags_all": {},
    "unique_id": "AROADEPLOYDEPLOYDEPLO",
}

CASES: dict[str, tuple[dict[str, Any], Contents]] = {
    "aws_iam_user": (
        USER,
        Contents(
            users=(
                User(
                    name="bob",
                    path="/team/",
                    id="AIDABOBBOBBOBBOBBOBBO",
                    tags={"Team": "red", "ManagedBy": "terraform"},
                ),
            )
        ),
    ),
    "aws_iam_group": (
        {"name": "staff", "path": "/", "arn": f"{ARN}:group/staff", "unique_id": "AGPASTAFFSTAFFSTAFFST"},
        Contents(groups=(Group(name="staff", id="AGPASTAFFSTAFFSTAFFST"),)),
    ),
    "aws_iam_role": (
        ROLE,
        Contents(
            roles=(
                Role(
                    name="deploy",
                    id="AROADEPLOYDEPLOYDEPLO",
                    created_at="2021-01-02T03:04:05Z",  # type: ignore[arg-type]  # read below
                    trust_policy=TRUST,
                    max_session_duration=7200,
                    permissions_boundary=READ_ARN,
                ),
            ),
            attachments=(
                Attachment(kind="role", owner="deploy", policy="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ),
            inline_policies=(InlinePolicy(kind="role", owner="deploy", name="own", document=READ),),
        ),
    ),
    "aws_iam_policy": (
        {
            "arn": READ_ARN,
            "attachment_count": 2,
            "description": "reads",
            "name": "read",
            "path": "/",
            "policy": READ,
            "policy_id": "ANPAREADREADREADREADR",
            "tags_all": None,
        },
        Contents(
            policies=(
                Policy(
                    name="read",
                    id="ANPAREADREADREADREADR",
                    description="reads",
                    numbered=False,
                    versions=(PolicyVersion(number=1, document=READ),),
                ),
            )
        ),
    ),
    "aws_iam_instance_profile": (
        {
            "arn": f"{ARN}:instance-profile/box",
            "create_date": "2021-01-02T03:04:05Z",
            "name": "box",
            "path": "/",
            "role": "deploy",
            "tags_all": {"a": "b"},
            "unique_id": "AIPABOXBOXBOXBOXBOXBO",
        },
        Contents(
            instance_profiles=(
                InstanceProfile(
                    name="box",
                    id="AIPABOXBOXBOXBOXBOXBO",
                    created_at="2021-01-02T03:04:05Z",  # type: ignore[arg-type]  # read below
                    role="deploy",
                    tags={"a": "b"},
                ),
            )
        ),
    ),
    **{
        f"aws_iam_{kind}_policy": (
            {"id": "x:own", kind: "x", "name": "own", "policy": READ},
            Contents(inline_policies=(InlinePolicy(kind=kind, owner="x", name="own", document=READ),)),
        )
        for kind in ("user", "group", "role")
    },
    **{
        f"aws_iam_{kind}_policy_attachment": (
            {"id": "x-1", kind: "x", "policy_arn": READ_ARN},
            Contents(attachments=(Attachment(kind=kind, owner="x", policy=READ_ARN),)),
        )
        for kind in ("user", "group", "role")
    },
    "aws_iam_policy_attachment": (
        {"name": "all", "policy_arn": READ_ARN, "users": ["u"], "groups": None, "roles": ["r", "s"]},
        Contents(
            attachments=(
                Attachment(kind="user", owner="u", policy=READ_ARN),
                Attachment(kind="role", owner="r", policy=READ_ARN),
                Attachment(kind="role", owner="s", policy=READ_ARN),
            )
        ),
    ),
    "aws_iam_group_membership": (
        {"name": "m", "group": "staff", "users": ["ann", "bob"]},
        Contents(memberships=(Membership(user="ann", group="staff"), Membership(user="bob", group="staff"))),
    ),
    "aws_iam_user_group_membership": (
        {"user": "bob", "groups": ["staff"]},
        Contents(memberships=(Membership(user="bob", group="staff"),)),
    ),
    "aws_iam_openid_connect_provider": (
        {
            "arn": f"{ARN}:oidc-provider/ci.example.com",
            "url": "ci.example.com",
            "client_id_list": ["sts.amazonaws.com"],
            "thumbprint_list": ["a" * 40],
            "tags_all": {},
        },
        Contents(
            oidc_providers=(
                OIDCProvider(
                    url="https://ci.example.com", client_ids=("sts.amazonaws.com",), thumbprints=("a" * 40,)
                ),
            )
        ),
    ),
    "aws_iam_saml_provider": (
        {
            "arn": f"{ARN}:saml-provider/adfs",
            "name": "adfs",
            "saml_metadata_document": "<x/>",
            "tags_all": {},
        },
        Contents(saml_providers=(SamlProvider(name="adfs", metadata="<x/>"),)),
    ),
    "aws_iam_account_alias": ({"account_alias": "example"}, Contents(alias="example")),
    "aws_iam_account_password_policy": (
        {
            "allow_users_to_change_password": True,
            "expire_passwords": False,
            "hard_expiry": False,
            "max_password_age": 0,
            "minimum_password_length": 14,
            "password_reuse_prevention": 5,
            "require_lowercase_characters": True,
            "require_numbers": False,
            "require_symbols": None,
            "require_uppercase_characters": True,
        },
        Contents(
            password_policy=PasswordPolicy(
                minimum_length=14,
                require_uppercase=True,
                require_lowercase=True,
                allow_users_to_change_password=True,
                reuse_prevention=5,
                hard_expiry=False,
            )
        ),
    ),
    "aws_iam_service_linked_role": (
        {
            "arn": f"{ARN}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "aws_service_name": "ecs.amazonaws.com",
            "create_date": "2021-01-02T03:04:05Z",
            "custom_suffix": "",
            "description": "",
            "name": "AWSServiceRoleForECS",
            "path": "/aws-service-role/ecs.amazonaws.com/",
            "tags_all": {},
            "unique_id": "AROAECSECSECSECSECSEC",
        },
        Contents(
            roles=(
                Role(
                    name="AWSServiceRoleForECS",
                    path="/aws-service-role/ecs.amazonaws.com/",
                    id="AROAECSECSECSECSECSEC",
                    created_at="2021-01-02T03:04:05Z",  # type: ignore[arg-type]  # read below
                    trust_policy=(
                        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
                        '{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
                    ),
                    max_session_duration=3600,
                ),
            ),
            attachments=(
                Attachment(
                    kind="role",
                    owner="AWSServiceRoleForECS",
                    policy="arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
                ),
            ),
        ),
    ),
}
ANCHOR = (Group(name="anchor"),)


def test_every_type_has_a_case() -> None:
    assert set(CASES) == set(TYPES)


@pytest.mark.parametrize("type_", CASES)
def test_a_resource(tmp_path: Path, type_: str) -> None:
    attributes, expected = CASES[type_]
    found = read(tmp_path, state(resource(type_, attributes)))
    wanted = msgspec.convert(msgspec.to_builtins(expected), Contents)
    assert found.contents == msgspec.structs.replace(wanted, groups=ANCHOR + wanted.groups)
    assert (found.account_id, list(found.notes)) == (ACCOUNT, [])


def test_what_is_not_carried_over_is_told_and_never_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        state(
            resource("aws_iam_access_key", *[{"id": "AKIAX", "secret": SECRET, "user": "bob"}] * 2),
            resource("aws_iam_user_login_profile", {"user": "bob", "password": SECRET}),
            resource("aws_iam_virtual_mfa_device", {"base_32_string_seed": SECRET}),
            resource("aws_iam_of_tomorrow", {"x": 1}),
            resource("aws_iam_role_policies_exclusive", {"policy_names": ["a"]}),
            resource("aws_s3_bucket", {"bucket": "b"}, {"bucket": "c"}),
            resource("aws_iam_role", {"broken": True}, mode="data"),
        ),
    )
    assert [f"{note.where}: {note.message}" for note in found.notes] == [
        "resource `aws_iam_access_key`: 2 not carried over: its secret is not carried over; make a new one",
        "resource `aws_iam_of_tomorrow`: 1 not carried over: iamd does not read it",
        "resource `aws_iam_user_login_profile`: 1 not carried over: a password is not carried over; set a new one",
        (
            "resource `aws_iam_virtual_mfa_device`: 1 not carried over: its seed is not carried over;"
            " enable a new device"
        ),
        "other resources: 2 are not of IAM, and are left out",
    ]
    assert SECRET not in repr(found)


def test_counted_and_named_instances_and_those_on_their_way_out(tmp_path: Path) -> None:
    many = resource("aws_iam_group", {"name": "a"}, {"name": "b"})
    many["instances"][0]["index_key"] = 0
    many["instances"].append({"deposed": "00000000", "attributes": {"name": "gone"}})
    many["module"] = "module.people"
    assert [each.name for each in read(tmp_path, state(many)).contents.groups] == ["anchor", "a", "b"]


def test_several_states_add_up(tmp_path: Path, empty: World) -> None:
    roles = state(resource("aws_iam_role", ROLE), resource("aws_iam_policy", CASES["aws_iam_policy"][0]))
    attached = state(
        resource("aws_iam_role_policy_attachment", {"role": "deploy", "policy_arn": READ_ARN}),
        resource("aws_iam_role_policy", {"role": "deploy", "name": "more", "policy": READ}),
    )
    account = read(tmp_path, attached, roles)
    made(empty, account.contents)
    assert {each.policy for each in exported(empty).attachments} == {
        READ_ARN,
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    # A state that only attaches adds to a role that is there.
    for path in tmp_path.iterdir():
        path.unlink()
    (more,) = [read(tmp_path, state(resource("aws_iam_group_membership", {"group": "anchor", "users": []})))]
    assert made(empty, more.contents)["made"] == {}


def test_a_policy_whose_versions_the_state_does_not_know(tmp_path: Path, empty: World) -> None:
    policy = CASES["aws_iam_policy"][0]
    first = read(tmp_path, state(resource("aws_iam_policy", policy))).contents
    made(empty, first)
    iam = empty.root.iam
    iam.create_policy_version(PolicyArn=READ_ARN, PolicyDocument=READ + " ", SetAsDefault=True)
    assert made(empty, first)["changed"] == {"policies": 1}
    versions = iam.list_policy_versions(PolicyArn=READ_ARN)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [
        ("v3", True),
        ("v2", False),
        ("v1", False),
    ]
    assert made(empty, first)["changed"] == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 3}, "is a Terraform state of version 3, and iamd reads version 4"),
        ({"resources": {}}, "no resource of this state tells its account"),
        ({"resources": [1]}, "is no Terraform state: TypeError"),
        ({"resources": [{}]}, "is no Terraform state: KeyError('mode')"),
        ({"resources": None}, "is no Terraform state: TypeError"),
    ],
)
def test_what_is_no_such_state(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert said in said_of(tmp_path, state(**changes))


@pytest.mark.parametrize(
    ("type_", "attributes"),
    [
        ("aws_iam_user", {"path": "/"}),
        ("aws_iam_user", {"name": None}),
        ("aws_iam_user", {"name": [SECRET]}),
        ("aws_iam_user", {"name": "x", "tags_all": SECRET}),
        ("aws_iam_user", {"name": "x", "unique_id": 1}),
        ("aws_iam_role", {**ROLE, "create_date": SECRET}),
        ("aws_iam_role", {**ROLE, "inline_policy": SECRET}),
        ("aws_iam_group_membership", {"group": "g", "users": 1}),
        ("aws_iam_account_password_policy", {"minimum_password_length": SECRET}),
    ],
    ids=range(9),
)
def test_a_resource_that_has_another_form(tmp_path: Path, type_: str, attributes: dict[str, Any]) -> None:
    """R-78: whatever a state holds, an error does not show it."""
    said = said_of(tmp_path, state(resource(type_, attributes)))
    assert SECRET not in said
