"""
When access keys and roles were last used: gathered in memory, flushed to the archive in batches.

AWS: *GetAccessKeyLastUsed*, *RoleLastUsed*.  A use is noted for every request whose signature was verified.
"""

from dataclasses import dataclass
from datetime import datetime

from iamd.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class Use:
    """One use; ``service`` is the credential scope's."""

    at: datetime
    service: str
    region: str


class Usage:
    """
    The last use of each key and role since the last flush.

    What is in here goes before what is stored.
    """

    def __init__(self) -> None:
        self._access_keys: dict[str, Use] = {}
        self._roles: dict[str, Use] = {}

    def note_access_key(self, access_key_id: str, use: Use) -> None:
        self._access_keys[access_key_id] = use

    def note_role(self, role_id: str, use: Use) -> None:
        self._roles[role_id] = use

    def access_key(self, access_key_id: str) -> Use | None:
        return self._access_keys.get(access_key_id)

    def role(self, role_id: str) -> Use | None:
        return self._roles.get(role_id)

    def __bool__(self) -> bool:
        return bool(self._access_keys or self._roles)

    def flush(self, transaction: Transaction) -> None:
        """Write everything down; what was noted meanwhile stays for the next time."""
        for access_key_id, use in list(self._access_keys.items()):
            transaction.access_keys.record_use(access_key_id, use.at, use.service, use.region)
        for role_id, use in list(self._roles.items()):
            transaction.roles.record_use(role_id, use.at, use.region)

    def forget_older(self, than: datetime) -> None:
        """Drop what was noted before *than*; for after a flush that committed."""
        self._access_keys = {key: use for key, use in self._access_keys.items() if use.at > than}
        self._roles = {key: use for key, use in self._roles.items() if use.at > than}

    def clear(self) -> None:
        """Forget everything."""
        self._access_keys.clear()
        self._roles.clear()
