"""
Wrong passwords: whoever tries must wait, ever longer (R-76, R-77).

Counted by user and address together, so that nobody locks somebody else out, and besides by user alone and by address
alone, with more patience.  Each try counts as wrong until it was right, so that trying many at once is of no use.  The user
is the one that was meant, however its name was written, and whether there is one or not.

Whoever signs in ends the row of their own tries.  Of the address only that one try is taken back: with one right password,
many others could be tried from there without end.  What else is counted of an address passes with time.

Kept in memory, and told to the other nodes (`iamd.auth.shared_attempts`).
"""

from datetime import datetime, timedelta
from typing import Final

from iamd.auth.mfa_attempts import MfaAttempts
from iamd.auth.peers import network_of
from iampolicy.text import ascii_lower

_OF_USER: Final = 50
_OF_ADDRESS: Final = 50
_ADDRESS_FORGETS_ONE_IN: Final = timedelta(minutes=5)


class SignInAttempts:
    """Tries to sign in; may be used from several threads."""

    def __init__(self) -> None:
        self._pairs = MfaAttempts()
        self._users = MfaAttempts(_OF_USER)
        self._addresses = MfaAttempts(_OF_ADDRESS, forgets_one_in=_ADDRESS_FORGETS_ONE_IN)

    def registers(self) -> dict[str, MfaAttempts]:
        """Return what is counted, by the names that other nodes know it by."""
        return {"pairs": self._pairs, "users": self._users, "addresses": self._addresses}

    def begin(self, account: str, user: str, address: str, now: datetime) -> bool:
        """Count a try as wrong, for now; False when it is too early for another one, which is not counted."""
        kept = self._kept(account, user, address)
        if any(attempts.must_wait(key, now) for attempts, key in kept):
            return False
        for attempts, key in kept:
            attempts.failed(key, now)
        return True

    def succeeded(self, account: str, user: str, address: str) -> None:
        """Forget the tries of whoever has signed in, and of the address only this one."""
        for attempts, key in self._kept(account, user, address):
            if attempts is self._addresses:
                attempts.took_back(key)
            else:
                attempts.succeeded(key)

    def clear(self) -> None:
        """Forget everything."""
        for attempts in (self._pairs, self._users, self._addresses):
            attempts.clear()

    def _kept(self, account: str, user: str, address: str) -> tuple[tuple[MfaAttempts, str], ...]:
        who, where = f"{account}/{ascii_lower(user)}", network_of(address)
        return (self._pairs, f"{who} {where}"), (self._users, who), (self._addresses, where)
