"""
Identity tokens: JSON Web Tokens (RFC 7519) that say, for other services, who somebody is.

What is made here is signed in the compact form of RFC 7515, section 7.1, with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 7518,
section 3.3) or ECDSA over P-384 with SHA-384 (section 3.4).  Nothing is read here: the tokens of others are the business
of `iamd.federation`, which looks at ours as it does at anybody's.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from iamd.domain.token_signing_keys import SigningAlgorithm, TokenSigningKey
from iamd.secret import Secret

MAX_PAYLOAD_BYTES: Final = 14 * 1024
"""With the signature and in Base64 the token has less than the 20,000 characters that AssumeRoleWithWebIdentity takes."""

_RSA_BITS: Final = 2048
_RSA_EXPONENT: Final = 65537
_P384_BYTES: Final = 48
_MOST_KEPT: Final = 256
_PREFIXES: Final = {SigningAlgorithm.RS256: "RSA_", SigningAlgorithm.ES384: "EC384_"}
"""How the key ids of AWS begin."""


class PayloadTooLargeError(Exception):
    """The claims have more than `MAX_PAYLOAD_BYTES`."""


def new_key_pair(algorithm: SigningAlgorithm, chance: Callable[[int], bytes]) -> tuple[str, str, Secret]:
    """
    Return the id of a fresh key, the public key as a JSON Web Key, and the private key as they are kept.

    Slow with RSA: more than a tenth of a second.

    Args:
        algorithm: What the key is for.
        chance: Returns that many random bytes; for the id alone, since OpenSSL makes keys by a chance of its own.
    """
    key_id = _PREFIXES[algorithm] + chance(8).hex()
    public: dict[str, str] = {"kid": key_id, "use": "sig", "alg": algorithm.value}
    private: RSAPrivateKey | EllipticCurvePrivateKey
    if algorithm is SigningAlgorithm.RS256:
        private = generate_rsa_key(_RSA_EXPONENT, _RSA_BITS)
        rsa = private.public_key().public_numbers()
        public |= {"kty": "RSA", "n": _unsigned(rsa.n), "e": _unsigned(rsa.e)}
    else:
        private = generate_private_key(SECP384R1())
        point = private.public_key().public_numbers()
        # RFC 7518, section 6.2.1.2: the full size of a coordinate, with its leading zeros.
        public |= {
            "kty": "EC",
            "crv": "P-384",
            "x": _base64url(point.x.to_bytes(_P384_BYTES, "big")),
            "y": _base64url(point.y.to_bytes(_P384_BYTES, "big")),
        }
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return key_id, json.dumps(public), Secret(base64.b64encode(der).decode())


class TokenSigner:
    """Sign tokens; keeps the keys that it has read, since reading one takes longer than signing."""

    def __init__(self) -> None:
        self._kept: dict[str, RSAPrivateKey | EllipticCurvePrivateKey] = {}

    def sign(self, key: TokenSigningKey, claims: Mapping[str, Any]) -> Secret:
        """
        Return *claims* as a token, signed with *key*.

        Raises:
            PayloadTooLargeError: They are too many, or too long.
        """
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLargeError
        header = json.dumps({"kid": key.key_id, "typ": "JWT", "alg": key.algorithm.value}).encode()
        signing_input = f"{_base64url(header)}.{_base64url(payload)}"
        signature = _signature(self._private(key), signing_input.encode())
        return Secret(f"{signing_input}.{_base64url(signature)}")

    def _private(self, key: TokenSigningKey) -> RSAPrivateKey | EllipticCurvePrivateKey:
        # By its id alone: what an id stands for never changes.  Two threads may both read a key, and keep the same.
        found = self._kept.get(key.key_id)
        if found is None:
            found = _load(key.private_key)
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key.key_id] = found
        return found


def _signature(private: RSAPrivateKey | EllipticCurvePrivateKey, text: bytes) -> bytes:
    if isinstance(private, RSAPrivateKey):
        return private.sign(text, PKCS1v15(), SHA256())
    r, s = decode_dss_signature(private.sign(text, ECDSA(SHA384())))
    return r.to_bytes(_P384_BYTES, "big") + s.to_bytes(_P384_BYTES, "big")


def _load(private_key: Secret) -> RSAPrivateKey | EllipticCurvePrivateKey:
    der = base64.b64decode(private_key.reveal())
    # What was sealed is what we made: to check the numbers of an RSA key again would take a tenth of a second.
    loaded = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(loaded, RSAPrivateKey | EllipticCurvePrivateKey):
        raise TypeError("a key is of a kind that signs no tokens")
    return loaded


def _unsigned(number: int) -> str:
    """Write a number as RFC 7518, section 2, has it: without leading zero bytes."""
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
