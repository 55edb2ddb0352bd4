"""
Encrypted assertions (XML Encryption 1.1, as SAML 2.0 Core, section 6, uses it).

* The key of the data is encrypted by RSA-OAEP for a private key of the provider; RSA with the padding of PKCS #1 v1.5 is
  not taken, since it can be guessed at.
* The data are encrypted by AES in mode GCM or CBC.  CBC protects nothing from change: whatever comes out is believed only
  if a signature holds, inside or around it.
* There is one error, which says nothing: whoever asks again and again must not learn how far it went.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from iamd.federation.saml_xml import ASSERTION, ENCRYPTION, SIGNATURE, XmlError, children, parse, text
from iamd.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from lxml.etree import _Element as Element

_ENCRYPTION_11: Final = "{http://www.w3.org/2009/xmlenc11#}"
_CBC: Final = {
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc": 16,
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc": 32,
}
_GCM: Final = {
    "http://www.w3.org/2009/xmlenc11#aes128-gcm": 16,
    "http://www.w3.org/2009/xmlenc11#aes256-gcm": 32,
}
_OAEP: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
_OAEP_11: Final = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
_SHA_1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
_MASKS: Final = "http://www.w3.org/2009/xmlenc11#mgf1"
_WHOLE_ELEMENT: Final = "http://www.w3.org/2001/04/xmlenc#Element"
_BLOCK: Final = 16
_NONCE: Final = 12
_MOST_ENCRYPTED_KEYS: Final = 4


class SamlDecryptionError(Exception):
    """The assertion cannot be decrypted; there is no more to know."""


def decrypt(encrypted: "Element", private_keys: Sequence[Secret]) -> "Element":
    """
    Return the assertion inside an ``EncryptedAssertion``.

    Nobody has vouched for it: unless *encrypted* is itself of something verified, its signature must be verified.

    Raises:
        SamlDecryptionError: There is none, or it is not for any of *private_keys*.
    """
    try:
        (data,) = children(encrypted, f"{ENCRYPTION}EncryptedData")
        if data.get("Type", _WHOLE_ELEMENT) != _WHOLE_ELEMENT:
            raise SamlDecryptionError
        algorithm = _method(data).get("Algorithm", "")
        size = (_CBC | _GCM)[algorithm]
        key = next(key for key in _unwrapped(encrypted, data, private_keys) if len(key) == size)
        plain = _opened(algorithm, key, _cipher_value(data))
        return _assertion(plain, encrypted)
    except (XmlError, ValueError, KeyError, StopIteration):
        raise SamlDecryptionError from None


def _assertion(plain: bytes, encrypted: "Element") -> "Element":
    """Parse what was encrypted in the place where it was: under the namespaces that are declared there."""
    names = "".join(
        f" xmlns{':' + prefix if prefix else ''}={quoteattr(name)}"
        for prefix, name in encrypted.nsmap.items()
    )
    around = parse(f"<context{names}>".encode() + plain + b"</context>")
    (assertion,) = around
    if assertion.tag != f"{ASSERTION}Assertion":
        raise SamlDecryptionError
    assertion.tail = None
    return assertion


def _opened(algorithm: str, key: bytes, sealed: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  imported with the first document
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415  likewise
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  likewise

    if algorithm in _GCM:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except InvalidTag:
            raise SamlDecryptionError from None
    if len(sealed) < 2 * _BLOCK:
        raise SamlDecryptionError
    decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed[:_BLOCK])).decryptor()
    padded = decryptor.update(sealed[_BLOCK:]) + decryptor.finalize()
    # XML Encryption 1.1, section 5.2: only the last byte of the padding says something.
    if not 1 <= padded[-1] <= _BLOCK:
        raise SamlDecryptionError
    return padded[: -padded[-1]]


def _unwrapped(encrypted: "Element", data: "Element", private_keys: Sequence[Secret]) -> Iterator[bytes]:
    """Yield the keys that any of *private_keys* opens; it stands in the data's KeyInfo, or beside the data."""
    wrapped = children(encrypted, f"{ENCRYPTION}EncryptedKey")
    for information in children(data, f"{SIGNATURE}KeyInfo"):
        wrapped += children(information, f"{ENCRYPTION}EncryptedKey")
    keys = [_loaded(private_key) for private_key in private_keys]
    for one in wrapped[:_MOST_ENCRYPTED_KEYS]:
        for private_key in keys:
            try:
                yield _unwrap(one, private_key)
            except (ValueError, KeyError, XmlError, SamlDecryptionError):
                continue  # It is for somebody else, who opens it otherwise.


def _unwrap(wrapped: "Element", private_key: "RSAPrivateKey") -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415  imported with the first document

    method = _method(wrapped)
    algorithm = method.get("Algorithm")
    digests = [each.get("Algorithm", "") for each in children(method, f"{SIGNATURE}DigestMethod")]
    masks = [each.get("Algorithm", "") for each in children(method, f"{_ENCRYPTION_11}MGF")]
    labels = [_bytes(each) for each in children(method, f"{ENCRYPTION}OAEPparams")]
    if algorithm not in {_OAEP, _OAEP_11} or len(digests) > 1 or len(masks) > 1 or len(labels) > 1:
        raise SamlDecryptionError
    mask = "sha1"
    if algorithm == _OAEP_11 and masks:
        mask = masks[0].removeprefix(_MASKS)
    return private_key.decrypt(
        _cipher_value(wrapped),
        padding.OAEP(
            mgf=padding.MGF1(_hashes()[mask]),
            algorithm=_hashes()[(digests or [_SHA_1])[0].rpartition("#")[2]],
            label=labels[0] if labels else None,
        ),
    )


def _hashes() -> "dict[str, HashAlgorithm]":
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  imported with the first document

    # Here SHA-1 only spreads bits; nothing depends on its collisions.
    return {
        "sha1": hashes.SHA1(),  # noqa: S303  see above
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }


def _loaded(private_key: Secret) -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415  with the first document
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415  likewise

    key = load_pem_private_key(
        private_key.reveal().encode(),
        password=None,
        # It was checked when it was uploaded; to do it again would take most of the time of a decryption.
        unsafe_skip_rsa_key_validation=True,
    )
    if not isinstance(key, RSAPrivateKey):
        raise SamlDecryptionError
    return key


def _method(element: "Element") -> "Element":
    (method,) = children(element, f"{ENCRYPTION}EncryptionMethod")
    return method


def _cipher_value(element: "Element") -> bytes:
    (data,) = children(element, f"{ENCRYPTION}CipherData")
    (value,) = data
    if value.tag != f"{ENCRYPTION}CipherValue":
        raise SamlDecryptionError  # Nothing is fetched from anywhere.
    return _bytes(value)


def _bytes(element: "Element") -> bytes:
    try:
        return base64.b64decode("".join(text(element).split()), validate=True)
    except binascii.Error:
        raise SamlDecryptionError from None
