"""Pages whatever the names in them: a marker that is answered can be sent back, and nothing is lost or told twice."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from tests.support.world import Actor, World

# Characters of four bytes each, and keys that begin alike.
TAG_KEYS = sorted(
    [chr(0x10400) * 128, chr(0x10401) * 128, "a"]
    + [chr(0x10400) * length + end for length in (60, 100) for end in ("x", "y", "z")]
)
LONG = "/" + "p" * 200 + "/"
DEVICES = [("/", "a"), (LONG, "a"), (LONG, "b"), (LONG, "c"), (LONG[:-1] + "q/", "a"), ("/z/", "a")]


def gathered(ask: Callable[..., Any], member: str, size: int, **params: Any) -> list[Any]:
    """Return what all pages of *size* hold, having sent each marker back."""
    found: list[Any] = []
    page: dict[str, Any] = ask(MaxItems=size, **params)
    while page["IsTruncated"]:
        found += page[member]
        page = ask(MaxItems=size, Marker=page["Marker"], **params)
    found += page[member]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_tags_with_long_keys(root: Actor, size: int) -> None:
    root.iam.create_user(UserName="bob")
    tags = [{"Key": key, "Value": "v"} for key in TAG_KEYS]
    root.iam.tag_user(UserName="bob", Tags=tags)
    assert gathered(root.iam.list_user_tags, "Tags", size, UserName="bob") == tags


@pytest.mark.parametrize("size", [1, 2, 4])
def test_devices_with_long_paths(world: World, size: int) -> None:
    iam = world.root.iam
    iam.create_user(UserName="bob")
    made = [iam.create_virtual_mfa_device(Path=path, VirtualMFADeviceName=name) for path, name in DEVICES]
    serials = [each["VirtualMFADevice"]["SerialNumber"] for each in made]
    for each in reversed(made):
        device = each["VirtualMFADevice"]
        totp = pyotp.TOTP(device["Base32StringSeed"].decode())
        now = int(world.clock.now().timestamp())
        codes = [totp.at(now - 30), totp.at(now)]
        iam.enable_mfa_device(
            UserName="bob",
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=codes[0],
            AuthenticationCode2=codes[1],
        )
    listed = gathered(iam.list_virtual_mfa_devices, "VirtualMFADevices", size)
    assert [device["SerialNumber"] for device in listed] == sorted(serials)
    owned = gathered(iam.list_mfa_devices, "MFADevices", size, UserName="bob")
    assert [device["SerialNumber"] for device in owned] == serials[::-1]
