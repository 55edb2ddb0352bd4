"""
Service-specific credentials: a name and a password, or an API key, for one AWS service.

The secret is made here and has 256 bits of chance, so that one plain hash of it is enough to know it again.
"""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import AccountId
from iamd.secret import Secret

PREFIX = "ACCA"
SECRET_SIZE = 32

PASSWORD_SERVICES = frozenset({"codecommit.amazonaws.com", "cassandra.amazonaws.com"})
API_KEY_SERVICES = frozenset({"bedrock.amazonaws.com"})
"""Those whose credentials are long-term API keys, which can expire."""

_API_KEY_PREFIX = "ABSK"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpecificCredential:
    """
    A credential of a user.

    Attributes:
        owner_id: The user's unique id.
        service: Such as ``codecommit.amazonaws.com``.
        service_user_name: The public part, which stays when the user is renamed.
        secret_hash: The SHA-256 of the secret, in hexadecimal digits.
        expires_at: None when never.
    """

    account_id: AccountId
    credential_id: str
    owner_id: str
    service: str
    service_user_name: str
    secret_hash: str
    created_at: datetime
    status: CredentialStatus = CredentialStatus.ACTIVE
    expires_at: datetime | None = None

    @property
    def is_api_key(self) -> bool:
        """Whether it goes by an alias and a secret, not by a user name and a password."""
        return self.service in API_KEY_SERVICES


def service_user_name(user_name: str, account_id: AccountId, taken: Collection[str]) -> str:
    """Return the first name that is not *taken*: ``jane-at-123456789012``, ``jane+1-at-123456789012`` and so on."""
    number = 0
    while True:
        name = f"{user_name}{f'+{number}' if number else ''}-at-{account_id}"
        if name not in taken:
            return name
        number += 1


def new_secret(service: str, name: str, chance: bytes) -> Secret:
    """Return a password of 44 characters; for an API key, one that carries the *name* as well, as Bedrock's do."""
    password = base64.b64encode(chance).decode()
    if service in API_KEY_SERVICES:
        return Secret(_API_KEY_PREFIX + base64.b64encode(f"{name}:{password}".encode()).decode())
    return Secret(password)


def hash_of(secret: Secret) -> str:
    return hashlib.sha256(secret.reveal().encode()).hexdigest()
