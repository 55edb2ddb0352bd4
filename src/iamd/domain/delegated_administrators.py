"""
Delegated administrators: member accounts that may do for a service what else only the management account may.

AWS: *Delegated administrator for AWS services that work with Organizations*.
"""

from dataclasses import dataclass
from datetime import datetime

from iamd.domain.ids import AccountId, OrganizationId


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedAdministrator:
    """An account that administers one service; for another service it is another of these."""

    organization_id: OrganizationId
    account_id: AccountId
    service_principal: str
    enabled_at: datetime
