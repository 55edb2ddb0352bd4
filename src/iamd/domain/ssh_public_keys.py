"""
SSH public keys of users: RSA, of 2048 bits or more, in the form of OpenSSH or in PEM.

AWS: *UploadSSHPublicKey*.  What parses them takes long to import, and is imported when the first one is read.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import AccountId
from iamd.errors import InvalidPublicKey, UnrecognizedPublicKeyEncoding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PREFIX = "APKA"

_SMALLEST_BITS = 2048
_SSH = "ssh-"
_PEM = "-----BEGIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class SSHPublicKey:
    """
    A public key of a user.

    Attributes:
        owner_id: The user's unique id.
        body: As it was uploaded.
        fingerprint: The MD5 of the key as OpenSSH encodes it, in pairs of digits with colons between.
    """

    account_id: AccountId
    ssh_public_key_id: str
    owner_id: str
    body: str
    fingerprint: str
    created_at: datetime
    status: CredentialStatus = CredentialStatus.ACTIVE

    def in_ssh_form(self) -> str:
        """Return the body as one line of OpenSSH; with its comment, if it was uploaded so."""
        return self.body if self.body.lstrip().startswith(_SSH) else _in_ssh_form(_parse(self.body))

    def in_pem_form(self) -> str:
        """Return the body in PEM, as it was uploaded if it was uploaded so."""
        if not self.body.lstrip().startswith(_SSH):
            return self.body
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415  slow

        key = _parse(self.body)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint_of(body: str) -> str:
    """
    Read a public key, and return its fingerprint.

    Raises:
        UnrecognizedPublicKeyEncoding: It is neither in the form of OpenSSH nor in PEM.
        InvalidPublicKey: It cannot be parsed, or is none of RSA with 2048 bits or more.
    """
    encoded = _in_ssh_form(_parse(body)).split()[1]
    # Not for security: AWS tells MD5, and so does `ssh-keygen -E md5 -l`, which users compare it with.
    return hashlib.md5(base64.b64decode(encoded), usedforsecurity=False).digest().hex(":")


def _parse(body: str) -> "RSAPublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  see the module's docstring
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  likewise
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415  likewise

    text = body.strip()
    if not text.startswith((_SSH, _PEM)):
        raise UnrecognizedPublicKeyEncoding("The public key encoding format is unsupported or unrecognized.")
    of_ssh = text.startswith(_SSH)
    load = serialization.load_ssh_public_key if of_ssh else serialization.load_pem_public_key
    try:
        key = load(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_BITS:
        raise InvalidPublicKey("The public key is malformed or otherwise invalid.")
    return key


def _in_ssh_form(key: "RSAPublicKey") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415  likewise

    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
