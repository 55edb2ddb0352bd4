"""
Quotas of Organizations.

AWS: *Quotas and service limits for AWS Organizations*.  Where AWS raises a quota on request, this is what it raises it to.
"""

from iamd.domain.organizations import PolicyType
from iamd.errors.organizations import ConstraintViolationException

ACCOUNTS = 10_000
ORGANIZATIONAL_UNITS = 2000
POLICIES = {PolicyType.SERVICE_CONTROL_POLICY: 10_000, PolicyType.RESOURCE_CONTROL_POLICY: 1000}
POLICIES_PER_TARGET = 5
POLICY_SIZE = 5120
"""In characters; AWS counts white space too, unlike in the policies of IAM."""
TAGS = 50


def check_quota(reason: str, text: str, used: int, most: int) -> None:
    """
    Check a quota after the fact: *used* counts what has just been added.

    Raises:
        ConstraintViolationException: More than *most* are used; the transaction is undone.
    """
    if used > most:
        raise ConstraintViolationException(text, reason=reason)
