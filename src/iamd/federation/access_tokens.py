"""
OAuth 2.0 access tokens: opaque, so that only the provider can say whose they are.

AWS knows ``www.amazon.com`` and ``graph.facebook.com``; here the operator names each provider with its
token-information endpoint.  What the endpoint says of a token is believed for a few seconds: only for the request that
asked, and its retries.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from iamd.errors import IDPCommunicationError, IDPRejectedClaim, InvalidIdentityToken, Throttling
from iamd.federation.claims import WebIdentity
from iamd.federation.fetch import Ask, FetchError
from iamd.federation.needs_fetch import NeedsFetch
from iamd.federation.strict_json import NotJsonObjectError, read_object
from iamd.secret import Secret

KEEP_SECONDS: Final = 5.0
_MOST_PENDING: Final = 64
_MOST_KEPT: Final = 1024
_MAX_TEXT: Final = 255
_THREADS: Final = 2
# AWS: *Available keys for AWS OIDC federation*: Facebook's user id has another name.
_USER_KEYS: Final[Mapping[str, str]] = {"graph.facebook.com": "id"}


class Send(StrEnum):
    """How a token-information endpoint is given the token."""

    QUERY = "query"
    FORM = "form"
    BEARER = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenProvider:
    """
    A provider of access tokens.

    Attributes:
        provider_id: What requests name as ``ProviderId``, and trust policies as the federated principal.
        url: Of its token-information endpoint.
        parameter: What the token is called in the query or the form.
        authorization: The header by which iamd proves itself to the endpoint; None without.
        under: The member of the answer that holds the rest (``data``); empty without.
        app: The member with the id of the application that the token was issued to.
        user: The member with the id of the user.
        valid: The member that must be true; empty without.
    """

    provider_id: str
    url: str
    send: Send = Send.QUERY
    parameter: str = "access_token"
    authorization: Secret | None = None
    under: str = ""
    app: str = "aud"
    user: str = "user_id"
    valid: str = ""

    def ask(self, token: str) -> Ask:
        headers: list[tuple[str, str]] = []
        if self.authorization is not None:
            headers.append(("Authorization", self.authorization.reveal()))
        match self.send:
            case Send.QUERY:
                joint = "&" if "?" in self.url else "?"
                return Ask(f"{self.url}{joint}{urlencode({self.parameter: token})}", tuple(headers))
            case Send.FORM:
                return Ask(self.url, tuple(headers), form=urlencode({self.parameter: token}).encode())
            case Send.BEARER:
                return Ask(self.url, (*headers, ("Authorization", f"Bearer {token}")))


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    answer: Mapping[str, Any] | None = field(repr=False)


class AccessTokens:
    """Ask providers about tokens."""

    def __init__(
        self,
        get: Callable[[Ask], bytes],
        monotonic: Callable[[], float],
        providers: Mapping[str, AccessTokenProvider] | None = None,
    ) -> None:
        self._get = get
        self._monotonic = monotonic
        self._providers = providers or {}
        self._lock = threading.Lock()
        self._kept: dict[bytes, _Kept] = {}
        self._pending: dict[bytes, Future[None]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="iamd-token")

    def web_identity(self, provider_id: str, token: str) -> WebIdentity:
        """
        Return whom *provider_id* issued *token* to.

        Raises:
            NeedsFetch: It is being asked.
            InvalidIdentityToken: There is no such provider.
            IDPRejectedClaim: The provider does not vouch for the token.
            IDPCommunicationError: The provider cannot be reached.
            Throttling: Too many tokens are being asked about.
        """
        provider = self._providers.get(provider_id)
        if provider is None:
            raise InvalidIdentityToken(f"The identity provider {provider_id[:_MAX_TEXT]} is not supported.")
        # The token itself is not kept: a digest is enough to find the answer again.
        digest = hashlib.sha256(f"{provider_id}\0{token}".encode()).digest()
        kept = self._kept.get(digest)
        if kept is None or self._monotonic() - kept.at >= KEEP_SECONDS:
            raise NeedsFetch(self._ask(digest, provider, token))
        if kept.answer is None:
            raise IDPCommunicationError("The identity provider could not be reached to verify the token.")
        return _identity(provider, kept.answer)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _ask(self, digest: bytes, provider: AccessTokenProvider, token: str) -> "Future[None]":
        with self._lock:
            pending = self._pending.get(digest)
            if pending is None:
                if len(self._pending) >= _MOST_PENDING:
                    raise Throttling("Rate exceeded")
                pending = self._pending[digest] = self._threads.submit(self._fetch, digest, provider, token)
            return pending

    def _fetch(self, digest: bytes, provider: AccessTokenProvider, token: str) -> None:
        answer: Mapping[str, Any] | None = None
        try:
            answer = read_object(self._get(provider.ask(token)))
        except NotJsonObjectError:
            answer = {}
        except FetchError as error:
            # Its text may hold the URL, and the URL the token: it goes nowhere.
            answer = {} if error.answered else None
        finally:
            with self._lock:
                self._pending.pop(digest, None)
                while len(self._kept) >= _MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[digest] = _Kept(self._monotonic(), answer)


def _identity(provider: AccessTokenProvider, answer: Mapping[str, Any]) -> WebIdentity:
    within = answer.get(provider.under) if provider.under else answer
    said = within if isinstance(within, dict) else {}
    app, user = _text(said.get(provider.app)), _text(said.get(provider.user))
    vouched = not provider.valid or said.get(provider.valid) is True
    # RFC 7662, section 2.2: an answer that says it is not active says all.
    if app is None or user is None or not vouched or said.get("active", True) is not True:
        raise IDPRejectedClaim("The identity provider does not vouch for the token.")
    name = provider.provider_id
    context = {f"{name}:app_id": app, f"{name}:{_USER_KEYS.get(name, 'user_id')}": user}
    return WebIdentity(
        provider=name,
        shown_provider=name,
        subject=user,
        audience=app,
        context=context,
        session_context=context,
    )


def _text(value: Any) -> str | None:
    """Return an id as a text: some providers write numbers."""
    text = str(value) if type(value) is int else value
    return text if isinstance(text, str) and 0 < len(text) <= _MAX_TEXT else None
