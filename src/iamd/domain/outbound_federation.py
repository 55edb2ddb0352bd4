"""
Outbound federation: an account as an issuer of identity tokens, which other services believe.

AWS: *Federating AWS identities to external services*.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from iamd.domain.ids import AccountId

ISSUER_PATH: Final = "/_iamd/oidc/"
"""Behind the server's public URL; the id of the issuer follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFederation:
    """
    An account that issues identity tokens, or has done so.

    Attributes:
        issuer_id: A UUID that says nothing of the account; it stays the same when the feature is turned off and on again,
            since what trusts the issuer is elsewhere.
        enabled: Whether tokens are issued.  Those that were go on until they expire.
    """

    account_id: AccountId
    issuer_id: str
    enabled: bool
    created_at: datetime

    def issuer(self, public_url: str) -> str:
        """Return the ``iss`` of the account's tokens, where others reach the server under *public_url*."""
        return f"{public_url}{ISSUER_PATH}{self.issuer_id}"
