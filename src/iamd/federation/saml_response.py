"""
From a SAML response to the one assertion in it that somebody has vouched for.

1. Base64, size, and the gate of `saml_xml`; nothing is inflated (R-62).
2. The document has the one shape in which nothing can hide: a Response, in it one Assertion or EncryptedAssertion and
   nowhere another, signatures only right below what they sign, no ID twice, no ds:Object.  That leaves no place to wrap a
   signed element away and put another where it was (R-53).
3. The Response's own signature is verified, if it has one; an encrypted assertion is decrypted; the assertion's own
   signature is verified, if it has one.  One of them there must be, and each that is there must hold.
4. What is returned has been read from what the signature covers, and from nothing else.

Errors repeat nothing of the document.  Those about signatures and decryption are one and the same (R-15).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from iamd.errors import IDPRejectedClaim, InvalidIdentityToken
from iamd.federation.saml_assertion import SamlAssertion, read_assertion
from iamd.federation.saml_encryption import SamlDecryptionError, decrypt
from iamd.federation.saml_metadata import SamlMetadata
from iamd.federation.saml_signature import SamlSignatureError, verify
from iamd.federation.saml_xml import (
    ASSERTION,
    PROTOCOL,
    SIGNATURE,
    XmlError,
    children,
    elements,
    parse,
    text,
)
from iamd.secret import Secret

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_LENGTH: Final = 100_000
_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"

# AWS's texts, but for `INVALID` and `NOT_ENCRYPTED`, of which none is known.
NOT_BASE64: Final = "Invalid base64 SAMLResponse"
BAD_SIGNATURE: Final = "Response signature invalid"
WRONG_ISSUER: Final = "Issuer not present in specified provider"
INVALID: Final = "Your request included an invalid SAML response."
NOT_ENCRYPTED: Final = "The specified provider requires encrypted assertions."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIdp:
    """
    The identity provider that a response must come from.

    Attributes:
        private_keys: In PEM; they open encrypted assertions.
        encryption_required: Whether assertions that are not encrypted are refused.
    """

    metadata: SamlMetadata
    private_keys: tuple[Secret, ...] = field(default=(), repr=False)
    encryption_required: bool = False


def read_response(encoded: str, idp: TrustedIdp) -> SamlAssertion:
    """
    Return the assertion of a response of *idp*.

    It is slow: milliseconds for each certificate of the metadata, and more with encryption; not for the event loop.

    Args:
        encoded: The response in base64, as the HTTP POST binding has it.
        idp: Whom to believe.

    Raises:
        InvalidIdentityToken: It is none, has another shape than it must, is not signed, or is of somebody else.
        IDPRejectedClaim: The identity provider says that it did not authenticate anybody.
    """
    try:
        root = parse(_decoded(encoded))
        _check_document(root)
        return _verified(root, idp)
    except XmlError as error:
        raise InvalidIdentityToken(INVALID, detail=str(error)) from None
    except (SamlSignatureError, SamlDecryptionError) as error:
        raise InvalidIdentityToken(BAD_SIGNATURE, detail=str(error)) from None


def _verified(root: "Element", idp: TrustedIdp) -> SamlAssertion:
    _check_response(root, idp)
    signed = bool(children(root, f"{SIGNATURE}Signature"))
    if signed:
        root = verify(root, idp.metadata.certificates)
        # Once more, of what the signature covers.
        _check_response(root, idp)
    assertion = _assertion(root, idp)
    if children(assertion, f"{SIGNATURE}Signature"):
        assertion = verify(assertion, idp.metadata.certificates)
    elif not signed:
        raise SamlSignatureError("neither response nor assertion is signed")
    _check_issuer(assertion, idp)
    # The sender's word on where the response goes counts only if it is the sender's.
    return read_assertion(assertion, destination=root.get("Destination") if signed else None)


def _assertion(root: "Element", idp: TrustedIdp) -> "Element":
    """Return the one assertion of the response, decrypted; whether it is signed is another matter."""
    plain = children(root, f"{ASSERTION}Assertion")
    if plain:
        if idp.encryption_required:
            raise InvalidIdentityToken(NOT_ENCRYPTED)
        return plain[0]
    assertion = decrypt(children(root, f"{ASSERTION}EncryptedAssertion")[0], idp.private_keys)
    try:
        _check_shape(assertion, (assertion,))
    except XmlError:
        raise SamlDecryptionError from None
    return assertion


def _check_document(root: "Element") -> None:
    """
    Check that the document has no place where anything could hide.

    Raises:
        XmlError: It has.
    """
    if root.tag != f"{PROTOCOL}Response":
        raise XmlError("it is no Response")
    assertions = children(root, f"{ASSERTION}Assertion")
    encrypted = children(root, f"{ASSERTION}EncryptedAssertion")
    if len(assertions) + len(encrypted) > 1:
        raise XmlError("there are several assertions")
    _check_shape(root, (root, *assertions, *encrypted))
    if not assertions and not encrypted and _status(root) == _SUCCESS:
        raise XmlError("there is no assertion")


def _check_shape(root: "Element", expected: "Sequence[Element]") -> None:
    """Check that there is no message or assertion but *expected*, no signature elsewhere, and no ID twice."""
    seen: set[str] = set()
    for element in elements(root):
        name = element.tag.rpartition("}")[2]
        if name in _MESSAGES and element not in expected:
            raise XmlError(f"there is a further {name}")
        if element.tag == f"{SIGNATURE}Object":
            raise XmlError("a signature holds objects")
        if element.tag == f"{SIGNATURE}Signature" and element.getparent() not in expected:
            raise XmlError("there is a signature of something else")
        for identifier in _identifiers(element):
            if identifier in seen:
                raise XmlError("an ID occurs twice")
            seen.add(identifier)


# In whatever namespace: nobody is to be led astray by names.
_MESSAGES: Final = frozenset({"Response", "Assertion", "EncryptedAssertion"})


def _identifiers(element: "Element") -> "list[str]":
    return [
        str(value) for name, value in element.attrib.items() if str(name).rpartition("}")[2].lower() == "id"
    ]


def _check_response(root: "Element", idp: TrustedIdp) -> None:
    if root.get("Version") != "2.0":
        raise XmlError("it is not of SAML 2.0")
    status = _status(root)
    if status != _SUCCESS:
        raise IDPRejectedClaim("The identity provider has rejected the request.", detail=status)
    if children(root, f"{ASSERTION}Issuer"):
        _check_issuer(root, idp)


def _check_issuer(element: "Element", idp: TrustedIdp) -> None:
    issuers = [text(issuer) for issuer in children(element, f"{ASSERTION}Issuer")]
    if issuers != [idp.metadata.entity_id]:
        raise InvalidIdentityToken(WRONG_ISSUER)


def _status(root: "Element") -> str:
    """Return the status; what stands below it says more, and decides nothing."""
    codes = [
        code
        for status in children(root, f"{PROTOCOL}Status")
        for code in children(status, f"{PROTOCOL}StatusCode")
    ]
    if len(codes) != 1:
        raise XmlError("there is not exactly one status")
    return codes[0].get("Value", "")[:200]


def _decoded(encoded: str) -> bytes:
    """
    Return the document.

    Raises:
        InvalidIdentityToken: It is no base64, or too long.
    """
    compact = "".join(encoded.split())
    if len(compact) > MAX_LENGTH:
        raise InvalidIdentityToken(NOT_BASE64, detail="too long")
    try:
        return base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidIdentityToken(NOT_BASE64) from None
