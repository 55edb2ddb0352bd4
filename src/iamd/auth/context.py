"""
Context keys: what a request, its caller and its resource say to the conditions of policies.

AWS: *AWS global condition context keys* and *IAM and AWS STS condition context keys*.  A key that AWS leaves out is left
out here too: a missing key and an empty one decide differently (semantics 72).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec

from iamd.auth.caller import ANONYMOUS, Caller
from iamd.auth.target import ContextValue, Target
from iamd.auth.vpc_endpoints import Entrance
from iamd.catalogue import endpoint_keys
from iamd.clock import iso_8601, to_epoch, whole_second
from iamd.directory.snapshots import AccountSnapshot
from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.http import Request
from iamd.sessions.session import SessionKind
from iampolicy import Context as FoldedContext
from iampolicy import PrincipalKind

Context = dict[str, ContextValue]

_PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.FEDERATED_ROOT: "FederatedUser",
}
_WITH_MFA = frozenset({SessionKind.USER, SessionKind.CONSOLE})
_FEDERATED = frozenset({PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT})
_GLOBAL_SERVICES = frozenset({"iam", "organizations"})
_GLOBAL_REGION = "us-east-1"
"""Requests to global services are of this region, whatever the credential scope says."""


_ENTITY_NAMES = ("UserName", "GroupName", "RoleName")
_POLICY_TYPES = ("Type", "Filter", "PolicyType")
_PRINCIPAL_ARN = re.compile("arn:[^:]+:iam::[^:]*:(?:user|role)/.*")


def caller_context(caller: Caller, now: datetime) -> FoldedContext:
    """Return the keys that the caller alone decides; of one with long-term credentials they stay the same."""
    if caller.session is None and caller.identity is None:
        standing = caller.standing
        if not standing:
            standing.append(FoldedContext(_caller_context(caller, None)))
        return standing[0]
    return FoldedContext(_caller_context(caller, now))


def _caller_context(caller: Caller, now: datetime | None) -> Context:
    """Make them; *now* is None where they are kept and must not know the time."""
    if caller.identity is not None:
        # No principal of an account yet: what the provider says, and nothing else.
        return {**caller.identity.context, "aws:FederatedProvider": caller.identity.provider}
    if caller.of_nobody:
        # Those that only signed requests have are left out (semantics 72).
        return {
            "aws:PrincipalAccount": ANONYMOUS,
            "aws:PrincipalType": "Anonymous",
            "aws:userid": ANONYMOUS,
            "aws:ViaAWSService": "false",
        }
    session = caller.session
    principal = caller.principal
    context: Context = dict(session.federation_context) if session is not None else {}
    context |= {
        # AWS: *aws:PrincipalArn*: of a role session that of the role, of a federated user its own (semantics 72).
        "aws:PrincipalArn": principal.arn if principal.kind in _FEDERATED else principal.identity_arn,
        "aws:PrincipalAccount": caller.account_id,
        "aws:PrincipalType": _PRINCIPAL_TYPES[caller.kind],
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": caller.user_id,
        "aws:ViaAWSService": "false",
    }
    if caller.of_user:
        context["aws:username"] = caller.snapshot.name
    for tag in caller.tags:
        context[f"aws:PrincipalTag/{tag.key}"] = tag.value
    if session is not None:
        if session.federated_provider is not None:
            context["aws:FederatedProvider"] = session.federated_provider
        context["aws:TokenIssueTime"] = iso_8601(session.issued_at)
        # A role session carries no MFA of its own, however it was assumed (semantics 68).
        with_mfa = session.kind in _WITH_MFA and session.mfa_at is not None
        context["aws:MultiFactorAuthPresent"] = "true" if with_mfa else "false"
        if with_mfa and session.mfa_at is not None and now is not None:
            context["aws:MultiFactorAuthAge"] = str(max(0, int((now - session.mfa_at).total_seconds())))
        if session.kind is SessionKind.ASSUMED_ROOT:
            context["aws:AssumedRoot"] = "true"
        if session.source_identity is not None:
            context["aws:SourceIdentity"] = session.source_identity
    return context


def organization_context(whose: Literal["Principal", "Resource"], account: AccountSnapshot | None) -> Context:
    """Return the keys that say in which organization an account is, and where; none when it is in none."""
    if account is None or account.organization_id is None or account.organization_path is None:
        return {}
    return {
        f"aws:{whose}OrgID": account.organization_id,
        # A list, since AWS makes it one; an account has one path.
        f"aws:{whose}OrgPaths": (account.organization_path,),
    }


class Circumstances(msgspec.Struct, frozen=True):
    """
    A request, when and how it came.

    Attributes:
        now: By the clock that sessions live by.
        entrance: None when it came through no VPC endpoint.
    """

    request: Request
    service: str
    now: datetime
    entrance: Entrance | None


@lru_cache(maxsize=64)
def _time_context(second: datetime) -> Context:
    return {"aws:CurrentTime": iso_8601(second), "aws:EpochTime": str(to_epoch(second))}


def request_context(circumstances: Circumstances, caller: Caller) -> Context:
    """Return the keys that come from the connection, the headers and the clock."""
    request, now, entrance = circumstances.request, circumstances.now, circumstances.entrance
    context: Context = {
        **_time_context(whole_second(now)),
        "aws:SecureTransport": "true" if request.secure else "false",
        "aws:RequestedRegion": region_of(circumstances.service, caller),
    }
    # AWS: *aws:SourceIp*: not available to a request that comes through a VPC endpoint; *aws:VpcSourceIp* is.
    if entrance is None:
        context["aws:SourceIp"] = request.peer
    elif entrance.source_ip is not None:
        context["aws:VpcSourceIp"] = entrance.source_ip
    for header, key in ((b"user-agent", "aws:UserAgent"), (b"referer", "aws:Referer")):
        value = request.header(header)
        if value is not None:
            context[key] = value.decode("latin-1")
    return context


def endpoint_context(action: str, endpoint: VPCEndpoint, owner: AccountSnapshot | None) -> Context:
    """Return the keys that tell through which VPC endpoint a request has come, and whose that is."""
    told: Mapping[str, ContextValue | None] = {
        endpoint_keys.VPC_ARN: endpoint.vpc_arn,
        endpoint_keys.ACCOUNT: endpoint.account_id,
        endpoint_keys.ORGANIZATION: owner.organization_id if owner is not None else None,
        endpoint_keys.PATHS: (owner.organization_path,)
        if owner is not None and owner.organization_path
        else None,
    }
    context: Context = {"aws:SourceVpce": endpoint.endpoint_id, "aws:SourceVpc": endpoint.vpc_id}
    for key in endpoint_keys.keys_of(action):
        value = told[key]
        if value is not None:
            context[key] = value
    return context


def region_of(service: str, caller: Caller) -> str:
    """Return the region in which *caller* uses *service*."""
    return _GLOBAL_REGION if service in _GLOBAL_SERVICES else caller.region


def target_context(target: Target) -> Context:
    """Return the keys that the resource decides."""
    context: Context = {"aws:ResourceAccount": target.account_id}
    # AWS: users and roles alone have this key; all else has the global one only.
    of_principal = _PRINCIPAL_ARN.fullmatch(target.arn) is not None
    for tag in target.tags:
        context[f"aws:ResourceTag/{tag.key}"] = tag.value
        if of_principal:
            context[f"iam:ResourceTag/{tag.key}"] = tag.value
    context.update(target.context)
    return context


def parameter_context(service: str, params: Mapping[str, Any]) -> Context:
    """
    Return the keys that an operation's parameters decide.

    ``Tags`` and ``TagKeys``, ``PolicyArn`` and ``PermissionsBoundary`` mean the same wherever they occur in a service.
    """
    if not params:
        return {}
    context: Context = {}
    tags = params.get("Tags")
    if tags:
        for tag in tags:
            context[f"aws:RequestTag/{tag['Key']}"] = tag["Value"]
        context["aws:TagKeys"] = tuple(tag["Key"] for tag in tags)
    if params.get("TagKeys"):
        context["aws:TagKeys"] = tuple(params["TagKeys"])
    if service == "iam":
        if "PermissionsBoundary" in params:
            context["iam:PermissionsBoundary"] = params["PermissionsBoundary"]
        # AWS: of the policy that is attached or detached; an operation on the policy itself has no such key.
        if "PolicyArn" in params and not params.keys().isdisjoint(_ENTITY_NAMES):
            context["iam:PolicyARN"] = params["PolicyArn"]
    if service == "organizations":
        for name in _POLICY_TYPES:
            # The filter of a list of handshakes is a structure, and speaks of something else.
            if isinstance(params.get(name), str):
                context["organizations:PolicyType"] = params[name]
    return context
