"""
Delegated administrators: members that may do for a service what else only the management account may.

What holds for every operation here:

* A member administers a service that has been let in, and as many services as it is registered for.
* Each of them may read all that Organizations keeps, if its own policies allow; none may change it.
* It cannot leave before it is deregistered.

AWS: *Delegated administrator for AWS services that work with Organizations*.
"""

from collections.abc import Iterable
from typing import Any

from iamd.domain.accounts import AccountStatus
from iamd.domain.delegated_administrators import DelegatedAdministrator
from iamd.domain.organization_members import OrganizationMember
from iamd.domain.organizations import Organization
from iamd.domain.service_accesses import check_service_principal
from iamd.errors.organizations import (
    AccountAlreadyRegisteredException,
    AccountNotRegisteredException,
    ConstraintViolationException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import check_all_features, get_member, managed_organization, page
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import entities, member_account, service
from iamd.operations.organizations.accounts import show_account
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation("RegisterDelegatedAdministrator", on=member_account, mode=Mode.WRITE)
def register_delegated_administrator(call: Call, params: Params) -> Result:
    """
    Let a member administer a service.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        AccountAlreadyRegisteredException: It administers the service already.
        ConstraintViolationException: It is the management account, or closed, or the service has not been let in, or
            the organization has not all features.
        InvalidInputException: The name is not that of a service.
    """
    organization = managed_organization(call)
    check_all_features(organization)
    administrator = _administrator(call, organization, params)
    _check_member(call, organization, administrator)
    if (
        call.store.service_accesses.find(organization.organization_id, administrator.service_principal)
        is None
    ):
        raise ConstraintViolationException(
            "You must enable service access before you register a delegated administrator for it.",
            reason="SERVICE_ACCESS_NOT_ENABLED",
        )
    if not call.store.delegated_administrators.add(administrator):
        raise AccountAlreadyRegisteredException
    return None


@organizations_operation("DeregisterDelegatedAdministrator", on=member_account, mode=Mode.WRITE)
def deregister_delegated_administrator(call: Call, params: Params) -> Result:
    """
    Let a member administer a service no more; from the next request on.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        AccountNotRegisteredException: It does not administer the service.
        InvalidInputException: The name is not that of a service.
    """
    organization = managed_organization(call)
    if not call.store.delegated_administrators.delete(_administrator(call, organization, params)):
        raise AccountNotRegisteredException
    return None


@organizations_operation("ListDelegatedAdministrators", on=service(Delegable.READING), mode=Mode.READ)
def list_delegated_administrators(call: Call, params: Params) -> Result:
    """
    List the members that administer a service, without a ``ServicePrincipal`` any service, by account id.

    Raises:
        InvalidInputException: The name is not that of a service.
    """
    organization = readable_organization(call)
    found = call.store.delegated_administrators.all(organization.organization_id)
    if "ServicePrincipal" in params:
        wanted = check_service_principal(params["ServicePrincipal"])
        found = [each for each in found if each.service_principal == wanted]
    return page(
        call,
        params,
        "DelegatedAdministrators",
        slice_of(_first_of_each_account(found), _account_id),
        _account_id,
        lambda each: _show(call, organization, each),
    )


@organizations_operation(
    "ListDelegatedServicesForAccount", on=entities("AccountId", delegable=Delegable.READING), mode=Mode.READ
)
def list_delegated_services_for_account(call: Call, params: Params) -> Result:
    """
    List the services that a member administers, by name.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        AccountNotRegisteredException: It administers none.
    """
    organization = readable_organization(call)
    member = get_member(call, organization, params["AccountId"])
    found = call.store.delegated_administrators.of(organization.organization_id, member.account_id)
    if not found:
        raise AccountNotRegisteredException
    return page(
        call,
        params,
        "DelegatedServices",
        slice_of(found, _service_principal),
        _service_principal,
        lambda each: {
            "ServicePrincipal": each.service_principal,
            "DelegationEnabledDate": each.enabled_at,
        },
    )


def _administrator(call: Call, organization: Organization, params: Params) -> DelegatedAdministrator:
    """Return the member and service of a request, as they would be from now on."""
    member: OrganizationMember = get_member(call, organization, params["AccountId"])
    return DelegatedAdministrator(
        organization_id=organization.organization_id,
        account_id=member.account_id,
        service_principal=check_service_principal(params["ServicePrincipal"]),
        enabled_at=call.now,
    )


def _check_member(call: Call, organization: Organization, administrator: DelegatedAdministrator) -> None:
    if administrator.account_id == organization.management_account_id:
        raise ConstraintViolationException(
            "You cannot register the management account as a delegated administrator for your organization.",
            reason="CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        )
    account = call.store.accounts.find(administrator.account_id)
    if account is None or account.status is not AccountStatus.ACTIVE:
        raise ConstraintViolationException(
            "You cannot register a suspended account as a delegated administrator.",
            reason="CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
        )


def _first_of_each_account(found: Iterable[DelegatedAdministrator]) -> list[DelegatedAdministrator]:
    """Return, for each account, what it was registered for first."""
    first: dict[str, DelegatedAdministrator] = {}
    for each in found:
        known = first.get(each.account_id)
        if known is None or each.enabled_at < known.enabled_at:
            first[each.account_id] = each
    return list(first.values())


def _account_id(administrator: DelegatedAdministrator) -> str:
    return administrator.account_id


def _service_principal(administrator: DelegatedAdministrator) -> str:
    return administrator.service_principal


def _show(call: Call, organization: Organization, administrator: DelegatedAdministrator) -> dict[str, Any]:
    account = show_account(call, organization, get_member(call, organization, administrator.account_id))
    # The shape has all that that of an account has, but for its place in the tree.
    shown = {name: value for name, value in account.items() if name != "Paths"}
    return shown | {"DelegationEnabledDate": administrator.enabled_at}
