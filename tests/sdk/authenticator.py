"""A virtual MFA device in somebody's hand; its clock is the world's."""

from datetime import timedelta

import pyotp
from tests.support.world import World

from iamd.domain.mfa_devices import STEP_SECONDS


class Authenticator:
    """A device that was made, and belongs to nobody yet."""

    def __init__(self, world: World, name: str) -> None:
        device = world.root.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.world = world
        self.serial_number: str = device["SerialNumber"]
        self._totp = pyotp.TOTP(device["Base32StringSeed"].decode())

    def codes(self) -> dict[str, str]:
        """Return the parameters of an operation that wants two codes in a row, none of which was used before."""
        self.world.clock.advance(timedelta(seconds=3 * STEP_SECONDS))
        # Away from the end of a step: the server shall not see the next one when it is told of this one.
        into_step = self.world.clock.now().timestamp() % STEP_SECONDS
        self.world.clock.advance(timedelta(seconds=STEP_SECONDS / 2 - into_step))
        now = self.world.clock.now()
        return {
            "AuthenticationCode1": self._totp.at(now, counter_offset=-1),
            "AuthenticationCode2": self._totp.at(now),
        }
