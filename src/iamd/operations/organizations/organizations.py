"""
Organizations themselves.

AWS: *Creating and managing an organization*.  The account that makes an organization is its management account.
"""

from typing import Any

from iamd.domain.ids import OrganizationId
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.domain.organizations import PREFIX, ROOT_PREFIX, FeatureSet, Organization
from iamd.errors.organizations import AlreadyInOrganizationException, OrganizationNotEmptyException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import managed_organization, own_organization
from iamd.operations.organizations.accounts import join
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything


@organizations_operation("CreateOrganization", on=anything, mode=Mode.WRITE)
def create_organization(call: Call, params: Params) -> Result:
    """
    Make an organization that the caller's account manages.

    Raises:
        AlreadyInOrganizationException: The account is in one.
    """
    if call.store.organization_members.find(call.account_id) is not None:
        raise AlreadyInOrganizationException
    feature_set = FeatureSet(params.get("FeatureSet", FeatureSet.ALL))
    organization = Organization(
        organization_id=OrganizationId(call.ids.lower_id(PREFIX, 10)),
        management_account_id=call.account_id,
        root_id=call.ids.lower_id(ROOT_PREFIX, 4),
        feature_set=feature_set,
        # AWS: *CreateOrganization* says that service control policies are enabled in the root.  What AWS does is what
        # *Enabling a policy type* says: none is until somebody enables it, whatever the feature set.  CloudFormation, which
        # asks for nothing but CreateOrganization, leaves all of them disabled (its coverage roadmap, 1901), and Terraform's
        # provider enables SERVICE_CONTROL_POLICY next, which would be refused were it enabled
        # (PolicyTypeAlreadyEnabledException).
        policy_types=(),
    )
    call.store.organizations.add(organization)
    # AWS: *CreateOrganization*: the management account's joinedMethod is INVITED.
    join(
        call,
        organization,
        OrganizationMember(
            account_id=call.account_id,
            organization_id=organization.organization_id,
            parent_id=organization.root_id,
            joined_method=JoinedMethod.INVITED,
            joined_at=call.now,
        ),
    )
    return {"Organization": show_organization(call, organization)}


@organizations_operation("DescribeOrganization", on=anything, mode=Mode.READ)
def describe_organization(call: Call, _params: Params) -> Result:
    """
    Tell of the caller's organization; for every account in it.

    Raises:
        AWSOrganizationsNotInUseException: The account is in none.
    """
    return {"Organization": show_organization(call, own_organization(call))}


@organizations_operation("DeleteOrganization", on=anything, mode=Mode.WRITE)
def delete_organization(call: Call, _params: Params) -> Result:
    """
    Dissolve the organization, with its units and policies.

    Raises:
        OrganizationNotEmptyException: There are other accounts in it.
    """
    organization = managed_organization(call)
    members = call.store.organization_members.page(organization.organization_id, None, 2)
    if len(members) > 1:
        raise OrganizationNotEmptyException
    for member in members:
        call.store.organization_members.delete(member)
    call.store.organizations.delete(organization)
    return None


def show_organization(call: Call, organization: Organization) -> dict[str, Any]:
    management = call.store.accounts.find(organization.management_account_id)
    enforced = organization.feature_set is FeatureSet.ALL
    return {
        "Id": organization.organization_id,
        "Arn": organization.arn,
        "FeatureSet": organization.feature_set.value,
        "MasterAccountArn": organization.arn_of("account", organization.management_account_id),
        "MasterAccountId": organization.management_account_id,
        "MasterAccountEmail": management.email if management else None,
        # AWS: "Do not use.  This field is deprecated": it names the first type there was, and no other.
        "AvailablePolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}] if enforced else [],
    }
