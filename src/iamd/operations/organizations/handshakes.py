"""
Answers to handshakes, and lists of them.

What holds for every operation here:

* Whom a handshake was sent to accepts or declines it; who has sent it cancels it.
* Each can happen once, and before it expires.
* It is told of for 30 days afterwards.

AWS: *Responding to invitations*, *Enabling all features in your organization*.
"""

from collections.abc import Sequence

from iamd.domain.handshakes import Handshake, HandshakeAction, HandshakeState
from iamd.errors.organizations import AccessDeniedException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import page
from iamd.operations.organization_delegation import Delegable, readable_organization
from iamd.operations.organization_handshakes import (
    complete,
    get_handshake,
    named_handshake,
    own_email,
    sent_by_caller,
    sent_to_caller,
    show_handshake,
)
from iamd.operations.organization_resources import whole
from iamd.operations.organizations.all_features import finish_enabling, give_up_enabling
from iamd.operations.organizations.invitations import join_by_invitation
from iamd.operations.paginate import slice_of
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything


@organizations_operation("AcceptHandshake", on=named_handshake, mode=Mode.WRITE)
def accept_handshake(call: Call, params: Params) -> Result:
    """
    Agree to what is asked; it is done.

    Raises:
        HandshakeNotFoundException: There is no such handshake.
        AccessDeniedException: It was sent to another account; or to the organization, by whom it is completed.
        HandshakeAlreadyInStateException: It has been accepted.
        InvalidHandshakeTransitionException: It is not open.
        HandshakeConstraintViolationException: The account is a member already.
    """
    handshake, organization = get_handshake(call, params)
    completing = handshake.action is HandshakeAction.ENABLE_ALL_FEATURES
    if not (sent_by_caller(call, organization) if completing else sent_to_caller(call, handshake)):
        raise AccessDeniedException
    accepted = complete(call, handshake, HandshakeState.ACCEPTED)
    if completing:
        finish_enabling(call, organization)
    elif handshake.action is HandshakeAction.INVITE:
        join_by_invitation(call, handshake, organization)
    return {"Handshake": show_handshake(call, accepted, organization)}


@organizations_operation("DeclineHandshake", on=named_handshake, mode=Mode.WRITE)
def decline_handshake(call: Call, params: Params) -> Result:
    """
    Do not agree to what is asked.

    Raises:
        HandshakeNotFoundException: There is no such handshake.
        AccessDeniedException: It was sent to another account.
        HandshakeAlreadyInStateException: It has been declined.
        InvalidHandshakeTransitionException: Something else has become of it.
    """
    handshake, organization = get_handshake(call, params)
    if not sent_to_caller(call, handshake):
        raise AccessDeniedException
    declined = complete(call, handshake, HandshakeState.DECLINED)
    return {"Handshake": show_handshake(call, declined, organization)}


@organizations_operation("CancelHandshake", on=named_handshake, mode=Mode.WRITE)
def cancel_handshake(call: Call, params: Params) -> Result:
    """
    Take back what was asked; of enabling all features, what each account was asked as well.

    Raises:
        HandshakeNotFoundException: There is no such handshake.
        AccessDeniedException: It was sent by another account.
        HandshakeAlreadyInStateException: It has been canceled.
        InvalidHandshakeTransitionException: Something else has become of it.
    """
    handshake, organization = get_handshake(call, params)
    if not sent_by_caller(call, organization):
        raise AccessDeniedException
    canceled = complete(call, handshake, HandshakeState.CANCELED)
    give_up_enabling(call, handshake)
    return {"Handshake": show_handshake(call, canceled, organization)}


@organizations_operation("DescribeHandshake", on=named_handshake, mode=Mode.READ)
def describe_handshake(call: Call, params: Params) -> Result:
    """
    Tell what is asked, and what has become of it.

    Raises:
        HandshakeNotFoundException: There is no such handshake.
    """
    return {"Handshake": show_handshake(call, *get_handshake(call, params))}


@organizations_operation("ListHandshakesForAccount", on=anything, mode=Mode.READ)
def list_handshakes_for_account(call: Call, params: Params) -> Result:
    """List what the caller's account was asked, oldest first."""
    return _page(call, params, call.store.handshakes.of_account(call.account_id, own_email(call)))


@organizations_operation("ListHandshakesForOrganization", on=whole(Delegable.READING), mode=Mode.READ)
def list_handshakes_for_organization(call: Call, params: Params) -> Result:
    """List what the organization has asked, oldest first."""
    organization = readable_organization(call)
    return _page(call, params, call.store.handshakes.of_organization(organization.organization_id))


def _page(call: Call, params: Params, found: Sequence[Handshake]) -> Result:
    wanted = params.get("Filter", {})
    action, parent_id = wanted.get("ActionType"), wanted.get("ParentHandshakeId")
    shown = [
        each
        for each in found
        if each.shown_at(call.now)
        and action in {None, each.action.value}
        and parent_id in {None, each.parent_id}
    ]
    return page(
        call,
        params,
        "Handshakes",
        slice_of(shown, _position),
        _position,
        lambda each: _show(call, each),
    )


def _show(call: Call, handshake: Handshake) -> dict[str, object]:
    organization = call.store.organizations.find(handshake.organization_id)
    if organization is None:
        raise RuntimeError(f"{handshake.handshake_id} is of no organization")
    return show_handshake(call, handshake, organization)


def _position(handshake: Handshake) -> str:
    return f"{handshake.requested_at:%Y%m%d%H%M%S%f}{handshake.handshake_id}"
