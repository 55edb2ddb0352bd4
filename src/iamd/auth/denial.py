"""
The texts of denials, and what is kept of them.

AWS: *Troubleshoot access denied error messages*.
"""

from collections.abc import Callable

from iamd.auth.authorization_messages import HEADER, AuthorizationMessages
from iamd.auth.decisions import DecisionLog, Denial
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
    """
    Give each denial an id, and keep what it was made of.

    Attributes:
        allowances: Where what was allowed is kept; None where nobody wants that.

    Args:
        new_id: Makes ids.
        log: Where denials are kept; nowhere when None.
        messages: Seals what a denial hands out; nothing is handed out when None.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        log: DecisionLog | None = None,
        messages: AuthorizationMessages | None = None,
    ) -> None:
        self._new_id = new_id
        self._log = log
        self._messages = messages
        self.allowances = log.allowances if log is not None else None

    def refuse(self, error: AccessDenied, denial: Denial, *, terse: bool = False) -> AccessDenied:
        """
        Put a fresh decision id on *error*, keep *denial* under it, and return the error.

        Args:
            error: The answer.
            denial: What it was made of.
            terse: Tell no more than the sentence, since AWS's does not tell its reason either.  Of what is another
                account's nothing is kept: not even whose it is may be learned (R-28).
        """
        decision_id = self._new_id()
        error.headers = (*error.headers, (DECISION_ID_HEADER, decision_id.encode()))
        own = denial.account_id == denial.request.resource_account
        if self._log is not None and (own or not terse):
            self._log.add(decision_id, denial)
        message = self._messages.seal(denial) if self._messages is not None and not terse else None
        if message is not None:
            error.headers = (*error.headers, (HEADER, message.encode()))
        return error
