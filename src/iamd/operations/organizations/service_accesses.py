"""
Trusted access: which services may work with the organization.

What holds for every operation here:

* Only an organization with all features lets services in.
* A service that member accounts administer cannot be shut out before they are deregistered.
* What a service was given is gone when it is shut out: the features of IAM are off when it comes in again.

AWS: *Using AWS Organizations with other AWS services*.
"""

from dataclasses import replace
from typing import Any

from iamd.domain.organizations import Organization
from iamd.domain.service_accesses import IAM, ServiceAccess, check_service_principal
from iamd.errors.organizations import ConstraintViolationException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import check_all_features, managed_organization, page
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import service, whole
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation("EnableAWSServiceAccess", on=service(Delegable.NOTHING), mode=Mode.WRITE)
def enable_aws_service_access(call: Call, params: Params) -> Result:
    """
    Let a service in; one that is in stays, since when it was let in.

    Raises:
        ConstraintViolationException: The organization has not all features.
        InvalidInputException: The name is not that of a service.
    """
    organization = managed_organization(call)
    check_all_features(organization)
    call.store.service_accesses.add(_access(call, organization, params))
    return None


@organizations_operation("DisableAWSServiceAccess", on=service(Delegable.NOTHING), mode=Mode.WRITE)
def disable_aws_service_access(call: Call, params: Params) -> Result:
    """
    Shut a service out; one that is not in is no error.

    Raises:
        ConstraintViolationException: Member accounts administer it.
        InvalidInputException: The name is not that of a service.
    """
    organization = managed_organization(call)
    access = _access(call, organization, params)
    administrators = call.store.delegated_administrators.all(organization.organization_id)
    if any(each.service_principal == access.service_principal for each in administrators):
        raise ConstraintViolationException(
            "You must first deregister the delegated administrators for this service.",
            reason="DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
        )
    call.store.service_accesses.delete(access)
    if access.service_principal == IAM and organization.features:
        call.store.organizations.put(replace(organization, features=()))
    return None


@organizations_operation("ListAWSServiceAccessForOrganization", on=whole(Delegable.READING), mode=Mode.READ)
def list_aws_service_access_for_organization(call: Call, params: Params) -> Result:
    """List the services that are in, by name."""
    organization = readable_organization(call)
    return page(
        call,
        params,
        "EnabledServicePrincipals",
        lambda after, limit: call.store.service_accesses.page(organization.organization_id, after, limit),
        lambda access: access.service_principal,
        _show,
    )


def _access(call: Call, organization: Organization, params: Params) -> ServiceAccess:
    return ServiceAccess(
        organization_id=organization.organization_id,
        service_principal=check_service_principal(params["ServicePrincipal"]),
        enabled_at=call.now,
    )


def _show(access: ServiceAccess) -> dict[str, Any]:
    return {"ServicePrincipal": access.service_principal, "DateEnabled": access.enabled_at}
