"""
What a session may not do, whatever the policies say.

AWS: *Compare AWS STS credentials*; GetSessionToken: "You cannot call any IAM API operations unless MFA authentication
information is included in the request.  You cannot call any STS API except AssumeRole or GetCallerIdentity."
"""

from iamd.auth.caller import Caller
from iamd.auth.schemes.sigv4 import invalid_token
from iamd.errors import AccessDenied
from iamd.sessions.session import SessionKind

_USER_SESSION_OPERATIONS = frozenset({"AssumeRole", "GetCallerIdentity"})
_LONG_TERM_OPERATIONS = frozenset({"GetSessionToken", "GetFederationToken"})


def check_session_limits(caller: Caller, service: str, operation: str) -> None:
    """
    Refuse what the kind of the caller's session excludes.

    Raises:
        InvalidClientTokenId: IAM, with the credentials of a GetSessionToken without MFA.
        AccessDenied: An operation of STS that wants long-term credentials.
    """
    session = caller.session
    if session is None:
        return
    if service == "iam":
        if session.kind is SessionKind.USER and session.mfa_at is None:
            raise invalid_token("GetSessionToken without MFA opens no operation of IAM")
        return
    if service != "sts":
        return
    of_user = session.kind is SessionKind.USER
    if operation in _LONG_TERM_OPERATIONS or (of_user and operation not in _USER_SESSION_OPERATIONS):
        raise AccessDenied(f"Cannot call {operation} with session credentials")
