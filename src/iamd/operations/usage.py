"""
When access keys and roles were last used, and who has asked for what: gathered in memory, flushed to the archive in batches.

AWS: *GetAccessKeyLastUsed*, *RoleLastUsed*; *Refine permissions in AWS using last accessed information*.  A use is noted
for every request whose signature was verified, whatever is answered to it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

from iamd.auth.caller import Caller
from iamd.auth.context import region_of
from iamd.domain.accesses import Access
from iamd.operations.uses import Asked, Use, Uses
from iamd.sessions.session import SessionKind

K = TypeVar("K", str, tuple[str, str, str, str])

MOST_ACCESSES: Final = 100_000
"""Noted at once; while the database is away, what is more is not noted."""


class Usage:
    """
    The last use of each key and role, and the last accesses, that are not written down yet.

    May be used from several threads, without a lock, which would cost more than all else here: each step is one of a
    dictionary's own, and each use is an entry by itself.

    What is in here goes before what is stored.
    """

    def __init__(self) -> None:
        self._access_keys: dict[str, Use] = {}
        self._roles: dict[str, Use] = {}
        self._accesses: dict[tuple[str, str, str, str], Use] = {}

    def note(self, caller: Caller, service: str, action: str, now: datetime) -> None:
        """Note that *caller*, whose signature was verified, asks for *action* of *service*."""
        session, snapshot = caller.session, caller.snapshot
        use = Use(now, service, region_of(service, caller))
        if session is None:
            self._access_keys[caller.access_key_id] = use
        elif session.kind is SessionKind.ROLE:
            self._roles[session.principal_id] = use
        # Whatever the session, it is the user, role or root behind it that asks.
        self._keep_access((snapshot.account_id, snapshot.unique_id, service, action), use)

    def keep(
        self,
        use: Use,
        access_key_id: str | None = None,
        role_id: str | None = None,
        asked: tuple[str, str, str, str] | None = None,
    ) -> None:
        """Keep *use* as that of an access key, of a role, and of an action: one `Asked`, or what makes one."""
        if access_key_id is not None:
            self._access_keys[access_key_id] = use
        if role_id is not None:
            self._roles[role_id] = use
        if asked is not None:
            self._keep_access(asked, use)

    def _keep_access(self, asked: tuple[str, str, str, str], use: Use) -> None:
        if len(self._accesses) < MOST_ACCESSES or asked in self._accesses:
            self._accesses[asked] = use

    def accesses(self) -> list[Access]:
        """Return those that are not written down yet."""
        return [Asked(*asked).at(use) for asked, use in list(self._accesses.items())]

    def access_key(self, access_key_id: str) -> Use | None:
        return self._access_keys.get(access_key_id)

    def role(self, role_id: str) -> Use | None:
        return self._roles.get(role_id)

    def noted(self) -> Uses:
        """Return all that there are, to be written down and then forgotten."""
        keys, roles, accesses = dict(self._access_keys), dict(self._roles), dict(self._accesses)
        return Uses(keys, roles, {Asked(*asked): use for asked, use in accesses.items()})

    def forget(self, written: Uses) -> None:
        """Drop what has been *written* down; what was noted meanwhile stays for the next time."""
        _drop(self._access_keys, written.access_keys.items())
        _drop(self._roles, written.roles.items())
        _drop(self._accesses, written.accesses.items())

    def clear(self) -> None:
        """Forget everything."""
        self._access_keys.clear()
        self._roles.clear()
        self._accesses.clear()


def _drop(kept: dict[K, Use], gone: Iterable[tuple[K, Use]]) -> None:
    for key, use in gone:
        if kept.get(key) is use:
            dropped = kept.pop(key, None)
            if dropped is not None and dropped is not use:
                # Noted by another thread between these two steps; what it has noted meanwhile is later still.
                kept.setdefault(key, dropped)
