"""
The keyring: what session tokens and markers are sealed with.

A sealed blob is ``version || key id || nonce || AES-256-GCM``.  Version, key id, cluster id and purpose are
authenticated, so that a blob of another installation, another purpose or an older format does not open.  Each purpose
has a subkey of its own (HKDF-SHA-256, RFC 5869): what opens a marker opens no session.
"""

import base64
import os
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.hmac_key import HmacKey

VERSION: Final = 1
_HEAD = 5  # one byte of version, four of key id
_NONCE = 12
_TAG = 16
OVERHEAD: Final = _HEAD + _NONCE + _TAG


class SealBrokenError(Exception):
    """The blob was not sealed by this keyring for this purpose, or was changed since."""


class UnknownSealingKeyError(SealBrokenError):
    """The blob names a key that is not in the ring: another node may have made it a moment ago, or nobody ever."""


class Keyring:
    """
    Seal and open.

    Exactly one key is primary and seals; staged and retired keys only open.  The keys are replaced all at once, also
    while others seal and open.
    """

    def __init__(self, cluster_id: str, keys: Iterable[SealingKey]) -> None:
        self._cluster_id: Final = cluster_id.encode()
        self._ring = _Ring(self._cluster_id, keys)

    def replace(self, keys: Iterable[SealingKey]) -> None:
        """
        Take *keys* instead of those at hand.

        Raises:
            ValueError: Not exactly one of them is primary.
        """
        self._ring = _Ring(self._cluster_id, keys)

    def seal(self, purpose: bytes, plaintext: bytes, context: bytes = b"") -> bytes:
        """Seal *plaintext* for *purpose*; *context* is authenticated and must be given again to open."""
        ring = self._ring
        nonce = os.urandom(_NONCE)
        cipher, associated = ring.cipher(ring.primary, purpose)
        return ring.head + nonce + cipher.encrypt(nonce, plaintext, associated + context)

    def open(self, purpose: bytes, sealed: bytes, context: bytes = b"") -> bytes:
        """
        Return what was sealed.

        Raises:
            UnknownSealingKeyError: The key that it names is not in the ring.
            SealBrokenError: One error for every other reason, so that a forger learns nothing from it.
        """
        head, nonce = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE]
        if len(sealed) < OVERHEAD or head[0] != VERSION:
            raise SealBrokenError
        cipher, associated = self._ring.cipher(head[1:], purpose)
        try:
            return cipher.decrypt(nonce, sealed[_HEAD + _NONCE :], associated + context)
        except InvalidTag:
            raise SealBrokenError from None

    def hmac_key(self, purpose: bytes, sealed: bytes) -> HmacKey:
        """
        Return the subkey for *purpose*, which authenticates and seals nothing, of the key that made *sealed*.

        Raises:
            UnknownSealingKeyError: That key is not in the ring.
        """
        return self._ring.hmac_key(sealed[1:_HEAD], purpose)


class _Ring:
    """The keys of one moment, and what was derived from them."""

    def __init__(self, cluster_id: bytes, keys: Iterable[SealingKey]) -> None:
        self._cluster_id = cluster_id
        self._keys: dict[bytes, bytes] = {}
        self._ciphers: dict[tuple[bytes, bytes], tuple[AESGCM, bytes]] = {}
        self._hmac_keys: dict[tuple[bytes, bytes], HmacKey] = {}
        primaries = []
        for key in keys:
            key_id = bytes.fromhex(key.key_id)
            self._keys[key_id] = base64.b64decode(key.material.reveal())
            if key.state is SealingKeyState.PRIMARY:
                primaries.append(key_id)
        if len(primaries) != 1:
            raise ValueError("a keyring needs exactly one primary key")
        self.primary: Final[bytes] = primaries[0]
        self.head: Final = bytes([VERSION]) + self.primary

    def cipher(self, key_id: bytes, purpose: bytes) -> tuple[AESGCM, bytes]:
        """Return the cipher of a key for *purpose*, and what is authenticated with all that it seals, before the context."""
        found = self._ciphers.get((key_id, purpose))
        if found is None:
            head = bytes([VERSION]) + key_id
            associated = b"\0".join((head.hex().encode(), self._cluster_id, purpose, b""))
            found = self._ciphers[key_id, purpose] = AESGCM(self._subkey(key_id, purpose)), associated
        return found

    def hmac_key(self, key_id: bytes, purpose: bytes) -> HmacKey:
        key = self._hmac_keys.get((key_id, purpose))
        if key is None:
            key = HmacKey(self._subkey(key_id, purpose))
            self._hmac_keys[key_id, purpose] = key
        return key

    def _subkey(self, key_id: bytes, purpose: bytes) -> bytes:
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownSealingKeyError
        return HKDF(SHA256(), 32, salt=self._cluster_id, info=b"iamd " + purpose).derive(key)


def new_sealing_key_material(token: bytes) -> str:
    """Return 32 bytes of chance in the form in which a sealing key keeps them."""
    if len(token) != 32:
        raise ValueError("a sealing key has 32 bytes")
    return base64.b64encode(token).decode()
