"""
Reports on access: which services a user, group, role or managed policy allows, and when each was used last.

What holds for every operation here:

* Permissions policies alone decide what is allowed; boundaries and policies of organizations do not count.
* A service is told with when it was last asked for, whether that was allowed or denied.
* A report is of the moment it was made in, and told to whom it was made for.

AWS: *Refine permissions in AWS using last accessed information*.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from iamd.auth.target import Target
from iamd.domain.access_reports import (
    AccessReport,
    ActionUse,
    EntityUse,
    ReportedEntity,
    ReportKind,
    ServiceAccess,
    ServiceUse,
)
from iamd.domain.groups import Group
from iamd.domain.managed_policies import parse_policy_arn
from iamd.errors import InvalidInput, NoSuchEntity, ValidationError
from iamd.operations.call import Call, Params, Result
from iamd.operations.entities import EntityName, find_entity, get_entity, parse_entity
from iamd.operations.held_policies import HeldPolicy, held_policies
from iamd.operations.paginate import paginate, slice_of
from iamd.operations.policies import find_policy
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.report_jobs import Outcome, keep, outcome_of, own_report, show_job
from iamd.operations.resources import anything
from iamd.operations.service_access import (
    Subject,
    allowed_actions,
    service_access,
    subject_of_entity,
    subject_of_policy,
)
from iampolicy import Reach
from iampolicy.text import ascii_lower

_KINDS: Final = (ReportKind.SERVICE_LEVEL, ReportKind.ACTION_LEVEL)
_POLICY: Final = ":policy/"


def _identity(call: Call, params: Params) -> Target:
    """The user, group or role that ``Arn`` names."""
    return _target_of(call, _entity(params["Arn"]))


def _identity_or_policy(call: Call, params: Params) -> Target:
    """The user, group, role or managed policy that ``Arn`` names."""
    arn = params["Arn"]
    if _POLICY not in arn:
        return _identity(call, params)
    _check_policy_arn(arn)
    found = call.store.managed_policies.find(arn)
    account = parse_policy_arn(arn).account
    return Target(arn=arn, account_id=account, tags=found.tags if found is not None else ())


def _target_of(call: Call, entity: EntityName) -> Target:
    found = find_entity(call, entity)
    tags = () if found is None or isinstance(found, Group) else found.tags
    return Target(arn=entity.arn, account_id=entity.account, tags=tags)


def _entity(arn: str) -> EntityName:
    entity = parse_entity(arn)
    if entity is None:
        raise InvalidInput(f"ARN {arn} is not valid.")
    return entity


def _check_policy_arn(arn: str) -> None:
    try:
        parse_policy_arn(arn)
    except ValidationError as error:
        raise InvalidInput(error.message) from error


def _kind(params: Params) -> ReportKind:
    return ReportKind(params.get("Granularity", ReportKind.SERVICE_LEVEL))


def _subject(call: Call, arn: str) -> Callable[[], Subject]:
    """
    Find what a report about *arn* is about, to be looked into when the report is made.

    Raises:
        NoSuchEntity: There is no such user, group, role or policy.
    """
    if _POLICY not in arn:
        return partial(subject_of_entity, call, get_entity(call, _entity(arn)))
    if find_policy(call, arn) is None:
        raise NoSuchEntity(f"Policy {arn} does not exist or is not attachable.")
    return partial(subject_of_policy, call, arn)


def _make(call: Call, params: Params) -> Outcome:
    """Make the report where others only read, since it takes a while for many entities."""
    subject = _subject(call, params["Arn"])
    actions = _kind(params) is ReportKind.ACTION_LEVEL
    return outcome_of(lambda: service_access(call, subject(), actions=actions))


def _as_gathered(call: Call, _params: Params) -> Outcome:
    outcome: Outcome = call.prepared
    return outcome


@iam_operation(
    "GenerateServiceLastAccessedDetails",
    on=_identity_or_policy,
    mode=Mode.WRITE,
    gather=_make,
    prepare=_as_gathered,
)
def generate_service_last_accessed_details(call: Call, params: Params) -> Result:
    """
    Make a report about a user, a group, a role or a managed policy.

    Raises:
        InvalidInput: The ARN is none of these.
        NoSuchEntity: There is none such.
    """
    return {"JobId": keep(call, _kind(params), call.prepared)}


@iam_operation("GetServiceLastAccessedDetails", on=anything, mode=Mode.READ)
def get_service_last_accessed_details(call: Call, params: Params) -> Result:
    """
    Tell the services of a report, in the order of their prefixes.

    Raises:
        NoSuchEntity: There is no such report for the caller.
    """
    report = own_report(call, params["JobId"], _KINDS)
    entities, services = _contents(report)

    def show(service: ServiceUse) -> dict[str, Any]:
        return _show_service(service, entities)

    page = paginate(call, params, "ServicesLastAccessed", slice_of(services, _namespace), _namespace, show)
    return {**show_job(report, "Error"), "JobType": report.kind.value, **page}


@iam_operation("GetServiceLastAccessedDetailsWithEntities", on=anything, mode=Mode.READ)
def get_service_last_accessed_details_with_entities(call: Call, params: Params) -> Result:
    """
    Tell who could have used a service, as a report has it, the last users of it first.

    Nobody could have used a service that is not in the report.

    Raises:
        NoSuchEntity: There is no such report for the caller.
    """
    report = own_report(call, params["JobId"], _KINDS)
    entities, services = _contents(report)
    namespace = params["ServiceNamespace"]
    asked = next((each for each in services if each.namespace == namespace), None)
    listed: list[tuple[ReportedEntity, EntityUse | None]] = []
    if asked is not None:
        used = {use.entity for use in asked.uses}
        listed += ((entities[use.entity], use) for use in asked.uses)
        listed += ((entity, None) for place, entity in enumerate(entities) if place not in used)

    def key(item: tuple[ReportedEntity, EntityUse | None]) -> str:
        return item[0].id

    page = paginate(call, params, "EntityDetailsList", slice_of(listed, key), key, _show_entity)
    return {**show_job(report, "Error"), **page}


@iam_operation("ListPoliciesGrantingServiceAccess", on=_identity, mode=Mode.READ)
def list_policies_granting_service_access(call: Call, params: Params) -> Result:
    """
    List the policies by which a user, group or role may use each of several services, as they are now.

    Raises:
        InvalidInput: The ARN is none of a user, group or role.
        NoSuchEntity: There is no such user, group or role.
        ServiceFailure: The text of a policy cannot be had.
    """
    held = held_policies(call, get_entity(call, _entity(params["Arn"])))
    policies = [each.policy for each in held]
    reaches = [(each, Reach([each.policy], policies)) for each in held]
    namespaces = list(dict.fromkeys(params["ServiceNamespaces"]))

    def show(namespace: str) -> dict[str, Any]:
        prefix = ascii_lower(namespace)
        granting = [each for each, reach in reaches if any(allowed_actions(reach, prefix))]
        return {"ServiceNamespace": namespace, "Policies": [_show_policy(each) for each in granting]}

    def key(namespace: str) -> str:
        return namespace

    return paginate(call, params, "PoliciesGrantingServiceAccess", slice_of(namespaces, key), key, show)


def _contents(report: AccessReport) -> tuple[tuple[ReportedEntity, ...], tuple[ServiceUse, ...]]:
    """Return what is in a report about services; one that has failed has nothing in it."""
    outcome = report.outcome
    return (outcome.entities, outcome.services) if isinstance(outcome, ServiceAccess) else ((), ())


def _namespace(service: ServiceUse) -> str:
    return service.namespace


def _show_service(service: ServiceUse, entities: tuple[ReportedEntity, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ServiceName": service.name,
        "ServiceNamespace": service.namespace,
        "TotalAuthenticatedEntities": len(service.uses),
    }
    if service.uses:
        last = service.uses[0]
        shown |= {
            "LastAuthenticated": last.at,
            "LastAuthenticatedEntity": entities[last.entity].arn,
            "LastAuthenticatedRegion": last.region,
        }
    if service.actions:
        shown["TrackedActionsLastAccessed"] = [_show_action(each, entities) for each in service.actions]
    return shown


def _show_action(action: ActionUse, entities: tuple[ReportedEntity, ...]) -> dict[str, Any]:
    shown: dict[str, Any] = {"ActionName": action.name}
    if action.last is not None:
        shown |= {
            "LastAccessedEntity": entities[action.last.entity].arn,
            "LastAccessedTime": action.last.at,
            "LastAccessedRegion": action.last.region,
        }
    return shown


def _show_entity(item: tuple[ReportedEntity, EntityUse | None]) -> dict[str, Any]:
    entity, use = item
    shown: dict[str, Any] = {
        "EntityInfo": {
            "Arn": entity.arn,
            "Name": entity.name,
            "Type": entity.type,
            "Id": entity.id,
            "Path": entity.path,
        }
    }
    return shown if use is None else shown | {"LastAuthenticated": use.at}


def _show_policy(held: HeldPolicy) -> dict[str, Any]:
    if held.arn is not None:
        return {"PolicyName": held.name, "PolicyType": "MANAGED", "PolicyArn": held.arn}
    return {
        "PolicyName": held.name,
        "PolicyType": "INLINE",
        "EntityType": held.owner_kind.upper(),
        "EntityName": held.owner_name,
    }
