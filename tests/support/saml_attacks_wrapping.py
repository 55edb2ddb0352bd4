"""Wrapping: "On Breaking SAML: Be Whoever You Want to Be", forms 1 to 8 and more, for either signature."""

from dataclasses import replace
from typing import Any, Final

from lxml import etree
from tests.support.jose import rsa_key
from tests.support.saml_attacks import (
    DS,
    EVIL,
    INVALID,
    SAML,
    SAMLP,
    SIGNATURE,
    Made,
    Make,
    add,
    attack,
    one,
    our_key,
    parsed,
    text,
)
from tests.support.saml_idp import NAMES, Claims, Idp, encrypted


def _forged(honest: Any, identifier: str | None) -> Any:
    """Return a copy of the signed element that names somebody else and has no signature; its ID is another, or the same."""
    forged = parsed(text(honest))
    for signature in forged.xpath(".//ds:Signature", namespaces=NAMES):
        signature.getparent().remove(signature)
    one(forged, ".//saml:NameID").text = EVIL
    if identifier is not None:
        forged.set("ID", identifier)
    return forged


def _parts(idp: Idp, claims: Claims, of_response: bool) -> tuple[Any, Any, Any, Any]:
    """Return the document, the signed element in it, its signature (taken out), and it without the signature."""
    document = idp.signed_response(claims) if of_response else idp.signed_assertion(claims)
    root = parsed(document)
    signed = root if of_response else one(root, "saml:Assertion")
    signature = one(signed, "ds:Signature")
    bare = parsed(text(signed))
    bare.remove(one(bare, "ds:Signature"))
    return root, signed, signature, bare


def _inside_signature(forged: Any, signature: Any, bare: Any) -> None:
    signature.append(bare)
    forged.insert(1, signature)


def _before_signature(forged: Any, signature: Any, bare: Any) -> None:
    forged.insert(1, bare)
    forged.insert(2, signature)


def _inside_object(forged: Any, signature: Any, bare: Any) -> None:
    etree.SubElement(signature, f"{DS}Object").append(bare)
    forged.insert(1, signature)


def _inside_extensions(forged: Any, signature: Any, bare: Any) -> None:
    forged.insert(1, signature)
    etree.SubElement(forged, f"{SAMLP}Extensions").append(bare)


def _at_the_end(forged: Any, signature: Any, bare: Any) -> None:
    forged.insert(1, signature)
    forged.append(bare)


_INSIDE: Final = {
    "in its signature": _inside_signature,
    "before its signature": _before_signature,
    "in an object of its signature": _inside_object,
    "in extensions": _inside_extensions,
    "at the end": _at_the_end,
}


def wrap_inside(where: str, of_response: bool, same_id: bool) -> Make:
    """A forged element takes the place of the signed one, which moves somewhere inside it."""

    def make(idp: Idp, claims: Claims) -> Made:
        root, signed, signature, bare = _parts(idp, claims, of_response)
        forged = _forged(signed, None if same_id else "_forged")
        _INSIDE[where](forged, signature, bare)
        if of_response:
            return text(forged)
        root.replace(signed, forged)
        return text(root)

    return make


def _wrap_beside(where: str, same_id: bool) -> Make:
    """The signed assertion stays as it is, and a forged one is put where it may be read first."""

    def make(idp: Idp, claims: Claims) -> Made:
        root, signed, _, _ = _parts(idp, claims, of_response=False)
        forged = _forged(signed, None if same_id else "_forged")
        if where == "before":
            signed.addprevious(forged)
        elif where == "after":
            signed.addnext(forged)
        elif where == "in extensions":
            extensions = etree.Element(f"{SAMLP}Extensions")
            extensions.append(forged)
            root.insert(1, extensions)
        elif where == "around":
            root.replace(signed, forged)
            forged.append(signed)
        else:
            advice = etree.SubElement(signed, f"{SAML}Advice")
            advice.append(forged)
        return text(root)

    return make


def _wraps() -> None:
    for same_id in (False, True):
        ids = "same ID" if same_id else "other ID"
        for of_response in (False, True):
            whose = "response" if of_response else "assertion"
            for where in _INSIDE:
                add(
                    f"signed {whose} {where} of a forged one, {ids}",
                    (53,),
                    INVALID,
                    wrap_inside(where, of_response, same_id),
                )
        for where in ("before", "after", "in extensions", "around", "in advice"):
            add(
                f"forged assertion {where} the signed one, {ids}",
                (53,),
                INVALID,
                _wrap_beside(where, same_id),
            )


_wraps()


@attack(53, refusal=INVALID)
def _forged_assertion_of_another_namespace(idp: Idp, claims: Claims) -> Made:
    root, signed, _, _ = _parts(idp, claims, of_response=False)
    forged = _forged(signed, "_forged")
    forged.tag = "{urn:example}Assertion"
    signed.addprevious(forged)
    return text(root)


@attack(53, 55, refusal=INVALID)
def _signature_moved_from_the_assertion_to_the_response(idp: Idp, claims: Claims) -> Made:
    root, signed, signature, _ = _parts(idp, claims, of_response=False)
    signed.remove(signature)
    root.insert(1, signature)
    one(signed, ".//saml:NameID").text = EVIL
    wrapper = etree.SubElement(root, "{urn:example}wrapper")
    wrapper.append(parsed(text(signed)))
    return text(root)


@attack(53, 55, refusal=SIGNATURE)
def _signature_of_another_node(idp: Idp, claims: Claims) -> Made:
    """The reference is to the response; the signature stands in the assertion."""
    root = parsed(idp.signed_response(claims))
    signature = one(root, "ds:Signature")
    one(root, "saml:Assertion").insert(1, signature)
    return text(root)


@attack(55, refusal=INVALID)
def _signature_somewhere_below(idp: Idp, claims: Claims) -> Made:
    root = parsed(idp.signed_assertion(claims))
    one(root, "saml:Assertion/saml:Subject").append(one(root, "saml:Assertion/ds:Signature"))
    return text(root)


@attack(55, refusal=SIGNATURE)
def _two_signatures(idp: Idp, claims: Claims) -> Made:
    root = parsed(idp.signed_assertion(claims))
    signature = one(root, "saml:Assertion/ds:Signature")
    signature.addnext(parsed(text(signature)))
    return text(root)


@attack(55, refusal=SIGNATURE)
def _good_response_signature_and_bad_assertion_signature(idp: Idp, claims: Claims) -> Made:
    other = Idp(rsa_key("other idp"))
    return idp.sign(other.signed_assertion(claims), claims.response_id)


@attack(53, refusal=INVALID)
def _response_in_a_response(idp: Idp, claims: Claims) -> Made:
    inner = idp.signed_response(claims)
    return claims.response(inner, response_id="_outer")


@attack(53, refusal=INVALID)
def _response_with_an_id_twice(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(replace(claims, response_id="_same"), None).replace(
        "<saml:Subject>", '<saml:Subject Id="_same">'
    )


@attack(53, refusal=INVALID)
def _several_assertions_all_signed(idp: Idp, claims: Claims) -> Made:
    second = claims.assertion(assertion_id="_second", subject=EVIL)
    both = idp.sign(claims.response(claims.assertion() + second), "_assertion")
    return idp.sign(both, "_second")


@attack(53, refusal=INVALID)
def _several_assertions_in_a_signed_response(idp: Idp, claims: Claims) -> Made:
    second = claims.assertion(assertion_id="_second", subject=EVIL)
    return idp.sign(claims.response(claims.assertion() + second), claims.response_id)


@attack(53, refusal=INVALID)
def _plain_assertion_beside_an_encrypted_one(idp: Idp, claims: Claims) -> Made:
    sealed = encrypted(idp.sign(claims.assertion(), "_assertion"), our_key())
    return claims.response(claims.assertion(assertion_id="_second", subject=EVIL) + sealed)


@attack(53, refusal=INVALID)
def _no_assertion(idp: Idp, claims: Claims) -> Made:
    return idp.sign(claims.response(""), claims.response_id)


@attack(53, refusal=INVALID)
def _assertion_in_another_message(idp: Idp, claims: Claims) -> Made:
    other = claims.response().replace("samlp:Response", "samlp:LogoutResponse")
    return idp.sign(other, claims.assertion_id)


def with_advice(claims: Claims) -> str:
    """Return an assertion that repeats another one, as SAML allows; whoever searches finds two."""
    advice = f"<saml:Advice>{claims.assertion(assertion_id='_second', subject=EVIL)}</saml:Advice>"
    return claims.assertion().replace("<saml:AuthnStatement", f"{advice}<saml:AuthnStatement")


@attack(53, refusal=INVALID)
def _signed_assertion_with_another_in_advice(idp: Idp, claims: Claims) -> Made:
    return idp.sign(claims.response(with_advice(claims)), claims.assertion_id)


@attack(53, refusal=INVALID)
def _assertion_without_a_response(idp: Idp, claims: Claims) -> Made:
    return idp.sign(claims.assertion(), claims.assertion_id)
