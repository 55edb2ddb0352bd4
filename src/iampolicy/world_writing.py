"""A decision as a policy test file: the request, the policies that bore on it, and what was decided."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from iampolicy.decision import Decision, Layer, Outcome
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.request import Principal, PrincipalKind, Request
from iampolicy.text import ascii_lower
from iampolicy.world_shapes import WorldError
from iampolicy.worlds import NoLibrary, read_worlds, run

_EXPECT: Final = {
    Outcome.ALLOW: "allow",
    Outcome.IMPLICIT_DENY: "implicit_deny",
    Outcome.EXPLICIT_DENY: "explicit_deny",
}
# What a test file fills in, or insists on being told of: what the request had not is said to be absent.
_FILLED_IN: Final = (
    *("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalIsAWSService"),
    *("aws:userid", "aws:username", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"),
    *("aws:ResourceAccount", "aws:SecureTransport", "aws:ViaAWSService", "aws:RequestedRegion"),
    *("aws:CurrentTime", "aws:EpochTime", "aws:SourceIp", "aws:UserAgent", "aws:TokenIssueTime"),
    *("aws:FederatedProvider", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList"),
)
_ATTACHED_BY_AWS: Final = "RCPFullAWSAccess"
_FEDERATED: Final = (PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT)


def write_world(request: Request, policies: PolicySet, decision: Decision) -> dict[str, Any] | None:
    """
    Return the data of a test file that expects *decision*; None for a decision that no file can tell.

    What is returned has been read and run, with that outcome.
    """
    known = {ascii_lower(key) for key in request.context}
    world: dict[str, Any] = {
        "principal": _principal(request.principal),
        "action": request.action,
        "resource": request.resource,
        "resource_account": request.resource_account,
        "context": {
            key: value if isinstance(value, str) else list(value) for key, value in request.context.items()
        },
        "absent": [key for key in _FILLED_IN if ascii_lower(key) not in known],
        **_policies(policies),
        "cases": [{"name": f"{request.action} on {request.resource}", "expect": _EXPECT[decision.outcome]}],
    }
    try:
        (result,) = run(read_worlds(world, NoLibrary(), supports_rcps=lambda _: bool(policies.rcps)).cases)
    except WorldError:
        return None
    return world if result.passed else None


def write_worlds(decided: Sequence[tuple[Request, PolicySet, Decision]]) -> dict[str, Any] | None:
    """
    Return the data of one test file with a case for each of several decisions; None where a file cannot tell one.

    What is the same in all stands above the cases.  What is returned has been read and run.
    """
    worlds = []
    for request, policies, decision in decided:
        world = write_world(request, policies, decision)
        if world is None:
            return None
        worlds.append(world)
    if len(worlds) <= 1:
        return worlds[0] if worlds else None
    first = worlds[0]
    same = {
        name: value
        for name, value in first.items()
        if name != "cases" and all(name in other and other[name] == value for other in worlds)
    }
    cases = [
        {
            **world["cases"][0],
            **{name: value for name, value in world.items() if name not in {"cases", *same}},
        }
        for world in worlds
    ]
    file = {**same, "cases": cases}
    under_rcps = {request.action for request, policies, _ in decided if policies.rcps}
    results = run(read_worlds(file, NoLibrary(), supports_rcps=under_rcps.__contains__).cases)
    return file if all(result.passed for result in results) else None


def _principal(principal: Principal) -> Mapping[str, str]:
    match principal.kind:
        case PrincipalKind.SERVICE:
            return {"service": principal.service}
        case PrincipalKind.WEB_IDENTITY | PrincipalKind.SAML:
            return {"provider": principal.provider}
        case PrincipalKind.ANONYMOUS:
            return {"arn": "anonymous"}
    given = {"arn": principal.arn, "unique_id": principal.unique_id}
    if principal.kind is PrincipalKind.ASSUMED_ROLE:
        given["role"] = principal.identity_arn
    elif principal.kind in _FEDERATED:
        given["user"] = principal.identity_arn
    return given


def _policies(policies: PolicySet) -> dict[str, Any]:
    found: dict[str, Any] = {"identity_policies": list(map(_document, policies.identity))}
    single = {"permissions_boundary": policies.boundary, "resource_policy": policies.resource}
    found |= {name: _document(policy) for name, policy in single.items() if policy is not None}
    if policies.session is not None:
        found["session_policies"] = list(map(_document, policies.session))
    levels = {Layer.SCP: policies.scps, Layer.RCP: policies.rcps}
    for layer, name in ((Layer.SCP, "service_control_policies"), (Layer.RCP, "resource_control_policies")):
        if levels[layer]:
            found[name] = [
                [_document(policy) for policy in attached if policy.name != _ATTACHED_BY_AWS]
                for attached in levels[layer]
            ]
    if policies.endpoint is not None:
        found["endpoint_policies"] = [_document(policies.endpoint)]
    return found


def _document(policy: Policy) -> Any:
    return json.loads(policy.text)
