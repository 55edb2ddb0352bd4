"""
When access keys and roles were last used, and who has asked for what: gathered in memory, flushed to the archive in batches.

AWS: *GetAccessKeyLastUsed*, *RoleLastUsed*; *Refine permissions in AWS using last accessed information*.  A use is noted
for every request whose signature was verified, whatever is answered to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple, TypeVar

import msgspec

from iamd.auth.caller import Caller
from iamd.auth.context import region_of
from iamd.catalogue.service_actions import service_actions
from iamd.domain.accesses import Access
from iamd.domain.ids import AccountId
from iamd.sessions.session import SessionKind
from iamd.store.interface import Transaction
from iamd.wire.model import SERVICES
from iampolicy.text import ascii_lower

K = TypeVar("K", str, tuple[str, str, str, str])

MOST_ACCESSES: Final = 100_000
"""Noted at once; while the database is away, what is more is not noted."""
_PART: Final = 500
"""Uses of each kind written down at once, so that other writers need not wait long."""


class Use(msgspec.Struct, frozen=True):
    """One use; ``service`` is the credential scope's."""

    at: datetime
    service: str
    region: str


class Asked(NamedTuple):
    """Who has asked for which action; `iamd.domain.accesses.Access` says what these are."""

    account_id: str
    principal_id: str
    service: str
    action: str

    def is_of_aws(self) -> bool:
        """Tell whether AWS has such an action."""
        if self.service in SERVICES:
            return True
        return ascii_lower(self.action) in service_actions().get(self.service, ())

    def at(self, use: Use) -> Access:
        return Access(
            account_id=AccountId(self.account_id),
            principal_id=self.principal_id,
            service=self.service,
            action=self.action,
            at=use.at,
            region=use.region,
        )


@dataclass(frozen=True, slots=True)
class Uses:
    """Uses of keys and roles, by their ids, and accesses."""

    access_keys: Mapping[str, Use]
    roles: Mapping[str, Use]
    accesses: Mapping[Asked, Use] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.access_keys or self.roles or self.accesses)

    def parts(self) -> Iterator["Uses"]:
        """Yield these uses in portions, each to be written down by itself."""
        # Not for the writer: what it will look up is read here, for as long as it takes.
        for asked in self.accesses:
            asked.is_of_aws()
        keys, roles = iter(self.access_keys.items()), iter(self.roles.items())
        accesses = iter(self.accesses.items())
        while part := Uses(
            dict(islice(keys, _PART)), dict(islice(roles, _PART)), dict(islice(accesses, _PART))
        ):
            yield part

    def write(self, transaction: Transaction) -> None:
        """Write them down."""
        transaction.access_keys.record_uses(
            [(each, use.at, use.service, use.region) for each, use in self.access_keys.items()]
        )
        transaction.roles.record_uses([(each, use.at, use.region) for each, use in self.roles.items()])
        # No report tells of any other, and there would be no end to what somebody may ask for.
        transaction.accesses.record_all(
            [asked.at(use) for asked, use in self.accesses.items() if asked.is_of_aws()]
        )


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
