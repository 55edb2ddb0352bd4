"""
Delegated access: a product provider trades an exchange token in for credentials.

The credentials are those of whoever has approved the delegation request, with no more than what was asked for.  All of
them, whenever they were got, are over when the time is that the customer has approved; and what they can do is looked up by
the delegation request each time they are used.

AWS: *GetDelegatedAccessToken*; *Building your integration*, "Exchange Tokens".
"""

from iamd.directory.snapshots import DelegationSnapshot
from iamd.errors import ExpiredTradeInTokenException, InvalidParameterValue
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.resources import anything
from iamd.secret import Secret
from iamd.sessions.exchange_tokens import (
    InvalidExchangeTokenError,
    UnknownExchangeTokenKeyError,
    open_exchange_token,
)
from iamd.sessions.issue import issue
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind


@sts_operation("GetDelegatedAccessToken", on=anything, mode=Mode.INLINE)
def get_delegated_access_token(call: Call, params: Params) -> Result:
    """
    Issue credentials for a trade-in token.

    Raises:
        InvalidParameterValue: The token was not made here, or not for the caller's account, or its approver is gone.
        ExpiredTradeInTokenException: The delegated access is over.
    """
    delegation = _delegation(call, Secret(params["TradeInToken"]))
    ends_at = delegation.request.ends_at
    if ends_at is None or not delegation.request.in_force(call.now):
        raise ExpiredTradeInTokenException("The trade-in token has expired.")
    approver = delegation.approver
    if call.view.principal(approver.principal_kind, approver.principal_id) is None:
        raise _invalid()
    session = Session(
        kind=SessionKind.DELEGATED,
        access_key_id=call.ids.access_key_id(ACCESS_KEY_PREFIX, approver.account_id),
        account_id=approver.account_id,
        principal_id=approver.principal_id,
        issued_at=call.now.replace(microsecond=0),
        expires_at=ends_at,
        delegation_request_id=delegation.request.request_id,
    )
    if call.view.ended(delegation.as_approver(session)):
        raise ExpiredTradeInTokenException("The delegated access was ended.")
    return {
        "Credentials": issue(call.tools.keyring, session).wire,
        "AssumedPrincipal": delegation.approver_arn,
    }


def _delegation(call: Call, token: Secret) -> DelegationSnapshot:
    """Return what *token* is for; whoever may not have it learns nothing about it."""
    try:
        inside = open_exchange_token(call.tools.keyring, token)
    except UnknownExchangeTokenKeyError:
        call.view.renew_sealing_keys()
        raise _invalid() from None
    except InvalidExchangeTokenError:
        raise _invalid() from None
    delegation = call.view.delegation(inside.request_id)
    if inside.requestor_account_id != call.account_id or delegation is None:
        raise _invalid()
    return delegation


def _invalid() -> InvalidParameterValue:
    return InvalidParameterValue("The trade-in token is not valid.")
