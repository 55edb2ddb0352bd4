"""
When services and actions were asked for last, within the time for which that is told.

What is noted in memory and not written down yet goes before what is stored.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from iamd.domain.accesses import TRACKED, Access
from iamd.domain.ids import AccountId
from iamd.operations.call import Call

K = TypeVar("K", bound=Hashable)


class LastAccesses:
    """What is known at the time of a call; made once for each report."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._since = call.now - TRACKED
        self._noted = [access for access in call.usage.accesses() if access.at >= self._since]
        self._noted_of: dict[str, list[Access]] = {}
        for access in self._noted:
            self._noted_of.setdefault(access.principal_id, []).append(access)

    def of(self, principal_id: str) -> list[Access]:
        """Return the last access of a user, role or root to each action."""
        stored = self._call.store.accesses.of(principal_id, self._since)
        noted = self._noted_of.get(principal_id, [])
        return list(_latest([*stored, *noted], lambda access: (access.service, access.action)).values())

    def of_services(self, account_id: AccountId) -> dict[str, Access]:
        """Return the last access to each service, whoever of the account it was."""
        stored = self._call.store.accesses.last_of_services(account_id, self._since)
        noted = [access for access in self._noted if access.account_id == account_id]
        return _latest([*stored, *noted], lambda access: access.service)


def _latest(accesses: Iterable[Access], key: Callable[[Access], K]) -> dict[K, Access]:
    """Return the last access of each *key*; of two at the same time, the later one of *accesses*."""
    found: dict[K, Access] = {}
    for access in accesses:
        known = found.get(key(access))
        if known is None or known.at <= access.at:
            found[key(access)] = access
    return found
