"""Keys and certificates to upload.  To make an RSA key takes long, so that each is made once."""

import base64
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

MADE_AT: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
LIFE: Final = timedelta(days=365)


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


def pem_private_key(
    number: int = 0, form: PrivateFormat = PrivateFormat.PKCS8, passphrase: bytes | None = None
) -> str:
    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    return rsa_key(number).private_bytes(Encoding.PEM, form, encryption).decode()


def other_ssh_public_key() -> str:
    """Return a public key that is none of RSA."""
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def certificate(
    name: str = "bob.example.com",
    number: int = 0,
    issuer: str | None = None,
    issuer_number: int = 0,
    begins: timedelta = timedelta(0),
    life: timedelta = LIFE,
) -> str:
    """Return a certificate in PEM of the key of that number, signed by itself or by the issuer's."""

    def named(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])

    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer or name))
        .public_key(rsa_key(number).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MADE_AT + begins)
        .not_valid_after(MADE_AT + begins + life)
        .sign(rsa_key(number if issuer is None else issuer_number), SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def pem_of(der: bytes) -> str:
    """Return *der* as a certificate in PEM, whatever it is."""
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def of_version_eight() -> str:
    """Return a certificate in PEM of a version that X.509 does not have."""
    der = x509.load_pem_x509_certificate(certificate().encode()).public_bytes(Encoding.DER)
    before, version, after = der.partition(b"\xa0\x03\x02\x01\x02")
    return pem_of(before + version[:-1] + b"\x07" + after)
