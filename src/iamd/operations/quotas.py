"""Quotas of accounts and entities."""

from iamd.errors import LimitExceeded


def check_quota(name: str, used: int, most: int) -> None:
    """
    Demand room for one more.

    Args:
        name: As AWS's texts call the quota: ``RolesPerAccount``.
        used: How many there are.
        most: How many there may be.

    Raises:
        LimitExceeded: There is no room.
    """
    if used >= most:
        raise LimitExceeded(f"Cannot exceed quota for {name}: {most}")
