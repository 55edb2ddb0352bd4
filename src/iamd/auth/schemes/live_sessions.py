"""
Whose a session is, as long as it lives.

However somebody has proved that a session is theirs, it is refused from the moment on at which it has expired or was
ended, or its principal is gone.
"""

from datetime import timedelta
from typing import Final

from iamd.auth.caller import Caller, delegated_caller, invoked_by_provider, session_caller
from iamd.auth.root_access import RootAccessClosedError, check_root_access
from iamd.catalogue.root_tasks import ROOT_TASKS
from iamd.clock import Clock
from iamd.directory.directory import View
from iamd.directory.snapshots import DelegationSnapshot
from iamd.domain.access_keys import AccessKeyStatus
from iamd.domain.ids import AccountId
from iamd.errors import ExpiredToken, InvalidClientTokenId
from iamd.sessions.session import Session, SessionKind

_MOST_AHEAD: Final = timedelta(minutes=15)
"""By how much the clock of the node that has made a session may be ahead of this one's: as much as that of who signs."""


def invalid_token(detail: str) -> InvalidClientTokenId:
    """Return the one answer to unknown, inactive and forged credentials (fact 87)."""
    return InvalidClientTokenId("The security token included in the request is invalid.", detail=detail)


def expired_token(detail: str = "") -> ExpiredToken:
    return ExpiredToken("The security token included in the request is expired", detail=detail)


def check_open(view: View, account_id: str) -> None:
    """Refuse credentials of a closed account, whatever the state that they are in themselves."""
    account = view.account(account_id)
    if account is None or not account.active:
        raise invalid_token("the account is closed")


class LiveSessions:
    """
    Find the callers of sessions.

    Args:
        clock: Sessions live by its `now`.
        end_with_their_key: Refuse a session once the long-term access key it was made with is inactive or gone.  AWS
            does not; off by default.
    """

    def __init__(self, clock: Clock, *, end_with_their_key: bool) -> None:
        self._clock = clock
        self._end_with_their_key = end_with_their_key

    def caller(self, session: Session, region: str, view: View) -> Caller:
        """
        Return the caller whose *session* it is; that it is theirs must have been proved.

        Raises:
            ExpiredToken: It has expired, or was ended.
            InvalidClientTokenId: Its principal, or what it began with, is gone; or it has not begun.
        """
        now = self._clock.now()
        if now >= session.expires_at:
            raise expired_token()
        if now < session.issued_at and session.issued_at - now > _MOST_AHEAD:
            # Its end is as far ahead: without this it would outlive its time once the clock has been set right.
            raise invalid_token("the session was made by a clock that was ahead")
        delegation = self._delegation(session, view)
        delegated = session.kind is SessionKind.DELEGATED
        if delegation is not None and delegated:
            session = delegation.as_approver(session)
        if view.ended(session):
            raise expired_token("the session was ended")
        snapshot = view.principal(session.principal_kind, session.principal_id)
        if snapshot is None:
            raise invalid_token("the principal of the session is gone")
        check_open(view, snapshot.account_id)
        if session.kind is SessionKind.ASSUMED_ROOT:
            _check_root_access(view, session)
        # Whom an identity provider has vouched for began with no key.
        if self._end_with_their_key and session.parent_access_key_id:
            parent = view.access_key(session.parent_access_key_id)
            if parent is None or parent.access_key.status is not AccessKeyStatus.ACTIVE:
                raise invalid_token("the access key that the session was made with is inactive or gone")
        caller = session_caller(snapshot, session, region)
        if delegation is None:
            return caller
        return (delegated_caller if delegated else invoked_by_provider)(caller, delegation)

    def _delegation(self, session: Session, view: View) -> DelegationSnapshot | None:
        """Return the delegation that *session* is part of, if it is of any; it must be in force still."""
        if not session.delegation_request_id:
            if session.kind is SessionKind.DELEGATED:
                raise invalid_token("a delegated session without a delegation request")
            return None
        delegation = view.delegation(session.delegation_request_id)
        if delegation is None:
            raise invalid_token("the delegation request of the session is gone")
        if not delegation.request.in_force(self._clock.now()):
            raise expired_token()
        return delegation


def _check_root_access(view: View, session: Session) -> None:
    """Refuse the credentials of an assumed root that could not be assumed any more."""
    (arn,) = session.policy_arns
    try:
        check_root_access(view, ROOT_TASKS[arn], AccountId(session.session_name), session.account_id)
    except (LookupError, RootAccessClosedError) as error:
        raise invalid_token(f"the root user may not be assumed any more: {error}") from error
