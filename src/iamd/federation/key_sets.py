"""
Key sets of issuers (RFC 7517): which keys may verify a token.

A set is taken as a whole or refused.  Of a key only its public numbers are used: certificates, URLs and whatever else
it carries are not looked at.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from iamd.federation.strict_json import NotJsonObjectError, read_object

MAX_KEYS: Final = 100
_SMALLEST_RSA_BITS: Final = 2048
_LARGEST_RSA_BITS: Final = 8192
_LARGEST_EXPONENT_BITS: Final = 64
_MAX_KID_LENGTH: Final = 1024

ALGORITHMS: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", "")),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
}
"""Signatures with a private key that are taken, each with the type of key and the curve that it needs (R-42)."""


class KeySetError(Exception):
    """The set is none, or not to be trusted; the text is for the log."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """
    A key that verifies.

    Attributes:
        curve: Empty for RSA.
        algorithm: The only one that it is for, or None.
    """

    kid: str | None
    kind: str
    curve: str
    algorithm: str | None
    key: RSAKey | ECKey

    def serves(self, algorithm: str) -> bool:
        return (self.kind, self.curve) == ALGORITHMS[algorithm] and self.algorithm in {None, algorithm}


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one issuer that can verify something."""

    keys: tuple[PublicKey, ...]

    def find(self, algorithm: str, kid: str | None) -> PublicKey | None:
        """
        Return the one key for a token with this header; None when there is none, or more than one.

        The header chooses among the keys that fit its algorithm; it cannot make a key fit.
        """
        fitting = [key for key in self.keys if key.serves(algorithm)]
        if kid is not None:
            fitting = [key for key in fitting if key.kid == kid]
        return fitting[0] if len(fitting) == 1 else None


def read_key_set(text: bytes) -> KeySet:
    """
    Read a key set as an issuer publishes it.

    Raises:
        KeySetError: See `key_set`.
    """
    try:
        return key_set(read_object(text))
    except NotJsonObjectError as error:
        raise KeySetError(f"the key set is not JSON: {error}") from error


def key_set(document: Mapping[str, Any]) -> KeySet:
    """
    Take the keys out of *document*; those that cannot verify signatures are left out.

    Raises:
        KeySetError: It has not the form of a set, has too many keys, one that is not what it says, or two of the same
            id (R-52).
    """
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_KEYS:
        raise KeySetError("the key set has no list of at most 100 keys")
    seen: set[str] = set()
    found = []
    for each in keys:
        if not isinstance(each, dict):
            raise KeySetError("the key set holds something that is no key")
        kid = each.get("kid")
        if kid is not None:
            if not isinstance(kid, str) or len(kid) > _MAX_KID_LENGTH or kid in seen:
                raise KeySetError("two keys have the same id, or an id is no text")
            seen.add(kid)
        key = _public_key(each, kid)
        if key is not None:
            found.append(key)
    return KeySet(tuple(found))


def _public_key(each: Mapping[str, Any], kid: str | None) -> PublicKey | None:
    kind, use, operations, algorithm = (each.get(name) for name in ("kty", "use", "key_ops", "alg"))
    if kind not in {"RSA", "EC"} or use not in {None, "sig"}:
        return None
    if operations is not None and (not isinstance(operations, list) or "verify" not in operations):
        return None
    if algorithm is not None and algorithm not in ALGORITHMS:
        return None
    try:
        if kind == "RSA":
            _check_rsa_numbers(_text(each, "n"), _text(each, "e"))
            rsa = RSAKey.import_key({"kty": "RSA", "n": each["n"], "e": each["e"]})
            return PublicKey(kid, "RSA", "", algorithm, rsa)
        curve = _text(each, "crv")
        if ("EC", curve) not in ALGORITHMS.values():
            return None
        ec = ECKey.import_key({"kty": "EC", "crv": curve, "x": _text(each, "x"), "y": _text(each, "y")})
        ec.public_key.public_numbers()
    except (JoseError, ValueError, TypeError) as error:
        raise KeySetError(f"a key is not what it says: {type(error).__name__}") from error
    return PublicKey(kid, "EC", curve, algorithm, ec)


def _check_rsa_numbers(modulus: str, exponent: str) -> None:
    n, e = (
        int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
        for text in (modulus, exponent)
    )
    sound = _SMALLEST_RSA_BITS <= n.bit_length() <= _LARGEST_RSA_BITS
    if not sound or e < 3 or e % 2 == 0 or e.bit_length() > _LARGEST_EXPONENT_BITS:
        raise KeySetError("an RSA key is too small, too large, or none")


def _text(each: Mapping[str, Any], name: str) -> str:
    value = each.get(name)
    if not isinstance(value, str) or not value:
        raise KeySetError(f"a key lacks `{name}`")
    return value
