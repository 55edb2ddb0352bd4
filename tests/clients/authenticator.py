"""An authenticator app: the codes of a virtual MFA device."""

import time
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
# What is left of a half minute must do for enabling a device and signing in with the next code.
ROOM_SECONDS: Final = 10


class Authenticator:
    """
    Gives each code of a device once.

    The first two are those of the last half minute and of this one, as somebody who has just scanned the QR code types
    them; the next is that of the half minute to come, which a server takes that allows one step of drift.
    """

    def __init__(self, seed: str) -> None:
        self._totp = pyotp.TOTP(seed)
        now = time.time()
        left = STEP_SECONDS - now % STEP_SECONDS
        if left < ROOM_SECONDS:
            # The only wait: real codes are of real time.
            time.sleep(left)
            now = time.time()
        self._next = int(now) // STEP_SECONDS - 1

    def code(self) -> str:
        code = self._totp.at(self._next * STEP_SECONDS)
        self._next += 1
        return code
