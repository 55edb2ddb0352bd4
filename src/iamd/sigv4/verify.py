"""
Verify a signature.

`verify` returns nothing.  A request that fails raises, so that a caller who forgets to look at a result cannot let
one through.  It is given a signing key and the time; where the key comes from (`signing_key.derive`, or a
`HmacKeyCache`) is its caller's business, and so is whether the access key is active.
"""

import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.sigv4 import canonical, payload
from iamd.sigv4.errors import SignatureDoesNotMatch, SignatureExpired, SignatureNotYetCurrent
from iamd.sigv4.signature_claim import SignatureClaim

WINDOW: Final = timedelta(minutes=15)
_EARLIEST: Final = -WINDOW

# INVARIANT: Nothing reads these headers.  The SDKs for Rust (presigned requests) and PHP send them unsigned.
_MAY_BE_UNSIGNED: Final = frozenset({b"x-amz-user-agent"})


def verify(
    request: Request, claim: SignatureClaim, key: HmacKey, *, service: str | None, now: datetime
) -> None:
    """
    Check that *claim* is the signature of *request* under *key*.

    Args:
        request: As it came, byte for byte.
        claim: What `claim.parse` read from this very request.
        key: Derived from the access key's secret for the scope that *claim* names.
        service: That the credential scope must name; None takes any (a gateway in front of many services).
        now: Real time: clients sign by the world's clock.

    Raises:
        SignatureExpired: It is older than 15 minutes, or than a presigned request of S3 says of itself.
        SignatureNotYetCurrent: It is more than 15 minutes ahead.
        UnsupportedPayload: The body is declared to be unsigned or streamed.
        PayloadMismatch: The body is not the one that was declared.
        SignatureDoesNotMatch: Anything else.
    """
    age = now - claim.timestamp
    if claim.presigned or not _EARLIEST <= age <= WINDOW:
        _check_time(claim, age, now)
    if (service is not None and claim.service != service) or claim.date != claim.amz_date[:8]:
        raise _out_of_scope(claim, service)
    values = request.fields() or canonical.gather(request.headers)
    wrong = _unsigned(tuple(values), claim.signed_headers)
    if wrong is not None:
        raise SignatureDoesNotMatch(*wrong)

    if request.streamed:
        payload_hash = payload.declared_hash(claim.content_sha256, presigned=claim.presigned)
    else:
        payload_hash = payload.checked_hash(request.body, claim.content_sha256)
    try:
        canonical_request = canonical.request(
            request.method,
            canonical.path(request.raw_path, claim.service),
            canonical.query(request.raw_query),
            values,
            claim.signed_headers,
            payload_hash,
        )
    except KeyError as missing:
        raise SignatureDoesNotMatch(detail=f"the signed header {missing} is not there") from None
    to_sign = canonical.string_to_sign(claim.amz_date, claim.scope, canonical_request)
    expected = key.digest(to_sign).hex()
    # Not `==`: its duration tells how many leading characters were right.
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureDoesNotMatch


def _check_time(claim: SignatureClaim, age: timedelta, now: datetime) -> None:
    if age < _EARLIEST:
        raise SignatureNotYetCurrent(
            f"Signature not yet current: {claim.amz_date} is still later than {_basic(now + WINDOW)} "
            f"({_basic(now)} + 15 min.)"
        )
    # AWS: STS and IAM take a presigned request for 15 minutes, whatever its X-Amz-Expires says; tokens for EKS say 60
    # seconds and rely on it.  Only S3 and its kind go by the parameter.
    if claim.presigned and canonical.keeps_raw_path(claim.service):
        if claim.expires_seconds is None or age > timedelta(seconds=claim.expires_seconds):
            raise SignatureExpired("Request has expired")
    elif age > WINDOW:
        raise SignatureExpired(
            f"Signature expired: {claim.amz_date} is now earlier than {_basic(now - WINDOW)} "
            f"({_basic(now)} - 15 min.)"
        )


def _out_of_scope(claim: SignatureClaim, service: str | None) -> SignatureDoesNotMatch:
    if service is not None and claim.service != service:
        return SignatureDoesNotMatch(f"Credential should be scoped to correct service: '{service}'.")
    shown = claim.date if claim.date.isascii() and claim.date.isalnum() and len(claim.date) <= 16 else "…"
    return SignatureDoesNotMatch(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'{shown}' != '{claim.amz_date[:8]}', from '{claim.amz_date}'."
    )


@lru_cache(maxsize=64)  # One client sends one set of headers.
def _unsigned(names: tuple[bytes, ...], signed: tuple[bytes, ...]) -> tuple[str, ...] | None:
    """Return what is wrong, in words, with signing *signed* of the headers *names*; None where nothing is."""
    if b"host" not in signed:
        return ("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",)
    for name in names:
        if name.startswith(b"x-amz-") and name not in signed and name not in _MAY_BE_UNSIGNED:
            return (
                "There were headers present in the request which were not signed",
                f"unsigned: {name!r}",
            )
    return None


def _basic(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"
