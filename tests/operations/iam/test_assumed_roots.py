"""What IAM lets an assumed root do: the tasks of AWS's policies, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.key_material import certificate
from tests.support.organization import Organized
from tests.support.root_access import (
    AUDIT,
    CREATE,
    CREDENTIALS_TASKS,
    DELETE,
    SESSIONS_TASKS,
    assume,
    root_of,
    with_root_access,
)
from tests.support.world import Actor, World

from iamd.domain.mfa_devices import MFADevice
from iamd.store.interface import Transaction

NO_TOKEN = ("InvalidClientTokenId", "The security token included in the request is invalid.")


@pytest.fixture
def org(world: World) -> Organized:
    """Give an organization with both features."""
    return with_root_access(world)


@pytest.fixture
def member(org: Organized) -> str:
    return org.account("alpha")


def give_device(org: Organized, member: str, name: str) -> MFADevice:
    """Give the root of a member an MFA device, which nobody can do through the API."""
    admin, app = org.enter(member).iam, org.world.app
    made = admin.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]

    def enable(tx: Transaction) -> MFADevice:
        found = tx.mfa_devices.find(made["SerialNumber"])
        assert found is not None
        device = replace(found, owner_id=member, enabled_at=org.world.clock.now())
        tx.mfa_devices.put(device)
        return device

    return app.store.write(enable).result()


def test_audit(org: Organized, member: str) -> None:
    root = org.root(member)
    body = certificate("root")
    certificate_id = root.iam.upload_signing_certificate(CertificateBody=body)["Certificate"]["CertificateId"]
    assert root.credentials is not None
    iam = assume(org.steward, member, AUDIT).iam

    (key,) = iam.list_access_keys()["AccessKeyMetadata"]
    assert key["AccessKeyId"] == root.credentials.access_key_id
    (found,) = iam.list_signing_certificates()["Certificates"]
    assert found["CertificateId"] == certificate_id
    assert iam.list_mfa_devices()["MFADevices"] == []
    assert iam.get_user()["User"]["Arn"] == root_of(member)
    used = iam.get_access_key_last_used(AccessKeyId=root.credentials.access_key_id)
    assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"
    assert refusal(iam.get_login_profile) == (
        "NoSuchEntity",
        "Login Profile for User root cannot be found.",
    )
    summary = iam.get_account_summary()["SummaryMap"]
    present = {name: value for name, value in summary.items() if name.startswith("Account")}
    assert present == {
        "AccountAccessKeysPresent": 1,
        "AccountMFAEnabled": 0,
        "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": 1,
    }


def test_a_password(org: Organized, member: str) -> None:
    iam = assume(org.steward, member, CREATE).iam
    profile = iam.create_login_profile()["LoginProfile"]
    assert profile == {
        "UserName": "root",
        "CreateDate": profile["CreateDate"],
        "PasswordResetRequired": False,
    }
    assert iam.get_login_profile()["LoginProfile"] == profile
    assert refusal(iam.create_login_profile) == (
        "EntityAlreadyExists",
        "Login Profile for user root already exists.",
    )
    summary = assume(org.steward, member, AUDIT).iam.get_account_summary()["SummaryMap"]
    assert summary["AccountPasswordPresent"] == 1

    deleting = assume(org.steward, member, DELETE).iam
    assert deleting.get_login_profile()["LoginProfile"] == profile
    deleting.delete_login_profile()
    gone = ("NoSuchEntity", "Login Profile for User root cannot be found.")
    assert refusal(deleting.delete_login_profile) == gone
    assert refusal(iam.get_login_profile) == gone


@pytest.mark.parametrize("given", [{"Password": "Correct-horse-1"}, {"PasswordResetRequired": True}])
def test_nobody_chooses_the_password(org: Organized, member: str, given: dict[str, Any]) -> None:
    iam = assume(org.steward, member, CREATE).iam
    assert refusal(iam.create_login_profile, **given) == (
        "ValidationError",
        "A password must be omitted when you make the request with an AssumeRoot session.",
    )


def test_the_account_s_alias_is_the_root_s_name(org: Organized, member: str) -> None:
    org.enter(member).iam.create_account_alias(AccountAlias="alpha-team")
    profile = assume(org.steward, member, CREATE).iam.create_login_profile()["LoginProfile"]
    assert profile["UserName"] == "alpha-team"


def test_deleting_keys_and_certificates(org: Organized, member: str) -> None:
    root = org.root(member)
    body = certificate("root")
    certificate_id = root.iam.upload_signing_certificate(CertificateBody=body)["Certificate"]["CertificateId"]
    assert root.credentials is not None
    iam = assume(org.steward, member, DELETE).iam
    iam.delete_signing_certificate(CertificateId=certificate_id)
    assert iam.list_signing_certificates()["Certificates"] == []
    iam.delete_access_key(AccessKeyId=root.credentials.access_key_id)
    assert iam.list_access_keys()["AccessKeyMetadata"] == []
    assert refusal(root.sts.get_caller_identity) == NO_TOKEN


@pytest.mark.parametrize("name", ["phone", "root-account-mfa-device"])
def test_deleting_a_device(org: Organized, member: str, name: str) -> None:
    device = give_device(org, member, name)
    serial = {"SerialNumber": device.serial_number}
    iam = assume(org.steward, member, DELETE).iam
    assert [each["SerialNumber"] for each in iam.list_mfa_devices()["MFADevices"]] == [device.serial_number]
    assert refusal(iam.delete_virtual_mfa_device, **serial)[0] == "DeleteConflict"
    iam.deactivate_mfa_device(**serial)
    assert iam.list_mfa_devices()["MFADevices"] == []
    if name == "phone":
        # It is nobody's now, and might be anybody's next.
        assert refusal(iam.delete_virtual_mfa_device, **serial)[0] == "AccessDenied"
    else:
        iam.delete_virtual_mfa_device(**serial)
        assert refusal(iam.delete_virtual_mfa_device, **serial)[0] == "NoSuchEntity"


def test_the_devices_of_others_are_not_the_root_s(org: Organized, member: str) -> None:
    admin = org.enter(member).iam
    device = admin.create_virtual_mfa_device(VirtualMFADeviceName="theirs")["VirtualMFADevice"]
    iam = assume(org.steward, member, DELETE).iam
    serial = {"SerialNumber": device["SerialNumber"]}
    assert refusal(iam.delete_virtual_mfa_device, **serial)[0] == "AccessDenied"
    assert refusal(iam.deactivate_mfa_device, **serial) == (
        "NoSuchEntity",
        "MFA Device invalid for user.",
    )


def test_nothing_else_is_allowed(org: Organized, member: str) -> None:
    admin = org.enter(member).iam
    admin.create_user(UserName="eve")
    key_id = admin.create_access_key(UserName="eve")["AccessKey"]["AccessKeyId"]
    org.root(member)
    sessions = {task: assume(org.steward, member, task) for task in CREDENTIALS_TASKS + SESSIONS_TASKS}
    others: list[Callable[[Actor], Any]] = [
        lambda root: root.iam.list_users(),
        lambda root: root.iam.create_access_key(),
        lambda root: root.iam.create_user(UserName="mallory"),
        lambda root: root.iam.list_access_keys(UserName="eve"),
        lambda root: root.iam.delete_access_key(UserName="eve", AccessKeyId=key_id),
        lambda root: root.iam.get_login_profile(UserName="eve"),
        lambda root: root.iam.create_login_profile(UserName="eve", Password="Correct-horse-1"),
        lambda root: root.iam.get_user(UserName="eve"),
        lambda root: root.sts.get_access_key_info(AccessKeyId=key_id),
        lambda root: root.organizations.leave_organization(),
    ]
    for task, session in sessions.items():
        for other in others:
            code, message = refusal(lambda: other(session))  # noqa: B023  called at once
            assert code in {"AccessDenied", "AccessDeniedException"}, (task, message)
            assert "with an explicit deny in an identity-based policy" in message, (task, message)
    for task in SESSIONS_TASKS:
        assert refusal(sessions[task].iam.list_access_keys)[0] == "AccessDenied"
    for operation in ("get_session_token", "get_federation_token"):
        call = getattr(sessions[AUDIT].sts, operation)
        given = {"Name": "fed"} if operation == "get_federation_token" else {}
        assert refusal(call, **given) == (
            "AccessDenied",
            f"Cannot call {''.join(map(str.capitalize, operation.split('_')))} with session credentials",
        )
    role = {"RoleArn": arn("role/OrganizationAccountAccessRole", member), "RoleSessionName": "ss"}
    assert refusal(sessions[DELETE].sts.assume_role, **role)[0] == "AccessDenied"
