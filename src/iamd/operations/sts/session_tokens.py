"""
Session tokens for users and the root: temporary credentials with the caller's own permissions.

AWS: *GetSessionToken*.  It needs no permission, and long-term credentials.
"""

from datetime import timedelta

from iamd.auth.mfa_claim import MfaClaim, mfa_mode_parameters
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, sts_operation
from iamd.operations.resources import anything
from iamd.sessions.issue import issue
from iamd.sessions.session import ACCESS_KEY_PREFIX, Session, SessionKind

_DEFAULT_SECONDS = 12 * 3600
_LONGEST_SECONDS_OF_ROOT = 3600


def _mode(params: Params) -> Mode:
    """A one-time password is used up by the request, and that is a write."""
    return Mode.WRITE if mfa_mode_parameters(params) else Mode.INLINE


@sts_operation("GetSessionToken", on=anything, mode=_mode)
def get_session_token(call: Call, params: Params) -> Result:
    """
    Issue credentials for the caller itself, with MFA if it shows a code.

    A longer duration than an hour becomes an hour for the root (semantics 70).

    Raises:
        AccessDenied: The code, or the device, is not the caller's.
    """
    mfa = MfaClaim.read(params)
    if mfa is not None:
        call.store.mfa_devices.put(mfa.accept(call.store, call.caller, call.tools.mfa_attempts, call.now))

    seconds = params.get("DurationSeconds", _DEFAULT_SECONDS)
    if call.caller.of_root:
        seconds = min(seconds, _LONGEST_SECONDS_OF_ROOT)
    issued_at = call.now.replace(microsecond=0)
    session = Session(
        kind=SessionKind.USER,
        access_key_id=call.ids.access_key_id(ACCESS_KEY_PREFIX, call.account_id),
        account_id=call.account_id,
        principal_id=call.caller.snapshot.unique_id,
        issued_at=issued_at,
        expires_at=issued_at + timedelta(seconds=seconds),
        mfa_at=issued_at if mfa is not None else None,
        parent_access_key_id=call.caller.access_key_id,
    )
    credentials = issue(call.tools.keyring, session, params.get("MinimumSessionTokenSize", 0))
    return {"Credentials": credentials.wire}
