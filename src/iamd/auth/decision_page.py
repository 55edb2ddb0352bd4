"""
What may be read of a decision, as JSON.

Two accounts may be concerned: the caller's, and the resource's.  Each reads its own policies, and of the other's side only
whether it allowed; context keys in which one account tells of its own are left out for the other.
"""

from typing import Any

from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.recorded import Recorded
from iampolicy import PolicySet, Suggestion, explain, report, suggest


def suggestions_for(recorded: Recorded, account_id: str) -> tuple[Suggestion, ...]:
    """Return the least change that would allow it, as far as readers in *account_id* may see."""
    policies = recorded.policies or PolicySet()
    return suggest(recorded.request_for(account_id), policies, closed=recorded.closed_to(account_id))


def decision_page(
    decision_id: str, recorded: Recorded, account_id: str, messages: AuthorizationMessages
) -> dict[str, Any]:
    """
    Return the page of *recorded* for readers in *account_id*, one of its two accounts.

    ``docs/reference/decision-record.md`` says what each member means.
    """
    closed = recorded.closed_to(account_id)
    request = recorded.request_for(account_id)
    policies = recorded.policies or PolicySet()
    told = report(explain(request, policies), suggestions_for(recorded, account_id), closed=closed)
    denied = recorded.decision is None or not recorded.decision.allowed
    page: dict[str, Any] = {
        "decision_id": decision_id,
        "at": recorded.at.isoformat(),
        "epoch": recorded.epoch,
        "operation": recorded.operation,
        "caller": {"arn": recorded.caller_arn, "id": recorded.caller_id, "account": recorded.account_id},
        "partial": bool(closed),
        "encoded_message": messages.seal(recorded) if denied and account_id == recorded.account_id else None,
        **told,
    }
    if recorded.decision is None:
        # Nothing else matters: the missing text might hold a Deny.
        fault = f"the text of the policy {recorded.textless} cannot be had, so that nothing can be allowed"
        page["decision"] = {"outcome": "ImplicitDeny", "layer": None, "reason": "", "fault": fault}
        page["lanes"] = page["suggestions"] = []
    else:
        # As it was decided: what is left out here may have mattered there.
        page["decision"] |= {
            "outcome": recorded.decision.outcome.value,
            "reason": recorded.decision.reason,
            "fault": recorded.decision.fault,
        }
    return page
