"""
Sign requests: in the ``Authorization`` header, or in the query for somebody else to send.

The host, the content type and every ``x-amz-*`` header are signed; the rest is left to proxies to change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from iamd.clock import whole_second
from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import canonical, payload
from iamd.sigv4.claim import LONGEST_EXPIRY
from iamd.sigv4.signing_key import derive

_OWN_HEADERS: Final = frozenset(
    {b"authorization", b"date", b"x-amz-content-sha256", b"x-amz-date", b"x-amz-security-token"}
)
_SIGNED_BESIDES: Final = frozenset({b"content-md5", b"content-type", b"host"})
_OWN_PARAMETERS: Final = frozenset(
    {
        b"x-amz-algorithm",
        b"x-amz-credential",
        b"x-amz-date",
        b"x-amz-expires",
        b"x-amz-security-token",
        b"x-amz-signature",
        b"x-amz-signedheaders",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request is signed with."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None


def sign(
    request: Request,
    credentials: Credentials,
    *,
    region: str,
    service: str,
    at: datetime,
    payload_hash: str | None = None,
    signing_key: HmacKey | None = None,
) -> Request:
    """
    Return *request* with an ``Authorization`` header and those that go with it; any it had before are gone.

    Args:
        request: With a ``host`` header.
        credentials: Whose request it becomes.
        region: For the credential scope.
        service: For the credential scope; decides whether the path is signed raw.
        at: The time of the world, aware and in UTC.
        payload_hash: What to declare about a body that is not signed whole (`payload.UNSIGNED`); by default the
            body's own hash, which only S3 wants to see as a header.
        signing_key: Derived from the secret access key for the scope, where somebody keeps it; else it is derived anew.

    Raises:
        ValueError: There is no ``host``, or the query is signed already.
    """
    _check(request)
    amz_date = date_of(at)
    scope = f"{amz_date[:8]}/{region}/{service}/{canonical.TERMINATOR}"
    headers = [header for header in request.headers if header[0] not in _OWN_HEADERS]
    headers.append((b"x-amz-date", amz_date.encode()))
    if credentials.session_token is not None:
        headers.append((b"x-amz-security-token", credentials.session_token.reveal().encode()))
    body_hash = payload_hash or payload.hash_of(request.body)
    if payload_hash is not None or canonical.keeps_raw_path(service):
        headers.append((b"x-amz-content-sha256", body_hash.encode()))

    values = canonical.gather(headers)
    signed = _names_to_sign(tuple(values))
    if signing_key is None:
        signing_key = derive(credentials.secret_access_key, amz_date[:8], region, service)
    signature = _signature(request, values, signed, signing_key, amz_date, scope, body_hash)
    authorization = (
        f"{canonical.ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={b';'.join(signed).decode()}, Signature={signature}"
    )
    return msgspec.structs.replace(request, headers=(*headers, (b"authorization", authorization.encode())))


def presign(
    request: Request,
    credentials: Credentials,
    *,
    region: str,
    service: str,
    at: datetime,
    expires_seconds: int,
) -> Request:
    """
    Return *request* with its signature in the query, for whoever sends it within *expires_seconds*.

    Whoever sends it must send the signed headers too.  Of S3 the body is not signed; of all others it is.

    Raises:
        ValueError: There is no ``host``, the query is signed already, or the expiry is not within 1 and 604800.
    """
    _check(request)
    if not 1 <= expires_seconds <= LONGEST_EXPIRY:
        raise ValueError("a presigned request expires within a week")
    amz_date = date_of(at)
    scope = f"{amz_date[:8]}/{region}/{service}/{canonical.TERMINATOR}"
    headers = tuple(header for header in request.headers if header[0] not in _OWN_HEADERS)
    values = canonical.gather(headers)
    signed = _names_to_sign(tuple(values))

    parameters = [
        (b"X-Amz-Algorithm", canonical.ALGORITHM.encode()),
        (b"X-Amz-Credential", f"{credentials.access_key_id}/{scope}".encode()),
        (b"X-Amz-Date", amz_date.encode()),
        (b"X-Amz-Expires", str(expires_seconds).encode()),
        (b"X-Amz-SignedHeaders", b";".join(signed)),
    ]
    if credentials.session_token is not None:
        parameters.append((b"X-Amz-Security-Token", credentials.session_token.reveal().encode()))
    added = b"&".join([name + b"=" + canonical.encode(value) for name, value in parameters])
    raw_query = request.raw_query + b"&" + added if request.raw_query else added
    unsigned = msgspec.structs.replace(request, headers=headers, raw_query=raw_query)
    body_hash = payload.UNSIGNED if canonical.keeps_raw_path(service) else payload.hash_of(request.body)
    key = derive(credentials.secret_access_key, amz_date[:8], region, service)
    signature = _signature(unsigned, values, signed, key, amz_date, scope, body_hash)
    return msgspec.structs.replace(unsigned, raw_query=raw_query + b"&X-Amz-Signature=" + signature.encode())


def date_of(at: datetime) -> str:
    """Return *at*, aware and in UTC, as a signature has it (``X-Amz-Date``)."""
    return _date_of(whole_second(at))


@lru_cache(maxsize=16)  # Requests of one second share it.
def _date_of(second: datetime) -> str:
    return f"{second:%Y%m%dT%H%M%SZ}"


def _check(request: Request) -> None:
    if request.header(b"host") is None:
        raise ValueError("a request is signed together with its host")
    names = (canonical.decode(piece.partition(b"=")[0]).lower() for piece in request.raw_query.split(b"&"))
    if not _OWN_PARAMETERS.isdisjoint(names):
        raise ValueError("the query is signed already")


@lru_cache(maxsize=64)  # One client sends one set of headers.
def _names_to_sign(names: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(sorted(name for name in names if name in _SIGNED_BESIDES or name.startswith(b"x-amz-")))


def _signature(
    request: Request,
    values: Mapping[bytes, bytes],
    signed: Sequence[bytes],
    key: HmacKey,
    amz_date: str,
    scope: str,
    payload_hash: str,
) -> str:
    service = scope.split("/")[2]
    canonical_request = canonical.request(
        request.method,
        canonical.path(request.raw_path, service),
        canonical.query(request.raw_query),
        values,
        signed,
        payload_hash,
    )
    return key.digest(canonical.string_to_sign(amz_date, scope, canonical_request)).hex()
