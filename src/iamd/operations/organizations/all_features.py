"""
From paying together to all features.

1. EnableAllFeatures begins: a handshake of the organization with itself, and one with each account that was invited, which
   has to agree to be ruled.  Accounts that were made in the organization are not asked.
2. When all have agreed the first handshake is open, and the management account accepts it: then it is done.

AWS: *Enabling all features in your organization*.
"""

from dataclasses import replace

from iamd.domain.handshakes import ENABLING_LASTS, PREFIX, Handshake, HandshakeAction, HandshakeState
from iamd.domain.ids import AccountId
from iamd.domain.organization_members import JoinedMethod
from iamd.domain.organizations import FeatureSet, Organization
from iamd.errors.organizations import HandshakeConstraintViolationException
from iamd.operations.call import Call, Params, Result
from iamd.operations.organization_access import EVERYTHING, managed_organization
from iamd.operations.organization_handshakes import PENDING, forget_old, show_handshake, state_of
from iamd.operations.registry import Mode, organizations_operation
from iamd.operations.resources import anything


@organizations_operation("EnableAllFeatures", on=anything, mode=Mode.WRITE)
def enable_all_features(call: Call, _params: Params) -> Result:
    """
    Ask those members that were invited whether the organization may have all features.

    Raises:
        HandshakeConstraintViolationException: It has them, or they have been asked.
    """
    organization = managed_organization(call)
    if organization.feature_set is FeatureSet.ALL:
        raise HandshakeConstraintViolationException(
            "The organization has already enabled all features.",
            reason="ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
        )
    forget_old(call, organization)
    for each in call.store.handshakes.of_organization(organization.organization_id):
        if each.action is HandshakeAction.ENABLE_ALL_FEATURES and state_of(call, each) in PENDING:
            raise HandshakeConstraintViolationException(
                "The organization has already started the process to enable all features.",
                reason="ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
            )
    parent = _handshake(call, organization, HandshakeAction.ENABLE_ALL_FEATURES)
    call.store.handshakes.add(parent)
    for member in call.store.organization_members.page(organization.organization_id, None, EVERYTHING):
        if (
            member.joined_method is JoinedMethod.INVITED
            and member.account_id != organization.management_account_id
        ):
            asked = _handshake(
                call,
                organization,
                HandshakeAction.APPROVE_ALL_FEATURES,
                account_id=member.account_id,
                parent_id=parent.handshake_id,
            )
            call.store.handshakes.add(asked)
    return {"Handshake": show_handshake(call, parent, organization)}


def finish_enabling(call: Call, organization: Organization) -> None:
    """Give the organization all features; types of policy are enabled one by one."""
    call.store.organizations.put(replace(organization, feature_set=FeatureSet.ALL))


def give_up_enabling(call: Call, parent: Handshake) -> None:
    """Ask nobody any more what has been canceled."""
    for each in call.store.handshakes.of_organization(parent.organization_id):
        if each.parent_id == parent.handshake_id and each.state_at(call.now) in PENDING:
            call.store.handshakes.put(each.completed(HandshakeState.CANCELED, call.now))


def _handshake(
    call: Call,
    organization: Organization,
    action: HandshakeAction,
    *,
    account_id: AccountId | None = None,
    parent_id: str | None = None,
) -> Handshake:
    asked = action is HandshakeAction.APPROVE_ALL_FEATURES
    return Handshake(
        organization_id=organization.organization_id,
        handshake_id=call.ids.lower_id(PREFIX, 32),
        action=action,
        state=HandshakeState.OPEN if asked else HandshakeState.REQUESTED,
        account_id=account_id,
        parent_id=parent_id,
        requested_at=call.now,
        expires_at=call.now + ENABLING_LASTS,
    )
