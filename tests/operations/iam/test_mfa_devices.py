"""Virtual MFA devices: made, enabled, synchronized, listed, deactivated, deleted."""

import base64
import io
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import segno
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow

from iamd.domain.mfa_devices import STEP_SECONDS

WRONG_CODE = ("InvalidAuthenticationCode", "Authentication code for device is not valid.")
NOT_THE_USERS = ("NoSuchEntity", "MFA Device invalid for user.")
MISSING_USER = ("NoSuchEntity", "The user with name nobody cannot be found.")


def missing(serial_number: str) -> tuple[str, str]:
    return "NoSuchEntity", f"MFA Device with serial number {serial_number} does not exist."


class Authenticator:
    """A virtual device in somebody's hand; its clock is the world's."""

    def __init__(self, world: World, name: str = "phone", **parameters: Any) -> None:
        device = world.root.iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **parameters)
        self.world = world
        # Away from the end of a step: the server shall not see the next one when it is told of this one.
        into_step = world.clock.now().timestamp() % STEP_SECONDS
        if into_step > STEP_SECONDS / 2:
            world.clock.advance(timedelta(seconds=STEP_SECONDS - into_step))
        self.serial_number: str = device["VirtualMFADevice"]["SerialNumber"]
        self.totp = pyotp.TOTP(device["VirtualMFADevice"]["Base32StringSeed"].decode())

    def code(self, steps: int = 0) -> str:
        """Return the code of the step that is so many steps from now."""
        return self.totp.at(self.world.clock.now(), counter_offset=steps)

    def codes(self, steps: int = 0) -> dict[str, str]:
        """Return the parameters of an operation that wants two codes, the second of them so many steps from now."""
        return {
            "SerialNumber": self.serial_number,
            "AuthenticationCode1": self.code(steps - 1),
            "AuthenticationCode2": self.code(steps),
        }

    def enable(self, user: str) -> "Authenticator":
        self.world.root.iam.enable_mfa_device(UserName=user, **self.codes())
        return self

    def wait(self) -> None:
        """Let the codes that were used pass away."""
        self.world.clock.advance(timedelta(minutes=2))


@pytest.fixture
def bob(root: Actor) -> str:
    root.iam.create_user(UserName="Bob", Path="/it/")
    return "Bob"


@pytest.fixture
def phone(world: World) -> Authenticator:
    return Authenticator(world)


def serial_numbers(answer: dict[str, Any], member: str = "VirtualMFADevices") -> list[str]:
    return [device["SerialNumber"] for device in answer[member]]


# CreateVirtualMFADevice


def test_a_new_device_tells_its_seed_as_text_and_as_a_picture(root: Actor) -> None:
    answer = root.iam.create_virtual_mfa_device(VirtualMFADeviceName="bob+s", Path="/it//x/")

    device = answer["VirtualMFADevice"]
    assert device == {
        "SerialNumber": arn("mfa/it//x/bob+s"),
        "Base32StringSeed": device["Base32StringSeed"],
        "QRCodePNG": device["QRCodePNG"],
    }
    seed = device["Base32StringSeed"].decode()
    assert len(seed) == 64
    assert len(base64.b32decode(seed)) == 40
    uri = f"otpauth://totp/Amazon%20Web%20Services:bob%2Bs@{ACCOUNT}?secret={seed}&issuer=Amazon%20Web%20Services"
    parsed = pyotp.parse_uri(uri)
    assert (parsed.name, parsed.issuer, parsed.secret) == (f"bob+s@{ACCOUNT}", "Amazon Web Services", seed)
    picture = io.BytesIO()
    segno.make_qr(uri).save(picture, kind="png", scale=4)
    assert device["QRCodePNG"] == picture.getvalue()
    assert device["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")


def test_every_seed_is_another(root: Actor) -> None:
    seeds = {
        root.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["Base32StringSeed"]
        for name in ("a", "b", "c")
    }

    assert len(seeds) == 3


def test_tags_are_told_as_given_and_their_case_counts(root: Actor) -> None:
    tags = [{"Key": "b", "Value": "1"}, {"Key": "A", "Value": "2"}, {"Key": "a", "Value": "3"}]

    device = root.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=tags)["VirtualMFADevice"]

    assert device["Tags"] == tags
    assert refusal(root.iam.create_virtual_mfa_device, VirtualMFADeviceName="x", Tags=[tags[0], tags[0]]) == (
        "InvalidInput",
        "Duplicate tag keys found.",
    )


def test_a_name_is_taken_whatever_its_case_but_only_under_its_path(root: Actor, phone: Authenticator) -> None:
    taken = ("EntityAlreadyExists", "MFA device already exists.")
    assert phone.serial_number == arn("mfa/phone")

    assert refusal(root.iam.create_virtual_mfa_device, VirtualMFADeviceName="phone") == taken
    assert refusal(root.iam.create_virtual_mfa_device, VirtualMFADeviceName="PHONE") == taken
    root.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/it/")


@pytest.mark.parametrize("path", ["it", "/it", "it/", "/i t/", "/i!t/"])
def test_paths_that_cannot_be(root: Actor, path: str) -> None:
    begin_and_end = (
        "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )

    assert refusal(root.iam.create_virtual_mfa_device, VirtualMFADeviceName="phone", Path=path) == (
        "ValidationError",
        f"The specified value for path is invalid. {begin_and_end}",
    )


@pytest.mark.parametrize("path", ["/", "/it/"])
def test_a_serial_number_is_short_enough_to_be_named(root: Actor, path: str) -> None:
    """A device whose serial number no operation takes could never be enabled or deleted."""
    longest = "n" * (256 - len(arn(f"mfa{path}")))
    create, given = root.iam.create_virtual_mfa_device, {"Path": path}
    for name in (longest + "n", "n" * 100_000):
        assert refusal(create, VirtualMFADeviceName=name, **given) == (
            "ValidationError",
            "the serial number of a device has at most 256 characters",
        )
    serial_number = create(VirtualMFADeviceName=longest, **given)["VirtualMFADevice"]["SerialNumber"]
    root.iam.delete_virtual_mfa_device(SerialNumber=serial_number)


# EnableMFADevice


def test_a_device_is_enabled_with_two_consecutive_codes(
    root: Actor, world: World, bob: str, phone: Authenticator
) -> None:
    assert content(root.iam.enable_mfa_device(UserName="bob", **phone.codes())) == {}

    (device,) = root.iam.list_mfa_devices(UserName=bob)["MFADevices"]
    assert device == {
        "UserName": "Bob",
        "SerialNumber": phone.serial_number,
        "EnableDate": device["EnableDate"],
    }
    assert abs((device["EnableDate"] - world.clock.now()).total_seconds()) < 60


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_the_second_code_may_be_one_step_off(root: Actor, bob: str, phone: Authenticator, steps: int) -> None:
    root.iam.enable_mfa_device(UserName=bob, **phone.codes(steps))

    assert serial_numbers(root.iam.list_mfa_devices(UserName=bob), "MFADevices") == [phone.serial_number]


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, -1), (-1, 1), (-12, -11), (5, 6)])
def test_codes_that_are_not_consecutive_and_current(
    root: Actor, bob: str, phone: Authenticator, first: int, second: int
) -> None:
    codes = {"AuthenticationCode1": phone.code(first), "AuthenticationCode2": phone.code(second)}

    assert refusal(root.iam.enable_mfa_device, UserName=bob, SerialNumber=phone.serial_number, **codes) == (
        WRONG_CODE
    )
    assert root.iam.list_mfa_devices(UserName=bob)["MFADevices"] == []


def test_the_codes_of_another_device(root: Actor, world: World, bob: str, phone: Authenticator) -> None:
    codes = Authenticator(world, "other").codes() | {"SerialNumber": phone.serial_number}

    assert refusal(root.iam.enable_mfa_device, UserName=bob, **codes) == WRONG_CODE


def test_a_device_is_enabled_once(root: Actor, bob: str, phone: Authenticator) -> None:
    root.iam.create_user(UserName="carol")
    phone.enable(bob).wait()

    for user in (bob, "carol"):
        assert refusal(root.iam.enable_mfa_device, UserName=user, **phone.codes()) == (
            "EntityAlreadyExists",
            "MFA Device is already in use.",
        )


def test_neither_users_nor_devices_that_are_not_there(root: Actor, bob: str, phone: Authenticator) -> None:
    codes = phone.codes()
    gone = arn("mfa/gone")
    foreign = phone.serial_number.replace(ACCOUNT, "210987654321")

    assert refusal(root.iam.enable_mfa_device, UserName="nobody", **codes) == MISSING_USER
    for serial_number in (gone, foreign, "GAHT12345678"):
        assert refusal(
            root.iam.enable_mfa_device, UserName=bob, **codes | {"SerialNumber": serial_number}
        ) == missing(serial_number)
    assert refusal(root.iam.enable_mfa_device, UserName="nobody", **codes | {"SerialNumber": gone}) == (
        MISSING_USER
    )


def test_a_user_has_at_most_eight_devices(root: Actor, world: World, bob: str) -> None:
    for number in range(8):
        Authenticator(world, f"device-{number}").enable(bob)

    assert refusal(root.iam.enable_mfa_device, UserName=bob, **Authenticator(world, "ninth").codes()) == (
        "LimitExceeded",
        "Cannot exceed quota for MFADevicesPerUser: 8",
    )


# ResyncMFADevice


def test_each_code_once(root: Actor, bob: str, phone: Authenticator) -> None:
    """R-77: what enabled a device does not synchronize it, nor the other way around."""
    used = phone.codes()
    root.iam.enable_mfa_device(UserName=bob, **used)

    assert refusal(root.iam.resync_mfa_device, UserName=bob, **used) == WRONG_CODE
    assert refusal(root.iam.resync_mfa_device, UserName=bob, **phone.codes(1)) == WRONG_CODE
    phone.wait()
    again = phone.codes()
    assert content(root.iam.resync_mfa_device(UserName=bob, **again)) == {}
    assert refusal(root.iam.resync_mfa_device, UserName=bob, **again) == WRONG_CODE


def test_deactivation_does_not_make_a_code_new(root: Actor, bob: str, phone: Authenticator) -> None:
    """R-77: a device that is deactivated and enabled again remembers the last code."""
    used = phone.codes()
    root.iam.enable_mfa_device(UserName=bob, **used)
    root.iam.deactivate_mfa_device(UserName=bob, SerialNumber=phone.serial_number)

    assert refusal(root.iam.enable_mfa_device, UserName=bob, **used) == WRONG_CODE
    phone.wait()
    root.iam.enable_mfa_device(UserName=bob, **phone.codes())


def test_a_device_is_synchronized_only_for_its_own_user(root: Actor, bob: str, phone: Authenticator) -> None:
    root.iam.create_user(UserName="carol")

    assert refusal(root.iam.resync_mfa_device, UserName=bob, **phone.codes()) == NOT_THE_USERS
    phone.enable(bob).wait()
    assert refusal(root.iam.resync_mfa_device, UserName="carol", **phone.codes()) == NOT_THE_USERS
    assert refusal(root.iam.resync_mfa_device, UserName="nobody", **phone.codes()) == MISSING_USER
    gone = phone.codes() | {"SerialNumber": arn("mfa/gone")}
    assert refusal(root.iam.resync_mfa_device, UserName=bob, **gone) == missing(arn("mfa/gone"))
    root.iam.resync_mfa_device(UserName=bob, **phone.codes())


# DeactivateMFADevice and DeleteVirtualMFADevice


def test_a_device_is_deactivated_then_deleted(root: Actor, bob: str, phone: Authenticator) -> None:
    phone.enable(bob)
    device = {"SerialNumber": phone.serial_number}

    assert refusal(root.iam.delete_virtual_mfa_device, **device) == (
        "DeleteConflict",
        "MFA VirtualDevice in use. Must deactivate first.",
    )
    assert refusal(root.iam.delete_user, UserName=bob) == (
        "DeleteConflict",
        "Cannot delete entity, must delete MFA device first.",
    )
    assert content(root.iam.deactivate_mfa_device(UserName="bob", **device)) == {}
    assert root.iam.list_mfa_devices(UserName=bob)["MFADevices"] == []
    assert root.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [device]
    assert refusal(root.iam.deactivate_mfa_device, UserName=bob, **device) == NOT_THE_USERS
    assert content(root.iam.delete_virtual_mfa_device(**device)) == {}
    assert refusal(root.iam.delete_virtual_mfa_device, **device) == missing(phone.serial_number)
    assert refusal(root.iam.deactivate_mfa_device, UserName=bob, **device) == missing(phone.serial_number)
    root.iam.delete_user(UserName=bob)


def test_without_a_name_the_device_is_the_callers_own(world: World, root: Actor) -> None:
    carol = world.user("carol", allow("iam:DeactivateMFADevice", arn("user/carol")))
    phone = Authenticator(world).enable("carol")

    assert refusal(root.iam.deactivate_mfa_device, SerialNumber=phone.serial_number) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )
    carol.iam.deactivate_mfa_device(SerialNumber=phone.serial_number)
    assert root.iam.list_mfa_devices(UserName="carol")["MFADevices"] == []


def test_a_device_of_another_account_is_out_of_reach(world: World, root: Actor) -> None:
    """R-33: whatever the ARN says, a device is looked for in the caller's account only."""
    admin = world.user("admin", allow("*"))
    foreign = arn("mfa/phone", "210987654321")

    for caller in (root, admin):
        code, message = refusal(caller.iam.delete_virtual_mfa_device, SerialNumber=foreign)
        assert code == "AccessDenied"
        assert f"is not authorized to perform: iam:DeleteVirtualMFADevice on resource: {foreign}" in message


# Lists


def test_the_devices_of_a_user_in_the_order_in_which_they_were_enabled(
    root: Actor, world: World, bob: str
) -> None:
    devices = [Authenticator(world, name).enable(bob).serial_number for name in ("c", "a", "b")]

    assert serial_numbers(root.iam.list_mfa_devices(UserName=bob), "MFADevices") == devices
    first = root.iam.list_mfa_devices(UserName=bob, MaxItems=2)
    assert (serial_numbers(first, "MFADevices"), first["IsTruncated"]) == (devices[:2], True)
    second = root.iam.list_mfa_devices(UserName=bob, MaxItems=2, Marker=first["Marker"])
    assert (serial_numbers(second, "MFADevices"), second["IsTruncated"]) == (devices[2:], False)
    assert refusal(root.iam.list_mfa_devices, Marker=first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )
    assert refusal(root.iam.list_mfa_devices, UserName="nobody") == MISSING_USER
    assert content(root.iam.list_mfa_devices()) == {"MFADevices": [], "IsTruncated": False}


def test_without_a_name_the_devices_are_the_callers_own(world: World) -> None:
    carol = world.user("carol", allow("iam:ListMFADevices", arn("user/carol")))
    phone = Authenticator(world).enable("carol")

    assert serial_numbers(carol.iam.list_mfa_devices(), "MFADevices") == [phone.serial_number]


def test_devices_follow_a_rename(root: Actor, bob: str, phone: Authenticator) -> None:
    phone.enable(bob)

    root.iam.update_user(UserName=bob, NewUserName="robert")

    (device,) = root.iam.list_mfa_devices(UserName="robert")["MFADevices"]
    assert (device["UserName"], device["SerialNumber"]) == ("robert", phone.serial_number)


def test_virtual_devices_by_assignment(root: Actor, world: World, bob: str) -> None:
    enabled = Authenticator(world, "b", Tags=[{"Key": "k", "Value": "v"}]).enable(bob).serial_number
    free = [Authenticator(world, name).serial_number for name in ("a", "c")]
    (enable_date,) = (
        device["EnableDate"] for device in root.iam.list_mfa_devices(UserName=bob)["MFADevices"]
    )
    shown = {
        "SerialNumber": enabled,
        "EnableDate": enable_date,
        "User": root.iam.get_user(UserName=bob)["User"],
    }

    assert content(root.iam.list_virtual_mfa_devices()) == {
        "VirtualMFADevices": [{"SerialNumber": free[0]}, shown, {"SerialNumber": free[1]}],
        "IsTruncated": False,
    }
    assert content(root.iam.list_virtual_mfa_devices(AssignmentStatus="Any")) == (
        content(root.iam.list_virtual_mfa_devices())
    )
    assert root.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"] == [shown]
    assert serial_numbers(root.iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")) == free
    summary = root.iam.get_account_summary()["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"]) == (3, 1)


def test_virtual_devices_in_pages_under_a_filter(root: Actor, world: World, bob: str) -> None:
    made = [Authenticator(world, f"device-{number}") for number in range(7)]
    for number in (0, 3, 6):
        made[number].enable(bob)
    free = [made[number].serial_number for number in (1, 2, 4, 5)]

    pages = list(
        root.iam.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus="Unassigned", PaginationConfig={"PageSize": 2}
        )
    )

    assert [serial_numbers(page) for page in pages] == [free[:2], free[2:]]
    assert [page["IsTruncated"] for page in pages] == [True, False]
    assert refusal(
        root.iam.list_virtual_mfa_devices, AssignmentStatus="Assigned", Marker=pages[0]["Marker"]
    ) == ("ValidationError", "Invalid Marker.")


def test_a_device_may_be_asked_about_with_and_without_its_user(
    root: Actor, bob: str, phone: Authenticator
) -> None:
    device = {"SerialNumber": phone.serial_number}
    assert refusal(root.iam.get_mfa_device, **device) == missing(phone.serial_number)
    assert refusal(root.iam.get_mfa_device, UserName=bob, **device) == NOT_THE_USERS
    phone.enable(bob)
    (shown,) = root.iam.list_mfa_devices(UserName=bob)["MFADevices"]

    assert content(root.iam.get_mfa_device(**device)) == shown
    assert content(root.iam.get_mfa_device(UserName="bob", **device)) == shown
    assert refusal(root.iam.get_mfa_device, UserName="nobody", **device) == MISSING_USER
    assert refusal(root.iam.get_mfa_device, SerialNumber=arn("mfa/gone")) == missing(arn("mfa/gone"))


def test_whose_a_device_is_is_not_told_to_whoever_may_not_ask(
    world: World, bob: str, phone: Authenticator
) -> None:
    """R-28: a device of somebody else, one of nobody, and one that is not there are refused alike."""
    phone.enable(bob)
    free = Authenticator(world, "free").serial_number
    stranger = world.user("stranger")

    for serial_number in (phone.serial_number, free, arn("mfa/gone")):
        assert refusal(stranger.iam.get_mfa_device, SerialNumber=serial_number) == denial(
            arn("user/stranger"), "iam:GetMFADevice", serial_number
        )


# What a code is for


def test_a_code_opens_a_session_once_and_the_session_must_name_its_user(world: World, root: Actor) -> None:
    """R-77: a code that a session was opened with is used up, here and in STS."""
    carol = world.user("carol", allow("iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    phone = Authenticator(world).enable("carol")
    phone.wait()
    code = {"SerialNumber": phone.serial_number, "TokenCode": phone.code()}
    assert refusal(carol.iam.get_user)[0] == "AccessDenied"

    session = Actor(world, Credentials.of(carol.sts.get_session_token(**code)["Credentials"]))

    assert session.iam.get_user()["User"]["UserName"] == "carol"
    assert serial_numbers(session.iam.list_mfa_devices(), "MFADevices") == [phone.serial_number]
    assert refusal(carol.sts.get_session_token, **code)[0] == "AccessDenied"
    used = {"AuthenticationCode1": code["TokenCode"], "AuthenticationCode2": phone.code(1)}
    assert refusal(
        root.iam.resync_mfa_device, UserName="carol", SerialNumber=phone.serial_number, **used
    ) == (WRONG_CODE)
    # Access keys are managed without a name by long-term credentials only.
    assert refusal(session.iam.list_access_keys) == (
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )
    assert len(session.iam.list_access_keys(UserName="carol")["AccessKeyMetadata"]) == 1


# Who may


@pytest.mark.parametrize(
    ("operation", "action", "resource", "shown"),
    [
        ("create_virtual_mfa_device", "iam:CreateVirtualMFADevice", "mfa/it/new", arn("mfa/it/new")),
        ("delete_virtual_mfa_device", "iam:DeleteVirtualMFADevice", "mfa/free", arn("mfa/free")),
        ("enable_mfa_device", "iam:EnableMFADevice", "user/it/Bob", "user Bob"),
        ("deactivate_mfa_device", "iam:DeactivateMFADevice", "user/it/Bob", "user Bob"),
        ("resync_mfa_device", "iam:ResyncMFADevice", "user/it/Bob", "user Bob"),
        ("list_mfa_devices", "iam:ListMFADevices", "user/it/Bob", "user Bob"),
        ("list_virtual_mfa_devices", "iam:ListVirtualMFADevices", "mfa/", arn("mfa/")),
        ("get_mfa_device", "iam:GetMFADevice", "user/it/Bob", arn("mfa/phone")),
    ],
)
def test_who_may(
    world: World, bob: str, phone: Authenticator, operation: str, action: str, resource: str, shown: str
) -> None:
    free = Authenticator(world, "free")
    phone.enable(bob).wait()
    params = {
        "create_virtual_mfa_device": {"VirtualMFADeviceName": "new", "Path": "/it/"},
        "delete_virtual_mfa_device": {"SerialNumber": free.serial_number},
        "enable_mfa_device": {"UserName": bob} | free.codes(),
        "deactivate_mfa_device": {"UserName": bob, "SerialNumber": phone.serial_number},
        "resync_mfa_device": {"UserName": bob} | phone.codes(),
        "list_mfa_devices": {"UserName": bob},
        "list_virtual_mfa_devices": {},
        "get_mfa_device": {"SerialNumber": phone.serial_number},
    }[operation]

    check_permission(world, operation, action, arn(resource), shown, **params)
