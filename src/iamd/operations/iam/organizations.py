"""
The features of central root access: what may be done in place of the root users of member accounts.

What holds for every operation here:

* The organization has all features, and has let IAM in as a service.
* The management account alone enables a feature; a delegated administrator of IAM may look, and disable it.
* To enable what is enabled, or to disable what is not, changes nothing and is no error.

What a feature is good for is in `iamd.operations.sts.root_sessions`.  AWS: *Centralize root access for member accounts*.
"""

from dataclasses import replace

from iamd.domain.organizations import FeatureSet, Organization, OrganizationsFeature
from iamd.domain.service_accesses import IAM
from iamd.errors import (
    AccountNotManagementOrDelegatedAdministratorException,
    CallerIsNotManagementAccountException,
    OrganizationNotFoundException,
    OrganizationNotInAllFeaturesModeException,
    ServiceAccessNotEnabledException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import find_organization
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything

_CREDENTIALS = OrganizationsFeature.ROOT_CREDENTIALS_MANAGEMENT
_SESSIONS = OrganizationsFeature.ROOT_SESSIONS


@iam_operation("EnableOrganizationsRootCredentialsManagement", on=anything, mode=Mode.WRITE)
def enable_organizations_root_credentials_management(call: Call, _params: Params) -> Result:
    """
    Let root users' credentials be managed from the management account, and by delegated administrators.

    Raises:
        ServiceError: As `_managed` and `_administered` say.
    """
    return _enable(call, _CREDENTIALS)


@iam_operation("EnableOrganizationsRootSessions", on=anything, mode=Mode.WRITE)
def enable_organizations_root_sessions(call: Call, _params: Params) -> Result:
    """
    Let what only a root user can do be done from the management account, and by delegated administrators.

    Raises:
        ServiceError: As `_managed` and `_administered` say.
    """
    return _enable(call, _SESSIONS)


@iam_operation("DisableOrganizationsRootCredentialsManagement", on=anything, mode=Mode.WRITE)
def disable_organizations_root_credentials_management(call: Call, _params: Params) -> Result:
    """
    Let root users' credentials be managed by nobody else any more.

    Raises:
        ServiceError: As `_administered` says.
    """
    return _disable(call, _CREDENTIALS)


@iam_operation("DisableOrganizationsRootSessions", on=anything, mode=Mode.WRITE)
def disable_organizations_root_sessions(call: Call, _params: Params) -> Result:
    """
    Let what only a root user can do be done by nobody else any more.

    Raises:
        ServiceError: As `_administered` says.
    """
    return _disable(call, _SESSIONS)


@iam_operation("ListOrganizationsFeatures", on=anything, mode=Mode.READ)
def list_organizations_features(call: Call, _params: Params) -> Result:
    """
    Tell which features are enabled.

    Raises:
        ServiceError: As `_administered` says.
    """
    return _show(_administered(call))


def _enable(call: Call, feature: OrganizationsFeature) -> Result:
    organization = _managed(call)
    if feature not in organization.features:
        organization = replace(organization, features=(*organization.features, feature))
        call.store.organizations.put(organization)
    return _show(organization)


def _disable(call: Call, feature: OrganizationsFeature) -> Result:
    organization = _administered(call)
    if feature in organization.features:
        rest = tuple(each for each in organization.features if each is not feature)
        organization = replace(organization, features=rest)
        call.store.organizations.put(organization)
    return _show(organization)


def _managed(call: Call) -> Organization:
    """
    Return the organization that the caller's account manages.

    Raises:
        CallerIsNotManagementAccountException: It administers IAM for it, and no more.
    """
    organization = _administered(call)
    if organization.management_account_id != call.account_id:
        raise CallerIsNotManagementAccountException(
            "The account making the request is not the management account for the organization."
        )
    return organization


def _administered(call: Call) -> Organization:
    """
    Return the organization that the caller's account manages, or administers IAM for.

    Raises:
        OrganizationNotFoundException: It is in none.
        AccountNotManagementOrDelegatedAdministratorException: It does neither.
        OrganizationNotInAllFeaturesModeException: The organization has not all features.
        ServiceAccessNotEnabledException: It has not let IAM in.
    """
    organization = find_organization(call)
    if organization is None:
        raise OrganizationNotFoundException("No organization is associated with your account.")
    here = organization.organization_id
    administered = call.store.delegated_administrators.of(here, call.account_id)
    if organization.management_account_id != call.account_id and not any(
        each.service_principal == IAM for each in administered
    ):
        raise AccountNotManagementOrDelegatedAdministratorException(
            "The account making the request is not the management account or delegated administrator account for "
            "centralized root access."
        )
    if organization.feature_set is not FeatureSet.ALL:
        raise OrganizationNotInAllFeaturesModeException(
            "Your organization does not have All features enabled."
        )
    if call.store.service_accesses.find(here, IAM) is None:
        raise ServiceAccessNotEnabledException("Trusted access is not enabled for IAM in AWS Organizations.")
    return organization


def _show(organization: Organization) -> Result:
    return {
        "OrganizationId": organization.organization_id,
        "EnabledFeatures": [feature.value for feature in organization.features],
    }
