"""
The operator: who may do what no operation of AWS does, such as rotating the keyring.

That is the root user of the account that the server was made with, and nobody else: not the root users of other accounts,
no user, whatever its policies, and no role.  There is no action for it that a policy could allow.
"""

from typing import Final

from iamd.auth.caller import Caller
from iamd.errors import AccessDenied
from iamd.sessions.session import SessionKind

_IN_PERSON: Final = frozenset({SessionKind.USER, SessionKind.CONSOLE})


def check_operator(caller: Caller, account_id: str, page: str) -> None:
    """
    Check that *caller* is the root user of *account_id*, with its own access key, after GetSessionToken or at the console.

    Raises:
        AccessDenied: It is somebody else.
    """
    session = caller.session
    in_person = session is None or (session.kind in _IN_PERSON and caller.delegation is None)
    if not (caller.of_root and caller.account_id == account_id and in_person):
        raise AccessDenied(
            f"User: {caller.arn} is not authorized to perform: {page}: it is for the root user of the server's own account"
        )
