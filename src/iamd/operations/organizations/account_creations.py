"""
New accounts, and what became of requests for one.

AWS: *Creating a member account in your organization*.
"""

import json
from typing import Any

from iamd.domain import roles
from iamd.domain.account_creations import PREFIX, AccountCreation, CreationState
from iamd.domain.accounts import Account
from iamd.domain.arns import root_arn
from iamd.domain.email_addresses import is_email_address
from iamd.domain.ids import AccountId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.domain.organizations import Organization
from iamd.domain.roles import Role
from iamd.errors.organizations import CreateAccountStatusNotFoundException, InvalidInputException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import managed_organization, page
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_resources import demand_tagging, entity, whole
from iamd.operations.organizations.accounts import join
from iamd.operations.organizations.tags import checked_tags
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything
from iamd.store.policies_interface import OwnerKind

ACCESS_ROLE = "OrganizationAccountAccessRole"

_RESERVED_ROLE = "awsservicerolefor"
_EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_EVERYTHING_NAME = "AdministratorAccess"


@organizations_operation("CreateAccount", on=anything, mode=Mode.WRITE)
def create_account(call: Call, params: Params) -> Result:
    """
    Make an account in the root of the organization.

    What is wrong with its owner's email address is told by DescribeCreateAccountStatus, and not here.  Of
    ``IamUserAccessToBilling`` there is nothing to keep: there is no billing to have access to.

    Raises:
        InvalidInputException: The name of the role is a service's, or a tag key is not acceptable.
        ConstraintViolationException: There are as many accounts, or tags, as allowed.
    """
    organization = managed_organization(call)
    role_name = params.get("RoleName", ACCESS_ROLE)
    if role_name.lower().startswith(_RESERVED_ROLE):
        raise InvalidInputException(
            "You provided a role name that isn't valid. "
            "A role name can't begin with the reserved prefix AWSServiceRoleFor.",
            reason="INVALID_ROLE_NAME",
        )
    tags = checked_tags(params.get("Tags", ()))
    creation = AccountCreation(
        organization_id=organization.organization_id,
        request_id=call.ids.lower_id(PREFIX, 32),
        account_name=params["AccountName"],
        state=CreationState.IN_PROGRESS,
        requested_at=call.now,
    )
    account_id = _new_account_id(call)
    failure = _refusal(call, params["Email"])
    if failure is None:
        account = Account(
            account_id=account_id, name=params["AccountName"], created_at=call.now, email=params["Email"]
        )
        call.store.accounts.add(account)
        member = OrganizationMember(
            account_id=account_id,
            organization_id=organization.organization_id,
            parent_id=organization.root_id,
            joined_method=JoinedMethod.CREATED,
            joined_at=call.now,
            tags=tags,
        )
        join(call, organization, member)
        _add_access_role(call, organization, account_id, role_name)
        demand_tagging(call, params, entity(call, organization, account_id))
    _keep(call, creation, account_id, failure)
    return {"CreateAccountStatus": show_creation(creation)}


@organizations_operation("DescribeCreateAccountStatus", on=whole(Delegable.READING), mode=Mode.READ)
def describe_create_account_status(call: Call, params: Params) -> Result:
    """
    Tell what became of a request to create an account.

    Raises:
        CreateAccountStatusNotFoundException: There was no such request.
    """
    organization = readable_organization(call)
    creation = call.store.account_creations.find(
        organization.organization_id, params["CreateAccountRequestId"]
    )
    if creation is None:
        raise CreateAccountStatusNotFoundException
    return {"CreateAccountStatus": show_creation(creation)}


@organizations_operation("ListCreateAccountStatus", on=whole(Delegable.READING), mode=Mode.READ)
def list_create_account_status(call: Call, params: Params) -> Result:
    """List the requests to create accounts, newest first."""
    organization = readable_organization(call)
    states = [CreationState(state) for state in params.get("States") or CreationState]
    creations = call.store.account_creations.all(organization.organization_id, states)
    return page(
        call,
        params,
        "CreateAccountStatuses",
        slice_of(creations, lambda creation: creation.request_id),
        lambda creation: creation.request_id,
        show_creation,
    )


def show_creation(creation: AccountCreation) -> dict[str, Any]:
    return {
        "Id": creation.request_id,
        "AccountName": creation.account_name,
        "State": creation.state.value,
        "RequestedTimestamp": creation.requested_at,
        "CompletedTimestamp": creation.completed_at,
        "AccountId": creation.account_id,
        "FailureReason": creation.failure_reason,
    }


def _refusal(call: Call, email: str) -> str | None:
    """Return why an account cannot have this owner, in AWS's words; None when it can."""
    if not is_email_address(email):
        return "INVALID_EMAIL"
    if call.store.accounts.find_by_email(email) is not None:
        return "EMAIL_ALREADY_EXISTS"
    return None


def _keep(call: Call, asked: AccountCreation, account_id: AccountId, failure: str | None) -> None:
    call.store.account_creations.add(
        AccountCreation(
            organization_id=asked.organization_id,
            request_id=asked.request_id,
            account_name=asked.account_name,
            state=CreationState.FAILED if failure else CreationState.SUCCEEDED,
            requested_at=asked.requested_at,
            completed_at=call.now,
            account_id=None if failure else account_id,
            failure_reason=failure,
        )
    )


def _new_account_id(call: Call) -> AccountId:
    while True:
        account_id = call.ids.account_id()
        if call.store.accounts.find(account_id) is None:
            return account_id


def _add_access_role(call: Call, organization: Organization, account_id: AccountId, name: str) -> None:
    """
    Make the role by which the management account reaches a new account.

    AWS: *Accessing a member account that has OrganizationAccountAccessRole*.
    """
    trust_policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": root_arn(organization.management_account_id)},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = Role(
        account_id=account_id,
        role_id=call.ids.unique_id(roles.PREFIX),
        name=name,
        path="/",
        created_at=call.now,
        trust_policy=json.dumps(trust_policy),
    )
    call.store.roles.add(role)
    call.store.inline_policies.put(
        OwnerKind.ROLE, InlinePolicy(owner_id=role.role_id, name=_EVERYTHING_NAME, document=_EVERYTHING)
    )
