"""
What a request says about who signed it: read, not believed.

Rules that hold here:

* Only a request that carries nothing of the kind is anonymous.  Anything that looks like authentication and is not
  Signature Version 4 in one place, once, is refused.
* Each authentication parameter occurs once, in any spelling of its case, over header and query together; what was
  signed and what is used are the same value.
* The credential scope is read from the right, so that nothing before it can shift its parts.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4 import canonical
from iamd.sigv4.errors import (
    IncompleteSignature,
    InvalidClientTokenId,
    SignatureDoesNotMatch,
    SigV4Error,
    UnsupportedScheme,
)
from iamd.sigv4.signature_claim import SignatureClaim

_SIGNATURE_DIGITS: Final = 64
_HEXADECIMAL: Final = b"0123456789abcdef"
LONGEST_EXPIRY: Final = 7 * 24 * 3600
_MOST_FIELDS: Final = 2000
_LONGEST_REMEMBERED: Final = (
    2048  # Nobody fills the memory with headers that are no longer than the door allows.
)
_BEFORE_ACCESS_KEY_ID: Final = canonical.ALGORITHM.encode() + b" Credential="
_AT_ACCESS_KEY_ID: Final = len(_BEFORE_ACCESS_KEY_ID)
_ANYBODYS: Final = b"ANYBODYSACCESSKEY000"
"""Where what is read does not depend on whose it is."""

_SINGLE_HEADERS: Final = frozenset(
    {b"authorization", b"date", b"x-amz-content-sha256", b"x-amz-date", b"x-amz-security-token"}
)
PARAMETERS: Final = {
    name.lower(): name
    for name in (
        b"X-Amz-Algorithm",
        b"X-Amz-Content-Sha256",
        b"X-Amz-Credential",
        b"X-Amz-Date",
        b"X-Amz-Expires",
        b"X-Amz-Security-Token",
        canonical.SIGNATURE_PARAMETER,
        b"X-Amz-SignedHeaders",
    )
}
"""Of a query that is signed, by their names in lower case: how they are spelled."""
_VERSION_2_PARAMETERS: Final = frozenset(
    {b"awsaccesskeyid", b"signature", b"signaturemethod", b"signatureversion"}
)

_is_access_key_id = re.compile(r"[A-Z0-9]{16,128}", re.ASCII).fullmatch
_is_scope_part = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII).fullmatch
_is_header_list = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+(?:;[a-z0-9!#$%&'*+.^_`|~-]+)*").fullmatch
_is_amz_date = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII).fullmatch
_is_http_date = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} (?:GMT|[+-]0000)", re.ASCII
).fullmatch
_is_expiry = re.compile(r"[0-9]{1,6}", re.ASCII).fullmatch


class _Credential(NamedTuple):
    access_key_id: str
    date: str
    region: str
    service: str
    scope: str


class _Head(NamedTuple):
    credential: _Credential
    signed_headers: tuple[bytes, ...]
    signature: bytes


def parse(request: Request) -> SignatureClaim | None:
    """
    Return what *request* claims about its signature, or None if it carries no sign of authentication at all.

    Raises:
        IncompleteSignature: A part is missing, malformed, or there twice.
        UnsupportedScheme: It is another kind of proof.
        InvalidClientTokenId: The access key id cannot be one.
        SignatureDoesNotMatch: A part can never match.
    """
    headers = request.fields()
    if headers is None:
        headers = _without_repeated(request)
    parameters = authentication_parameters(request.raw_query) if request.raw_query else {}

    if b"authorization" in headers:
        if parameters:
            raise SignatureDoesNotMatch(
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
                f"in the query: {', '.join(sorted(_text(name) for name in parameters))}",
            )
        return _from_header(headers)
    if parameters:
        return _from_query(parameters, headers)
    if b"x-amz-security-token" in headers:
        raise IncompleteSignature(
            "Request is missing Authentication Token", "a session token without a signature"
        )
    _refuse_authentication_in_form(request)
    return None


def _without_repeated(request: Request) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in request.headers:
        if name in _SINGLE_HEADERS:
            if name in headers:
                raise IncompleteSignature(f"Found more than one '{name.decode()}' header.")
            headers[name] = value
    return headers


def authentication_parameters(raw_query: bytes) -> dict[bytes, bytes]:
    """
    Return the authentication parameters of a query, decoded, by their names, having refused all that is ambiguous in it.

    Raises:
        IncompleteSignature: It is malformed, or one of them is there twice or in another case.
        UnsupportedScheme: It is signed in the way of Version 2.
    """
    if not canonical.is_well_encoded(raw_query):
        raise IncompleteSignature("The query string holds a malformed escape sequence.")
    found: dict[bytes, bytes] = {}
    for piece in raw_query.split(b"&"):
        raw_name, _, value = piece.partition(b"=")
        name = canonical.decode(raw_name)
        folded = name.lower()
        spelling = PARAMETERS.get(folded)
        if spelling is None:
            if folded in _VERSION_2_PARAMETERS:
                raise _version_2()
        elif name != spelling:
            raise IncompleteSignature(f"The query parameter '{_text(spelling)}' is spelled in another case.")
        elif name in found:
            raise IncompleteSignature(f"Found more than one '{_text(spelling)}' as a query-string param.")
        else:
            found[name] = canonical.decode(value)
    return found


def _refuse_authentication_in_form(request: Request) -> None:
    # Clients from before Version 4 sent their proof among the fields of the form.  It is not accepted, and a request
    # that carries it does not pass for an anonymous one.
    if request.method != "POST" or not request.body:
        return
    # A form of more fields than these is refused by whoever reads it.
    for piece in request.body.split(b"&", _MOST_FIELDS)[:_MOST_FIELDS]:
        folded = canonical.decode(piece.partition(b"=")[0]).lower()
        if folded in _VERSION_2_PARAMETERS:
            raise _version_2()
        if folded in PARAMETERS:
            raise IncompleteSignature(
                "Authentication parameters belong into the query string or the headers."
            )


def _version_2() -> UnsupportedScheme:
    return UnsupportedScheme(
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        "Signature Version 2",
    )


def _from_header(headers: Mapping[bytes, bytes]) -> SignatureClaim:
    raw = headers[b"authorization"]
    date_header = headers.get(b"x-amz-date") or headers.get(b"date")
    token = headers.get(b"x-amz-security-token")
    content_sha256 = headers.get(b"x-amz-content-sha256")
    rest, end, digits = None, raw.find(b"/"), len(raw) - _SIGNATURE_DIGITS
    access_key_id = ""
    if (
        raw.startswith(_BEFORE_ACCESS_KEY_ID)
        and _AT_ACCESS_KEY_ID <= end <= digits
        and len(raw) <= _LONGEST_REMEMBERED
        and date_header
    ):
        access_key_id = raw[_AT_ACCESS_KEY_ID:end].decode("latin-1")
        rest = _read_rest(raw[end:digits]) if _is_access_key_id(access_key_id) else None
    if rest is None:
        rest = _read_slowly(raw, date_header)
        access_key_id = rest.credential.access_key_id
    (_, date, region, service, scope), signed_headers, signature = rest
    timestamp, amz_date = moment(date_header or b"")
    return SignatureClaim(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=signed_headers,
        signature=parse_signature(signature or raw[-_SIGNATURE_DIGITS:]),
        timestamp=timestamp,
        amz_date=amz_date,
        scope=scope,
        session_token=None if token is None else Secret(_text(token)),
        content_sha256=None if content_sha256 is None else _text(content_sha256),
    )


@lru_cache(maxsize=1024)
def _read_rest(rest: bytes) -> _Head | None:
    """
    Read what an ``Authorization`` header says behind the access key id, up to the digits of its signature, which SDKs put last.

    It is the same all day for everybody who uses one SDK for one service.  Returns None where something is missing, out of that
    order or not as it must be; `_read_slowly` then says what.
    """
    if not rest.endswith(b"Signature="):
        return None
    try:
        parts = _authorization_parts(_BEFORE_ACCESS_KEY_ID + _ANYBODYS + rest)
        # All of the signature is the digits behind: `Signature=Signature=…` is none.
        if not parts.get("Credential") or not parts.get("SignedHeaders") or parts.get("Signature") != "":
            return None
        credential = parse_credential(parts["Credential"])
        signed_headers = _parse_signed_headers(parts["SignedHeaders"].encode())
    except SigV4Error:
        return None
    # More slashes than there should be belong to the id, which is read from the right.
    return _Head(credential, signed_headers, b"") if credential.access_key_id == _ANYBODYS.decode() else None


def _read_slowly(raw: bytes, date_header: bytes | None) -> _Head:
    parts = _authorization_parts(raw)
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if not date_header:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise IncompleteSignature(
            f"{' '.join(missing)} (Hashed with SHA-256 and encoded with Base64) Authorization={_fingerprint(raw)}"
        )
    return _Head(
        parse_credential(parts["Credential"]),
        _parse_signed_headers(parts["SignedHeaders"].encode()),
        parts["Signature"].encode(),
    )


def _authorization_parts(raw: bytes) -> dict[str, str]:
    algorithm, _, rest = _text(raw).partition(" ")
    if algorithm != canonical.ALGORITHM:
        # Whatever stands after another scheme's name may be a password, so the text says nothing of it.
        known = algorithm if algorithm.startswith("AWS4-") and _is_scope_part(algorithm) else "unknown"
        raise UnsupportedScheme(
            f"Unsupported AWS 'algorithm': '{known}' (only {canonical.ALGORITHM} for now).",
            "Authorization header",
        )
    parts: dict[str, str] = {}
    for piece in rest.split(","):
        name, equal_sign, value = piece.strip(" ").partition("=")
        if not equal_sign or " " in name or " " in value:
            raise IncompleteSignature(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{_fingerprint(raw)}'."
            )
        if name in parts or name not in ("Credential", "SignedHeaders", "Signature"):
            raise IncompleteSignature(
                f"Authorization header holds an unknown parameter, or one twice. "
                f"(Hashed with SHA-256 and encoded with Base64) Authorization={_fingerprint(raw)}"
            )
        parts[name] = value
    return parts


def _from_query(parameters: Mapping[bytes, bytes], headers: Mapping[bytes, bytes]) -> SignatureClaim:
    missing = [
        f"AWS query-string parameters must include '{name}'."
        for name in (
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Signature",
            "X-Amz-SignedHeaders",
            "X-Amz-Date",
        )
        if not parameters.get(name.encode())
    ]
    if missing:
        raise IncompleteSignature(f"{' '.join(missing)} Re-examine the query-string parameters.")
    algorithm = _text(parameters[b"X-Amz-Algorithm"])
    if algorithm != canonical.ALGORITHM:
        known = algorithm if _is_scope_part(algorithm) else "unknown"
        raise UnsupportedScheme(
            f"Unsupported AWS 'algorithm': '{known}' (only {canonical.ALGORITHM} for now)."
        )
    for name in (b"x-amz-date", b"x-amz-security-token", b"x-amz-content-sha256"):
        if name in headers and PARAMETERS[name] in parameters:
            raise SignatureDoesNotMatch(
                f"Found '{_text(PARAMETERS[name])}' both as a query-string param and as HTTP header."
            )
    timestamp, amz_date = moment(parameters[b"X-Amz-Date"])
    credential = parse_credential(_text(parameters[b"X-Amz-Credential"]))
    token = parameters.get(b"X-Amz-Security-Token", headers.get(b"x-amz-security-token"))
    content_sha256 = parameters.get(b"X-Amz-Content-Sha256", headers.get(b"x-amz-content-sha256"))
    return SignatureClaim(
        access_key_id=credential.access_key_id,
        date=credential.date,
        region=credential.region,
        service=credential.service,
        signed_headers=_parse_signed_headers(parameters[b"X-Amz-SignedHeaders"]),
        signature=parse_signature(parameters[canonical.SIGNATURE_PARAMETER]),
        timestamp=timestamp,
        amz_date=amz_date,
        scope=credential.scope,
        presigned=True,
        expires_seconds=_parse_expiry(parameters.get(b"X-Amz-Expires")),
        session_token=None if token is None else Secret(_text(token)),
        content_sha256=None if content_sha256 is None else _text(content_sha256),
    )


def parse_credential(text: str) -> _Credential:
    """Read an access key id with its scope; raises what `parse` raises."""
    parts = text.rsplit("/", 4)
    if len(parts) != 5:
        shown = text if _is_access_key_id(text.replace("/", "")) else "…"
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{shown}'"
        )
    access_key_id, date, region, service, terminator = parts
    if not _is_scope_part(region):
        raise SignatureDoesNotMatch("Credential should be scoped to a valid region.")
    if not _is_scope_part(service):
        raise SignatureDoesNotMatch("Credential should be scoped to correct service.")
    if terminator != canonical.TERMINATOR:
        raise SignatureDoesNotMatch("Credential should be scoped with a valid terminator: 'aws4_request'.")
    if not _is_access_key_id(access_key_id):
        raise InvalidClientTokenId("malformed access key id")
    return _Credential(access_key_id, date, region, service, text[len(access_key_id) + 1 :])


@lru_cache(maxsize=64)  # One client sends one list.
def _parse_signed_headers(text: bytes) -> tuple[bytes, ...]:
    if not _is_header_list(text):
        raise IncompleteSignature(
            "SignedHeaders must be a list of header names in lower case, joined by semicolons."
        )
    names = tuple(text.split(b";"))
    if any(left >= right for left, right in pairwise(names)):
        raise IncompleteSignature("SignedHeaders must be sorted and name each header once.")
    return names


def parse_signature(raw: bytes) -> str:
    """Return *raw* as text; raises SignatureDoesNotMatch where it can be none."""
    if len(raw) != _SIGNATURE_DIGITS or raw.translate(None, _HEXADECIMAL):
        _text(raw)  # What is not even ASCII is refused as such.
        raise SignatureDoesNotMatch(detail="the signature is not 64 hexadecimal digits in lower case")
    return raw.decode()


def _parse_expiry(raw: bytes | None) -> int | None:
    if raw is None:
        return None
    text = _text(raw)
    if not _is_expiry(text) or not 1 <= int(text) <= LONGEST_EXPIRY:
        raise IncompleteSignature(
            "X-Amz-Expires must be a number of seconds, at least 1 and less than a week (604800 seconds)."
        )
    return int(text)


@lru_cache(maxsize=256)  # Requests of one second share it.
def moment(raw: bytes) -> tuple[datetime, str]:
    """Read the date of a signature: ISO 8601 basic, or the form of the ``Date`` header."""
    text = _text(raw)
    try:
        if _is_amz_date(text):
            moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return moment, text
        if _is_http_date(text):
            moment = parsedate_to_datetime(text).replace(tzinfo=UTC)
            return moment, f"{moment:%Y%m%dT%H%M%SZ}"
    except ValueError:
        pass  # The thirtieth of February: refused like any other text that is no date.
    shown = text if len(text) <= 40 else "…"
    raise IncompleteSignature(
        f"Date must be in ISO-8601 'basic format'. Got '{shown}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise IncompleteSignature("An authentication parameter holds characters outside ASCII.") from None


def _fingerprint(raw: bytes) -> str:
    """Name an ``Authorization`` header without showing it, as AWS does."""
    return b64encode(sha256(raw).digest()).decode()
