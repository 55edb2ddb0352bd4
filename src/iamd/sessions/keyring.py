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

VERSION: Final = 1
_HEAD = 5  # one byte of version, four of key id
_NONCE = 12
_TAG = 16
OVERHEAD: Final = _HEAD + _NONCE + _TAG


class SealBrokenError(Exception):
    """The blob was not sealed by this keyring for this purpose, or was changed since."""


class Keyring:
    """
    Seal and open.

    Exactly one key is primary and seals; staged and retired keys only open.
    """

    def __init__(self, cluster_id: str, keys: Iterable[SealingKey]) -> None:
        self._cluster_id = cluster_id.encode()
        self._keys: dict[bytes, bytes] = {}
        self._primary = b""
        self._ciphers: dict[tuple[bytes, bytes], AESGCM] = {}
        self._subkeys: dict[tuple[bytes, bytes], bytes] = {}
        self.replace(keys)

    def replace(self, keys: Iterable[SealingKey]) -> None:
        """
        Take *keys* instead of those at hand.

        Raises:
            ValueError: Not exactly one of them is primary.
        """
        material: dict[bytes, bytes] = {}
        primaries = []
        for key in keys:
            key_id = bytes.fromhex(key.key_id)
            material[key_id] = base64.b64decode(key.material.reveal())
            if key.state is SealingKeyState.PRIMARY:
                primaries.append(key_id)
        if len(primaries) != 1:
            raise ValueError("a keyring needs exactly one primary key")
        self._keys, self._primary = material, primaries[0]
        self._ciphers, self._subkeys = {}, {}

    def seal(self, purpose: bytes, plaintext: bytes, context: bytes = b"") -> bytes:
        """Seal *plaintext* for *purpose*; *context* is authenticated and must be given again to open."""
        head = bytes([VERSION]) + self._primary
        nonce = os.urandom(_NONCE)
        associated = self._associated(head, purpose, context)
        return head + nonce + self._cipher(self._primary, purpose).encrypt(nonce, plaintext, associated)

    def open(self, purpose: bytes, sealed: bytes, context: bytes = b"") -> bytes:
        """
        Return what was sealed.

        Raises:
            SealBrokenError: One error for every reason, so that a forger learns nothing from it.
        """
        head, nonce = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE]
        key_id = head[1:]
        if len(sealed) < OVERHEAD or head[0] != VERSION or key_id not in self._keys:
            raise SealBrokenError
        associated = self._associated(head, purpose, context)
        try:
            return self._cipher(key_id, purpose).decrypt(nonce, sealed[_HEAD + _NONCE :], associated)
        except InvalidTag:
            raise SealBrokenError from None

    def subkey(self, purpose: bytes, sealed: bytes) -> bytes:
        """Return the subkey for *purpose* of the key that made *sealed*."""
        key_id = sealed[1:_HEAD]
        found = self._subkeys.get((key_id, purpose))
        if found is None:
            key = self._keys.get(key_id)
            if key is None:
                raise SealBrokenError
            found = HKDF(SHA256(), 32, salt=self._cluster_id, info=b"iamd " + purpose).derive(key)
            self._subkeys[key_id, purpose] = found
        return found

    def _cipher(self, key_id: bytes, purpose: bytes) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = AESGCM(self.subkey(purpose, bytes([VERSION]) + key_id))
            self._ciphers[key_id, purpose] = cipher
        return cipher

    def _associated(self, head: bytes, purpose: bytes, context: bytes) -> bytes:
        return b"\0".join((head.hex().encode(), self._cluster_id, purpose, context))


def new_sealing_key_material(token: bytes) -> str:
    """Return 32 bytes of chance in the form in which a sealing key keeps them."""
    if len(token) != 32:
        raise ValueError("a sealing key has 32 bytes")
    return base64.b64encode(token).decode()
