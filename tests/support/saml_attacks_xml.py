"""Documents that two readers could read differently, or that cost more than they should."""

import base64
import zlib
from dataclasses import replace
from typing import Final

from tests.support.saml_attacks import EVIL, INVALID, SIGNATURE, Made, Refusal, attack
from tests.support.saml_idp import Claims, Idp

BASE64: Final[Refusal] = ("InvalidIdentityToken", "Invalid base64 SAMLResponse")


@attack(56, 61, refusal=INVALID)
def _document_type(idp: Idp, claims: Claims) -> Made:
    return "<!DOCTYPE r>" + idp.signed_assertion(claims)


@attack(56, 61, refusal=INVALID)
def _entity(idp: Idp, claims: Claims) -> Made:
    honest = idp.signed_assertion(claims).replace("alice@example.com", "&who;")
    return f'<!DOCTYPE r [<!ENTITY who "{EVIL}">]>' + honest


@attack(56, 61, refusal=INVALID)
def _external_entity(idp: Idp, claims: Claims) -> Made:
    honest = idp.signed_assertion(claims).replace("alice@example.com", "&who;")
    return '<!DOCTYPE r [<!ENTITY who SYSTEM "file:///etc/hostname">]>' + honest


@attack(61, refusal=INVALID)
def _entity_of_the_network(idp: Idp, claims: Claims) -> Made:
    return '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">' + idp.signed_assertion(claims)


@attack(61, refusal=INVALID)
def _parameter_entity(idp: Idp, claims: Claims) -> Made:
    inside = '<!ENTITY % all SYSTEM "http://127.0.0.1:1/x.dtd"> %all;'
    return f"<!DOCTYPE r [{inside}]>" + idp.signed_assertion(claims)


@attack(61, 62, refusal=INVALID)
def _billion_laughs(idp: Idp, claims: Claims) -> Made:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    honest = idp.signed_assertion(claims).replace("alice@example.com", "&a9;")
    return f"<!DOCTYPE r [{entities}]>" + honest


@attack(56, refusal=INVALID)
def _document_type_in_lower_case(idp: Idp, claims: Claims) -> Made:
    return "<!doctype r>" + idp.signed_assertion(claims)


@attack(56, 61, refusal=INVALID)
def _document_type_in_utf_16(idp: Idp, claims: Claims) -> Made:
    document = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r>' + idp.signed_assertion(claims)
    return document.encode("utf-16")


@attack(56, 61, refusal=INVALID)
def _document_type_in_utf_7(idp: Idp, claims: Claims) -> Made:
    return '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r+AD4-' + idp.signed_assertion(claims)


@attack(56, refusal=INVALID)
def _other_encoding(idp: Idp, claims: Claims) -> Made:
    return '<?xml version="1.0" encoding="ISO-8859-1"?>' + idp.signed_assertion(claims)


@attack(56, refusal=INVALID)
def _undeclared_entity(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace("alice@example.com", "&who;")


@attack(54, refusal=INVALID)
def _instruction_in_the_name(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(replace(claims, subject=f"{EVIL}<?x?>.example.net"))


@attack(54, refusal=INVALID)
def _element_in_the_name(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(replace(claims, subject=f"{EVIL}<x/>.example.net"))


@attack(56, refusal=INVALID)
def _two_names(idp: Idp, claims: Claims) -> Made:
    name = f"<saml:NameID>{EVIL}</saml:NameID>"
    return idp.sign(claims.response().replace("<saml:Subject>", f"<saml:Subject>{name}"), "_assertion")


@attack(56, refusal=INVALID)
def _two_subjects(idp: Idp, claims: Claims) -> Made:
    twice = claims.response().replace(
        "<saml:Subject>", "<saml:Subject><saml:NameID>a</saml:NameID></saml:Subject><saml:Subject>"
    )
    return idp.sign(twice, "_assertion")


@attack(54, refusal=INVALID)
def _instruction_elsewhere(idp: Idp, claims: Claims) -> Made:
    instruction = claims.response().replace("<saml:Conditions", "<?x?><saml:Conditions")
    return idp.sign(instruction, claims.assertion_id)


@attack(64, refusal=INVALID)
def _not_xml(_idp: Idp, _claims: Claims) -> Made:
    return "alice"


@attack(64, refusal=INVALID)
def _cut_off(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims)[:-20]


@attack(64, refusal=INVALID)
def _two_documents(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims) * 2


@attack(64, refusal=INVALID)
def _null_byte(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).encode().replace(b"alice@", b"alice\0@")


@attack(64, refusal=INVALID)
def _bytes_that_are_not_utf_8(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).encode().replace(b"alice@", b"alice\xc0\x80@")


@attack(62, 64, refusal=INVALID)
def _deep(_idp: Idp, _claims: Claims) -> Made:
    return "<a>" * 5000 + "</a>" * 5000


@attack(62, refusal=SIGNATURE)
def _many_elements(idp: Idp, claims: Claims) -> Made:
    return idp.signed_assertion(claims).replace("<saml:Subject>", "<a/>" * 15_000 + "<saml:Subject>")


@attack(62, refusal=INVALID)
def _many_attributes(idp: Idp, claims: Claims) -> Made:
    attributes = " ".join(f'a{number}=""' for number in range(101))
    return idp.signed_assertion(claims).replace("<saml:Subject>", f"<saml:Subject {attributes}>")


@attack(62, refusal=INVALID)
def _deflated(idp: Idp, claims: Claims) -> Made:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(idp.signed_assertion(claims).encode()) + deflate.flush()


@attack(62, refusal=INVALID)
def _bomb_in_zlib(_idp: Idp, _claims: Claims) -> Made:
    return zlib.compress(bytes(50_000_000), 9)


@attack(62, refusal=BASE64, encoded=True)
def _not_base64(_idp: Idp, claims: Claims) -> Made:
    return claims.response()


@attack(62, refusal=BASE64, encoded=True)
def _base64_of_urls(idp: Idp, claims: Claims) -> Made:
    padded = idp.signed_assertion(claims).replace("alice@example.com", "alice@example.com\u00fb\u00ff\u00be")
    return base64.urlsafe_b64encode(padded.encode()).decode().replace("A", "-")
