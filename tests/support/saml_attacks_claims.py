"""Responses that are signed, and are for somebody else, of another time, or say too little; and encrypted ones."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.support.jose import rsa_key
from tests.support.saml_attacks import (
    EVIL,
    INVALID,
    SIGNATURE,
    Made,
    Refusal,
    add,
    attack,
    one,
    our_key,
    parsed,
    text,
)
from tests.support.saml_attacks_wrapping import with_advice, wrap_inside
from tests.support.saml_idp import NAMES, PROVIDER, ROLE, Claims, Idp, Sealing, encrypted, encrypted_data

ISSUER: Final[Refusal] = ("InvalidIdentityToken", "Issuer not present in specified provider")
AUDIENCE: Final[Refusal] = ("InvalidIdentityToken", "Response does not contain the required audience.")
RECIPIENT: Final[Refusal] = ("InvalidIdentityToken", "Response does not contain the required recipient.")
EARLY: Final[Refusal] = ("InvalidIdentityToken", "Response is not yet valid")
LATE: Final[Refusal] = (
    "ExpiredTokenException",
    "Token must be redeemed within 5 minutes of issuance",
)
EXPIRED: Final[Refusal] = ("ExpiredTokenException", "Response has expired")
REJECTED: Final[Refusal] = ("IDPRejectedClaim", "The identity provider has rejected the request.")
TERSE: Final[Refusal] = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")


def _wrong(name: str, refusal: Refusal, **changes: Any) -> None:
    def in_assertion(idp: Idp, claims: Claims) -> Made:
        return idp.signed_assertion(replace(claims, **changes))

    def in_response(idp: Idp, claims: Claims) -> Made:
        return idp.signed_response(replace(claims, **changes))

    add(f"{name}, signed assertion", (), refusal, in_assertion)
    add(f"{name}, signed response", (), refusal, in_response)


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


_wrong("audience of another service", AUDIENCE, audiences=(("https://example.com/",),))
_wrong("no audience", AUDIENCE, audiences=())
_wrong("empty audience restriction", AUDIENCE, audiences=((),))
_wrong(
    "a further audience restriction",
    AUDIENCE,
    audiences=(("urn:amazon:webservices",), ("https://example.com/",)),
)
_wrong("audience in upper case", AUDIENCE, audiences=(("URN:AMAZON:WEBSERVICES",),))
_wrong("audience that goes on", AUDIENCE, audiences=(("https://signin.aws.amazon.com/saml.example.com",),))
_wrong("audience of a look-alike", AUDIENCE, audiences=(("https://signin-aws.amazon.com/saml",),))
_wrong("recipient of another service", RECIPIENT, recipient="https://example.com/saml")
_wrong("recipient without TLS", RECIPIENT, recipient="http://signin.aws.amazon.com/saml")
_wrong("recipient that goes on", RECIPIENT, recipient="https://signin.aws.amazon.com/saml/")
_wrong("recipient of another host", RECIPIENT, recipient="https://evil.signin.aws.amazon.com/saml")
_wrong(
    "recipient of another provider",
    RECIPIENT,
    recipient="https://signin.aws.amazon.com/saml/acs/SAMLSP0000000000000000",
)
_wrong("no recipient", INVALID, recipient=None)
_wrong("too late to redeem", LATE, issued=_minutes(-5) - timedelta(seconds=2))
_wrong("long ago, though valid", LATE, issued=_minutes(-60), ends=_minutes(60), confirmed_until=_minutes(60))
_wrong("over", EXPIRED, ends=timedelta(0))
_wrong("confirmation over", EXPIRED, confirmed_until=timedelta(seconds=-1))
_wrong("session over", EXPIRED, session_ends=timedelta(seconds=-1))
_wrong("no end of the confirmation", INVALID, confirmed_until=None)
_wrong("not yet valid", EARLY, begins=_minutes(6), ends=_minutes(9))
_wrong("issued in the future", EARLY, issued=_minutes(6))
_wrong("holder of key", INVALID, method="urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
_wrong("sender vouches", INVALID, method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")
_wrong("SAML 1.1", INVALID, version="1.1")
_wrong("other issuer", ISSUER, issuer="https://idp.example.net/saml")
_wrong("issuer that goes on", ISSUER, issuer="https://idp.example.com/saml/")
_wrong("status Responder", REJECTED, status="urn:oasis:names:tc:SAML:2.0:status:Responder")
_wrong("status AuthnFailed", REJECTED, status="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed")
_wrong("empty status", REJECTED, status="")
_wrong("no name", TERSE, subject=None)
_wrong("empty name", TERSE, subject="")
_wrong("no role", TERSE, attributes={"Role": None})
_wrong("other role", TERSE, attributes={"Role": f"{ROLE}2,{PROVIDER}"})
_wrong("other provider", TERSE, attributes={"Role": f"{ROLE},{PROVIDER}2"})
_wrong("role alone", TERSE, attributes={"Role": ROLE})
_wrong("role and more", TERSE, attributes={"Role": f"{ROLE},{PROVIDER},{PROVIDER}"})
_wrong("role and provider apart", TERSE, attributes={"Role": [ROLE, PROVIDER]})
_wrong("role in upper case", TERSE, attributes={"Role": f"{ROLE},{PROVIDER}".upper()})


@attack(refusal=RECIPIENT)
def _signed_response_to_somebody_else(idp: Idp, claims: Claims) -> Made:
    return idp.signed_response(replace(claims, destination="https://example.com/saml"))


@attack(refusal=INVALID)
def _no_status(idp: Idp, claims: Claims) -> Made:
    root = parsed(claims.response())
    root.remove(one(root, "samlp:Status"))
    return idp.sign(text(root), claims.response_id)


@attack(refusal=INVALID)
def _response_of_another_version(idp: Idp, claims: Claims) -> Made:
    other = claims.response().replace('Version="2.0"', 'Version="1.1"', 1)
    return idp.sign(other, claims.response_id)


@attack(refusal=INVALID)
def _assertion_of_another_version(idp: Idp, claims: Claims) -> Made:
    return idp.sign(claims.response(claims.assertion(version="1.1")), claims.response_id)


@attack(refusal=INVALID)
def _two_sets_of_conditions(idp: Idp, claims: Claims) -> Made:
    twice = claims.response().replace("<saml:Conditions", "<saml:Conditions/><saml:Conditions")
    return idp.sign(twice, claims.assertion_id)


@attack(refusal=EARLY)
def _confirmation_not_yet_valid(idp: Idp, claims: Claims) -> Made:
    begins = f'<saml:SubjectConfirmationData NotBefore="{claims.at(_minutes(6))}"'
    later = replace(claims, confirmed_until=_minutes(9)).response()
    return idp.sign(later.replace("<saml:SubjectConfirmationData", begins), claims.assertion_id)


@attack(refusal=INVALID)
def _two_confirmations(idp: Idp, claims: Claims) -> Made:
    root = parsed(claims.response())
    confirmation = one(root, ".//saml:SubjectConfirmation")
    confirmation.addnext(parsed(text(confirmation)))
    return idp.sign(text(root), claims.assertion_id)


@attack(refusal=INVALID)
def _unknown_condition(idp: Idp, claims: Claims) -> Made:
    unknown = claims.response().replace("</saml:Conditions>", "<saml:Condition/></saml:Conditions>")
    return idp.sign(unknown, claims.assertion_id)


@attack(refusal=INVALID)
def _time_that_is_none(idp: Idp, claims: Claims) -> Made:
    wrong = claims.response().replace("NotOnOrAfter=", 'NotOnOrAfter="soon" Was=')
    return idp.sign(wrong, claims.assertion_id)


@attack(refusal=ISSUER)
def _assertion_of_another_issuer(idp: Idp, claims: Claims) -> Made:
    inner = claims.assertion(issuer="https://idp.example.net/saml")
    return idp.sign(claims.response(inner), claims.response_id)


# Encryption.


def _sealed(name: str, how: Sealing) -> None:
    add(
        f"encrypted {name}",
        (),
        SIGNATURE,
        lambda idp, claims: claims.response(
            encrypted(idp.sign(claims.assertion(), "_assertion"), our_key(), how)
        ),
    )


_sealed("with the old padding of RSA", Sealing(transport="http://www.w3.org/2001/04/xmlenc#rsa-1_5"))
_sealed("by AES with 192 bits", Sealing(data="http://www.w3.org/2001/04/xmlenc#aes192-cbc"))
_sealed("as content", Sealing(kind="http://www.w3.org/2001/04/xmlenc#Content"))


@attack(refusal=SIGNATURE)
def _encrypted_and_not_signed(_idp: Idp, claims: Claims) -> Made:
    return claims.response(encrypted(claims.assertion(), our_key()))


@attack(refusal=SIGNATURE)
def _encrypted_for_somebody_else(idp: Idp, claims: Claims) -> Made:
    signed = idp.sign(claims.assertion(), "_assertion")
    return claims.response(encrypted(signed, rsa_key("other service provider").public_key()))


@attack(refusal=SIGNATURE)
def _encrypted_and_signed_by_somebody_else(_idp: Idp, claims: Claims) -> Made:
    signed = Idp(rsa_key("other idp")).sign(claims.assertion(), "_assertion")
    return claims.response(encrypted(signed, our_key()))


@attack(refusal=SIGNATURE)
def _encrypted_and_changed(idp: Idp, claims: Claims) -> Made:
    signed = idp.sign(claims.assertion(), "_assertion")
    sealed = encrypted(signed, our_key(), Sealing(data="http://www.w3.org/2001/04/xmlenc#aes128-cbc"))
    root = parsed(sealed)
    value = one(root, "xenc:EncryptedData/xenc:CipherData/xenc:CipherValue")
    raw = bytearray(base64.b64decode(value.text))
    raw[20] ^= 1
    value.text = base64.b64encode(raw).decode()
    return claims.response(text(root))


@attack(refusal=SIGNATURE)
def _encrypted_with_a_reference(idp: Idp, claims: Claims) -> Made:
    sealed = encrypted(idp.sign(claims.assertion(), "_assertion"), our_key())
    root = parsed(sealed)
    value = one(root, "xenc:EncryptedData/xenc:CipherData/xenc:CipherValue")
    value.tag = f"{{{NAMES['xenc']}}}CipherReference"
    value.set("URI", "http://127.0.0.1:1/x")
    return claims.response(text(root))


@attack(refusal=SIGNATURE)
def _encrypted_without_anything(_idp: Idp, claims: Claims) -> Made:
    return claims.response(f'<saml:EncryptedAssertion xmlns:saml="{NAMES["saml"]}"/>')


@attack(refusal=SIGNATURE)
def _encrypted_without_a_key(_idp: Idp, claims: Claims) -> Made:
    return claims.response(encrypted_data(bytes(64), "", Sealing()))


@attack(61, refusal=SIGNATURE)
def _document_type_inside_what_is_encrypted(idp: Idp, claims: Claims) -> Made:
    return claims.response(encrypted("<!DOCTYPE r>" + idp.sign(claims.assertion(), "_assertion"), our_key()))


@attack(53, refusal=SIGNATURE)
def _two_assertions_inside_what_is_encrypted(idp: Idp, claims: Claims) -> Made:
    second = claims.assertion(assertion_id="_second", subject=EVIL)
    return claims.response(encrypted(second + idp.sign(claims.assertion(), "_assertion"), our_key()))


@attack(53, refusal=SIGNATURE)
def _advice_inside_what_is_encrypted(idp: Idp, claims: Claims) -> Made:
    signed = idp.sign(with_advice(claims), claims.assertion_id)
    return claims.response(encrypted(signed, our_key()))


@attack(53, refusal=SIGNATURE)
def _wrapped_inside_what_is_encrypted(idp: Idp, claims: Claims) -> Made:
    root = parsed(wrap_inside("in an object of its signature", of_response=False, same_id=False)(idp, claims))
    return claims.response(encrypted(text(one(root, "saml:Assertion")), our_key()))


@attack(53, refusal=SIGNATURE)
def _something_else_inside_what_is_encrypted(idp: Idp, claims: Claims) -> Made:
    return claims.response(encrypted(idp.signed_response(claims), our_key()))
