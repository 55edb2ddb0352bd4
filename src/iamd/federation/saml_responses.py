"""
SAML responses, read on threads: signatures, keys and XML take too long for the event loop.

* Nothing here blocks.  Who asks for the assertion of a response that is yet to be read gets `NeedsFetch`, and asks again.
* What was found out about a response is kept for a while: it does not change, and users take one response to several
  roles.  Whether it is still good is looked at each time (`saml_identity`).
* What may wait is bounded: whoever comes when too many wait is told to come again.
"""

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from iamd.domain.saml_providers import AssertionEncryptionMode, SamlProvider
from iamd.errors import InvalidIdentityToken, ServiceError, Throttling
from iamd.federation.needs_fetch import NeedsFetch
from iamd.federation.saml_assertion import SamlAssertion
from iamd.federation.saml_metadata import SamlMetadataError, parse_metadata
from iamd.federation.saml_response import INVALID, TrustedIdp, read_response

_THREADS: Final = 2
_MOST_WAITING: Final = 64
_MOST_KEPT: Final = 256


@dataclass(slots=True, eq=False)
class _Reading:
    """
    The reading of one response as one provider's.

    Attributes:
        provider: As it was; another one has other keys.
        done: Says only that `found` is there.
    """

    provider: SamlProvider
    done: "Future[None]" = field(default_factory=Future)
    found: SamlAssertion | ServiceError | None = None


class SamlResponses:
    """Read responses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: OrderedDict[tuple[bytes, str], _Reading] = OrderedDict()
        self._trusted: OrderedDict[str, tuple[SamlProvider, TrustedIdp]] = OrderedDict()
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="iamd-saml")

    def assertion(self, encoded: str, provider: SamlProvider) -> SamlAssertion:
        """
        Return the assertion of a response that *provider* has signed.

        Raises:
            NeedsFetch: It is being read.
            Throttling: Too many others are waiting for that.
            ServiceError: It is none; as `read_response` says.
        """
        key = (hashlib.sha256(encoded.encode()).digest(), provider.arn)
        with self._lock:
            reading = self._readings.get(key)
            if reading is None or reading.provider is not provider:
                reading = self._begin(key, encoded, provider)
            self._readings.move_to_end(key)
        if not reading.done.done():
            raise NeedsFetch(reading.done)
        # A fault of ours is raised here, to whoever asks.
        reading.done.result()
        found = reading.found
        if isinstance(found, ServiceError):
            # A new one each time: what is raised gathers frames.
            raise type(found)(found.message, detail=found.detail)
        if found is None:
            raise RuntimeError("a response was read, and nothing was found")
        return found

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _begin(self, key: tuple[bytes, str], encoded: str, provider: SamlProvider) -> _Reading:
        if self._waiting >= _MOST_WAITING:
            raise Throttling("Rate exceeded")
        self._waiting += 1
        reading = self._readings[key] = _Reading(provider)
        reading.done = self._threads.submit(self._read, reading, encoded)
        while len(self._readings) > _MOST_KEPT:
            self._readings.popitem(last=False)
        return reading

    def _read(self, reading: _Reading, encoded: str) -> None:
        try:
            reading.found = self._assertion(encoded, reading.provider)
        except ServiceError as error:
            reading.found = error.with_traceback(None)
        finally:
            with self._lock:
                self._waiting -= 1

    def _assertion(self, encoded: str, provider: SamlProvider) -> SamlAssertion:
        try:
            return read_response(encoded, self._trust(provider))
        except SamlMetadataError as error:
            # It was read when it was uploaded, by an older iamd that took more.
            raise InvalidIdentityToken(INVALID, detail=f"the metadata cannot be read: {error}") from None

    def _trust(self, provider: SamlProvider) -> TrustedIdp:
        with self._lock:
            known, trusted = self._trusted.get(provider.arn, (None, None))
        if known is provider and trusted is not None:
            return trusted
        trusted = TrustedIdp(
            metadata=parse_metadata(provider.metadata),
            private_keys=tuple(key.private_key for key in provider.private_keys),
            encryption_required=provider.assertion_encryption_mode is AssertionEncryptionMode.REQUIRED,
        )
        with self._lock:
            self._trusted[provider.arn] = (provider, trusted)
            while len(self._trusted) > _MOST_KEPT:
                self._trusted.popitem(last=False)
        return trusted
