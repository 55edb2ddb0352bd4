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
_HEADER_SIZE: Final = 2 + _KEY_ID_SIZE
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

    Args:
        master_key: 32 bytes.
        cluster_id: The id of the installation; the same master key gives other subkeys in another one (R-31).
    """

    def __init__(self, master_key: bytes, cluster_id: str) -> None:
        if len(master_key) != MASTER_KEY_SIZE:
            raise WrongMasterKeyError(f"a master key has {MASTER_KEY_SIZE} bytes, not {len(master_key)}")
        salt = cluster_id.encode()
        key_id = _derive(master_key, salt, b"key id", _KEY_ID_SIZE)
        self._header: Final = bytes((_VERSION, _AES_256_GCM)) + key_id
        self._ciphers: Final = {
            place: AESGCM(_derive(master_key, salt, b"aes-256-gcm " + ".".join(place.value).encode(), 32))
            for place in Place
        }

    def seal(self, place: Place, row_id: str, secret: Secret) -> bytes:
        """Encrypt *secret* for one row; the blob opens nowhere else."""
        nonce = os.urandom(_NONCE_SIZE)
        associated = _associated(self._header, place, row_id)
        return (
            self._header + nonce + self._ciphers[place].encrypt(nonce, secret.reveal().encode(), associated)
        )

    def open(self, place: Place, row_id: str, blob: bytes) -> Secret:
        """
        Decrypt what `seal` made for this row.

        Raises:
            DamagedRecordError: The blob is not what was stored here.
        """
        header, nonce, sealed = (
            blob[:_HEADER_SIZE],
            blob[_HEADER_SIZE:][:_NONCE_SIZE],
            blob[_HEADER_SIZE + _NONCE_SIZE :],
        )
        if header != self._header or len(sealed) < _TAG_SIZE:
            raise DamagedRecordError(f"{_name(place, row_id)} is not sealed with a key that we have")
        try:
            return Secret(
                self._ciphers[place].decrypt(nonce, sealed, _associated(header, place, row_id)).decode()
            )
        except InvalidTag:
            raise DamagedRecordError(
                f"{_name(place, row_id)} does not open: it was changed or moved"
            ) from None

    def check_value(self, name: str) -> str:
        """Return a text for the row *name* of ``meta`` by which `check` knows this master key again."""
        return base64.b64encode(self.seal(Place.MASTER_KEY_CHECK, name, Secret(_CHECK_TEXT))).decode()

    def check(self, name: str, value: str) -> None:
        """
        Check that *value* was made by `check_value` under the same master key.

        Raises:
            WrongMasterKeyError: It was not.
        """
        try:
            self.open(Place.MASTER_KEY_CHECK, name, base64.b64decode(value, validate=True))
        except (DamagedRecordError, binascii.Error):
            raise WrongMasterKeyError("this database was made with another master key") from None


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
