"""
What operations on handshakes have in common: whose a handshake is, what has become of it, and how it is told of.

Both sides may look at a handshake: the management account that has sent it, and whom it was sent to.  For everybody else
there is none.
"""

from typing import Any

from iamd.auth.target import Target
from iamd.domain.handshakes import Handshake, HandshakeAction, HandshakeState
from iamd.domain.organizations import FeatureSet, Organization, organizations_arn
from iamd.errors.organizations import (
    HandshakeAlreadyInStateException,
    HandshakeNotFoundException,
    InvalidHandshakeTransitionException,
)
from iamd.operations.call import Call, Params
from iamd.operations.resources import anything

PENDING = frozenset({HandshakeState.REQUESTED, HandshakeState.OPEN})
# As AWS's examples show it.
_FEATURE_SETS = {FeatureSet.ALL: "FULL", FeatureSet.CONSOLIDATED_BILLING: "CONSOLIDATED_BILLING"}


def sent_by_caller(call: Call, organization: Organization) -> bool:
    return organization.management_account_id == call.account_id


def sent_to_caller(call: Call, handshake: Handshake) -> bool:
    """Return whether a handshake is for the caller's account: by its id, or by its email address as it is now."""
    if handshake.account_id is not None:
        return handshake.account_id == call.account_id
    return handshake.email is not None and handshake.email == own_email(call)


def own_email(call: Call) -> str | None:
    account = call.store.accounts.find(call.account_id)
    return None if account is None else account.email


def find_handshake(call: Call, handshake_id: str) -> tuple[Handshake, Organization] | None:
    """Return a handshake that the caller's account is party to, and its organization; None when there is none."""
    handshake = call.store.handshakes.find(handshake_id)
    if handshake is None or not handshake.shown_at(call.now):
        return None
    organization = call.store.organizations.find(handshake.organization_id)
    if organization is None:
        return None
    if not (sent_by_caller(call, organization) or sent_to_caller(call, handshake)):
        return None
    return handshake, organization


def get_handshake(call: Call, params: Params) -> tuple[Handshake, Organization]:
    """
    Return the handshake that ``HandshakeId`` names, and its organization.

    Raises:
        HandshakeNotFoundException: There is none that the caller's account is party to.
    """
    found = find_handshake(call, params["HandshakeId"])
    if found is None:
        raise HandshakeNotFoundException
    return found


def named_handshake(call: Call, params: Params) -> Target:
    """The handshake that ``HandshakeId`` names; each side may be allowed it by its own policies alone."""
    found = find_handshake(call, params["HandshakeId"])
    if found is None:
        return anything(call, params)
    handshake, organization = found
    return Target(
        arn=arn_of(handshake, organization),
        account_id=call.account_id,
        context={"aws:ResourceAccount": organization.management_account_id},
    )


def arn_of(handshake: Handshake, organization: Organization) -> str:
    where = f"{organization.organization_id}/{handshake.action.value.lower()}/{handshake.handshake_id}"
    return organizations_arn(organization.management_account_id, f"handshake/{where}")


def state_of(call: Call, handshake: Handshake) -> HandshakeState:
    """Return what has become of a handshake by now."""
    state = handshake.state_at(call.now)
    if handshake.action is not HandshakeAction.ENABLE_ALL_FEATURES or state not in PENDING:
        return state
    # It can be completed once all have agreed who are members still.
    asked = [
        each
        for each in call.store.handshakes.of_organization(handshake.organization_id)
        if each.parent_id == handshake.handshake_id and each.state is not HandshakeState.ACCEPTED
    ]
    return HandshakeState.REQUESTED if any(_of_member(call, each) for each in asked) else HandshakeState.OPEN


def _of_member(call: Call, handshake: Handshake) -> bool:
    if handshake.account_id is None:
        return False
    member = call.store.organization_members.find(handshake.account_id)
    return member is not None and member.organization_id == handshake.organization_id


def complete(call: Call, handshake: Handshake, state: HandshakeState) -> Handshake:
    """
    Accept, decline or cancel a handshake.

    Raises:
        HandshakeAlreadyInStateException: It is in that state.
        InvalidHandshakeTransitionException: Something else has become of it; or it is accepted before it is open.
    """
    now_in = state_of(call, handshake)
    if now_in is state:
        raise HandshakeAlreadyInStateException
    if now_in not in PENDING or (state is HandshakeState.ACCEPTED and now_in is not HandshakeState.OPEN):
        raise InvalidHandshakeTransitionException
    completed = handshake.completed(state, call.now)
    call.store.handshakes.put(completed)
    return completed


def forget_old(call: Call, organization: Organization) -> None:
    """Delete the handshakes of an organization that are not told of any more."""
    for handshake in call.store.handshakes.of_organization(organization.organization_id):
        if not handshake.shown_at(call.now):
            call.store.handshakes.delete(handshake)


def show_handshake(call: Call, handshake: Handshake, organization: Organization) -> dict[str, Any]:
    return {
        "Id": handshake.handshake_id,
        "Arn": arn_of(handshake, organization),
        "Parties": _parties(handshake, organization),
        "State": state_of(call, handshake).value,
        "RequestedTimestamp": handshake.requested_at,
        "ExpirationTimestamp": handshake.expires_at,
        "Action": handshake.action.value,
        "Resources": _resources(call, handshake, organization),
    }


def _parties(handshake: Handshake, organization: Organization) -> list[dict[str, str]]:
    parties = [{"Id": str(organization.organization_id), "Type": "ORGANIZATION"}]
    if handshake.account_id is not None:
        parties.append({"Id": handshake.account_id, "Type": "ACCOUNT"})
    if handshake.email is not None:
        parties.append({"Id": handshake.email, "Type": "EMAIL"})
    return parties


def _resources(call: Call, handshake: Handshake, organization: Organization) -> list[dict[str, Any]]:
    ours: dict[str, Any] = {"Type": "ORGANIZATION", "Value": organization.organization_id}
    if handshake.action is HandshakeAction.INVITE:
        ours["Resources"] = _sender(call, organization)
    given = {
        "ACCOUNT": handshake.account_id,
        "EMAIL": handshake.email,
        "NOTES": handshake.notes,
        "PARENT_HANDSHAKE": handshake.parent_id,
    }
    return [ours, *({"Type": type_, "Value": value} for type_, value in given.items() if value)]


def _sender(call: Call, organization: Organization) -> list[dict[str, str]]:
    """Return what whoever is invited is told of the organization."""
    management = call.store.accounts.find(organization.management_account_id)
    told = {
        "MASTER_EMAIL": management.email if management else None,
        "MASTER_NAME": management.name if management else None,
        "ORGANIZATION_FEATURE_SET": _FEATURE_SETS[organization.feature_set],
    }
    return [{"Type": type_, "Value": value} for type_, value in told.items() if value]
