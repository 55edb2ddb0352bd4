"""
What a session may not do, whatever the policies say.

AWS: *Compare AWS STS credentials*; GetSessionToken: "You cannot call any IAM API operations unless MFA authentication
information is included in the request.  You cannot call any STS API except AssumeRole or GetCallerIdentity."
GetFederationToken: "You cannot call any IAM operations using the CLI or the Amazon Web Services API. […] You cannot call
any STS operations except GetCallerIdentity."  Of delegated access nothing of the kind is documented: the permissions that
were approved say what it is good for.  Somebody who has signed in to the console may use IAM, with MFA or without, and asks
STS for no credentials of the same identity.
"""

from iamd.auth.caller import Caller
from iamd.auth.schemes.live_sessions import invalid_token
from iamd.errors import AccessDenied
from iamd.sessions.session import SessionKind

_LONG_TERM_OPERATIONS = frozenset({"GetSessionToken", "GetFederationToken"})
_OF_STS = {
    SessionKind.USER: frozenset({"AssumeRole", "GetCallerIdentity"}),
    SessionKind.FEDERATED: frozenset({"GetCallerIdentity"}),
}
"""All that these kinds of session may ask of STS; the others may ask for what their policies allow."""


def check_session_limits(caller: Caller, service: str, operation: str) -> None:
    """
    Refuse what the kind of the caller's session excludes (semantics 71).

    Raises:
        InvalidClientTokenId: IAM, with the credentials of a GetSessionToken without MFA, or of a GetFederationToken.
        AccessDenied: An operation of STS that the session is not good for.
    """
    session = caller.session
    if session is None:
        return
    if caller.delegation is not None:
        if service == "sts" and operation in _LONG_TERM_OPERATIONS:
            raise _not_good_for(operation)
        return
    if service == "iam":
        if session.kind is SessionKind.USER and session.mfa_at is None:
            raise invalid_token("GetSessionToken without MFA opens no operation of IAM")
        if session.kind is SessionKind.FEDERATED:
            raise invalid_token("GetFederationToken opens no operation of IAM")
        return
    if service != "sts":
        return
    open_to_it = _OF_STS.get(session.kind)
    if operation in _LONG_TERM_OPERATIONS or (open_to_it is not None and operation not in open_to_it):
        raise _not_good_for(operation)


def _not_good_for(operation: str) -> AccessDenied:
    return AccessDenied(f"Cannot call {operation} with session credentials")
