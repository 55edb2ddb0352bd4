"""
Signatures of SAML messages: our gate, then the library's verdict (SAML 2.0 Core, section 5.4; XML Signature).

1. The signature has exactly the shape that SAML gives it: a child of what it signs, with one reference, to that, through
   transforms that leave nothing out.  Whatever else XML Signature can do is refused before it is done.
2. Keys are those of the provider's metadata.  What the message says of keys is not looked at (R-59).
3. What the signature covers is parsed anew from the very bytes that were digested, and only that is returned (R-53).

Certificates are trusted because they are in the metadata, whatever their expiry (AWS: *Create a SAML identity provider in
IAM*: "IAM doesn't evaluate or take action on the expiration of X.509 certificates in SAML metadata documents").
"""

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from iamd.federation.saml_xml import SIGNATURE, XmlError, children, text

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml.etree import _Element as Element

_RSA: Final = frozenset(f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{size}" for size in (256, 384, 512))
_ECDSA: Final = frozenset(
    f"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha{size}" for size in (256, 384, 512)
)
_DIGESTS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
}
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_CANONICAL: Final = frozenset(
    f"{algorithm}{comments}"
    for algorithm, comments in (
        (_EXCLUSIVE, ""),
        (_EXCLUSIVE, "WithComments"),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ""),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "#WithComments"),
        ("http://www.w3.org/2006/12/xml-c14n11", ""),
        ("http://www.w3.org/2006/12/xml-c14n11", "#WithComments"),
    )
)
_PREFIXES: Final = f"{{{_EXCLUSIVE}}}InclusiveNamespaces"
_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}")


class SamlSignatureError(Exception):
    """The signature does not hold, or is not one that is taken; the text is for the log."""


def verify(signed: "Element", certificates: "Sequence[Certificate]") -> "Element":
    """
    Return *signed* as its signature covers it, without the signature: to be read instead of it.

    Args:
        signed: With the one signature among its children.  That its ``ID`` is nobody else's is the caller's to see.
        certificates: Whose keys may have made it.

    Raises:
        SamlSignatureError: None of them has.
    """
    try:
        method = _check_shape(signed)
    except XmlError as error:
        raise SamlSignatureError(str(error)) from None
    for certificate in _suitable(certificates, method):
        verified = _covered(signed, certificate)
        if verified is not None:
            return verified
    raise SamlSignatureError("no certificate of the metadata has signed it")


def _suitable(certificates: "Sequence[Certificate]", method: str) -> "list[Certificate]":
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415  imported with the first document

    kind = rsa.RSAPublicKey if method in _RSA else ec.EllipticCurvePublicKey
    return [certificate for certificate in certificates if isinstance(certificate.public_key(), kind)]


def _covered(signed: "Element", certificate: "Certificate") -> "Element | None":
    """Return what *certificate* has signed of *signed*; None when it has not."""
    from lxml import etree  # noqa: PLC0415  imported with the first document
    from signxml.algorithms import DigestAlgorithm, SignatureMethod  # noqa: PLC0415  likewise
    from signxml.exceptions import SignXMLException  # noqa: PLC0415  likewise
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415  likewise

    # At level DEBUG the library logs whole messages, and those are secrets.
    logging.getLogger("signxml").setLevel(logging.INFO)
    try:
        result = XMLVerifier().verify(
            signed,
            x509_cert=certificate,
            id_attribute="ID",
            expect_config=SignatureConfiguration(
                location="./",
                expect_references=1,
                signature_methods=frozenset(map(SignatureMethod, _RSA | _ECDSA)),
                digest_algorithms=frozenset(map(DigestAlgorithm, _DIGESTS)),
                ignore_ambiguous_key_info=True,
                verification_time=certificate.not_valid_before_utc,
            ),
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError):
        return None
    if isinstance(result, list) or not result.signed_data or result.signed_xml is None:
        return None  # of nothing there is no signature.
    verified = result.signed_xml
    same = verified.tag == signed.tag and verified.get("ID") == signed.get("ID")
    return verified if same and not children(verified, f"{SIGNATURE}Signature") else None


def _check_shape(signed: "Element") -> str:
    """
    Return the signature method of the one signature of *signed*, whose shape is as SAML says (R-55, R-58).

    Raises:
        XmlError: It is not.
    """
    signature = _only(children(signed, f"{SIGNATURE}Signature"), "signature")
    if any(not isinstance(node.tag, str) for node in signature.iter()):
        raise XmlError("there is a comment or an instruction in the signature")
    information, value, *_ = _elements(signature, "SignedInfo", "SignatureValue", optional="KeyInfo")
    if not _decoded(value):
        raise XmlError("the signature has no value")
    canonical, method, reference = _elements(
        information, "CanonicalizationMethod", "SignatureMethod", "Reference"
    )
    _check_canonical(canonical)
    algorithm = method.get("Algorithm", "")
    if algorithm not in _RSA | _ECDSA or len(method):
        raise XmlError("the signature method is not one that is taken")
    _check_reference(reference, signed)
    return algorithm


def _check_reference(reference: "Element", signed: "Element") -> None:
    identifier = signed.get("ID", "")
    if not _ID.fullmatch(identifier) or reference.get("URI") != f"#{identifier}":
        raise XmlError("the signature is not of the element that it stands in")
    transforms, method, value = _elements(reference, "Transforms", "DigestMethod", "DigestValue")
    enveloped, canonical = _elements(transforms, "Transform", "Transform")
    if enveloped.get("Algorithm") != _ENVELOPED or len(enveloped):
        raise XmlError("the first transform is another one than that which leaves out the signature")
    _check_canonical(canonical)
    digest = _DIGESTS.get(method.get("Algorithm", ""))
    if digest is None or len(method):
        raise XmlError("the digest method is not one that is taken")
    given = _decoded(value)
    # whoever fails to canonicalize, and goes on, digests nothing.
    if len(given) != digest().digest_size or given == digest().digest():
        raise XmlError("the digest is none, or of nothing")


def _check_canonical(element: "Element") -> None:
    if element.get("Algorithm") not in _CANONICAL:
        raise XmlError("there is a transform that is not taken")
    if len(element):
        prefixes = _only(list(element), "child of a canonicalization method")
        if prefixes.tag != _PREFIXES or len(prefixes) or not prefixes.get("PrefixList"):
            raise XmlError("a canonicalization method has a parameter that is not taken")


def _elements(parent: "Element", *names: str, optional: str | None = None) -> "list[Element]":
    """Return the children of *parent*: exactly those named, in this order, and at most one that is optional behind."""
    found = list(parent)
    tags = [child.tag for child in found]
    expected = [f"{SIGNATURE}{name}" for name in names]
    if tags != expected and (optional is None or tags != [*expected, f"{SIGNATURE}{optional}"]):
        raise XmlError("the signature is not of the shape that SAML gives it")
    return found


def _only(found: "list[Element]", what: str) -> "Element":
    if len(found) != 1:
        raise XmlError(f"there is not exactly one {what}")
    return found[0]


def _decoded(element: "Element") -> bytes:
    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except (binascii.Error, ValueError):
        raise XmlError("a value of the signature is not base64") from None
