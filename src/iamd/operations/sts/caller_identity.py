"""
Who a caller is, whose an access key is, and why a caller was denied.

AWS: *GetCallerIdentity* needs no permission, and an explicit Deny does not stop it.
"""

from iamd.auth.authorization_messages import AuthorizationMessages, InvalidMessageError
from iamd.auth.target import Target
from iamd.domain.access_key_ids import account_of
from iamd.errors import InvalidAuthorizationMessageException, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.resources import anything


@sts_operation("GetCallerIdentity", on=anything, mode=Mode.INLINE)
def get_caller_identity(call: Call, _params: Params) -> Result:
    """Tell the account, the ARN and the unique id of whoever signed (fact 84)."""
    return {"UserId": call.caller.user_id, "Account": call.account_id, "Arn": call.caller.arn}


def _access_key(call: Call, _params: Params) -> Target:
    return Target(arn="*", account_id=call.account_id)


@sts_operation("GetAccessKeyInfo", on=_access_key, mode=Mode.INLINE)
def get_access_key_info(call: Call, params: Params) -> Result:
    """
    Tell the account of an access key, of whatever state (semantics 87).

    The account is encoded in the id, so that this works for keys that are gone, and for those of other installations
    too.  Ids that an operator has chosen carry none: they are looked up.

    Raises:
        ValidationError: It is no access key id.
    """
    access_key_id = params["AccessKeyId"]
    stored = call.view.access_key(access_key_id)
    if stored is not None:
        return {"Account": stored.access_key.account_id}
    account_id = account_of(access_key_id)
    if account_id is None or access_key_id[:4] not in {"AKIA", "ASIA"}:
        raise ValidationError("Invalid access key id.")
    return {"Account": account_id}


@sts_operation("DecodeAuthorizationMessage", on=anything, mode=Mode.INLINE)
def decode_authorization_message(call: Call, params: Params) -> Result:
    """
    Tell what is in the encoded message of a denial: of one in the caller's own account, and of the last day.

    Raises:
        InvalidAuthorizationMessageException: It is none, or another account's, or too old.
    """
    messages = AuthorizationMessages(call.tools.keyring)
    try:
        return {"DecodedMessage": messages.open(params["EncodedMessage"], call.account_id, call.now)}
    except InvalidMessageError:
        raise InvalidAuthorizationMessageException("Message is not valid") from None
