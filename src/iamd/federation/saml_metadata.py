"""
Metadata of SAML identity providers: who issues responses, and with which keys (SAML 2.0 Metadata).

AWS: *Create a SAML identity provider in IAM*: the document is UTF-8 without a byte order mark; a certificate's key has at
least 1,024 bits, and no extension twice; that a certificate has expired does not matter.

The document is believed because an administrator has uploaded it.  A signature of its own is not looked at.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from iamd.federation.saml_xml import METADATA, SIGNATURE, XmlError, children, parse, parse_time, text

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml.etree import _Element as Element

MAX_LENGTH: Final = 10_000_000
_SAML_2: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
_LONGEST_ENTITY_ID: Final = 1024
_MOST_CERTIFICATES: Final = 10
_LEAST_BITS: Final = 1024


class SamlMetadataError(Exception):
    """The document is no metadata of a SAML 2.0 identity provider; the text says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlMetadata:
    """
    What metadata says of an identity provider.

    Attributes:
        entity_id: The ``Issuer`` of its responses, character for character.
        certificates: Whose keys may have signed them, at least one; expired ones included.
        valid_until: When the document says that it ends; None when it does not say.
    """

    entity_id: str
    certificates: "tuple[Certificate, ...]" = field(repr=False)
    valid_until: datetime | None


def parse_metadata(document: str) -> SamlMetadata:
    """
    Read the metadata of one identity provider.

    Slow for large documents, up to a second: not for the event loop.

    Raises:
        SamlMetadataError: It is none.
    """
    if len(document) > MAX_LENGTH:
        raise SamlMetadataError("it is too long")
    if document.startswith("\ufeff"):
        raise SamlMetadataError("it begins with a byte order mark")
    try:
        return _metadata(parse(document.encode("utf-8")))
    except UnicodeEncodeError:
        raise SamlMetadataError("it is not UTF-8") from None
    except XmlError as error:
        raise SamlMetadataError(str(error)) from None


def _metadata(root: "Element") -> SamlMetadata:
    if root.tag != f"{METADATA}EntityDescriptor":
        raise SamlMetadataError("it is no EntityDescriptor")
    entity_id = root.get("entityID", "")
    if not 0 < len(entity_id) <= _LONGEST_ENTITY_ID:
        raise SamlMetadataError("it has no entityID")
    descriptors = [
        descriptor
        for descriptor in children(root, f"{METADATA}IDPSSODescriptor")
        if _SAML_2 in descriptor.get("protocolSupportEnumeration", "").split()
    ]
    if not descriptors:
        raise SamlMetadataError("it has no IDPSSODescriptor for SAML 2.0")
    certificates = tuple(dict.fromkeys(each for one in descriptors for each in _certificates(one)))
    if not 0 < len(certificates) <= _MOST_CERTIFICATES:
        raise SamlMetadataError("it has no certificate for signing, or too many")
    ends = [each.get("validUntil") for each in (root, *descriptors)]
    return SamlMetadata(
        entity_id=entity_id,
        certificates=certificates,
        valid_until=min((parse_time(end) for end in ends if end is not None), default=None),
    )


def _certificates(descriptor: "Element") -> "Iterator[Certificate]":
    for key in children(descriptor, f"{METADATA}KeyDescriptor"):
        # SAML 2.0 Metadata, section 2.4.1.1: a key without a use is for both.
        if key.get("use", "signing") != "signing":
            continue
        for information in children(key, f"{SIGNATURE}KeyInfo"):
            for data in children(information, f"{SIGNATURE}X509Data"):
                for certificate in children(data, f"{SIGNATURE}X509Certificate"):
                    yield _certificate(text(certificate))


def _certificate(encoded: str) -> "Certificate":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  imported with the first document
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415  likewise
    from cryptography.x509 import (  # noqa: PLC0415  likewise
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
        load_der_x509_certificate,
    )

    # What the library raises has no base of its own.
    of_x509 = (DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType)
    try:
        certificate = load_der_x509_certificate(base64.b64decode("".join(encoded.split()), validate=True))
        key = certificate.public_key()
        # Read here, so that whatever is wrong with it is found out now.
        _ = certificate.extensions, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except (ValueError, TypeError, UnsupportedAlgorithm, *of_x509):
        raise SamlMetadataError("a certificate cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SamlMetadataError("the key of a certificate is neither RSA nor ECDSA")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_BITS:
        raise SamlMetadataError("the key of a certificate is too small")
    return certificate
