"""
Federation tokens: temporary credentials for somebody whom a broker of the customer's own knows.

What holds here:

* The broker asks with long-term credentials of a user, or of the root, and may hand on no more than it has: what the
  session may do is what the user *and* the session policies allow.  Without a session policy it may do nothing but what
  the policy of a resource allows to the federated user by its own ARN (semantics 52-61, 90).
* The federated user is nobody who is stored: an account, a name of the broker's choosing, and a user behind it.
* What such a session is not good for at all is in `iamd.auth.session_limits`.

AWS: *GetFederationToken*, *Permissions for GetFederationToken*.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from iamd.auth.target import Target
from iamd.domain.arns import federated_user_arn
from iamd.domain.tags import Tag
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.sts.role_sessions import (
    check_session_policy,
    check_session_tags,
    policy_arns,
    too_large,
)
from iamd.sessions.issue import issue
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind
from iamd.sessions.token import PackedTooLargeError, packed_size

_DEFAULT_SECONDS: Final = 12 * 3600
_LONGEST_SECONDS_OF_ROOT: Final = 3600


def _tags(params: Params) -> tuple[Tag, ...]:
    return tuple(Tag(tag["Key"], tag["Value"]) for tag in params.get("Tags", ()))


def _targets(call: Call, params: Params) -> Iterator[Target]:
    """Yield the federated user, once for each action that the request needs (semantics 81)."""
    check_session_policy(params)
    tags = _tags(params)
    check_session_tags(tags)
    arn = federated_user_arn(call.account_id, params["Name"])
    yield Target(arn=arn, account_id=call.account_id)
    if tags:
        yield Target(arn=arn, account_id=call.account_id, action="sts:TagSession")


@sts_operation("GetFederationToken", on=_targets, mode=Mode.INLINE)
def get_federation_token(call: Call, params: Params) -> Result:
    """
    Issue credentials for a federated user.

    A longer duration than an hour becomes an hour when the root asks (semantics 70).

    Raises:
        MalformedPolicyDocument: A session policy is not valid, or not there.
        InvalidParameterValue: A tag key occurs twice, or is one of AWS's own.
        PackedPolicyTooLarge: Session policies and tags do not fit.
    """
    caller = call.caller
    seconds = params.get("DurationSeconds", _DEFAULT_SECONDS)
    if caller.of_root:
        seconds = min(seconds, _LONGEST_SECONDS_OF_ROOT)
    issued_at = call.now.replace(microsecond=0)
    session = Session(
        kind=SessionKind.FEDERATED,
        access_key_id=call.ids.access_key_id(ACCESS_KEY_PREFIX, call.account_id),
        account_id=call.account_id,
        principal_id=caller.snapshot.unique_id,
        session_name=params["Name"],
        issued_at=issued_at,
        expires_at=issued_at + timedelta(seconds=seconds),
        parent_access_key_id=caller.access_key_id,
        policy=params.get("Policy"),
        policy_arns=policy_arns(call, params, call.account_id),
        tags=_tags(params),
    )
    try:
        credentials = issue(call.tools.keyring, session, params.get("MinimumSessionTokenSize", 0))
    except PackedTooLargeError as error:
        raise too_large(error.percent) from error
    return {
        "Credentials": credentials.wire,
        "FederatedUser": {
            "FederatedUserId": f"{session.account_id}:{session.session_name}",
            "Arn": federated_user_arn(session.account_id, session.session_name),
        },
        # fact 82: present without a session policy too.
        "PackedPolicySize": packed_size(session),
        **credentials.token_size,
    }
