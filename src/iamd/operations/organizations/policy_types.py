"""
The types of policy that are enabled in the root.

AWS: *Enabling and disabling policy types*.  Enabling a type attaches to everything the policy that allows everything;
disabling it detaches everything, so that enabling it again begins anew.
"""

from dataclasses import replace

from iamd.domain.organizations import Organization
from iamd.errors.organizations import (
    PolicyTypeAlreadyEnabledException,
    PolicyTypeNotEnabledException,
    RootNotFoundException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import (
    EVERYTHING,
    attach_full_access,
    built_policy_type,
    check_features,
    find_policy_type,
)
from iamd.operations.organization_delegation import Delegable, changeable_organization
from iamd.operations.organization_resources import entities
from iamd.operations.organizations.tree import show_root
from iamd.operations.registry import Mode, organizations_operation


@organizations_operation(
    "EnablePolicyType", on=entities("RootId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def enable_policy_type(call: Call, params: Params) -> Result:
    """
    Let policies of a type be attached, and bear on decisions.

    Raises:
        RootNotFoundException: The organization has another root.
        UnsupportedOperation: It is a type that iamd does not have.
        PolicyTypeNotAvailableForOrganizationException: The organization has not all features.
        PolicyTypeAlreadyEnabledException: It is enabled.
    """
    organization = _organization_of_root(call, params)
    type_ = built_policy_type(params["PolicyType"])
    check_features(organization)
    if type_ in organization.policy_types:
        raise PolicyTypeAlreadyEnabledException
    enabled = replace(organization, policy_types=(*organization.policy_types, type_))
    call.store.organizations.put(enabled)
    id_ = organization.organization_id
    targets = [organization.root_id]
    targets += [unit.unit_id for unit in call.store.organizational_units.page(id_, None, EVERYTHING)]
    targets += [member.account_id for member in call.store.organization_members.page(id_, None, EVERYTHING)]
    for target in targets:
        attach_full_access(call, enabled, target, (type_,))
    return {"Root": show_root(enabled)}


@organizations_operation(
    "DisablePolicyType", on=entities("RootId", delegable=Delegable.CHANGING), mode=Mode.WRITE
)
def disable_policy_type(call: Call, params: Params) -> Result:
    """
    Detach all policies of a type, and let none be attached.

    Raises:
        RootNotFoundException: The organization has another root.
        PolicyTypeNotEnabledException: It is not enabled.
    """
    organization = _organization_of_root(call, params)
    type_ = find_policy_type(params["PolicyType"])
    if type_ not in organization.policy_types:
        raise PolicyTypeNotEnabledException
    rest = tuple(each for each in organization.policy_types if each is not type_)
    disabled = replace(organization, policy_types=rest)
    call.store.organizations.put(disabled)
    call.store.organization_policy_attachments.remove_type(organization.organization_id, type_)
    return {"Root": show_root(disabled)}


def _organization_of_root(call: Call, params: Params) -> Organization:
    organization = changeable_organization(call)
    if organization.root_id != params["RootId"]:
        raise RootNotFoundException
    return organization
