"""
Virtual MFA devices of users.

What holds for every operation here:

* A device is made unassigned; its seed is told once, as text and as a QR code, and never again.
* A device belongs to one user at most.  To enable it takes two consecutive codes, which shows that somebody has it.
* Each code works once, here and in STS: a device that is deactivated and enabled again remembers the last one.
* A user has at most eight devices.
"""

import base64
import io
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import segno

from iamd.auth.mfa import accept_consecutive_codes
from iamd.auth.target import Target
from iamd.domain.arns import iam_arn, root_arn
from iamd.domain.limits import MFA_DEVICES_PER_USER, USERS_PER_ACCOUNT, check_quota
from iamd.domain.mfa_devices import MFADevice
from iamd.domain.tags import from_wire
from iamd.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.iam.users import show_root, show_user
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import (
    collection,
    mfa_device,
    named_or_calling_user,
    new,
    user,
    user_or_caller,
    user_or_self,
)
from iamd.operations.root_logins import means_root, root_target
from iamd.secret import Secret

_SEED_BYTES = 40
# What operations can name: `serialNumberType` of the model.
_LONGEST_SERIAL_NUMBER = 256
_SERIAL_NUMBER = re.compile("[A-Za-z0-9_+=/:,.@-]*")
_ISSUER = "Amazon Web Services"
_QR_SCALE = 4
_ROOT_DEVICE = "root-account-mfa-device"
"""What AWS's console calls the device of a root user."""


@dataclass(frozen=True, slots=True)
class _Seed:
    """What a new device is made with: the seed in Base32, and the picture that carries it."""

    text: Secret
    qr_code: bytes


def _new_seed(call: Call, params: Params) -> _Seed:
    """Draw a seed of 320 bits and its QR code; slow enough to be kept from the writer."""
    _check_serial_number(call, params)
    seed = base64.b32encode(call.ids.token(_SEED_BYTES)).decode()
    uri = key_uri(params["VirtualMFADeviceName"], call.account_id, seed)
    picture = io.BytesIO()
    segno.make_qr(uri).save(picture, kind="png", scale=_QR_SCALE)
    return _Seed(Secret(seed), picture.getvalue())


def _check_serial_number(call: Call, params: Params) -> None:
    """
    Refuse a device that no operation could name afterwards, not even to delete it.

    Raises:
        ValidationError: Its serial number would be too long, or hold what no serial number holds.
    """
    path, name = params.get("Path", "/"), params["VirtualMFADeviceName"]
    if not _SERIAL_NUMBER.fullmatch(path):
        # fact 65, for a character that the model lets into a path.
        raise ValidationError(
            "The specified value for path is invalid. "
            "It must begin and end with / and contain only alphanumeric characters and/or / characters."
        )
    if len(iam_arn(call.account_id, "mfa", path, name)) > _LONGEST_SERIAL_NUMBER:
        raise ValidationError(
            f"the serial number of a device has at most {_LONGEST_SERIAL_NUMBER} characters"
        )


def key_uri(device_name: str, account_name: str, seed: str) -> str:
    """
    Return what authenticator apps read from the QR code.

    AWS: *VirtualMFADevice*, ``otpauth://totp/$virtualMFADeviceName@$AccountName?secret=$Base32String``; as its console
    does, with the issuer before the name.
    """
    label = f"{quote(_ISSUER)}:{quote(device_name)}@{quote(account_name)}"
    return f"otpauth://totp/{label}?{urlencode({'secret': seed, 'issuer': _ISSUER}, quote_via=quote)}"


@iam_operation(
    "CreateVirtualMFADevice", on=new("mfa", "VirtualMFADeviceName"), mode=Mode.WRITE, prepare=_new_seed
)
def create_virtual_mfa_device(call: Call, params: Params) -> Result:
    """
    Make a device that is nobody's yet, and tell its seed.

    Raises:
        ValidationError: The serial number that it would have is none.
        InvalidInput: A tag key occurs twice.
        EntityAlreadyExists: The path has a device of this name.
        LimitExceeded: The account has as many devices, assigned or not, as it may have users.
    """
    seed: _Seed = call.prepared
    created = MFADevice(
        account_id=call.account_id,
        name=params["VirtualMFADeviceName"],
        path=params.get("Path", "/"),
        seed=seed.text,
        created_at=call.now,
        tags=from_wire(params.get("Tags", ()), ignore_case=False),
    )
    call.store.mfa_devices.add(created)
    check_quota(
        "VirtualMFADevicesPerAccount", call.store.mfa_devices.counts(call.account_id)[0], USERS_PER_ACCOUNT
    )
    shown: dict[str, Any] = {
        "SerialNumber": created.serial_number,
        "Base32StringSeed": seed.text.reveal().encode(),
        "QRCodePNG": seed.qr_code,
    }
    if created.tags:
        shown["Tags"] = [tag.wire for tag in created.tags]
    return {"VirtualMFADevice": shown}


def _deletable_device(call: Call, params: Params) -> Target:
    """
    The device that ``SerialNumber`` names; for an assumed root, what is the root's is the root itself.

    AWS: *IAMDeleteRootUserCredentials* lets DeleteVirtualMFADevice be called on a root user only.
    """
    serial_number = params["SerialNumber"]
    if call.caller.of_assumed_root:
        found = call.store.mfa_devices.find(serial_number)
        of_root = found is not None and found.owner_id == call.account_id
        if of_root or serial_number == iam_arn(call.account_id, "mfa", "/", _ROOT_DEVICE):
            return root_target(call)
    return mfa_device(call, params)


@iam_operation("DeleteVirtualMFADevice", on=_deletable_device, mode=Mode.WRITE)
def delete_virtual_mfa_device(call: Call, params: Params) -> None:
    """
    Delete a device that is nobody's.

    Raises:
        NoSuchEntity: There is no such device.
        DeleteConflict: It belongs to somebody.
    """
    found = named_device(call, params)
    if found.owner_id is not None:
        raise DeleteConflict("MFA VirtualDevice in use. Must deactivate first.")
    call.store.mfa_devices.delete(found)


@iam_operation("EnableMFADevice", on=user, mode=Mode.WRITE)
def enable_mfa_device(call: Call, params: Params) -> None:
    """
    Give a device to a user who shows two consecutive codes of it.

    Raises:
        NoSuchEntity: There is no such user, or no such device.
        EntityAlreadyExists: The device belongs to somebody, be it to this user.
        LimitExceeded: The user has as many devices as it may.
        InvalidAuthenticationCode: The codes are not two consecutive, current, unused codes of the device.
    """
    owner = call.store.users.get(call.account_id, params["UserName"])
    found = named_device(call, params)
    if found.owner_id is not None:
        raise EntityAlreadyExists("MFA Device is already in use.")
    check_quota(
        "MFADevicesPerUser", len(call.store.mfa_devices.list_of(owner.user_id)) + 1, MFA_DEVICES_PER_USER
    )
    accepted = _with_codes(call, params, found)
    call.store.mfa_devices.put(replace(accepted, owner_id=owner.user_id, enabled_at=call.now))


def _owner_or_caller(call: Call, params: Params) -> Target:
    """The user that ``UserName`` names; without one, the caller: a user, or an assumed root."""
    return root_target(call) if means_root(call, params) else user_or_caller(call, params)


@iam_operation("DeactivateMFADevice", on=_owner_or_caller, mode=Mode.WRITE)
def deactivate_mfa_device(call: Call, params: Params) -> None:
    """
    Take a device from a user; it stays, as nobody's.

    Without a ``UserName`` the user is the caller, who may be an assumed root.

    Raises:
        NoSuchEntity: There is no such user, no such device, or it is not the user's.
        ValidationError: Without a ``UserName``, and the caller is no user.
    """
    of_root = means_root(call, params)
    owner_id = call.account_id if of_root else named_or_calling_user(call, params).user_id
    found = _device_of(call, owner_id, params)
    call.store.mfa_devices.put(replace(found, owner_id=None, enabled_at=None))


@iam_operation("ResyncMFADevice", on=user, mode=Mode.WRITE)
def resync_mfa_device(call: Call, params: Params) -> None:
    """
    Use up two consecutive codes of a user's device.

    Both are of this server's time, within the same half minute of drift as ever: a virtual device takes its time from
    a clock that is set over the network, and no drift is kept for it.

    Raises:
        NoSuchEntity: There is no such user, no such device, or it is not the user's.
        InvalidAuthenticationCode: The codes are not two consecutive, current, unused codes of the device.
    """
    owner = call.store.users.get(call.account_id, params["UserName"])
    call.store.mfa_devices.put(_with_codes(call, params, _device_of(call, owner.user_id, params)))


@iam_operation("ListMFADevices", on=user_or_self, mode=Mode.READ)
def list_mfa_devices(call: Call, params: Params) -> Result:
    """
    List the devices of a user, without a ``UserName`` those of the caller, in the order in which they were enabled.

    Raises:
        NoSuchEntity: There is no such user.
    """
    if "UserName" not in params and call.caller.of_root:
        owner = show_root(call)
    else:
        owner = show_user(named_or_calling_user(call, params))
    return paginate(
        call,
        params,
        "MFADevices",
        slice_of(call.store.mfa_devices.list_of(owner["UserId"]), _since),
        _since,
        lambda device: _named(owner) | _show(device),
    )


@iam_operation("ListVirtualMFADevices", on=collection("mfa"), mode=Mode.READ)
def list_virtual_mfa_devices(call: Call, params: Params) -> Result:
    """List the devices of the account, by serial number: all, those in use, or those that are nobody's."""
    in_use = _ASSIGNMENTS[params.get("AssignmentStatus", "Any")]
    return paginate(
        call,
        params,
        "VirtualMFADevices",
        lambda after, limit: call.store.mfa_devices.page(call.account_id, after, limit, in_use=in_use),
        _position,
        lambda device: _show(device) | {"User": _owner(call, device)},
    )


def _owner_of_device(call: Call, params: Params) -> Target:
    """
    The user that ``UserName`` names; without one, whoever the device belongs to.

    In the second case a denial names the device, so that it is the same for a device that is not there (R-28).
    """
    if "UserName" in params:
        return user(call, params)
    serial_number = params["SerialNumber"]
    found = call.store.mfa_devices.find(serial_number)
    owner = None if found is None or found.owner_id is None else call.store.users.find_by_id(found.owner_id)
    if owner is not None:
        return Target(arn=owner.arn, account_id=owner.account_id, tags=owner.tags, shown=serial_number)
    of_root = found is not None and found.owner_id == call.account_id
    arn = root_arn(call.account_id) if of_root else iam_arn(call.account_id, "user", "/", "")
    return Target(arn=arn, account_id=call.account_id, shown=serial_number)


@iam_operation("GetMFADevice", on=_owner_of_device, mode=Mode.READ)
def get_mfa_device(call: Call, params: Params) -> Result:
    """
    Tell whose a device is, and since when.

    AWS answers only for security keys; here a virtual device is told as well, without certifications.

    Raises:
        NoSuchEntity: There is no such user, no such device, or it is not in use by the user, or by anybody.
    """
    if "UserName" in params:
        owner = call.store.users.get(call.account_id, params["UserName"])
        found = _device_of(call, owner.user_id, params)
    else:
        found = named_device(call, params)
    if found.owner_id is None:
        raise _no_device(params)
    return _named(_owner(call, found) or {}) | _show(found)


def named_device(call: Call, params: Params) -> MFADevice:
    """
    Return the device of the caller's account that ``SerialNumber`` names.

    Raises:
        NoSuchEntity: There is none (fact 65).
    """
    found = call.store.mfa_devices.find(params["SerialNumber"])
    if found is None or found.account_id != call.account_id:
        raise _no_device(params)
    return found


def _device_of(call: Call, owner_id: str, params: Params) -> MFADevice:
    found = named_device(call, params)
    if found.owner_id != owner_id:
        raise NoSuchEntity("MFA Device invalid for user.")
    return found


def _no_device(params: Params) -> NoSuchEntity:
    return NoSuchEntity(f"MFA Device with serial number {params['SerialNumber']} does not exist.")


def _with_codes(call: Call, params: Params, device: MFADevice) -> MFADevice:
    return accept_consecutive_codes(
        device, params["AuthenticationCode1"], params["AuthenticationCode2"], call.now
    )


_ASSIGNMENTS = {"Any": None, "Assigned": True, "Unassigned": False}


def _position(device: MFADevice) -> str:
    return device.serial_number


def _since(device: MFADevice) -> str:
    """Return where *device* stands among its owner's."""
    return f"{device.enabled_at or device.created_at:%Y%m%d%H%M%S%f}{device.serial_number}"


def _show(device: MFADevice) -> dict[str, Any]:
    """Return what every list tells of *device*: never its tags or its seed (fact 64)."""
    shown: dict[str, Any] = {"SerialNumber": device.serial_number}
    if device.enabled_at is not None:
        shown["EnableDate"] = device.enabled_at
    return shown


def _owner(call: Call, device: MFADevice) -> dict[str, Any] | None:
    """Return whose *device* is, in the shape of a user."""
    if device.owner_id is None:
        return None
    if device.owner_id == call.account_id:
        return show_root(call)
    found = call.store.users.find_by_id(device.owner_id)
    return None if found is None else show_user(found)


def _named(owner: dict[str, Any]) -> dict[str, Any]:
    """Return the name of *owner*; a root without an alias has none."""
    return {"UserName": owner["UserName"]} if "UserName" in owner else {}
