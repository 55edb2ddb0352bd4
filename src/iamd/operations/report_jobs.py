"""
Access reports as jobs: made, kept, and told to whom they were made for.

A report is ready when the answer with its job id comes, so that nobody sees a job in progress.

AWS: *Refine permissions in AWS using last accessed information*, "Report owner": "your credentials must match the
credentials of the principal that generated the report"; those of a role, the same session.
"""

from collections.abc import Callable, Collection
from typing import Any

from iamd.domain.access_reports import (
    KEPT,
    AccessReport,
    OrganizationAccess,
    ReportFailure,
    ReportKind,
    ServiceAccess,
)
from iamd.errors import NoSuchEntity, ServiceError
from iamd.operations.call import Call

Outcome = ServiceAccess | OrganizationAccess | ReportFailure


def outcome_of(make: Callable[[], Outcome]) -> Outcome:
    """Return the report that *make* makes, or the reason why it cannot."""
    try:
        return make()
    except ServiceError as error:
        return ReportFailure(error.code, error.message or "")


def keep(call: Call, kind: ReportKind, outcome: Outcome) -> str:
    """Keep a report for the caller, and return the id of its job."""
    report = AccessReport(
        account_id=call.account_id,
        job_id=call.ids.uuid(),
        requester=call.caller.user_id,
        kind=kind,
        created_at=call.now,
        completed_at=call.now,
        outcome=outcome,
    )
    call.store.access_reports.add(report)
    return report.job_id


def own_report(call: Call, job_id: str, kinds: Collection[ReportKind]) -> AccessReport:
    """
    Return a report of one of *kinds* that was made for the caller.

    Raises:
        NoSuchEntity: There is none of this id, or it was made for somebody else, or too long ago.
    """
    found = call.store.access_reports.find(call.account_id, job_id)
    if (
        found is None
        or found.kind not in kinds
        or found.requester != call.caller.user_id
        or found.created_at < call.now - KEPT
    ):
        raise NoSuchEntity(f"The job with id {job_id} cannot be found.")
    return found


def show_job(report: AccessReport, error_member: str) -> dict[str, Any]:
    """Return what every report tells of its job; the reason of a failure is in the member *error_member*."""
    shown: dict[str, Any] = {
        "JobStatus": "COMPLETED",
        "JobCreationDate": report.created_at,
        "JobCompletionDate": report.completed_at,
    }
    if isinstance(report.outcome, ReportFailure):
        shown["JobStatus"] = "FAILED"
        shown[error_member] = {"Code": report.outcome.code, "Message": report.outcome.message}
    return shown
