"""
What operations of Organizations have in common: whose organization it is, what is in it, and pages.

AWS: almost every operation is for the management account alone, unless it has delegated it
(`iamd.operations.organization_delegation`).  Members may ask which organization they are in, and leave it.  Whoever may
not is told so whatever its policies allow, and after they have been asked.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from iamd.catalogue import organization_policies as of_aws
from iamd.directory.organizations import path_to
from iamd.domain.ids import AccountId
from iamd.domain.organization_members import OrganizationMember
from iamd.domain.organization_policies import OrganizationPolicy
from iamd.domain.organizational_units import OrganizationalUnit
from iamd.domain.organizations import FeatureSet, Organization, PolicyType
from iamd.errors import UnsupportedOperation, ValidationError
from iamd.errors.organizations import (
    AccessDeniedException,
    AccountNotFoundException,
    AWSOrganizationsNotInUseException,
    ConstraintViolationException,
    InvalidInputException,
    OrganizationsError,
    PolicyNotFoundException,
    PolicyTypeNotAvailableForOrganizationException,
)
from iamd.operations.call import Call, Params
from iamd.operations.paginate import paginate

T = TypeVar("T")

EVERYTHING = 1_000_000
"""More than the quotas allow of anything in an organization."""

_MOST_RESULTS = 20


def find_organization(call: Call) -> Organization | None:
    """Return the organization of the caller's account; None when it is in none."""
    member = call.store.organization_members.find(call.account_id)
    return None if member is None else call.store.organizations.find(member.organization_id)


def own_organization(call: Call) -> Organization:
    """
    Return the organization of the caller's account.

    Raises:
        AWSOrganizationsNotInUseException: It is in none.
    """
    organization = find_organization(call)
    if organization is None:
        raise AWSOrganizationsNotInUseException
    return organization


def managed_organization(call: Call) -> Organization:
    """
    Return the organization that the caller's account manages.

    Raises:
        AWSOrganizationsNotInUseException: It is in none.
        AccessDeniedException: It is a member and no more.
    """
    organization = own_organization(call)
    if organization.management_account_id != call.account_id:
        raise AccessDeniedException
    return organization


def check_all_features(organization: Organization) -> None:
    """
    Check that the organization has all features, without which it can do little more than pay together.

    Raises:
        ConstraintViolationException: It has not.
    """
    if organization.feature_set is not FeatureSet.ALL:
        raise ConstraintViolationException(
            "You attempted to perform an operation that requires the organization to support all features.",
            reason="ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
        )


def get_member(call: Call, organization: Organization, account_id: str) -> OrganizationMember:
    """
    Return an account's place in *organization*.

    Raises:
        AccountNotFoundException: It has none.
    """
    member = call.store.organization_members.find(AccountId(account_id))
    if member is None or member.organization_id != organization.organization_id:
        raise AccountNotFoundException
    return member


def find_parent(call: Call, organization: Organization, parent_id: str) -> OrganizationalUnit | str | None:
    """Return the unit of this id, or the id itself of the root; None when it is neither."""
    if parent_id == organization.root_id:
        return parent_id
    return call.store.organizational_units.find(organization.organization_id, parent_id)


def check_parent(
    call: Call, organization: Organization, parent_id: str, missing: type[OrganizationsError]
) -> str:
    """
    Return *parent_id*, which is the root or a unit.

    Raises:
        OrganizationsError: It is neither; the error is a *missing*.
    """
    if find_parent(call, organization, parent_id) is None:
        raise missing
    return parent_id


def path_of(call: Call, organization: Organization, parent_id: str, *below: str) -> str:
    """Return ``o-…/r-…/ou-…/`` down to *parent_id* and what is *below* it."""
    return "/".join([organization.organization_id, *path_to(call.store, organization, parent_id), *below, ""])


def find_policy(call: Call, organization: Organization, policy_id: str) -> OrganizationPolicy | None:
    """Return a policy of *organization* or of AWS."""
    found = of_aws.find(policy_id)
    return found or call.store.organization_policies.find(organization.organization_id, policy_id)


def get_policy(call: Call, organization: Organization, policy_id: str) -> OrganizationPolicy:
    """
    Return a policy of *organization* or of AWS.

    Raises:
        PolicyNotFoundException: There is none such.
    """
    found = find_policy(call, organization, policy_id)
    if found is None:
        raise PolicyNotFoundException
    return found


def find_policy_type(text: str) -> PolicyType | None:
    """Return the type of policy that *text* names; None for one that iamd does not have."""
    return next((type_ for type_ in PolicyType if type_.value == text), None)


def built_policy_type(text: str) -> PolicyType:
    """
    Return the type of policy that *text*, one of AWS's, names.

    Raises:
        UnsupportedOperation: It is one of those that bear on no decision, which iamd does not have.
    """
    type_ = find_policy_type(text)
    if type_ is None:
        raise UnsupportedOperation(f"organizations: policies of type {text} are not implemented by iamd")
    return type_


def check_features(organization: Organization) -> None:
    """Raise PolicyTypeNotAvailableForOrganizationException unless all features are enabled."""
    if organization.feature_set is not FeatureSet.ALL:
        raise PolicyTypeNotAvailableForOrganizationException


def attach_full_access(
    call: Call, organization: Organization, target_id: str, types: Iterable[PolicyType]
) -> None:
    """Attach to a root, unit or account what AWS attaches: the policy of each of *types* that allows everything."""
    for type_ in types:
        call.store.organization_policy_attachments.add(
            organization.organization_id, target_id, type_, of_aws.FULL_ACCESS[type_].policy_id
        )


def page(
    call: Call,
    params: Params,
    member: str,
    fetch: Callable[[str | None, int], Sequence[T]],
    key: Callable[[T], str],
    show: Callable[[T], Any],
) -> dict[str, Any]:
    """
    Answer one page of a list; see `paginate`.

    Raises:
        InvalidInputException: The token was not made here, for this.
    """
    asked = {name: value for name, value in params.items() if name not in {"NextToken", "MaxResults"}}
    asked["MaxItems"] = params.get("MaxResults", _MOST_RESULTS)
    if "NextToken" in params:
        asked["Marker"] = params["NextToken"]
    try:
        answer = paginate(call, asked, member, fetch, key, show)
    except ValidationError as error:
        raise InvalidInputException(
            "You provided a value for NextToken that is not valid.", reason="INVALID_NEXT_TOKEN"
        ) from error
    shown = {member: answer[member]}
    return shown | {"NextToken": answer["Marker"]} if "Marker" in answer else shown
