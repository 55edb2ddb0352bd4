"""
SAML: one test for each known attack on others, R-53 to R-65; the documents are those of the corpus.

Fuzzing, R-64, is in `test_saml_fuzz`.
"""

import ast
import base64
import importlib.metadata
import os
import subprocess
import sys
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner
from tests.support.issuer import issuer
from tests.support.jose import rsa_key
from tests.support.saml_attacks import INVALID, SIGNATURE, Attack, one, parsed
from tests.support.saml_corpus import CORPUS, Reader, attacks
from tests.support.saml_idp import EXCLUSIVE, NAMES, Claims, How, Idp, certificate_of, encrypted, posted

import iamd.federation
from iamd.errors import InvalidIdentityToken
from iamd.federation.saml_metadata import SamlMetadataError, parse_metadata
from iamd.federation.saml_response import read_response
from iamd.federation.saml_signature import SamlSignatureError, verify
from iamd.federation.saml_xml import XmlError, parse

ROOT = Path(__file__).parents[2]
SUBJECT = "alice@example.com"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def carrying(row: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    found = attacks(row)
    mark: Callable[[Callable[..., None]], Callable[..., None]] = pytest.mark.parametrize(
        "attack", found, ids=[attack.name for attack in found]
    )
    return mark


def check(reader: Reader, attack: Attack) -> None:
    assert reader.refusal(attack.document(reader.idp, reader.claims)) == attack.refusal


@carrying(53)
def test_wrapping(reader: Reader, attack: Attack) -> None:
    """R-53: what is verified is what is read."""
    check(reader, attack)


def test_what_is_read_comes_from_the_verifier(reader: Reader) -> None:
    """R-53: whatever stands around and beside what is signed, the verified element is another one, and has none of it."""
    document = parsed(reader.idp.signed_assertion(reader.claims))
    assertion = one(document, "saml:Assertion")
    assertion.addprevious(parsed(reader.claims.assertion(assertion_id="_forged", subject="admin")))
    verified = verify(assertion, reader.trusted.metadata.certificates)
    assert verified is not assertion
    assert verified.getparent() is None
    assert [name.text for name in verified.iter(f"{{{NAMES['saml']}}}NameID")] == [SUBJECT]
    assert verified.find("ds:Signature", NAMES) is None
    # What is done to the element afterwards does not reach it.
    one(assertion, "saml:Subject/saml:NameID").text = "admin"
    assert one(verified, "saml:Subject/saml:NameID").text == SUBJECT
    with pytest.raises(SamlSignatureError):
        verify(assertion, reader.trusted.metadata.certificates)


@pytest.mark.parametrize("canonical", [EXCLUSIVE, f"{EXCLUSIVE}WithComments"])
@pytest.mark.parametrize("of_response", [False, True])
def test_comments_in_names(reader: Reader, canonical: str, of_response: bool) -> None:
    """R-54: a name is the whole of its text, on both sides of a comment."""
    whole = "admin@example.com.example.net"
    claims = replace(reader.claims, subject="admin@example.com<!-- -->.example.net")
    sign = reader.idp.signed_response if of_response else reader.idp.signed_assertion
    assert reader.identity(posted(sign(claims, How(canonical=canonical)))).subject == whole


def test_comments_put_in_afterwards(reader: Reader) -> None:
    """R-54: canonicalization leaves comments out, so that anybody can add them; they must change nothing."""
    claims = replace(reader.claims, subject="admin@example.com.example.net")
    commented = reader.idp.signed_assertion(claims).replace(
        "admin@example.com.example.net", "admin@example.com<!---->.example.net"
    )
    assert reader.identity(posted(commented)).subject == "admin@example.com.example.net"
    with_comments = reader.idp.signed_assertion(claims, How(canonical=f"{EXCLUSIVE}WithComments")).replace(
        "admin@example.com.example.net", "admin@example.com<!---->.example.net"
    )
    assert reader.refusal(posted(with_comments)) == SIGNATURE
    role = reader.idp.signed_assertion(reader.claims).replace("role/app", "role/<!---->app")
    assert reader.identity(posted(role)).session_name == "alice"


@carrying(54)
def test_what_is_more_than_text_in_names(reader: Reader, attack: Attack) -> None:
    """R-54: instructions and elements cut texts in two, as comments do."""
    check(reader, attack)


@carrying(55)
def test_one_signature_of_one_thing(reader: Reader, attack: Attack) -> None:
    """R-55: one Signature below what it signs, one SignedInfo, one Reference, no Object."""
    check(reader, attack)


@carrying(56)
def test_one_reading(reader: Reader, attack: Attack) -> None:
    """R-56: what two parsers might see differently is refused by its bytes, before there is a parser."""
    check(reader, attack)


def test_declarations_are_refused_wherever_they_stand() -> None:
    """R-56: also where a parser would see none."""
    for hidden in (
        b"<a><!-- <!DOCTYPE a> --></a>",
        b"<a><![CDATA[<!ENTITY x 'y'>]]></a>",
        b"<a b='<!doctype'/>",
    ):
        with pytest.raises(XmlError, match="a document type is declared"):
            parse(hidden)
    assert parse(b"<a><!-- DOCTYPE --></a>").tag == "a"


@carrying(57)
def test_nothing_is_not_signed(reader: Reader, attack: Attack) -> None:
    """R-57: no canonical form, or an empty one, and the digest of nothing."""
    check(reader, attack)


@carrying(58)
def test_comments_and_copies_in_signatures(reader: Reader, attack: Attack) -> None:
    """R-58: no comments in a signature, and no second SignedInfo."""
    check(reader, attack)


@carrying(59)
def test_keys_are_those_of_the_metadata(reader: Reader, attack: Attack) -> None:
    """R-59: not those of the message, and no public key is a secret."""
    check(reader, attack)


@pytest.mark.parametrize("stranger", ["another certificate", "another key", "nonsense", "a name"])
def test_what_a_message_says_of_keys_does_not_matter(reader: Reader, stranger: str) -> None:
    """R-59: with whatever KeyInfo, a signature by the metadata's key holds."""
    other = "".join(certificate_of(rsa_key("other idp")).splitlines()[1:-1])
    inside = {
        "another certificate": f"<ds:X509Data><ds:X509Certificate>{other}</ds:X509Certificate></ds:X509Data>",
        "another key": "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>",
        "nonsense": '<x xmlns="urn:example"/>',
        "a name": "<ds:KeyName>key</ds:KeyName>",
    }
    how = How(key_info=f"<ds:KeyInfo>{inside[stranger]}</ds:KeyInfo>")
    assert reader.identity(posted(reader.idp.signed_assertion(reader.claims, how))).subject == SUBJECT


# Whose signature or digest is wrong, and nothing else.
LEFT_TO_THE_LIBRARY = {
    "certificate in the message",
    "changed after signing",
    "changed response after signing",
    "encrypted and signed by somebody else",
    "further digest value in key info",
    "good response signature and bad assertion signature",
    "key in the message",
    "many elements",
    "method of the other kind of key",
    "relative namespace",
    "signed with another key",
    "trusted certificate in the message and another key",
}


def test_the_gate_comes_before_the_library(reader: Reader) -> None:
    """R-55, R-57, R-58, R-60: whatever SAML does not use of XML Signature, our own gate refuses, whatever the library does."""
    found = {
        attack.name
        for attack in CORPUS
        if reader.detail(attack.document(reader.idp, reader.claims))
        == "no certificate of the metadata has signed it"
    }
    assert found == LEFT_TO_THE_LIBRARY


@carrying(60)
def test_the_library_is_told_what_to_take(reader: Reader, attack: Attack) -> None:
    """R-60: its defaults take HMAC, and signatures anywhere."""
    check(reader, attack)


def test_the_library_is_new_enough() -> None:
    """R-60: before 4.0.4 it took HMAC for RSA; before 4.4 it took document types."""
    version = tuple(map(int, importlib.metadata.version("signxml").split(".")[:2]))
    assert version >= (5, 2)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "signxml>=5.2" in project["dependencies"]


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)], ids=["expired", "not yet valid"])
def test_certificates_are_trusted_whatever_their_dates(days: tuple[int, int]) -> None:
    """R-60; AWS: "IAM doesn't evaluate or take action on the expiration of X.509 certificates"."""
    key = rsa_key("idp")
    reader = Reader(Idp(key, certificate_pem=certificate_of(key, days)))
    assert reader.identity(posted(reader.idp.signed_assertion(reader.claims))).subject == SUBJECT


@carrying(61)
def test_nothing_is_fetched(reader: Reader, attack: Attack) -> None:
    """R-61."""
    check(reader, attack)


def test_nobody_is_asked_for_entities(reader: Reader) -> None:
    """R-61: neither for a document type nor for a parameter entity, in responses as in metadata."""
    with issuer() as server:
        for declared in (
            f'<!DOCTYPE r SYSTEM "{server.url}/x.dtd">',
            f'<!DOCTYPE r [<!ENTITY % all SYSTEM "{server.url}/x.dtd"> %all;]>',
            f'<!DOCTYPE r [<!ENTITY who SYSTEM "{server.url}/x">]>',
        ):
            response = declared + reader.idp.signed_assertion(reader.claims).replace(SUBJECT, "&who;")
            assert reader.refusal(posted(response)) == INVALID
            with pytest.raises(SamlMetadataError):
                parse_metadata(reader.idp.metadata().replace("<Entity", f"{declared}<Entity", 1))
        for location in ("schemaLocation", "noNamespaceSchemaLocation"):
            hint = (
                f'<saml:Subject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
                f' xsi:{location}="{server.url}/x {server.url}/y">'
            )
            hinted = reader.claims.response().replace("<saml:Subject>", hint)
            assert reader.identity(posted(reader.idp.sign(hinted, "_assertion"))).subject == SUBJECT
        assert server.asked == []


@carrying(62)
def test_sizes(reader: Reader, attack: Attack) -> None:
    """R-62: nothing is inflated, and what is large is refused."""
    check(reader, attack)


def test_base64_and_what_is_in_it_are_bounded(reader: Reader) -> None:
    """R-62: before it is decoded; what may be decoded is three quarters of that."""
    longest = "A" * 100_000
    assert reader.refusal(longest) == INVALID
    assert reader.refusal(longest + "AAAA") == ("InvalidIdentityToken", "Invalid base64 SAMLResponse")
    padded = reader.idp.signed_assertion(reader.claims).ljust(75_000)
    assert reader.identity(posted(padded)).subject == SUBJECT
    assert reader.refusal(posted(padded + "   ")) == ("InvalidIdentityToken", "Invalid base64 SAMLResponse")


@pytest.mark.parametrize(
    "document", [b"<a>" + b"<b/>" * 50_000 + b"</a>", b"<a " + b"b='' " * 100_001 + b"/>"]
)
def test_elements_and_attributes_are_bounded(document: bytes) -> None:
    """R-62: a tag of four bytes takes a hundred when it is read."""
    with pytest.raises(XmlError, match="too many elements or attributes"):
        parse(document)


def test_deflated_responses_are_no_responses(reader: Reader) -> None:
    """R-62: the POST binding has no compression, so that there is nothing to inflate."""
    honest = reader.idp.signed_assertion(reader.claims).encode()
    for packed in (zlib.compress(honest), zlib.compress(honest)[2:-4]):
        assert reader.refusal(base64.b64encode(packed).decode()) == INVALID


@pytest.mark.slow
def test_no_check_is_an_assertion() -> None:
    """R-63: `python -O` takes those away."""
    package = Path(iamd.federation.__file__).parents[1]
    found = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


@pytest.mark.slow
def test_the_corpus_is_refused_without_assertions() -> None:
    """R-63: under `python -O`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    done = subprocess.run(
        [sys.executable, "-O", "-m", "tests.support.saml_corpus"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.split(", ")[1:]) == (0, ["2 honest responses", "0 wrong\n"]), (
        done.stderr
    )


@carrying(64)
def test_what_is_no_xml(reader: Reader, attack: Attack) -> None:
    """R-64."""
    check(reader, attack)


def test_one_libxml2() -> None:
    """R-65: a second library with a libxml2 of its own makes one process of two readers, or none."""
    for requirements in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / requirements).read_text(encoding="utf-8")
        named = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
        assert {"lxml", "signxml"} <= named
        assert named.isdisjoint({"xmlsec", "python3-saml", "pysaml2", "python-xmlsec"})
    assert "xmlsec" not in sys.modules


# What must be taken: to refuse the rest is worth nothing otherwise.


@pytest.mark.parametrize(
    "canonical",
    [
        EXCLUSIVE,
        f"{EXCLUSIVE}WithComments",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    ],
)
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_algorithms(reader: Reader, canonical: str, digest: str) -> None:
    for sign in (reader.idp.signed_assertion, reader.idp.signed_response):
        how = How(canonical=canonical, digest=digest)
        assert reader.identity(posted(sign(reader.claims, how))).subject == SUBJECT


def _pretty(document: str) -> str:
    return document.replace("><saml:", ">\n  <saml:").replace("><samlp:", ">\n  <samlp:")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda claims: _pretty(claims.response()), id="line breaks"),
        pytest.param(
            lambda claims: claims.response().replace("xmlns:saml=", "xmlns:s=").replace("saml:", "s:"),
            id="prefix",
        ),
        pytest.param(
            lambda claims: '<?xml version="1.0" encoding="utf-8"?>\n' + claims.response(), id="declaration"
        ),
        pytest.param(
            lambda claims: claims.response().replace("</saml:Issuer>", " </saml:Issuer>"), id="blanks"
        ),
        pytest.param(
            lambda claims: claims.response().replace(
                "<saml:AttributeValue>alice",
                '<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"'
                ' xmlns:xs="http://www.w3.org/2001/XMLSchema">alice',
            ),
            id="types",
        ),
    ],
)
def test_ways_to_write_it(reader: Reader, change: Callable[[Claims], str]) -> None:
    document = change(reader.claims)
    if document.startswith("<?xml"):
        signed = document.partition("\n")[0] + reader.idp.sign(document, "_assertion")
    else:
        signed = reader.idp.sign(document, "_assertion")
    assert reader.identity(posted(signed)).session_name == "alice"


def test_signatures_of_others(reader: Reader) -> None:
    """Those of our tests are made by hand; a library makes the same."""
    placeholder = f'</saml:Issuer><ds:Signature xmlns:ds="{NAMES["ds"]}" Id="placeholder"/><saml:Subject>'
    unsigned = reader.claims.response().replace("</saml:Issuer><saml:Subject>", placeholder)
    document = parsed(unsigned)
    assertion = one(document, "saml:Assertion")
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    certificate = reader.idp.certificate
    signed = signer.sign(assertion, key=reader.idp.key, cert=certificate, reference_uri="_assertion")
    document.replace(assertion, signed)
    sent = posted(etree.tostring(document))
    assert reader.identity(sent).subject == SUBJECT
    assert reader.refusal(posted(etree.tostring(document).replace(b"alice@", b"admin@"))) == SIGNATURE


def test_base64_in_lines(reader: Reader) -> None:
    sent = base64.encodebytes(reader.idp.signed_assertion(reader.claims).encode()).decode()
    assert reader.identity(sent.replace("\n", "\r\n")).subject == SUBJECT


def test_prefixes_that_canonicalization_keeps(reader: Reader) -> None:
    """Exclusive canonicalization may be told of prefixes that only values use."""
    transforms = (
        '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"><ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="xs"/>'
        "</ds:Transform>"
    )
    # The prefix is not declared, so that it changes nothing of the canonical form.
    signed = reader.idp.signed_assertion(reader.claims, How(transforms=transforms))
    assert reader.identity(posted(signed)).subject == SUBJECT


def test_nothing_of_a_response_is_logged(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    """The library logs what it canonicalizes, at level DEBUG."""
    with caplog.at_level("DEBUG"):
        reader.identity(posted(reader.idp.signed_assertion(reader.claims)))
    assert SUBJECT not in caplog.text


def test_nothing_of_a_response_is_shown(reader: Reader) -> None:
    """No name of a person in the text of a value that may end in a traceback."""
    sent = posted(reader.idp.signed_assertion(reader.claims))
    assertion = read_response(sent, reader.trusted)
    assert SUBJECT not in repr(assertion)
    assert SUBJECT not in repr(reader.identity(sent))
    assert "PRIVATE" not in repr(reader.trusted)


def test_encryption_required_holds_for_signed_responses(reader: Reader) -> None:
    strict = Reader(encryption_required=True)
    required = ("InvalidIdentityToken", "The specified provider requires encrypted assertions.")
    for sign in (reader.idp.signed_assertion, reader.idp.signed_response):
        assert strict.refusal(posted(sign(reader.claims))) == required


def test_a_provider_without_keys_opens_nothing(reader: Reader) -> None:
    signed = reader.idp.sign(reader.claims.assertion(), "_assertion")
    sent = posted(reader.claims.response(encrypted(signed, rsa_key("service provider").public_key())))
    assert reader.identity(sent).subject == SUBJECT
    with pytest.raises(InvalidIdentityToken, match="Response signature invalid"):
        read_response(sent, replace(reader.trusted, private_keys=()))
