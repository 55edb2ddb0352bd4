"""Keys and tokens of an identity provider, made by hand where a library would refuse to make them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: Any) -> str:
    return b64(json.dumps(value).encode())


@cache
def rsa_key(name: str = "", bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return an RSA key, the same for the same name."""
    del name
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: str = "P-256", name: str = "") -> ec.EllipticCurvePrivateKey:
    """Return a key on *curve*, the same for the same name."""
    del name
    return ec.generate_private_key(_CURVES[curve])


def jwk(key: Private, kid: str | None = None, **more: Any) -> dict[str, Any]:
    """Return the public half of *key* as it stands in a key set."""
    found: dict[str, Any] = {} if kid is None else {"kid": kid}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        found |= {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    else:
        size = (key.curve.key_size + 7) // 8
        point = key.public_key().public_numbers()
        name = next(name for name, curve in _CURVES.items() if curve.name == key.curve.name)
        found |= {"kty": "EC", "crv": name, "x": _number(point.x, size), "y": _number(point.y, size)}
    return found | more


def _number(value: int, size: int | None = None) -> str:
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def pem(key: Private) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def der(key: Private) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def ssh(key: Private) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def signature(algorithm: str, key: Private | bytes, text: str) -> bytes:
    """Sign *text*, as RFC 7518 says for *algorithm*; for HS with whatever bytes there are."""
    digest = _HASHES[algorithm[2:]]
    if isinstance(key, bytes):
        return hmac.digest(key, text.encode(), f"sha{algorithm[2:]}")
    if isinstance(key, rsa.RSAPrivateKey):
        if algorithm.startswith("PS"):
            salted = padding.PSS(padding.MGF1(digest), digest.digest_size)
            return key.sign(text.encode(), salted, digest)
        return key.sign(text.encode(), padding.PKCS1v15(), digest)
    size = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def signed(header: Mapping[str, Any], claims: Any, key: Private | bytes, algorithm: str = "") -> str:
    """Return a token with exactly this header and these claims, signed as *algorithm* or as the header says."""
    text = f"{part(header)}.{claims if isinstance(claims, str) else part(claims)}"
    return f"{text}.{b64(signature(algorithm or header['alg'], key, text))}"


def claims_of(issuer: str, **changes: Any) -> dict[str, Any]:
    """Return the claims of a good token, valid for an hour; those that are None are left out."""
    now = int(time.time())
    found = {
        "iss": issuer,
        "sub": "system:serviceaccount:default:app",
        "aud": "sts.amazonaws.com",
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def fingerprint(certificate: bytes) -> str:
    """Return the thumbprint of a certificate in DER."""
    return hashlib.sha1(certificate, usedforsecurity=False).hexdigest()
