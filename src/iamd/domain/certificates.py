"""
X.509 certificates and their private keys, as they are uploaded: in PEM, and each of the kind that it claims to be.

What parses them takes long to import, and is imported when the first one is read.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from iamd.errors import KeyPairMismatch, MalformedCertificate
from iamd.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

_BLOCK = re.compile(
    r"-----BEGIN CERTIFICATE-----[ \t\r]*\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
_WHITE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """
    What matters of a certificate.

    Attributes:
        fingerprint: The SHA-256 of its DER form.
    """

    fingerprint: str
    not_before: datetime
    not_after: datetime

    def valid_at(self, at: datetime) -> bool:
        return self.not_before <= at <= self.not_after


def read_certificate(body: str) -> CertificateFacts:
    """
    Read the one certificate of *body*.

    Raises:
        ValueError: It is not one certificate in PEM and nothing else.
    """
    (certificate,) = _parse(body)
    return _facts(certificate)


def check_server_certificate(
    body: str, private_key: Secret, chain: str | None, at: datetime
) -> CertificateFacts:
    """
    Check that a certificate, its key and its chain make sense together, and are in force.

    The chain begins with whoever has signed the certificate; the root of it may be left out.

    Raises:
        MalformedCertificate: Something cannot be read, is not in force, or the chain is none.
        KeyPairMismatch: The key is another certificate's.
    """
    try:
        (certificate,) = _parse(body)
    except ValueError:
        raise MalformedCertificate(
            "Unable to parse certificate. Please ensure the certificate is in PEM format."
        ) from None
    if _public_bytes(_private_key(private_key).public_key()) != _public_bytes(certificate.public_key()):
        raise KeyPairMismatch("Private key does not match the public key of the certificate.")
    facts = _facts(certificate)
    if at > facts.not_after:
        raise MalformedCertificate(
            "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."
        )
    if at < facts.not_before:
        raise MalformedCertificate(
            "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed."
        )
    if chain is not None:
        _check_chain(certificate, chain)
    return facts


def _check_chain(certificate: "Certificate", chain: str) -> None:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  see the module's docstring

    try:
        issuers = _parse(chain)
    except ValueError:
        raise MalformedCertificate(
            "Unable to parse certificate chain. Please ensure the certificates are in PEM format."
        ) from None
    signed = certificate
    for position, issuer in enumerate(issuers):
        try:
            signed.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise MalformedCertificate(
                "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
                "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
                f"certificate is: {position}"
            ) from None
        signed = issuer


def _parse(pem: str) -> "list[Certificate]":
    """Return the certificates that *pem* is made of; raises ValueError when there is anything else, or none."""
    from cryptography.x509 import InvalidVersion, load_pem_x509_certificates  # noqa: PLC0415  see the module's docstring

    if _BLOCK.sub("", pem).strip(_WHITE):
        raise ValueError("there is something beside certificates")
    try:
        return load_pem_x509_certificates(pem.encode("ascii"))
    except InvalidVersion:
        raise ValueError("a certificate has a version that there is not") from None


def _private_key(pem: Secret) -> "PrivateKeyTypes":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  see the module's docstring
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  likewise

    try:
        return load_pem_private_key(pem.reveal().strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Nothing of the cause: it may quote what was sent.
        raise MalformedCertificate(
            "Unable to parse key; the private key must be in PEM format, and not encrypted."
        ) from None


def _public_bytes(key: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415  likewise

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _facts(certificate: "Certificate") -> CertificateFacts:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  see the module's docstring

    return CertificateFacts(
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
