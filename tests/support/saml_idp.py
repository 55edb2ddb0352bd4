"""
A SAML identity provider: responses written by hand, so that each can be wrong in its own way.

`Claims` is what a response says, `Idp` signs and encrypts it; nothing here knows how iamd reads them.
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from tests.support.jose import ec_key, rsa_key
from tests.support.saml_metadata import metadata

ENTITY = "https://idp.example.com/saml"
ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SIGN_IN = "https://signin.aws.amazon.com/saml"
AWS = "https://aws.amazon.com/SAML/Attributes/"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
NAMES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
DECLARED = " ".join(f'xmlns:{prefix}="{NAMES[prefix]}"' for prefix in ("samlp", "saml"))
_DIGESTS: Mapping[str, tuple[str, hashes.HashAlgorithm]] = {
    "sha1": ("http://www.w3.org/2000/09/xmldsig#sha1", hashes.SHA1()),  # noqa: S303  to be refused
    "sha256": ("http://www.w3.org/2001/04/xmlenc#sha256", hashes.SHA256()),
    "sha384": ("http://www.w3.org/2001/04/xmldsig-more#sha384", hashes.SHA384()),
    "sha512": ("http://www.w3.org/2001/04/xmlenc#sha512", hashes.SHA512()),
}


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a response says.  None leaves something out."""

    now: datetime
    issuer: str = ENTITY
    response_id: str = "_response"
    assertion_id: str = "_assertion"
    subject: str | None = "alice@example.com"
    subject_format: str | None = PERSISTENT
    recipient: str | None = SIGN_IN
    destination: str | None = SIGN_IN
    audiences: Sequence[Sequence[str]] = ((SIGN_IN,),)
    issued: timedelta = timedelta(0)
    begins: timedelta | None = timedelta(minutes=-5)
    ends: timedelta | None = timedelta(minutes=5)
    confirmed_until: timedelta | None = timedelta(minutes=5)
    session_ends: timedelta | None = None
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    status: str = SUCCESS
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: str = "2.0"

    def at(self, offset: timedelta) -> str:
        return stamp(self.now + offset)

    def assertion(self, **changes: Any) -> str:
        """Return the assertion, not signed."""
        if changes:
            return replace(self, **changes).assertion()
        return (
            f'<saml:Assertion xmlns:saml="{NAMES["saml"]}" ID="{self.assertion_id}" Version="{self.version}"'
            f' IssueInstant="{self.at(self.issued)}"><saml:Issuer>{self.issuer}</saml:Issuer>'
            f"{self._subject()}{self._conditions()}{self._statement()}{self._attributes()}</saml:Assertion>"
        )

    def response(self, assertion: str | None = None, **changes: Any) -> str:
        """Return a response around an assertion, its own when none is given; not signed."""
        if changes:
            return replace(self, **changes).response(assertion)
        destination = "" if self.destination is None else f" Destination={quoteattr(self.destination)}"
        return (
            f'<samlp:Response {DECLARED} ID="{self.response_id}" Version="{self.version}"'
            f' IssueInstant="{self.at(self.issued)}"{destination}><saml:Issuer>{self.issuer}</saml:Issuer>'
            f'<samlp:Status><samlp:StatusCode Value="{self.status}"/></samlp:Status>'
            f"{self.assertion() if assertion is None else assertion}</samlp:Response>"
        )

    def _subject(self) -> str:
        name = ""
        if self.subject is not None:
            kind = "" if self.subject_format is None else f' Format="{self.subject_format}"'
            name = f"<saml:NameID{kind}>{self.subject}</saml:NameID>"
        recipient = "" if self.recipient is None else f" Recipient={quoteattr(self.recipient)}"
        until = "" if self.confirmed_until is None else f' NotOnOrAfter="{self.at(self.confirmed_until)}"'
        return (
            f'<saml:Subject>{name}<saml:SubjectConfirmation Method="{self.method}">'
            f"<saml:SubjectConfirmationData{until}{recipient}/></saml:SubjectConfirmation></saml:Subject>"
        )

    def _conditions(self) -> str:
        begins = "" if self.begins is None else f' NotBefore="{self.at(self.begins)}"'
        ends = "" if self.ends is None else f' NotOnOrAfter="{self.at(self.ends)}"'
        restrictions = "".join(
            "<saml:AudienceRestriction>"
            + "".join(f"<saml:Audience>{escape(name)}</saml:Audience>" for name in names)
            + "</saml:AudienceRestriction>"
            for names in self.audiences
        )
        return f"<saml:Conditions{begins}{ends}>{restrictions}</saml:Conditions>"

    def _statement(self) -> str:
        ends = "" if self.session_ends is None else f' SessionNotOnOrAfter="{self.at(self.session_ends)}"'
        return (
            f'<saml:AuthnStatement AuthnInstant="{self.at(self.issued)}"{ends}><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>"
            "</saml:AuthnContext></saml:AuthnStatement>"
        )

    def _attributes(self) -> str:
        given = {f"{AWS}Role": f"{ROLE},{PROVIDER}", f"{AWS}RoleSessionName": "alice"} | {
            (name if name.startswith(("urn:", "http:", *"0123456789")) else f"{AWS}{name}"): value
            for name, value in self.attributes.items()
        }
        return (
            "<saml:AttributeStatement>"
            + "".join(
                f"<saml:Attribute Name={quoteattr(name)}>{_values(value)}</saml:Attribute>"
                for name, value in given.items()
                if value is not None
            )
            + "</saml:AttributeStatement>"
        )


def _values(value: str | Sequence[str]) -> str:
    values = [value] if isinstance(value, str) else value
    return "".join(f"<saml:AttributeValue>{escape(each)}</saml:AttributeValue>" for each in values)


@dataclass(frozen=True, kw_only=True)
class How:
    """How to sign."""

    digest: str = "sha256"
    method: str | None = None
    canonical: str = EXCLUSIVE
    transforms: str | None = None
    uri: str | None = None
    key_info: str = ""
    extra: str = ""
    reference: str | None = None
    digest_value: bytes | None = None
    signature_value: bytes | None = None


class Idp:
    """An identity provider with a key, by default RSA of 2,048 bits."""

    def __init__(self, key: Any = None, entity_id: str = ENTITY, certificate_pem: str | None = None) -> None:
        self.key: Any = key if key is not None else rsa_key("idp")
        self.entity_id = entity_id
        self.certificate = certificate_pem or certificate_of(self.key)

    def metadata(self, *, others: Sequence[str] = (), **more: Any) -> str:
        """Return its metadata; *others* are certificates that stand before its own."""
        document = metadata(self.entity_id, certificates=(*others, self.certificate), **more)
        return document.ljust(1000, "\n")  # The model wants as much, and keys on curves are short.

    def sign(self, document: str, identifier: str, how: How | None = None) -> str:
        """Return *document* with the element of that ID signed: the signature stands behind its Issuer."""
        how = how or How()
        root: Any = etree.fromstring(document.encode())
        (signed,) = root.xpath("//*[@ID=$identifier]", identifier=identifier)
        signature: Any = etree.fromstring(self._signature(signed, identifier, how).encode())
        position = next((at + 1 for at, child in enumerate(signed) if str(child.tag).endswith("}Issuer")), 0)
        signed.insert(position, signature)
        information = signature.find("ds:SignedInfo", NAMES)
        value = how.signature_value
        if value is None:
            value = self._signed(canonical(information, how.canonical), how.digest)
        signature.find("ds:SignatureValue", NAMES).text = base64.b64encode(value).decode()
        return etree.tostring(root, encoding="unicode")

    def signed_assertion(self, claims: Claims, how: How | None = None) -> str:
        """Return a response whose assertion is signed."""
        return self.sign(claims.response(), claims.assertion_id, how)

    def signed_response(self, claims: Claims, how: How | None = None) -> str:
        """Return a response that is signed itself."""
        return self.sign(claims.response(), claims.response_id, how)

    def _signature(self, signed: Any, identifier: str, how: How) -> str:
        uri, algorithm = _DIGESTS[how.digest]
        hasher = hashes.Hash(algorithm)
        hasher.update(canonical(signed, how.canonical))
        digest = how.digest_value if how.digest_value is not None else hasher.finalize()
        method = how.method or self._method(how.digest)
        transforms = how.transforms
        if transforms is None:
            transforms = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{how.canonical}"/>'
        reference = how.reference or (
            f'<ds:Reference URI="{how.uri if how.uri is not None else "#" + identifier}">'
            f"<ds:Transforms>{transforms}</ds:Transforms>"
            f'<ds:DigestMethod Algorithm="{uri}"/>'
            f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference>"
        )
        return (
            f'<ds:Signature xmlns:ds="{NAMES["ds"]}"><ds:SignedInfo>'
            f'<ds:CanonicalizationMethod Algorithm="{how.canonical}"/><ds:SignatureMethod Algorithm="{method}"/>'
            f"{reference}</ds:SignedInfo><ds:SignatureValue/>{how.key_info}{how.extra}</ds:Signature>"
        )

    def _method(self, digest: str) -> str:
        kind = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ecdsa"
        if digest == "sha1":
            return f"{NAMES['ds']}rsa-sha1"
        return f"http://www.w3.org/2001/04/xmldsig-more#{kind}-{digest}"

    def _signed(self, data: bytes, digest: str) -> bytes:
        algorithm = _DIGESTS[digest][1]
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), algorithm)
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(algorithm)))
        size = (self.key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def canonical(element: Any, algorithm: str = EXCLUSIVE) -> bytes:
    made: bytes = etree.tostring(
        element,
        method="c14n",
        exclusive="exc-c14n" in algorithm,
        with_comments=algorithm.endswith("WithComments"),
        with_tail=False,
    )
    return made


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """How to encrypt."""

    data: str = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
    transport: str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
    digest: str | None = None
    mask: str | None = None
    label: bytes | None = None
    beside: bool = False
    kind: str | None = "http://www.w3.org/2001/04/xmlenc#Element"


def encrypted(assertion: str, public_key: rsa.RSAPublicKey, how: Sealing | None = None) -> str:
    """Return an EncryptedAssertion with *assertion* in it."""
    how = how or Sealing()
    key = os.urandom(16 if "128" in how.data else 24 if "192" in how.data else 32)
    nonce = os.urandom(16 if "cbc" in how.data else 12)
    plain = assertion.encode()
    if "cbc" in how.data:
        count = 16 - len(plain) % 16
        encryptor = Cipher(algorithms.AES(key), modes.CBC(nonce)).encryptor()
        sealed = (
            nonce + encryptor.update(plain + os.urandom(count - 1) + bytes([count])) + encryptor.finalize()
        )
    else:
        sealed = nonce + AESGCM(key).encrypt(nonce, plain, None)
    return encrypted_data(sealed, _wrapped(key, public_key, how), how)


def encrypted_data(sealed: bytes, wrapped: str, how: Sealing) -> str:
    kind = "" if how.kind is None else f' Type="{how.kind}"'
    inside = "" if how.beside else f'<ds:KeyInfo xmlns:ds="{NAMES["ds"]}">{wrapped}</ds:KeyInfo>'
    return (
        f'<saml:EncryptedAssertion xmlns:saml="{NAMES["saml"]}" xmlns:xenc="{NAMES["xenc"]}">'
        f'<xenc:EncryptedData{kind}><xenc:EncryptionMethod Algorithm="{how.data}"/>{inside}'
        f"<xenc:CipherData><xenc:CipherValue>{base64.b64encode(sealed).decode()}</xenc:CipherValue></xenc:CipherData>"
        f"</xenc:EncryptedData>{wrapped if how.beside else ''}</saml:EncryptedAssertion>"
    )


def _wrapped(key: bytes, public_key: rsa.RSAPublicKey, how: Sealing) -> str:
    if how.transport.endswith("rsa-1_5"):
        sealed = public_key.encrypt(key, padding.PKCS1v15())
    else:
        mask = _DIGESTS[how.mask or "sha1"][1]
        sealed = public_key.encrypt(
            key, padding.OAEP(padding.MGF1(mask), _DIGESTS[how.digest or "sha1"][1], how.label)
        )
    inside = ""
    if how.digest is not None:
        inside += f'<ds:DigestMethod xmlns:ds="{NAMES["ds"]}" Algorithm="{_DIGESTS[how.digest][0]}"/>'
    if how.mask is not None:
        inside += (
            f'<xenc11:MGF xmlns:xenc11="{NAMES["xenc11"]}" Algorithm="{NAMES["xenc11"]}mgf1{how.mask}"/>'
        )
    if how.label is not None:
        inside += f"<xenc:OAEPparams>{base64.b64encode(how.label).decode()}</xenc:OAEPparams>"
    return (
        f'<xenc:EncryptedKey xmlns:xenc="{NAMES["xenc"]}">'
        f'<xenc:EncryptionMethod Algorithm="{how.transport}">{inside}</xenc:EncryptionMethod><xenc:CipherData>'
        f"<xenc:CipherValue>{base64.b64encode(sealed).decode()}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
    )


def posted(response: str | bytes) -> str:
    """Return a response as it is sent."""
    return base64.b64encode(response.encode() if isinstance(response, str) else response).decode()


def certificate_of(key: Any, days: tuple[int, int] = (-1, 365), digest: Any = None) -> str:
    """Return a certificate of *key* in PEM, signed by itself, good between two days from now."""
    return _certificate_of(key, days, digest)


@cache
def _certificate_of(key: Any, days: tuple[int, int], digest: Any) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
    today = datetime.now(UTC).replace(microsecond=0)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=days[0]))
        .not_valid_after(today + timedelta(days=days[1]))
        .sign(key, digest or hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def name_qualifier(issuer: str = ENTITY, account: str = ACCOUNT, name: str = "corp") -> str:
    """Return it as the documentation of AssumeRoleWithSAML makes it."""
    text = f"{issuer}{account}/{name}"
    return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def ec_idp(curve: str = "P-256") -> Idp:
    return Idp(ec_key(curve, "idp"))


def private_key(name: str = "service provider") -> str:
    """Return a private key for encrypted assertions, in PEM."""
    return rsa_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
