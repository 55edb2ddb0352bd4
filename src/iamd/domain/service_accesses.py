"""
Trusted access: services that an organization has let in.

AWS: *Using AWS Organizations with other AWS services*.  A service is named by its principal, ``iam.amazonaws.com``.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from iamd.domain.ids import OrganizationId
from iamd.errors.organizations import InvalidInputException

IAM: Final = "iam.amazonaws.com"
"""The service that member accounts' root users are managed through."""

_PRINCIPAL: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+amazonaws\.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccess:
    """A service that may work with an organization."""

    organization_id: OrganizationId
    service_principal: str
    enabled_at: datetime


def check_service_principal(text: str) -> str:
    """
    Return *text*, which has the form of a service's principal.

    Raises:
        InvalidInputException: It has not.
    """
    if _PRINCIPAL.fullmatch(text) is None:
        raise InvalidInputException(
            "You specified an unrecognized service principal.", reason="UNRECOGNIZED_SERVICE_PRINCIPAL"
        )
    return text
