"""
One-time passwords of virtual MFA devices (RFC 6238): six digits, HMAC-SHA-1, steps of 30 seconds.

What holds here:

* A code works for its own step and one step to either side: a clock may be half a minute off, or a code be typed slowly.
* Each code works once, and none that is older than one that was accepted (RFC 6238, section 5.2; R-77).
* Nothing is stored: the device that is returned, with its ``last_step`` moved on, is what uses the code up.  Whoever
  accepts a code stores that device in the same transaction.
"""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pyotp

from iamd.domain.mfa_devices import STEP_SECONDS, MFADevice
from iamd.errors import InvalidAuthenticationCode

DRIFT_STEPS = 1
"""How many steps a device's clock may be ahead of ours, or behind."""

NOT_VALID = "Authentication code for device is not valid."


def accept_code(device: MFADevice, code: str, now: datetime) -> MFADevice:
    """
    Return *device* with *code* used up.

    Does not ask whether the device is enabled, nor whose it is.

    Raises:
        InvalidAuthenticationCode: The code is wrong, out of date, or was used.
    """
    return _accept(device, (code,), now)


def accept_consecutive_codes(device: MFADevice, first: str, second: str, now: datetime) -> MFADevice:
    """
    Return *device* with two codes used up, of which the second follows immediately on the first.

    AWS asks for two where a device is enabled or synchronized.  It is the second code that must be in time.

    Raises:
        InvalidAuthenticationCode: They are wrong, out of date, not consecutive, or one was used.
    """
    return _accept(device, (first, second), now)


def step_of(at: datetime) -> int:
    """Return the number of the time step that *at* lies in."""
    return int(at.timestamp()) // STEP_SECONDS


def _accept(device: MFADevice, codes: Sequence[str], now: datetime) -> MFADevice:
    current = step_of(now)
    generator = pyotp.HOTP(device.seed.reveal())
    accepted = None
    for last in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        first = last - len(codes) + 1
        expected = [generator.at(step) for step in range(first, last + 1)]
        # All steps are compared, and in constant time: how long it takes tells nothing about the right code.
        if _same(codes, expected) and first > device.last_step:
            accepted = last
    if accepted is None:
        raise InvalidAuthenticationCode(NOT_VALID)
    return replace(device, last_step=accepted)


def _same(codes: Sequence[str], expected: Sequence[str]) -> bool:
    # As bytes: a code from outside may hold digits of other scripts.
    return hmac.compare_digest(" ".join(codes).encode(), " ".join(expected).encode())
