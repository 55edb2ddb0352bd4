"""
When access keys and roles were last used: gathered in memory, flushed to the archive in batches.

AWS: *GetAccessKeyLastUsed*, *RoleLastUsed*.  A use is noted for every request whose signature was verified.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from iamd.store.interface import Transaction


class Use(msgspec.Struct, frozen=True):
    """One use; ``service`` is the credential scope's."""

    at: datetime
    service: str
    region: str


@dataclass(frozen=True, slots=True)
class Uses:
    """Uses of keys and roles, by their ids."""

    access_keys: Mapping[str, Use]
    roles: Mapping[str, Use]

    def __bool__(self) -> bool:
        return bool(self.access_keys or self.roles)

    def write(self, transaction: Transaction) -> None:
        """Write them down."""
        for access_key_id, use in self.access_keys.items():
            transaction.access_keys.record_use(access_key_id, use.at, use.service, use.region)
        for role_id, use in self.roles.items():
            transaction.roles.record_use(role_id, use.at, use.region)


class Usage:
    """
    The last use of each key and role that is not written down yet.  May be used from several threads.

    What is in here goes before what is stored.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._access_keys: dict[str, Use] = {}
        self._roles: dict[str, Use] = {}

    def note_access_key(self, access_key_id: str, use: Use) -> None:
        with self._lock:
            self._access_keys[access_key_id] = use

    def note_role(self, role_id: str, use: Use) -> None:
        with self._lock:
            self._roles[role_id] = use

    def access_key(self, access_key_id: str) -> Use | None:
        return self._access_keys.get(access_key_id)

    def role(self, role_id: str) -> Use | None:
        return self._roles.get(role_id)

    def noted(self) -> Uses:
        """Return all that there are, to be written down and then forgotten."""
        with self._lock:
            return Uses(dict(self._access_keys), dict(self._roles))

    def forget(self, written: Uses) -> None:
        """Drop what has been *written* down; what was noted meanwhile stays for the next time."""
        with self._lock:
            for kept, gone in ((self._access_keys, written.access_keys), (self._roles, written.roles)):
                for id_, use in gone.items():
                    if kept.get(id_) is use:
                        del kept[id_]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._access_keys.clear()
            self._roles.clear()
