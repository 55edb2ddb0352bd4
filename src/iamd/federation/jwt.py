"""
JSON Web Tokens (RFC 7519), signed and compact: the gate before the library, and the library's verdict.

1. `read` splits a token and looks at it without believing anything: size, three parts, a header that asks for nothing
   but a signature of a kind that is taken.
2. `verify` checks the signature under one key, which the issuer's set has chosen; keys, certificates and URLs in the
   header are never looked at (R-51).
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from iamd.errors import InvalidIdentityToken
from iamd.federation.key_sets import ALGORITHMS, PublicKey
from iamd.federation.strict_json import NotJsonObjectError, read_object

MAX_LENGTH: Final = 20_000
_MAX_KID_LENGTH: Final = 1024
_BASE64URL = re.compile("[A-Za-z0-9_-]+")

# RFC 7515, RFC 7516, RFC 7797: members that change how a token is to be read.
_REFUSED_MEMBERS: Final = frozenset(
    {"crit", "b64", "enc", "zip", "epk", "p2c", "p2s", "apu", "apv", "iv", "tag"}
)

# AWS's text.
NOT_A_JWT: Final = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """
    A token that nobody has vouched for yet.

    Attributes:
        unverified_claims: For finding out whom to ask about it, and nothing else.
    """

    text: str = field(repr=False)
    algorithm: str
    kid: str | None
    unverified_claims: dict[str, Any] = field(repr=False)


def read(text: str) -> UnverifiedToken:
    """
    Split a token.

    Raises:
        InvalidIdentityToken: It is no signed token in the compact form, or of a kind that is not taken.
    """
    # counted before anything is split, decoded or allocated.
    if len(text) > MAX_LENGTH or text.count(".") != 2:
        raise _invalid("not three parts of at most 20,000 characters")
    parts = text.split(".")
    if not all(_BASE64URL.fullmatch(part) for part in parts):
        raise _invalid("a part is empty, or no base64url")
    try:
        header, claims = (read_object(_decode(part)) for part in parts[:2])
        _decode(parts[2])
    except (NotJsonObjectError, binascii.Error) as error:
        raise _invalid(f"a part cannot be read: {type(error).__name__}") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise _invalid("the algorithm is not one that is taken")
    # what must be understood is not, whatever it is.
    if not _REFUSED_MEMBERS.isdisjoint(header):
        raise _invalid("the header asks for more than a signature")
    if kid is not None and (not isinstance(kid, str) or len(kid) > _MAX_KID_LENGTH):
        raise _invalid("the key id is no text")
    return UnverifiedToken(text, algorithm, kid, claims)


def verify(token: UnverifiedToken, key: PublicKey) -> dict[str, Any]:
    """
    Return the claims of *token*, whose signature holds under *key*.

    Raises:
        InvalidIdentityToken: It does not hold.
    """
    if not key.serves(token.algorithm):
        raise _invalid("the key is for another algorithm")
    try:
        # Given a key, the library looks at no other: neither at keys nor at URLs in the header.
        registry = _Registry(algorithms=[token.algorithm], strict_check_header=False)
        verified = jws.deserialize_compact(token.text, key.key, registry=registry)
        return read_object(verified.payload)
    except (JoseError, NotJsonObjectError, ValueError, TypeError) as error:
        raise InvalidIdentityToken(
            "The signature of the ID Token provided is not valid", detail=type(error).__name__
        ) from None


class _Registry(jws.JWSRegistry):
    """With the sizes of `read`, which has measured the whole already."""

    max_header_length = MAX_LENGTH
    max_payload_length = MAX_LENGTH


def _decode(part: str) -> bytes:
    decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    # The last character may hold bits that decode to nothing: one token, one text.
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise binascii.Error("not canonical")
    return decoded


def _invalid(detail: str) -> InvalidIdentityToken:
    return InvalidIdentityToken(NOT_A_JWT, detail=detail)
