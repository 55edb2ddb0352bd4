"""Signatures that are none, or of something else, or made with other means than SAML has (XML Signature)."""

import base64
import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from tests.support.jose import rsa_key
from tests.support.saml_attacks import DS, EVIL, INVALID, SIGNATURE, Made, add, attack, one, parsed, text
from tests.support.saml_idp import ENVELOPED, EXCLUSIVE, NAMES, Claims, How, Idp, canonical


@attack(59, refusal=SIGNATURE)
def _no_signature(_idp: Idp, claims: Claims) -> Made:
    return claims.response()


@attack(59, refusal=SIGNATURE)
def _changed_after_signing(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace("alice@example.com", EVIL)


@attack(59, refusal=SIGNATURE)
def _changed_response_after_signing(idp: Idp, claims: Claims) -> Made:
    return idp.signed_response(claims).replace("alice@example.com", EVIL)


@attack(59, refusal=SIGNATURE)
def _signed_with_another_key(_idp: Idp, claims: Claims) -> Made:
    return Idp(rsa_key("other idp")).signed_assertion(claims)


def _x509_data(certificate: str) -> str:
    inside = "".join(certificate.splitlines()[1:-1])
    return (
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{inside}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )


def _key_value(idp: Idp) -> str:
    numbers = idp.key.public_key().public_numbers()
    modulus, exponent = (
        base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
        for number in (numbers.n, numbers.e)
    )
    return (
        f"<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus>"
        f"<ds:Exponent>{exponent}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>"
    )


@attack(59, 60, refusal=SIGNATURE)
def _certificate_in_the_message(_idp: Idp, claims: Claims) -> Made:
    other = Idp(rsa_key("other idp"))
    return other.signed_assertion(claims, How(key_info=_x509_data(other.certificate)))


@attack(59, 60, refusal=SIGNATURE)
def _trusted_certificate_in_the_message_and_another_key(idp: Idp, claims: Claims) -> Made:
    other = Idp(rsa_key("other idp"))
    return other.signed_assertion(claims, How(key_info=_x509_data(idp.certificate)))


@attack(59, 60, refusal=SIGNATURE)
def _key_in_the_message(_idp: Idp, claims: Claims) -> Made:
    other = Idp(rsa_key("other idp"))
    return other.signed_assertion(claims, How(key_info=_key_value(other)))


def _hmac(idp: Idp, claims: Claims, secret: bytes, method: str, digest: str) -> Made:
    draft = parsed(idp.signed_assertion(claims, How(method=method)))
    signature = one(draft, "saml:Assertion/ds:Signature")
    value = hmac.digest(secret, canonical(one(signature, "ds:SignedInfo")), digest)
    one(signature, "ds:SignatureValue").text = base64.b64encode(value).decode()
    return text(draft)


_HMAC_256: Final = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"


@attack(59, 60, refusal=SIGNATURE)
def _hmac_with_the_certificate(idp: Idp, claims: Claims) -> Made:
    return _hmac(idp, claims, idp.certificate.encode(), _HMAC_256, "sha256")


@attack(59, 60, refusal=SIGNATURE)
def _hmac_with_the_public_key(idp: Idp, claims: Claims) -> Made:
    key = idp.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return _hmac(idp, claims, key, _HMAC_256, "sha256")


@attack(59, 60, refusal=SIGNATURE)
def _hmac_sha1_with_the_public_key_in_der(idp: Idp, claims: Claims) -> Made:
    key = idp.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _hmac(idp, claims, key, f"{NAMES['ds']}hmac-sha1", "sha1")


@attack(60, refusal=SIGNATURE)
def _sha1_signature(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(digest="sha1"))


@attack(60, refusal=SIGNATURE)
def _sha1_digest(idp: Idp, claims: Claims) -> Made:
    root = parsed(claims.response())
    digest = hashlib.sha1(canonical(one(root, "saml:Assertion")), usedforsecurity=False).digest()
    reference = (
        f'<ds:Reference URI="#_assertion"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{NAMES["ds"]}sha1"/>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference>"
    )
    return idp.signed_assertion(claims, How(reference=reference))


@attack(60, refusal=SIGNATURE)
def _unknown_signature_method(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(method="urn:example:none"))


@attack(60, refusal=SIGNATURE)
def _method_of_the_other_kind_of_key(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(method="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"))


@attack(57, refusal=SIGNATURE)
def _digest_of_nothing(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(digest_value=hashlib.sha256(b"").digest()))


@attack(57, refusal=SIGNATURE)
def _empty_digest(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(digest_value=b""))


@attack(57, refusal=SIGNATURE)
def _empty_signature_value(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(signature_value=b""))


@attack(57, refusal=SIGNATURE)
def _canonicalization_that_is_none(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace(
        f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"',
        'CanonicalizationMethod Algorithm="urn:example:none"',
    )


@attack(57, refusal=SIGNATURE)
def _relative_namespace(idp: Idp, claims: Claims) -> Made:
    """Such names make libxml2's canonicalization fail; a library that goes on has digested nothing."""
    return idp.signed_assertion(claims).replace("<saml:Subject>", '<saml:Subject xmlns:evil="1" evil:a="b">')


@attack(57, refusal=SIGNATURE)
def _relative_namespace_and_the_digest_of_nothing(idp: Idp, claims: Claims) -> Made:
    honest = idp.signed_assertion(claims, How(digest_value=hashlib.sha256(b"").digest()))
    return honest.replace("<saml:Subject>", '<saml:Subject xmlns:evil="1" evil:a="b">')


@attack(58, refusal=SIGNATURE)
def _comment_in_the_digest(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace("<ds:DigestValue>", "<ds:DigestValue><!--forged-->")


@attack(58, refusal=SIGNATURE)
def _comment_in_the_signature_value(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace("<ds:SignatureValue>", "<ds:SignatureValue><!--forged-->")


@attack(58, refusal=SIGNATURE)
def _two_signed_infos(idp: Idp, claims: Claims) -> Made:
    root = parsed(idp.signed_assertion(claims))
    information = one(root, "saml:Assertion/ds:Signature/ds:SignedInfo")
    forged = parsed(text(information))
    one(forged, ".//ds:DigestValue").text = base64.b64encode(bytes(32)).decode()
    information.addprevious(forged)
    return text(root)


@attack(58, refusal=SIGNATURE)
def _two_signed_infos_the_forged_one_behind(idp: Idp, claims: Claims) -> Made:
    root = parsed(idp.signed_assertion(claims))
    information = one(root, "saml:Assertion/ds:Signature/ds:SignedInfo")
    information.addnext(parsed(text(information)))
    return text(root)


@attack(55, refusal=SIGNATURE)
def _two_references(idp: Idp, claims: Claims) -> Made:
    honest = parsed(idp.signed_assertion(claims))
    reference = text(one(honest, ".//ds:Reference")).replace(f' xmlns:ds="{NAMES["ds"]}"', "")
    return idp.signed_assertion(claims, How(reference=reference + reference))


@attack(55, refusal=SIGNATURE)
def _no_reference(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(reference="<!-- -->"))


@attack(55, refusal=INVALID)
def _object_in_the_signature(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims, How(extra="<ds:Object>text</ds:Object>"))


@attack(55, refusal=SIGNATURE)
def _further_digest_value_in_key_info(idp: Idp, claims: Claims) -> Made:
    """`//DigestValue` finds the attacker's: here the digest of what is forged stands before the one that was signed."""
    root = parsed(idp.signed_assertion(claims))
    assertion = one(root, "saml:Assertion")
    one(assertion, ".//saml:NameID").text = EVIL
    signature = one(assertion, "ds:Signature")
    etree.SubElement(etree.SubElement(signature, f"{DS}KeyInfo"), f"{DS}DigestValue").text = "AAAA"
    return text(root)


def _uri(name: str, uri: str) -> None:
    add(
        f"reference to {name}",
        (55, 61),
        SIGNATURE,
        lambda idp, claims: idp.signed_assertion(claims, How(uri=uri)),
    )


_uri("the whole document", "")
_uri("a file", "file:///etc/passwd")
_uri("the network", "http://127.0.0.1:1/x")
_uri("an xpointer", "#xpointer(/)")
_uri("an xpointer by id", "#xpointer(id('_assertion'))")
_uri("the response", "#_response")
_uri("two number signs", "##_assertion")
_uri("nobody", "#_nobody")


@attack(55, refusal=SIGNATURE)
def _reference_without_a_uri(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace(' URI="#_assertion"', "")


def _transform(name: str, transforms: str) -> None:
    add(
        f"transform {name}",
        (55, 57),
        SIGNATURE,
        lambda idp, claims: idp.signed_assertion(claims, How(transforms=transforms)),
    )


_HONEST: Final = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
_EXCLUDE: Final = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
_transform(
    "XSLT",
    _HONEST + '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"/></ds:Transform>',
)
_transform(
    "XPath",
    _HONEST + '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath>not(ancestor-or-self::saml:Subject)</ds:XPath></ds:Transform>" + _EXCLUDE,
)
_transform(
    "XPath filter",
    _HONEST + '<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2">'
    '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//*</f:XPath></ds:Transform>',
)
_transform(
    "XPath in the place of leaving out the signature",
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>' + _EXCLUDE,
)
_transform("base64", _HONEST + f'<ds:Transform Algorithm="{NAMES["ds"]}base64"/>')
_transform("decryption", _HONEST + '<ds:Transform Algorithm="http://www.w3.org/2002/07/decrypt#XML"/>')
_transform("of no kind", _HONEST + "<ds:Transform/>")
_transform("twice", _HONEST + _HONEST)
_transform("in the wrong order", _EXCLUDE + _HONEST)
_transform("alone", _HONEST)
_transform("three times", _HONEST + _EXCLUDE + _EXCLUDE)
_transform(
    "with a parameter",
    _HONEST + f'<ds:Transform Algorithm="{EXCLUSIVE}"><ds:XPath>//*</ds:XPath></ds:Transform>',
)
