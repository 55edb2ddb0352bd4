"""The status of credentials that a user can switch off and on."""

from enum import StrEnum

from iamd.errors import InvalidInput


class CredentialStatus(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


def settable_status(wire: str) -> CredentialStatus:
    """
    Read the ``Status`` of a request.

    Raises:
        InvalidInput: It is one that time alone can give: ``Expired``.
    """
    if wire not in set(CredentialStatus):
        raise InvalidInput(f"The status of a credential cannot be set to {wire}.")
    return CredentialStatus(wire)
