"""X.509 signing certificates of users and of the root."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.credential_status import CredentialStatus
from iamd.domain.ids import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCertificate:
    """
    A certificate with which somebody signs.

    Attributes:
        certificate_id: 32 characters of Base32.
        owner_id: The user's unique id; the account id for one of the root.
        body: As it was uploaded, in PEM.
        fingerprint: By which it is known again in another spelling.
    """

    account_id: AccountId
    certificate_id: str
    owner_id: str
    body: str
    fingerprint: str
    created_at: datetime
    status: CredentialStatus = CredentialStatus.ACTIVE
