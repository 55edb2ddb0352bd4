"""
Invitations of accounts that are there already.

What holds here:

* An account is invited by its id, or by its owner's email address; it joins when it accepts
  (`iamd.operations.organizations.handshakes`), with the tags of the invitation.
* No email is sent.  Whoever is invited finds the invitation by ListHandshakesForAccount.

AWS: *Invite accounts to join your organization*.
"""

from collections.abc import Mapping

from iamd.auth.target import Target
from iamd.domain.accounts import AccountStatus
from iamd.domain.email_addresses import is_email_address
from iamd.domain.handshakes import (
    INVITATION_LASTS,
    PREFIX,
    Handshake,
    HandshakeAction,
    HandshakeState,
)
from iamd.domain.ids import AccountId
from iamd.domain.organization_members import JoinedMethod, OrganizationMember
from iamd.domain.organizations import Organization
from iamd.errors.organizations import (
    DuplicateHandshakeException,
    HandshakeConstraintViolationException,
    InvalidInputException,
)
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import find_organization, managed_organization
from iamd.operations.organization_handshakes import PENDING, forget_old, show_handshake, state_of
from iamd.operations.organization_resources import demand_tagging, entity
from iamd.operations.organizations.accounts import join, leave
from iamd.operations.organizations.tags import checked_tags
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything

_ACCOUNT_DIGITS = 12


def _invited(call: Call, params: Params) -> Target:
    """The account, as it will be in the organization; of an email address it is not known which one it is."""
    organization = find_organization(call)
    target = params["Target"]
    if organization is None or target["Type"] != "ACCOUNT" or not _is_account_id(target["Id"]):
        return anything(call, params)
    return entity(call, organization, target["Id"])


@organizations_operation("InviteAccountToOrganization", on=_invited, mode=Mode.WRITE)
def invite_account_to_organization(call: Call, params: Params) -> Result:
    """
    Invite an account to become a member.

    Raises:
        InvalidInputException: The target is neither an account id nor an email address, or a tag key is not acceptable.
        ConstraintViolationException: There would be more tags than allowed.
        HandshakeConstraintViolationException: There is no such account, or it is a member; or all features are being
            enabled.
        DuplicateHandshakeException: It is invited already.
    """
    organization = managed_organization(call)
    account_id, email = _target(params["Target"])
    tags = checked_tags(params.get("Tags", ()))
    demand_tagging(call, params, _invited(call, params))
    _check_invited(call, organization, account_id, email)
    forget_old(call, organization)
    _check_pending(call, organization, account_id, email)
    invitation = Handshake(
        organization_id=organization.organization_id,
        handshake_id=call.ids.lower_id(PREFIX, 32),
        action=HandshakeAction.INVITE,
        state=HandshakeState.OPEN,
        account_id=account_id,
        email=email,
        requested_at=call.now,
        expires_at=call.now + INVITATION_LASTS,
        notes=params.get("Notes", ""),
        tags=tags,
    )
    call.store.handshakes.add(invitation)
    return {"Handshake": show_handshake(call, invitation, organization)}


def join_by_invitation(call: Call, invitation: Handshake, organization: Organization) -> None:
    """
    Make the caller's account a member, of this organization instead of the one that it is in.

    Raises:
        HandshakeConstraintViolationException: It is a member already.
        MasterCannotLeaveOrganizationException: It manages the organization that it is in.
        ConstraintViolationException: It may not leave that one, or there would be more accounts than allowed.
        AccessDenied: The caller may not leave it.
    """
    members = call.store.organization_members
    present = members.find(call.account_id)
    if present is not None:
        if present.organization_id == organization.organization_id:
            raise _violation(
                "ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization."
            )
        # Who may not leave an organization may not be called away from it either.
        call.require("organizations:LeaveOrganization", anything(call, {}))
        former = find_organization(call)
        if former is not None:
            leave(call, former, present)
    member = OrganizationMember(
        account_id=call.account_id,
        organization_id=organization.organization_id,
        parent_id=organization.root_id,
        joined_method=JoinedMethod.INVITED,
        joined_at=call.now,
        tags=invitation.tags,
    )
    join(call, organization, member)


def _is_account_id(text: str) -> bool:
    return len(text) == _ACCOUNT_DIGITS and text.isascii() and text.isdigit()


def _target(target: Mapping[str, str]) -> tuple[AccountId | None, str | None]:
    """Return the account id or the email address that is invited."""
    type_, id_ = target["Type"], target["Id"]
    if type_ == "ACCOUNT":
        if not _is_account_id(id_):
            raise InvalidInputException(
                "You provided a value for the target that doesn't match the required pattern.",
                reason="INVALID_PATTERN_TARGET_ID",
            )
        return AccountId(id_), None
    if type_ != "EMAIL":
        raise InvalidInputException(
            "You specified the wrong type of entity (account, organization, or email) as a party.",
            reason="INVALID_PARTY_TYPE_TARGET",
        )
    if not is_email_address(id_):
        raise InvalidInputException(
            "You specified an invalid email address for the invited account owner.",
            reason="INVALID_EMAIL_ADDRESS_TARGET",
        )
    return None, id_


def _check_invited(
    call: Call, organization: Organization, account_id: AccountId | None, email: str | None
) -> None:
    """Check that whoever is invited can join."""
    accounts = call.store.accounts
    account = accounts.find_by_email(email or "") if account_id is None else accounts.find(account_id)
    if account is None:
        # Somebody may yet have an email address.
        if account_id is None:
            return
        raise _violation("TARGET_ACCOUNT_VALIDATION_FAILURE", "The account cannot be invited.")
    if account.status is not AccountStatus.ACTIVE:
        raise _violation("TARGET_ACCOUNT_VALIDATION_FAILURE", "The account cannot be invited.")
    member = call.store.organization_members.find(account.account_id)
    if member is not None and member.organization_id == organization.organization_id:
        raise _violation("ALREADY_IN_AN_ORGANIZATION", "The account is already a member of an organization.")


def _check_pending(
    call: Call, organization: Organization, account_id: AccountId | None, email: str | None
) -> None:
    """Check that nothing that is pending is in the way."""
    for each in call.store.handshakes.of_organization(organization.organization_id):
        if state_of(call, each) not in PENDING:
            continue
        if each.action is HandshakeAction.ENABLE_ALL_FEATURES:
            raise _violation(
                "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
                "You can't issue new invitations to join an organization while it's in the process of enabling all "
                "features.",
            )
        if each.action is HandshakeAction.INVITE and (each.account_id, each.email) == (account_id, email):
            raise DuplicateHandshakeException


def _violation(reason: str, text: str) -> HandshakeConstraintViolationException:
    return HandshakeConstraintViolationException(text, reason=reason)
