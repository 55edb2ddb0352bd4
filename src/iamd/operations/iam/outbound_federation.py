"""
Outbound federation: whether the account issues identity tokens, and as which issuer.

What holds for every operation here:

* The account gets its issuer when the feature is first turned on, and keeps it: what trusts the issuer is elsewhere, and
  would trust nobody after a change.
* Turned off, nobody gets tokens any more.  Those that were issued go on until they expire, and the keys to verify them
  with are published all the same.

AWS: *Getting started with outbound identity federation*.
"""

from dataclasses import replace

from iamd.domain.outbound_federation import OutboundFederation
from iamd.domain.token_signing_keys import TokenSigningKey
from iamd.errors import FeatureDisabled, FeatureEnabled
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, iam_operation
from iamd.operations.resources import anything
from iamd.operations.token_signing_keys import new_keys

_OFF = "Outbound web identity federation is disabled for your account"


def _has_keys(call: Call, _params: Params) -> bool:
    return bool(call.store.token_signing_keys.of(call.account_id))


def _make_keys(call: Call, _params: Params) -> tuple[TokenSigningKey, ...]:
    return () if call.prepared else new_keys(call.account_id, call.ids, call.now)


@iam_operation(
    "EnableOutboundWebIdentityFederation",
    on=anything,
    mode=Mode.WRITE,
    gather=_has_keys,
    prepare=_make_keys,
)
def enable_outbound_web_identity_federation(call: Call, _params: Params) -> Result:
    """
    Let principals of the account have identity tokens.

    Raises:
        FeatureEnabled: They can already.
        UnsupportedOperation: Nobody has said where others reach this server.
    """
    found = call.store.outbound_federations.find(call.account_id)
    if found is not None and found.enabled:
        raise FeatureEnabled("Outbound web identity federation is already enabled for your account")
    federation = found or OutboundFederation(
        account_id=call.account_id, issuer_id=call.ids.uuid(), enabled=False, created_at=call.now
    )
    issuer = federation.issuer(call.tools.public_url.get())
    call.store.outbound_federations.put(replace(federation, enabled=True))
    # Another request may have turned the feature on and off since the keys were made; those that are there stay.
    if not call.store.token_signing_keys.of(call.account_id):
        for key in call.prepared:
            call.store.token_signing_keys.add(key)
    return {"IssuerIdentifier": issuer}


@iam_operation("GetOutboundWebIdentityFederationInfo", on=anything, mode=Mode.READ)
def get_outbound_web_identity_federation_info(call: Call, _params: Params) -> Result:
    """
    Tell the issuer of the account.

    Raises:
        FeatureDisabled: It issues no tokens, or not any more.
        UnsupportedOperation: Nobody has said where others reach this server.
    """
    federation = _enabled(call)
    issuer = federation.issuer(call.tools.public_url.get())
    return {"IssuerIdentifier": issuer, "JwtVendingEnabled": federation.enabled}


@iam_operation("DisableOutboundWebIdentityFederation", on=anything, mode=Mode.WRITE)
def disable_outbound_web_identity_federation(call: Call, _params: Params) -> None:
    """
    Give nobody of the account an identity token any more.

    Raises:
        FeatureDisabled: So it is already.
    """
    call.store.outbound_federations.put(replace(_enabled(call), enabled=False))


def _enabled(call: Call) -> OutboundFederation:
    federation = call.store.outbound_federations.find(call.account_id)
    if federation is None or not federation.enabled:
        raise FeatureDisabled(_OFF)
    return federation
