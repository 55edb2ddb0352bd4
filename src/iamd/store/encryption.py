"""
Encryption at rest: secrets are sealed before they meet SQL, and opened after.

AES-256-GCM under a subkey per purpose, which HKDF-SHA-256 (RFC 5869) derives from the master key with the id of the
installation as salt.  The master key is given from outside and is not in the database.  A blob is

    version (1) | algorithm (1) | key id (4) | nonce (12) | ciphertext and tag

and is authenticated together with the place that it was made for: table, row and column.  A blob that was changed, or
moved to another row or column, does not open (R-15's way, for the store).  The nonce is random: a subkey serves for
2^32 blobs.
"""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from iamd.secret import Secret
from iamd.store.errors import DamagedRecordError, WrongMasterKeyError

MASTER_KEY_SIZE: Final = 32

_VERSION: Final = 1
_AES_256_GCM: Final = 1
_KEY_ID_SIZE: Final = 4
_NONCE_SIZE: Final = 12
_TAG_SIZE: Final = 16
HEADER_SIZE: Final = 2 + _KEY_ID_SIZE
_BEGIN: Final = bytes((_VERSION, _AES_256_GCM))
_CONTEXT: Final = b"iamd store"
_CHECK_TEXT: Final = "this installation's master key"


class Place(Enum):
    """The columns that hold sealed blobs: table, column.  Each has a subkey of its own."""

    ACCESS_KEY_SECRET = ("access_keys", "secret")
    MFA_SEED = ("mfa_devices", "seed")
    SEALING_KEY_MATERIAL = ("sealing_keys", "material")
    SERVER_CERTIFICATE_KEY = ("server_certificates", "private_key")
    SAML_PRIVATE_KEYS = ("saml_providers", "private_keys")
    TOKEN_SIGNING_KEY = ("token_signing_keys", "private_key")
    PASSWORD = ("login_profiles", "password")
    PREVIOUS_PASSWORDS = ("login_profiles", "previous")
    MASTER_KEY_CHECK = ("meta", "value")


class Vault:
    """
    Seal and open what is secret in the database of one installation.

    It may hold several master keys, while one is changed for another (`iamd.store.master_keys`): it opens what is sealed
    under any of them, and seals under one.

    Args:
        master_keys: Of 32 bytes each; the first one seals until `adopt` says otherwise.
        cluster_id: The id of the installation; the same master key gives other subkeys in another one (R-31).

    Attributes:
        lacks_key: Whether the key that was to be adopted last is not held.
    """

    def __init__(self, master_keys: bytes | Sequence[bytes], cluster_id: str) -> None:
        salt = cluster_id.encode()
        self._ciphers: Final[dict[bytes, Mapping[Place, AESGCM]]] = {}
        for key in [master_keys] if isinstance(master_keys, bytes) else master_keys:
            if len(key) != MASTER_KEY_SIZE:
                raise WrongMasterKeyError(f"a master key has {MASTER_KEY_SIZE} bytes, not {len(key)}")
            header = _BEGIN + _derive(key, salt, b"key id", _KEY_ID_SIZE)
            self._ciphers[header] = {
                place: AESGCM(_derive(key, salt, b"aes-256-gcm " + ".".join(place.value).encode(), 32))
                for place in Place
            }
        self._header = next(iter(self._ciphers))
        self.lacks_key = False

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the master keys, in hexadecimal digits."""
        return tuple(header[len(_BEGIN) :].hex() for header in self._ciphers)

    def header_of(self, key_id: str) -> bytes:
        """
        Return how blobs begin that are sealed under the master key *key_id*.

        Raises:
            WrongMasterKeyError: It is not held here.
        """
        if key_id not in self.key_ids:
            raise WrongMasterKeyError(f"the master key `{key_id}` is not held here")
        return _BEGIN + bytes.fromhex(key_id)

    def seal(self, place: Place, row_id: str, secret: Secret, key_id: str | None = None) -> bytes:
        """Encrypt *secret* for one row; the blob opens nowhere else.  Under the key *key_id* if one is named."""
        header = self._header if key_id is None else self.header_of(key_id)
        nonce = os.urandom(_NONCE_SIZE)
        associated = _associated(header, place, row_id)
        sealed = self._ciphers[header][place].encrypt(nonce, secret.reveal().encode(), associated)
        return header + nonce + sealed

    def open(self, place: Place, row_id: str, blob: bytes) -> Secret:
        """
        Decrypt what `seal` made for this row.

        Raises:
            DamagedRecordError: The blob is not what was stored here.
        """
        header, nonce, sealed = (
            blob[:HEADER_SIZE],
            blob[HEADER_SIZE:][:_NONCE_SIZE],
            blob[HEADER_SIZE + _NONCE_SIZE :],
        )
        ciphers = self._ciphers.get(bytes(header))
        if ciphers is None or len(sealed) < _TAG_SIZE:
            raise DamagedRecordError(f"{_name(place, row_id)} is not sealed with a key that we have")
        try:
            return Secret(ciphers[place].decrypt(nonce, sealed, _associated(header, place, row_id)).decode())
        except InvalidTag:
            raise DamagedRecordError(
                f"{_name(place, row_id)} does not open: it was changed or moved"
            ) from None

    def check_value(self, name: str, key_id: str | None = None) -> str:
        """Return a text for the row *name* of ``meta`` by which `adopt` knows the master key again."""
        sealed = self.seal(Place.MASTER_KEY_CHECK, name, Secret(_CHECK_TEXT), key_id)
        return base64.b64encode(sealed).decode()

    def key_id_of(self, value: str) -> str:
        """Return the id of the master key that *value* was made under by `check_value`."""
        try:
            return base64.b64decode(value, validate=True)[len(_BEGIN) : HEADER_SIZE].hex()
        except binascii.Error:
            return ""

    def adopt(self, name: str, value: str) -> None:
        """
        Seal from now on with the master key that *value* was made under by `check_value`.

        Raises:
            WrongMasterKeyError: It was made under none that is held here.
        """
        try:
            blob = base64.b64decode(value, validate=True)
            self.open(Place.MASTER_KEY_CHECK, name, blob)
        except (DamagedRecordError, binascii.Error):
            self.lacks_key = True
            raise another_master_key() from None
        self._header = blob[:HEADER_SIZE]
        self.lacks_key = False


def another_master_key() -> WrongMasterKeyError:
    """Return what is said where none of the master keys that are held is the one of the database."""
    return WrongMasterKeyError(
        "this database was made with another master key, or that was changed: `master_key` or `other_master_key` must be the one"
        " that it has now"
    )


def master_key_of(key: Secret | bytes) -> bytes:
    """
    Return the 32 bytes of a master key that may be given as Base64.

    Raises:
        WrongMasterKeyError: It is not Base64, or not of 32 bytes.
    """
    if isinstance(key, Secret):
        try:
            key = base64.b64decode(key.reveal().strip(), validate=True)
        except (binascii.Error, ValueError):
            raise WrongMasterKeyError("a master key is 32 bytes in Base64") from None
    if len(key) != MASTER_KEY_SIZE:
        raise WrongMasterKeyError(f"a master key has {MASTER_KEY_SIZE} bytes, not {len(key)}")
    return key


def backup_key(master_key: bytes) -> bytes:
    """Return the key that authenticates backups."""
    return _derive(master_key, b"", b"hmac-sha-256 backup", 32)


def _derive(master_key: bytes, salt: bytes, purpose: bytes, size: int) -> bytes:
    return HKDF(SHA256(), size, salt, _CONTEXT + b" " + purpose).derive(master_key)


def _associated(header: bytes, place: Place, row_id: str) -> bytes:
    """Return what a blob is bound to, each part behind its length so that no two places look alike."""
    parts = [_CONTEXT, header, *(name.encode() for name in place.value), row_id.encode()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _name(place: Place, row_id: str) -> str:
    table, column = place.value
    return f"{table}.{column} of `{row_id}`"
