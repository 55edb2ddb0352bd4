"""GenerateCredentialReport, GetCredentialReport, GetAccountAuthorizationDetails."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn, check_permission, content, refusal
from tests.support.key_material import certificate
from tests.support.world import ACCOUNT, Actor, World, allow, document

READING = allow("s3:GetObject")
READ = {"Version": "2012-10-17", "Statement": [READING]}
STARTED = {
    "State": "STARTED",
    "Description": "No report exists. Starting a new report generation task",
}
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,"
    "access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
AWS_POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def report(root: Actor) -> dict[str, dict[str, str]]:
    root.iam.generate_credential_report()
    text = root.iam.get_credential_report()["Content"].decode()
    return {line["user"]: line for line in csv.DictReader(io.StringIO(text))}


def cell(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")


# The credential report


def test_a_report_is_made_when_it_is_asked_for(root: Actor, world: World) -> None:
    """fact 77."""
    with pytest.raises(ClientError) as caught:
        root.iam.get_credential_report()
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": "ReportNotPresent"}
    assert world.responses[-1].status == 410

    assert content(root.iam.generate_credential_report()) == STARTED
    assert content(root.iam.generate_credential_report()) == {"State": "COMPLETE"}
    found = content(root.iam.get_credential_report())
    assert found == {
        "Content": found["Content"],
        "ReportFormat": "text/csv",
        "GeneratedTime": found["GeneratedTime"],
    }
    assert found["Content"].decode().splitlines()[0] == COLUMNS
    assert abs((found["GeneratedTime"] - world.clock.now()).total_seconds()) < 60


def test_a_report_is_made_at_most_every_four_hours(root: Actor, world: World) -> None:
    assert set(report(root)) == {"<root_account>"}
    root.iam.create_user(UserName="bob")
    world.clock.advance(timedelta(hours=3, minutes=59))
    assert set(report(root)) == {"<root_account>"}

    world.clock.advance(timedelta(minutes=2))
    assert refusal(root.iam.get_credential_report) == (
        "ReportExpired",
        "The most recent credential report has expired.",
    )
    assert content(root.iam.generate_credential_report()) == STARTED
    assert set(report(root)) == {"<root_account>", "bob"}


def test_a_user_with_nothing(root: Actor) -> None:
    user = root.iam.create_user(UserName="b,o.b", Path="/it/")["User"]

    line = report(root)["b,o.b"]
    assert line == {
        **dict.fromkeys(COLUMNS.split(","), "N/A"),
        "user": "b,o.b",
        "arn": arn("user/it/b,o.b"),
        "user_creation_time": cell(user["CreateDate"]),
        **dict.fromkeys(
            (
                "password_enabled",
                "mfa_active",
                "access_key_1_active",
                "access_key_2_active",
                "cert_1_active",
                "cert_2_active",
            ),
            "false",
        ),
    }


def test_a_user_with_everything(root: Actor, world: World) -> None:
    bob = world.user("bob")
    keys = root.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    second = root.iam.create_access_key(UserName="bob")["AccessKey"]
    root.iam.update_access_key(UserName="bob", AccessKeyId=second["AccessKeyId"], Status="Inactive")
    profile = root.iam.create_login_profile(UserName="bob", Password="First-password-1")["LoginProfile"]
    root.iam.update_account_password_policy(MaxPasswordAge=90)
    signing = root.iam.upload_signing_certificate(UserName="bob", CertificateBody=certificate())[
        "Certificate"
    ]
    bob.sts.get_caller_identity()
    used = root.iam.get_access_key_last_used(AccessKeyId=keys[0]["AccessKeyId"])["AccessKeyLastUsed"]

    line = report(root)["bob"]
    del line["user_creation_time"]
    assert line == {
        "user": "bob",
        "arn": arn("user/bob"),
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": cell(profile["CreateDate"]),
        "password_next_rotation": cell(profile["CreateDate"] + timedelta(days=90)),
        "mfa_active": "false",
        "access_key_1_active": "true",
        "access_key_1_last_rotated": cell(keys[0]["CreateDate"]),
        "access_key_1_last_used_date": cell(used["LastUsedDate"]),
        "access_key_1_last_used_region": used["Region"],
        "access_key_1_last_used_service": "sts",
        "access_key_2_active": "false",
        "access_key_2_last_rotated": cell(second["CreateDate"]),
        "access_key_2_last_used_date": "N/A",
        "access_key_2_last_used_region": "N/A",
        "access_key_2_last_used_service": "N/A",
        "cert_1_active": "true",
        "cert_1_last_rotated": cell(signing["UploadDate"]),
        "cert_2_active": "false",
        "cert_2_last_rotated": "N/A",
    }


def test_the_root_is_in_the_report(root: Actor) -> None:
    line = report(root)["<root_account>"]

    assert (line["arn"], line["access_key_1_active"], line["mfa_active"]) == (arn("root"), "true", "false")
    assert {line[f"password_{name}"] for name in ("enabled", "last_changed", "next_rotation")} == {
        "not_supported"
    }
    assert line["password_last_used"] == "no_information"
    assert line["access_key_1_last_used_service"] == "iam"


# GetAccountAuthorizationDetails


def test_an_empty_account(root: Actor) -> None:
    assert content(root.iam.get_account_authorization_details()) == {
        **{name: [] for name in LISTS},
        "IsTruncated": False,
    }


def test_a_user_and_its_group(root: Actor) -> None:
    """fact 76."""
    iam = root.iam
    user = iam.create_user(UserName="bob", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=AWS_POLICY)
    group = iam.create_group(GroupName="staff", Path="/g/")["Group"]
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    iam.attach_group_policy(GroupName="staff", PolicyArn=AWS_POLICY)
    plain = {name: user["User"][name] for name in ("Path", "UserName", "UserId", "Arn", "CreateDate")}
    expected = {
        **plain,
        "GroupList": ["staff"],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": AWS_POLICY},
        "Tags": [{"Key": "a", "Value": "b"}],
    }

    found = content(iam.get_account_authorization_details())
    assert found["UserDetailList"] == [expected]
    assert found["GroupDetailList"] == [
        {
            **group,
            "GroupPolicyList": [],
            "AttachedManagedPolicies": [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": AWS_POLICY}],
        }
    ]
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=document(READING))
    (found_user,) = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    assert found_user == expected | {"UserPolicyList": [{"PolicyName": "own", "PolicyDocument": READ}]}


def test_a_role_and_its_instance_profile(root: Actor, world: World) -> None:
    """fact 76."""
    world.role("worker", {"AWS": arn("root")}, READING)
    root.iam.create_instance_profile(InstanceProfileName="worker")
    root.iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName="worker")
    (profile,) = root.iam.list_instance_profiles()["InstanceProfiles"]
    (role,) = profile["Roles"]

    (found,) = root.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert found == role | {
        "InstanceProfileList": [profile],
        "RolePolicyList": [{"PolicyName": "test", "PolicyDocument": READ}],
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": {},
    }


def test_policies_carry_their_documents(root: Actor) -> None:
    iam = root.iam
    iam.create_user(UserName="bob")
    text = document(READING)
    made = iam.create_policy(PolicyName="own", PolicyDocument=text, Description="Mine.")["Policy"]
    second = iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=text)["PolicyVersion"]
    for policy in (made["Arn"], AWS_POLICY):
        iam.attach_user_policy(UserName="bob", PolicyArn=policy)

    own, aws = iam.get_account_authorization_details()["Policies"]
    versions = own.pop("PolicyVersionList")
    assert own == made | {
        "AttachmentCount": 1,
        "Description": "Mine.",
        "UpdateDate": own["UpdateDate"],
    }
    assert versions == [
        {"Document": READ, "VersionId": "v2", "IsDefaultVersion": False, "CreateDate": second["CreateDate"]},
        {"Document": READ, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": made["CreateDate"]},
    ]
    (version,) = aws["PolicyVersionList"]
    assert (aws["Arn"], aws["AttachmentCount"]) == (AWS_POLICY, 1)
    assert (version["VersionId"], version["IsDefaultVersion"]) == (aws["DefaultVersionId"], True)
    assert version["Document"]["Statement"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["User"], (1, 0, 0, 0)),
        (["Group"], (0, 1, 0, 0)),
        (["Role"], (0, 0, 1, 0)),
        (["LocalManagedPolicy"], (0, 0, 0, 1)),
        (["AWSManagedPolicy"], (0, 0, 0, 1)),
        (["LocalManagedPolicy", "AWSManagedPolicy", "User"], (1, 0, 0, 2)),
    ],
)
def test_a_filter_leaves_the_rest_empty(
    root: Actor, world: World, kinds: list[str], expected: tuple[int, ...]
) -> None:
    _one_of_each(root, world)

    found = content(root.iam.get_account_authorization_details(Filter=kinds))
    assert tuple(len(found[name]) for name in LISTS) == expected
    wrong = refusal(root.iam.get_account_authorization_details, Filter=["Everything"])
    assert wrong[0] == "ValidationError"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_details_come_in_pages_across_kinds(root: Actor, world: World, size: int) -> None:
    _one_of_each(root, world)
    root.iam.create_user(UserName="Bob")
    root.iam.create_user(UserName="carol")
    pages = list(
        root.iam.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": size}
        )
    )

    assert all(sum(len(page[name]) for name in LISTS) == size for page in pages[:-1])
    together: dict[str, list[Any]] = {name: [each for page in pages for each in page[name]] for name in LISTS}
    whole = root.iam.get_account_authorization_details()
    assert together == {name: whole[name] for name in LISTS}
    assert [user["UserName"] for user in whole["UserDetailList"]] == ["alice", "Bob", "carol"]
    marker = root.iam.get_account_authorization_details(MaxItems=1)["Marker"]
    assert refusal(root.iam.get_account_authorization_details, Filter=["User"], Marker=marker) == (
        "ValidationError",
        "Invalid Marker.",
    )


def _one_of_each(root: Actor, world: World) -> None:
    root.iam.create_user(UserName="alice")
    root.iam.create_group(GroupName="staff")
    world.role("worker", {"AWS": arn("root")})
    root.iam.create_policy(PolicyName="own", PolicyDocument=document(READING))
    root.iam.attach_group_policy(GroupName="staff", PolicyArn=AWS_POLICY)


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("generate_credential_report", "iam:GenerateCredentialReport"),
        ("get_credential_report", "iam:GetCredentialReport"),
        ("get_account_authorization_details", "iam:GetAccountAuthorizationDetails"),
    ],
)
def test_who_may(world: World, operation: str, action: str) -> None:
    world.root.iam.generate_credential_report()
    check_permission(world, operation, action, "*", "*")


# SetSecurityTokenServicePreferences


def test_the_version_of_tokens_is_kept(root: Actor, world: World) -> None:
    def version() -> Any:
        return root.iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"]

    set_version = root.iam.set_security_token_service_preferences
    assert content(set_version(GlobalEndpointTokenVersion="v2Token")) == {}
    assert version() == 2
    set_version(GlobalEndpointTokenVersion="v1Token")
    assert version() == 1
    assert refusal(set_version, GlobalEndpointTokenVersion="v3Token")[0] == "ValidationError"
    assert ACCOUNT in root.sts.get_caller_identity()["Arn"]
    check_permission(
        world,
        "set_security_token_service_preferences",
        "iam:SetSecurityTokenServicePreferences",
        "*",
        "*",
        GlobalEndpointTokenVersion="v2Token",
    )
