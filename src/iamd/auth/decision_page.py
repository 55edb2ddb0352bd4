"""
What may be read of a denial, as JSON.

Two accounts may be concerned: the caller's, and the resource's.  Each reads its own policies, and of the other's side only
whether it allowed; context keys in which one account tells of its own are left out for the other.
"""

from typing import Any

from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.decisions import Denial
from iampolicy import PolicySet, explain, report, suggest


def decision_page(
    decision_id: str, denial: Denial, account_id: str, messages: AuthorizationMessages
) -> dict[str, Any]:
    """
    Return the page of *denial* for readers in *account_id*, one of its two accounts.

    ``docs/reference/decision-record.md`` says what each member means.
    """
    closed = denial.closed_to(account_id)
    request = denial.request_for(account_id)
    policies = denial.policies or PolicySet()
    told = report(explain(request, policies), suggest(request, policies, closed=closed), closed=closed)
    page: dict[str, Any] = {
        "decision_id": decision_id,
        "at": denial.at.isoformat(),
        "epoch": denial.epoch,
        "operation": denial.operation,
        "caller": {"arn": denial.caller_arn, "id": denial.caller_id, "account": denial.account_id},
        "partial": bool(closed),
        "encoded_message": messages.seal(denial) if account_id == denial.account_id else None,
        **told,
    }
    if denial.decision is None:
        # Nothing else matters: the missing text might hold a Deny.
        fault = f"the text of the policy {denial.textless} cannot be had, so that nothing can be allowed"
        page["decision"] = {"outcome": "ImplicitDeny", "layer": None, "reason": "", "fault": fault}
        page["lanes"] = page["suggestions"] = []
    else:
        # As it was decided: what is left out here may have mattered there.
        page["decision"] |= {
            "outcome": denial.decision.outcome.value,
            "reason": denial.decision.reason,
            "fault": denial.decision.fault,
        }
    return page
