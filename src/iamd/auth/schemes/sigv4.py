"""
Authentication by AWS Signature Version 4, with long-term or temporary credentials.

1. Find the secret: of the access key, or inside the session token.
2. Verify the signature under it.
3. Only then say anything about the state of the credentials: expired, or their principal gone.
"""

from collections.abc import Callable

from iamd.auth.caller import Caller, long_term_caller
from iamd.auth.schemes.live_sessions import LiveSessions, check_open, invalid_token
from iamd.clock import Clock
from iamd.directory.directory import View
from iamd.domain.access_keys import AccessKeyStatus
from iamd.errors import IncompleteSignature, InvalidClientTokenId, ServiceError, SignatureDoesNotMatch
from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring
from iamd.sessions.token import InvalidSessionTokenError, UnknownTokenKeyError, open_token
from iamd.sigv4 import errors as sigv4_errors
from iamd.sigv4 import signing_key
from iamd.sigv4.claim import parse
from iamd.sigv4.form import verify_policy
from iamd.sigv4.signature_claim import SignatureClaim
from iamd.sigv4.verify import verify

_TRANSLATION: dict[type[sigv4_errors.SigV4Error], type[ServiceError]] = {
    sigv4_errors.IncompleteSignature: IncompleteSignature,
    sigv4_errors.InvalidClientTokenId: InvalidClientTokenId,
    sigv4_errors.SignatureDoesNotMatch: SignatureDoesNotMatch,
}


def translated(error: sigv4_errors.SigV4Error) -> ServiceError:
    """Return the answer of the service for an error of the seal, which stays its cause."""
    made = next((_TRANSLATION[kind] for kind in type(error).__mro__ if kind in _TRANSLATION), None)
    answer = (made or SignatureDoesNotMatch)(error.message, detail=error.detail)
    answer.__cause__ = error
    return answer


def read_claim(request: Request) -> SignatureClaim | None:
    """
    Read what *request* says about its signature; nothing of it is believed yet.

    Raises:
        ServiceError: The request carries something of the kind that cannot be read.
    """
    try:
        return parse(request)
    except sigv4_errors.SigV4Error as error:
        raise translated(error) from error


Prove = Callable[[HmacKey], None]
"""Verifies with a signing key; raises a SigV4Error."""


class SigV4Scheme:
    """
    Verify signatures and find whose they are.

    Attributes:
        live_sessions: What a session must be besides opened with the right secret.
    """

    def __init__(self, keyring: Keyring, clock: Clock, live_sessions: LiveSessions, most: int) -> None:
        """Remember at most *most* access keys that have proved themselves."""
        self._keyring = keyring
        self._clock = clock
        self.live_sessions = live_sessions
        self.signing_keys = signing_key.SigningKeyCache(most)
        self._most = most
        self._callers: dict[str, Caller] = {}
        """By their long-term access keys: the same for every request until the principal changes, which has another snapshot then."""

    def authenticate(self, request: Request, claim: SignatureClaim, service: str, view: View) -> Caller:
        """
        Return by whom *request* is signed; *service* is the one that was asked.

        Raises:
            ServiceError: The signature does not hold, or its credentials do not.
        """

        def prove(key: HmacKey) -> None:
            verify(request, claim, key, service=service, now=self._clock.real())

        return self._caller(claim, prove, view)

    def authenticate_form(self, policy: str, claim: SignatureClaim, service: str, view: View) -> Caller:
        """
        Return by whom the *policy* of a form is signed.

        Raises:
            ServiceError: As `authenticate`.
        """

        def prove(key: HmacKey) -> None:
            verify_policy(policy, claim, key, service=service, now=self._clock.real())

        return self._caller(claim, prove, view)

    def _caller(self, claim: SignatureClaim, prove: Prove, view: View) -> Caller:
        try:
            if claim.session_token is None:
                return self._long_term(claim, prove, view)
            return self._session(claim, claim.session_token, prove, view)
        except sigv4_errors.SigV4Error as error:
            raise translated(error) from error

    def _long_term(self, claim: SignatureClaim, prove: Prove, view: View) -> Caller:
        found = view.access_key(claim.access_key_id)
        if found is None:
            raise invalid_token("unknown access key id")
        access_key = found.access_key
        if access_key.status is not AccessKeyStatus.ACTIVE:
            raise invalid_token("inactive access key")
        self._verify(claim, access_key.secret, prove)
        snapshot = view.principal("root" if access_key.of_root else "user", access_key.owner_id)
        if snapshot is None:
            raise invalid_token("the owner of the access key is gone")
        check_open(view, snapshot.account_id)
        caller = self._callers.get(claim.access_key_id)
        if caller is None or caller.snapshot is not snapshot or caller.region != claim.region:
            if len(self._callers) >= self._most:
                self._callers.clear()
            caller = self._callers[claim.access_key_id] = long_term_caller(
                snapshot, access_key.access_key_id, claim.region
            )
        return caller

    def _session(self, claim: SignatureClaim, token: Secret, prove: Prove, view: View) -> Caller:
        try:
            session, secret = open_token(self._keyring, token)
        except UnknownTokenKeyError:
            view.renew_sealing_keys()
            raise invalid_token("the session token names a sealing key that is not known") from None
        except InvalidSessionTokenError:
            raise invalid_token("the session token does not open") from None
        if session.access_key_id != claim.access_key_id:
            raise invalid_token("the session token is of another access key id")
        self._verify(claim, secret, prove)
        return self.live_sessions.caller(session, claim.region, view)

    def _verify(self, claim: SignatureClaim, secret: Secret, prove: Prove) -> None:
        known = self.signing_keys.find(claim)
        key = known or signing_key.derive(secret, claim.date, claim.region, claim.service)
        prove(key)
        if known is None:
            self.signing_keys.keep(claim, key)
