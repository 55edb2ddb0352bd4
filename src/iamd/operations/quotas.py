"""
Quotas that an account may have raised.

AWS raises them on request (*IAM and AWS STS quotas*); here an import does, for an account that has more than the default.
"""

from iamd.domain import limits
from iamd.operations.call import Call


def check_account_quota(call: Call, quota: str, used: int, default: int) -> None:
    """
    Check a quota of the caller's account after the fact: *used* counts what has just been added.

    Raises:
        LimitExceeded: More are used than the account may.
    """
    if used <= default:
        return
    account = call.store.accounts.find(call.account_id)
    limits.check_quota(quota, used, default if account is None else account.quota(quota, default))
