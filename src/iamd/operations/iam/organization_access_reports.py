"""
Reports on access in an organization: which services its service control policies allow, and when each was used last.

What holds for every operation here:

* Only the account that manages an organization has such reports, and may make two at the same time.
* A report needs what it is made of: the caller must be allowed to read it from Organizations.  What Organizations would
  refuse, with whatever error, is the reason for which the job has failed.
* A report is of the moment it was made in, and told to whom it was made for.

AWS: *View last accessed information for AWS Organizations*.
"""

from datetime import UTC, datetime
from typing import Any, Final

from iamd.auth.target import Target
from iamd.domain.access_reports import (
    OrganizationAccess,
    ReportFailure,
    ReportKind,
    ServiceUseOfAccounts,
)
from iamd.domain.arns import iam_arn
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_report import organization_access
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.report_jobs import Outcome, keep, outcome_of, own_report, show_job
from iamd.operations.resources import anything

_BY_TIME: Final = "LAST_AUTHENTICATED_TIME"
_DESCENDING: Final = "_DESCENDING"
_DEFAULT_ORDER: Final = "SERVICE_NAMESPACE_ASCENDING"


def _new_report(call: Call, params: Params) -> Target:
    """The report on what ``EntityPath`` names."""
    policy_id = params.get("OrganizationsPolicyId")
    return Target(
        arn=iam_arn(call.account_id, "access-report", "/", params["EntityPath"]),
        account_id=call.account_id,
        context={} if policy_id is None else {"iam:OrganizationsPolicyId": policy_id},
    )


def _make(call: Call, params: Params) -> Outcome:
    """Make the report where others only read, since it takes a while for many accounts."""
    path, policy_id = params["EntityPath"], params.get("OrganizationsPolicyId")
    with call.tools.running_reports.one_more(call.account_id):
        return outcome_of(lambda: organization_access(call, path, policy_id))


def _as_gathered(call: Call, _params: Params) -> Outcome:
    outcome: Outcome = call.prepared
    return outcome


@iam_operation(
    "GenerateOrganizationsAccessReport",
    on=_new_report,
    mode=Mode.WRITE,
    gather=_make,
    prepare=_as_gathered,
)
def generate_organizations_access_report(call: Call, _params: Params) -> Result:
    """
    Make a report about a root, a unit or an account, or about one policy there.

    Raises:
        ReportGenerationLimitExceeded: The account is making as many as it may.
    """
    return {"JobId": keep(call, ReportKind.ORGANIZATION, call.prepared)}


@iam_operation("GetOrganizationsAccessReport", on=anything, mode=Mode.READ)
def get_organizations_access_report(call: Call, params: Params) -> Result:
    """
    Tell the services of a report, in the order that is asked for.

    Raises:
        NoSuchEntity: There is no such report for the caller.
    """
    report = own_report(call, params["JobId"], (ReportKind.ORGANIZATION,))
    outcome = report.outcome
    services = outcome.services if isinstance(outcome, OrganizationAccess) else ()
    ordered = _ordered(services, params.get("SortKey", _DEFAULT_ORDER))
    page = paginate(call, params, "AccessDetails", slice_of(ordered, _namespace), _namespace, _show_service)
    shown = show_job(report, "ErrorDetails")
    if isinstance(outcome, ReportFailure):
        return shown | {"IsTruncated": page["IsTruncated"]}
    return {
        **shown,
        "NumberOfServicesAccessible": len(services),
        "NumberOfServicesNotAccessed": sum(not service.accounts for service in services),
        **page,
    }


def _ordered(services: tuple[ServiceUseOfAccounts, ...], key: str) -> list[ServiceUseOfAccounts]:
    """Return *services*, which are in the order of namespaces, in another one; what was never used is the oldest."""
    if key.startswith(_BY_TIME):
        return sorted(services, key=_time, reverse=key.endswith(_DESCENDING))
    return list(services[::-1] if key.endswith(_DESCENDING) else services)


def _time(service: ServiceUseOfAccounts) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if service.last is None else service.last.at


def _namespace(service: ServiceUseOfAccounts) -> str:
    return service.namespace


def _show_service(service: ServiceUseOfAccounts) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ServiceName": service.name,
        "ServiceNamespace": service.namespace,
        "TotalAuthenticatedEntities": service.accounts,
    }
    if service.last is not None:
        shown |= {
            "Region": service.last.region,
            "EntityPath": service.last.path,
            "LastAuthenticatedTime": service.last.at,
        }
    return shown
