"""
The keys of OpenID Connect issuers: discovered, kept for a while, and looked for again when one is missing.

AWS: *Create an OpenID Connect (OIDC) identity provider in IAM*; *OpenID Connect Discovery 1.0*, section 4.

* Nothing here blocks.  What is not at hand is fetched on a thread of this room's own, once however many wait for it, and
  the one who asked gets `NeedsFetch`.
* Keys are kept for an hour.  A token with a key id that is not among them has them fetched again, at most every five
  minutes (R-51): that is how issuers change keys.
* A failure is kept, too, for a few seconds, so that nobody makes iamd hammer an issuer.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from iamd.errors import IDPCommunicationError, InvalidIdentityToken
from iamd.federation.fetch import Ask, FetchError
from iamd.federation.key_sets import KeySet, KeySetError, PublicKey, read_key_set
from iamd.federation.needs_fetch import NeedsFetch
from iamd.federation.strict_json import NotJsonObjectError, read_object

KEEP_SECONDS: Final = 3600.0
MISS_SECONDS: Final = 300.0
FAILURE_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1000
_THREADS: Final = 4

Get = Callable[[Ask], bytes]

# AWS's text, with its two blanks.
NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose keys are wanted: the ``iss`` of its tokens, and which certificates are believed for it."""

    url: str
    thumbprints: tuple[str, ...] = ()


@dataclass(slots=True)
class _Kept:
    """
    What was found out about an issuer.

    Attributes:
        at: When, in seconds of the monotonic clock.
        keys: None when it failed.
        failure: What went wrong, for the log.
        reached: Whether the issuer answered at all.
        missed_at: When keys were last fetched again because one was missing.
    """

    at: float
    keys: KeySet | None
    failure: str = ""
    reached: bool = True
    missed_at: float | None = None


class Issuers:
    """
    Find keys.

    Args:
        get: Fetches; blocks.
        monotonic: Seconds that never go back.
        inline: Key sets of issuers that are never asked, by their URLs.
    """

    def __init__(
        self, get: Get, monotonic: Callable[[], float], inline: Mapping[str, KeySet] | None = None
    ) -> None:
        self._get = get
        self._monotonic = monotonic
        self._inline = inline or {}
        self._lock = threading.Lock()
        self._kept: dict[Issuer, _Kept] = {}
        self._pending: dict[Issuer, Future[None]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="iamd-fetch")

    def key(self, issuer: Issuer, algorithm: str, kid: str | None) -> PublicKey:
        """
        Return the key of *issuer* for a token with this header.

        Raises:
            NeedsFetch: It is being asked.
            InvalidIdentityToken: It has no such key, or its documents are not what they must be.
            IDPCommunicationError: It cannot be reached.
        """
        inline = self._inline.get(issuer.url)
        if inline is not None:
            return _found(inline.find(algorithm, kid), "not among the inline keys")
        now = self._monotonic()
        kept = self._kept.get(issuer)
        if kept is None or now - kept.at >= (FAILURE_SECONDS if kept.keys is None else KEEP_SECONDS):
            raise NeedsFetch(self._ask(issuer, None))
        if kept.keys is None:
            if kept.reached:
                raise InvalidIdentityToken(NO_KEY, detail=kept.failure)
            raise IDPCommunicationError(
                "The identity provider could not be reached to verify the token.", detail=kept.failure
            )
        key = kept.keys.find(algorithm, kid)
        if key is None and (kept.missed_at is None or now - kept.missed_at >= MISS_SECONDS):
            raise NeedsFetch(self._ask(issuer, now))
        return _found(key, "no such key")

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _ask(self, issuer: Issuer, missed_at: float | None) -> "Future[None]":
        with self._lock:
            pending = self._pending.get(issuer)
            if pending is None:
                pending = self._pending[issuer] = self._threads.submit(self._fetch, issuer, missed_at)
            return pending

    def _fetch(self, issuer: Issuer, missed_at: float | None) -> None:
        try:
            kept = self._look(issuer, missed_at)
            with self._lock:
                while len(self._kept) >= _MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[issuer] = kept
        finally:
            with self._lock:
                self._pending.pop(issuer, None)

    def _look(self, issuer: Issuer, missed_at: float | None) -> _Kept:
        try:
            return _Kept(self._monotonic(), self._keys_of(issuer), missed_at=missed_at)
        except FetchError as error:
            failed = _Kept(self._monotonic(), None, str(error), reached=False)
        except (KeySetError, NotJsonObjectError) as error:
            failed = _Kept(self._monotonic(), None, str(error))
        before = self._kept.get(issuer)
        if missed_at is None or before is None or before.keys is None:
            return failed
        # The keys that are there are good until their time: a token with an invented key id takes them from nobody.
        return _Kept(before.at, before.keys, missed_at=missed_at)

    def _keys_of(self, issuer: Issuer) -> KeySet:
        where = issuer.url.rstrip("/") + "/.well-known/openid-configuration"
        document = read_object(self._get(Ask(where, thumbprints=issuer.thumbprints)))
        # OpenID Connect Discovery 1.0, section 4.3: "This MUST exactly match".
        if document.get("issuer") != issuer.url:
            raise KeySetError("the discovery document is of another issuer")
        keys_at = document.get("jwks_uri")
        if not isinstance(keys_at, str) or not keys_at.startswith(("https://", "http://")):
            raise KeySetError("the discovery document says no `jwks_uri`")
        if issuer.url.startswith("https://") and not keys_at.startswith("https://"):
            raise KeySetError("the keys of an https issuer are not at an https URL")
        return read_key_set(self._get(Ask(keys_at, thumbprints=issuer.thumbprints)))


def _found(key: PublicKey | None, detail: str) -> PublicKey:
    if key is None:
        raise InvalidIdentityToken(NO_KEY, detail=detail)
    return key
