"""
Reports about the account: the credentials of its users, and everything that its authorization hangs on.

What holds for every operation here:

* A credential report is made when it is asked for, at most every four hours; one that is older is not told any more.
* The details are those of the moment; a marker goes on behind the entity that was told last.
"""

from typing import Any

from iamd.domain.credential_reports import CredentialReport
from iamd.errors import ReportExpired, ReportNotPresent
from iamd.operations.authorization_details import KINDS, Detail, details
from iamd.operations.call import Call, Params, Result
from iamd.operations.credential_report import write_credential_report
from iamd.operations.paginate import paginate
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything

_STARTED = "No report exists. Starting a new report generation task"


def _new_report(call: Call, _params: Params) -> str | None:
    """Write the report where others only read, since it takes a while for many users."""
    last = call.store.credential_reports.find(call.account_id)
    return None if last is not None and last.fresh(call.now) else write_credential_report(call)


def _as_gathered(call: Call, _params: Params) -> str | None:
    content: str | None = call.prepared
    return content


@iam_operation(
    "GenerateCredentialReport", on=anything, mode=Mode.WRITE, gather=_new_report, prepare=_as_gathered
)
def generate_credential_report(call: Call, _params: Params) -> Result:
    """Make a report, unless there is one of the last four hours (fact 77)."""
    content: str | None = call.prepared
    if content is None:
        return {"State": "COMPLETE"}
    call.store.credential_reports.put(
        CredentialReport(account_id=call.account_id, content=content, generated_at=call.now)
    )
    return {"State": "STARTED", "Description": _STARTED}


@iam_operation("GetCredentialReport", on=anything, mode=Mode.READ)
def get_credential_report(call: Call, _params: Params) -> Result:
    """
    Tell the last report.

    Raises:
        ReportNotPresent: None was ever made (fact 77: without a message).
        ReportExpired: The last one is older than four hours.
    """
    report = call.store.credential_reports.find(call.account_id)
    if report is None:
        raise ReportNotPresent
    if not report.fresh(call.now):
        raise ReportExpired("The most recent credential report has expired.")
    return {
        "Content": report.content.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": report.generated_at,
    }


@iam_operation("GetAccountAuthorizationDetails", on=anything, mode=Mode.READ)
def get_account_authorization_details(call: Call, params: Params) -> Result:
    """Tell users, groups, roles and managed policies with all that belongs to them; of AWS's policies those in use."""
    kinds = params.get("Filter") or KINDS

    def position(detail: Detail) -> str:
        return detail.position

    page = paginate(
        call,
        params,
        "Details",
        lambda after, limit: details(call, kinds, after, limit),
        position,
        lambda x: x,
    )
    answer: dict[str, Any] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for detail in page.pop("Details"):
        answer[detail.member].append(detail.show())
    return answer | page
