"""
Signing keys: derived from a secret access key for one day, region and service.

A signing key is as good as the secret for its scope, so the cache holds it no longer than its day and is filled only
after a signature was verified with it.
"""

import hmac
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from iamd.hmac_key import HmacKey
from iamd.secret import Secret
from iamd.sigv4.canonical import TERMINATOR
from iamd.sigv4.signature_claim import SignatureClaim

_SCOPES_PER_ACCESS_KEY: Final = 16

_Scope = tuple[str, str, str, str]
"""Access key id, date, region and service."""


def derive(secret: Secret, date: str, region: str, service: str) -> HmacKey:
    """
    Derive the signing key for a scope; *date* is ``YYYYMMDD``.

    # AWS: "Create a signed AWS API request", step "Derive a signing key".
    """
    key = b"AWS4" + secret.reveal().encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return HmacKey(key)


class SigningKeyCache:
    """
    Keep signing keys of access keys that have proved themselves.

    At most *capacity* access keys, those that came first going first, and a few scopes for each.  When a new day
    is seen, keys from before the day that precedes it are dropped.  Safe to use from several threads.

    Which was used last is not noted: with thousands of access keys that would touch the memory of three for each request, and
    to derive a key anew costs no more than a few microseconds.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._keys: dict[_Scope, HmacKey] = {}
        self._scopes: dict[str, list[_Scope]] = {}
        """Of each access key, in the order in which they came."""
        self._latest = ""
        self.kept = 0
        """How many were put in; each request that is verified without that was served from here."""
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, claim: SignatureClaim) -> HmacKey | None:
        """Return the signing key for the access key and scope of *claim*, if it is here."""
        # Without the lock, which costs more than the rest: each step is one of the dictionary's own.
        return self._keys.get((claim.access_key_id, claim.date, claim.region, claim.service))

    def keep(self, claim: SignatureClaim, key: HmacKey) -> None:
        """
        Keep *key*; only to be called when `verify` has accepted *claim* with it.

        INVARIANT: A scope nobody has signed for is never kept, so strangers cannot fill the cache.
        """
        with self._lock:
            self.kept += 1
            if claim.date > self._latest:
                self._latest = claim.date
                self._drop_before(_day_before(claim.date))
            scope = (claim.access_key_id, claim.date, claim.region, claim.service)
            scopes = self._scopes.setdefault(claim.access_key_id, [])
            if scope not in self._keys:
                scopes.append(scope)
            self._keys[scope] = key
            if len(scopes) > _SCOPES_PER_ACCESS_KEY:
                del self._keys[scopes.pop(0)]
            if len(self._scopes) > self._capacity:
                self._drop(next(iter(self._scopes)))

    def drop(self, access_key_id: str) -> None:
        """Forget all signing keys of an access key; for when it changes status or goes."""
        with self._lock:
            self._drop(access_key_id)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._keys.clear()
            self._scopes.clear()

    def _drop(self, access_key_id: str) -> None:
        for scope in self._scopes.pop(access_key_id, ()):
            del self._keys[scope]

    def _drop_before(self, date: str) -> None:
        for access_key_id, scopes in list(self._scopes.items()):
            for scope in [scope for scope in scopes if scope[1] < date]:
                scopes.remove(scope)
                del self._keys[scope]
            if not scopes:
                del self._scopes[access_key_id]


def _day_before(date: str) -> str:
    day = datetime.strptime(date, "%Y%m%d").date()  # noqa: DTZ007  a calendar day has no time zone
    return (day - timedelta(days=1)).strftime("%Y%m%d")
