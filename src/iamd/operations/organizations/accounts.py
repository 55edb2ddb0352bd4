"""
Accounts of an organization.

What holds for every operation here:

* Creating and closing look asynchronous, as they are on AWS: the answer to CreateAccount says ``IN_PROGRESS``, and what
  became of it is to be asked for.  By then it is done.
* A new account has a role with all permissions that the management account may assume, and no credentials.
* A closed account stays a member, and nobody of it can do anything any more.
"""

from dataclasses import replace
from typing import Any

from iamd.directory.organizations import path_to
from iamd.domain import organization_limits as limits
from iamd.domain.accounts import Account, AccountStatus
from iamd.domain.organization_members import OrganizationMember
from iamd.domain.organizations import Organization
from iamd.errors.organizations import (
    AccountAlreadyClosedException,
    AccountNotFoundException,
    ConstraintViolationException,
    DestinationParentNotFoundException,
    DuplicateAccountException,
    MasterCannotLeaveOrganizationException,
    ParentNotFoundException,
    SourceParentNotFoundException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import (
    attach_full_access,
    check_all_features,
    check_parent,
    get_member,
    managed_organization,
    own_organization,
    page,
)
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import entities, whole
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything

# AWS: *Monitor the state of your AWS accounts*: State tells more than Status, which is older.
_STATUSES = {AccountStatus.ACTIVE: "ACTIVE", AccountStatus.CLOSED: "SUSPENDED"}


@organizations_operation(
    "DescribeAccount", on=entities("AccountId", delegable=Delegable.READING), mode=Mode.READ
)
def describe_account(call: Call, params: Params) -> Result:
    """
    Tell of an account.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
    """
    organization = readable_organization(call)
    member = get_member(call, organization, params["AccountId"])
    return {"Account": show_account(call, organization, member)}


@organizations_operation("ListAccounts", on=whole(Delegable.READING), mode=Mode.READ)
def list_accounts(call: Call, params: Params) -> Result:
    """List all accounts, the management account and closed ones included, by id."""
    organization = readable_organization(call)
    return page(
        call,
        params,
        "Accounts",
        lambda after, limit: call.store.organization_members.page(organization.organization_id, after, limit),
        lambda member: member.account_id,
        lambda member: show_account(call, organization, member),
    )


@organizations_operation(
    "ListAccountsForParent", on=entities("ParentId", delegable=Delegable.READING), mode=Mode.READ
)
def list_accounts_for_parent(call: Call, params: Params) -> Result:
    """
    List the accounts directly in the root or in a unit, by id.

    Raises:
        ParentNotFoundException: There is no such root or unit.
    """
    organization = readable_organization(call)
    parent_id = check_parent(call, organization, params["ParentId"], ParentNotFoundException)
    return page(
        call,
        params,
        "Accounts",
        lambda after, limit: call.store.organization_members.children(
            organization.organization_id, parent_id, after, limit
        ),
        lambda member: member.account_id,
        lambda member: show_account(call, organization, member),
    )


@organizations_operation(
    "MoveAccount", on=entities("AccountId", "SourceParentId", "DestinationParentId"), mode=Mode.WRITE
)
def move_account(call: Call, params: Params) -> Result:
    """
    Move an account from where it is to the root or another unit.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        SourceParentNotFoundException: It is not there.
        DestinationParentNotFoundException: There is no such root or unit.
        DuplicateAccountException: It is there already.
    """
    organization = managed_organization(call)
    member = get_member(call, organization, params["AccountId"])
    source, destination = params["SourceParentId"], params["DestinationParentId"]
    check_parent(call, organization, source, SourceParentNotFoundException)
    check_parent(call, organization, destination, DestinationParentNotFoundException)
    if member.parent_id == destination:
        raise DuplicateAccountException
    if member.parent_id != source:
        raise SourceParentNotFoundException("The account is not a child of the source parent.")
    call.store.organization_members.put(replace(member, parent_id=destination))
    return None


@organizations_operation("CloseAccount", on=entities("AccountId"), mode=Mode.WRITE)
def close_account(call: Call, params: Params) -> Result:
    """
    Close a member account.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        AccountAlreadyClosedException: It is closed.
        ConstraintViolationException: It is the management account, or not all features are enabled.
    """
    organization = managed_organization(call)
    member = get_member(call, organization, params["AccountId"])
    if member.account_id == organization.management_account_id:
        raise ConstraintViolationException(
            "You attempted to close the management account.", reason="CANNOT_CLOSE_MANAGEMENT_ACCOUNT"
        )
    check_all_features(organization)
    account = _account(call, member)
    if account.status is AccountStatus.CLOSED:
        raise AccountAlreadyClosedException
    call.store.accounts.put(replace(account, status=AccountStatus.CLOSED))
    return None


@organizations_operation("RemoveAccountFromOrganization", on=entities("AccountId"), mode=Mode.WRITE)
def remove_account_from_organization(call: Call, params: Params) -> Result:
    """
    Make a member account one that is in no organization.

    Raises:
        AccountNotFoundException: There is no such account in the organization.
        MasterCannotLeaveOrganizationException: It is the management account.
        ConstraintViolationException: It is a delegated administrator.
    """
    organization = managed_organization(call)
    leave(call, organization, get_member(call, organization, params["AccountId"]))
    return None


@organizations_operation("LeaveOrganization", on=anything, mode=Mode.WRITE)
def leave_organization(call: Call, _params: Params) -> Result:
    """
    Take the caller's account out of its organization.

    Raises:
        MasterCannotLeaveOrganizationException: It is the management account.
        ConstraintViolationException: It is a delegated administrator.
    """
    organization = own_organization(call)
    leave(call, organization, get_member(call, organization, call.account_id))
    return None


def join(call: Call, organization: Organization, member: OrganizationMember) -> None:
    """
    Make an account a member.

    Raises:
        AlreadyInOrganizationException: It is one, here or elsewhere.
        ConstraintViolationException: There would be more accounts than allowed.
    """
    members = call.store.organization_members
    members.add(member)
    limits.check_quota(
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the allowed number of AWS Accounts.",
        members.count(organization.organization_id),
        limits.ACCOUNTS,
    )
    attach_full_access(call, organization, member.account_id, organization.policy_types)


def leave(call: Call, organization: Organization, member: OrganizationMember) -> None:
    """
    End a membership, with the policies attached to the account.

    Raises:
        MasterCannotLeaveOrganizationException: It is the management account's.
        ConstraintViolationException: It is that of a delegated administrator.
    """
    if member.account_id == organization.management_account_id:
        raise MasterCannotLeaveOrganizationException
    if call.store.delegated_administrators.of(organization.organization_id, member.account_id):
        raise ConstraintViolationException(
            "You cannot remove an account that is registered as a delegated administrator.",
            reason="CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        )
    call.store.organization_policy_attachments.remove_target(organization.organization_id, member.account_id)
    call.store.organization_members.delete(member)


def show_account(call: Call, organization: Organization, member: OrganizationMember) -> dict[str, Any]:
    account = _account(call, member)
    above = path_to(call.store, organization, member.parent_id)
    return {
        "Id": account.account_id,
        "Arn": organization.arn_of("account", account.account_id),
        "Email": account.email,
        "Name": account.name,
        "Status": _STATUSES[account.status],
        "State": account.status.value,
        "Paths": ["/".join([organization.organization_id, *above, account.account_id, ""])],
        "JoinedMethod": member.joined_method.value,
        "JoinedTimestamp": member.joined_at,
    }


def _account(call: Call, member: OrganizationMember) -> Account:
    account = call.store.accounts.find(member.account_id)
    if account is None:
        raise AccountNotFoundException
    return account
