"""What the chronicle is told of a request: who has asked, what was decided, and what was answered instead."""

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from iamd.audit.event import Decided
from iamd.auth.caller import Caller
from iamd.auth.context import region_of
from iamd.auth.denial import DECISION_ID_HEADER
from iamd.auth.user_identity import user_identity, vouched_parameters
from iamd.auth.verdict import Decided as DecidedByGuard
from iamd.errors import ServiceError
from iamd.http import Request
from iamd.sigv4.signature_claim import SignatureClaim
from iampolicy import Decision, Effect, Layer, Policy


def of_request(
    request: Request, service: str, caller: Caller | None, claim: SignatureClaim | None
) -> dict[str, Any]:
    """Return the members of an event that say who has asked, and from where."""
    told: dict[str, Any] = {
        "source_ip": request.peer,
        "user_agent": (request.header(b"user-agent") or b"").decode("latin-1"),
    }
    if request.secure and (host := request.header(b"host")) is not None:
        told["host"] = host.decode("latin-1")
    if caller is not None:
        if caller.identity is not None:
            told["vouched"] = partial(vouched_parameters, caller.identity)
        told["identity"] = partial(user_identity, caller)
        told["account_id"] = caller.account_id
        told["region"] = region_of(service, caller)
    elif claim is not None:
        told["claimed_access_key_id"] = claim.access_key_id
    return told


def of_error(error: ServiceError | None) -> dict[str, Any]:
    """Return the members of an event that say what was answered instead of what was asked for."""
    if error is None:
        return {}
    decision_id = next((value.decode() for name, value in error.headers if name == DECISION_ID_HEADER), None)
    return {
        "error_code": error.code,
        "error_message": error.message,
        "error_detail": error.detail or None,
        "decision_id": decision_id,
    }


def told_decisions(decided: Iterable[DecidedByGuard]) -> tuple[Decided, ...]:
    """Return what a guard has decided as the chronicle takes it."""
    return tuple([_told(action, target.arn, target.account_id, what) for action, target, what in decided])


def _told(action: str, resource: str, account_id: str, what: Decision | str) -> Decided:
    if isinstance(what, str):
        return Decided(
            action, resource, account_id, "Unreadable", f"the text of {what} cannot be had", _no_statements
        )
    return Decided(action, resource, account_id, what.outcome, what.reason, partial(_statements, what))


def _no_statements() -> list[dict[str, Any]]:
    return []


def _statements(decision: Decision) -> list[dict[str, Any]]:
    """Name the statements that spoke."""
    return [
        _statement(layer, statement.effect, policy, statement.sid, statement.index)
        for layer, policy, statement in decision.hits
    ]


@lru_cache(maxsize=1024)
def _statement(layer: Layer, effect: Effect, policy: Policy, sid: str | None, index: int) -> dict[str, Any]:
    """Name a statement; what is returned is remembered, and not to be changed.  Policies are compared by identity."""
    told: dict[str, Any] = {"layer": layer.value, "effect": effect.value, "policy": policy.name}
    # Others have no ARN on AWS, and here one that is for looking up.
    if policy.arn and ":policy/" in policy.arn:
        told["policyArn"] = policy.arn
    if sid is not None:
        told["sid"] = sid
    return told | {"index": index}
