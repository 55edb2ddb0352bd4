"""Server certificates: X.509 certificates with their private keys, for servers of the account."""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.tags import Tag
from iamd.secret import Secret

PREFIX = "ASCA"
KIND = "server-certificate"
"""Of its ARN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCertificate:
    """
    A server certificate; ``server_certificate_id`` is forever, name and path may change.

    Attributes:
        body: In PEM, as it was uploaded but for white space around it; so is *chain*.
        private_key: In PEM; encrypted at rest, and never told.
        expires_at: When the certificate does.
    """

    account_id: AccountId
    server_certificate_id: UniqueId
    name: str
    path: str
    created_at: datetime
    body: str
    chain: str | None
    private_key: Secret
    expires_at: datetime
    tags: tuple[Tag, ...] = ()

    @property
    def arn(self) -> str:
        return iam_arn(self.account_id, KIND, self.path, self.name)
