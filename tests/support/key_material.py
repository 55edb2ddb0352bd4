"""Keys and certificates to upload.  To make an RSA key takes long, so that each is made once."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of this number and size, the same each time."""
    return _rsa_key(number, bits)


@lru_cache
def _rsa_key(_number: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def ssh_public_key(number: int = 0, bits: int = 2048, comment: str = "") -> str:
    """Return a public key as OpenSSH writes it."""
    line = rsa_key(number, bits).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return f"{line} {comment}".strip()


def pem_public_key(number: int = 0, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return rsa_key(number).public_key().public_bytes(Encoding.PEM, form).decode()


def other_ssh_public_key() -> str:
    """Return a public key that is none of RSA."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
