"""
The MFA device and code that a request of STS shows.

AWS: *Secure API access with MFA*.  The device must be the calling user's own, and each code works once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Self

from iamd.auth.caller import Caller
from iamd.auth.mfa import accept_code
from iamd.auth.mfa_attempts import MfaAttempts
from iamd.domain.mfa_devices import MFADevice
from iamd.errors import AccessDenied, InvalidAuthenticationCode
from iamd.store.interface import Transaction

_BOTH = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
_NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
_WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."


def mfa_mode_parameters(params: Mapping[str, Any]) -> bool:
    """Return whether *params* speak of MFA at all."""
    return "SerialNumber" in params or "TokenCode" in params


class MfaClaim:
    """A serial number and a code; nothing is believed before `accept`."""

    __slots__ = ("code", "serial_number")

    def __init__(self, serial_number: str, code: str) -> None:
        self.serial_number: Final = serial_number
        self.code: Final = code

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Self | None:
        """
        Return the claim of *params*, None when they make none.

        Raises:
            AccessDenied: One is there without the other.
        """
        if not mfa_mode_parameters(params):
            return None
        if "SerialNumber" not in params or "TokenCode" not in params:
            raise AccessDenied(_BOTH)
        return cls(params["SerialNumber"], params["TokenCode"])

    def accept(self, store: Transaction, caller: Caller, attempts: MfaAttempts, now: datetime) -> MFADevice:
        """
        Return the device with the code used up; storing it is what uses it up.

        Raises:
            AccessDenied: The device is not the caller's, the code is wrong or was used, or there were so many wrong
                ones that no other is looked at yet.
        """
        device = store.mfa_devices.find(self.serial_number)
        if device is None or device.owner_id != caller.snapshot.unique_id or device.enabled_at is None:
            raise AccessDenied(_NOT_YOURS)
        # In the same words: nobody is told whether a code would have been right.
        if attempts.must_wait(self.serial_number, now):
            raise AccessDenied(_WRONG_CODE, detail="too many wrong codes")
        try:
            accepted = accept_code(device, self.code, now)
        except InvalidAuthenticationCode:
            attempts.failed(self.serial_number, now)
            raise AccessDenied(_WRONG_CODE) from None
        attempts.succeeded(self.serial_number)
        return accepted
