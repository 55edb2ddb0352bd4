"""
The texts of denials.

AWS: *Troubleshoot access denied error messages*.
"""

from collections.abc import Callable

from iamd.auth.target import Target
from iamd.errors import AccessDenied
from iampolicy import Decision

DECISION_ID_HEADER = b"x-iamd-decision-id"


def denied(caller_arn: str, action: str, target: Target, decision: Decision | None) -> str:
    """Return AWS's sentence, with its reason where there is a decision (semantics 75)."""
    if target.deny_text is not None:
        return target.deny_text
    sentence = (
        f"User: {caller_arn} is not authorized to perform: {action} on resource: {target.shown or target.arn}"
    )
    return f"{sentence} {decision.reason}" if decision is not None else sentence


class Denials:
    """Give each denial an id, by which the operator finds it in the audit trail."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    def refuse(self, error: AccessDenied) -> AccessDenied:
        """Put a fresh decision id on *error* and return it."""
        error.headers = (*error.headers, (DECISION_ID_HEADER, self._new_id().encode()))
        return error
