"""
Where each step of the least change is made, and whether the visitor may make it there.

A step is told with the screen that opens on it; or with how it is made elsewhere: by whoever makes a session, through the gateway,
by the operator.  Whether somebody may is asked as the operation would ask it, and nothing is kept of the question.  It is no
promise: the operation asks again.
"""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from iamd.auth.context import parameter_context
from iamd.auth.operator import check_operator
from iamd.auth.recorded import Recorded
from iamd.domain.arns import Arn, name_of
from iamd.domain.buckets import bucket_of
from iamd.domain.vpc_endpoints import PREFIX as ENDPOINT
from iamd.errors import AccessDenied, ServiceError
from iamd.errors.organizations import OrganizationsError
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.operations.iam import inline_policies, managed_policies, roles
from iamd.operations.organization_access import managed_organization
from iamd.operations.organization_delegation import changeable_organization
from iamd.operations.organizations import policies as organization_policies
from iamd.operations.organizations import resource_policies
from iamd.operations.registry import Handler
from iampolicy import Change, Layer, Policy, PolicySet, PrincipalKind, Suggestion

Json = dict[str, Any]

_OWNERS: Final[Mapping[str, tuple[str, str, Handler]]] = {
    "user": ("users", "UserName", inline_policies.put_user_policy),
    "group": ("groups", "GroupName", inline_policies.put_group_policy),
    "role": ("roles", "RoleName", inline_policies.put_role_policy),
}
_OF_SERVICES: Final = ":role/aws-service-role/"
_AWS: Final = "Policies of AWS cannot be changed"
_FILE: Final = "policy.json"


class Editors:
    """
    Tells of the steps of a decision.

    Args:
        operations: With which policies are changed.
        own_account_id: The server's.
    """

    def __init__(self, operations: ByHandler, own_account_id: str) -> None:
        self._operations = operations
        self._own_account_id = own_account_id

    def of(self, call: Call, recorded: Recorded, suggestions: tuple[Suggestion, ...]) -> list[Json]:
        """Return for each step its ``place``, ``how`` it is put in, a ``reason`` why not, and what is done ``elsewhere``."""
        return [_Step(self, call, recorded, each).told() for each in suggestions]

    def refusal(self, call: Call, handler: Handler, params: Json) -> str | None:
        """Return why the caller may not do what *handler* does; None when they may."""
        registered = self._operations[handler]
        try:
            targets = registered.targets(call, params)
        except ServiceError as error:
            return error.message
        context = parameter_context(registered.service, params)
        return call.guard.foresee(self._operations.action(handler), targets, context)

    def name(self, handler: Handler) -> str:
        """Return what the operation of *handler* is called."""
        return self._operations[handler].name

    def not_operator(self, call: Call) -> str | None:
        """Return why the caller is not the operator; None for whoever is."""
        try:
            check_operator(call.caller, self._own_account_id, "")
        except AccessDenied:
            return f"VPC endpoints are the operator's, who is the root user of account {self._own_account_id}"
        return None


class _Step:
    """One step."""

    def __init__(self, editors: Editors, call: Call, recorded: Recorded, suggestion: Suggestion) -> None:
        self._editors = editors
        self._call = call
        self._recorded = recorded
        self._request = recorded.request
        self._step = suggestion

    def told(self) -> Json:
        layer, policy = self._step.layer, self._step.policy
        if layer in self._recorded.closed_to(self._call.account_id):
            return _not(f"It is account {self._owner()} that can change it")
        match layer:
            case Layer.IDENTITY:
                return self._identity(policy)
            case Layer.BOUNDARY:
                return self._managed(policy, f"{_AWS}: give {self._named()} another permissions boundary")
            case Layer.SESSION:
                return self._session(policy)
            case Layer.TRUST:
                return self._trust()
            case Layer.SCP | Layer.RCP:
                return self._organization(policy)
            case Layer.ENDPOINT:
                return self._endpoint()
            case _:
                return self._resource(policy)

    def _owner(self) -> str:
        of_caller = {Layer.SCP, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}
        if self._step.layer is Layer.ENDPOINT:
            return self._recorded.endpoint_account_id or ""
        return self._recorded.account_id if self._step.layer in of_caller else self._request.resource_account

    def _named(self) -> str:
        return self._request.principal.identity_arn or self._request.principal.arn

    def _identity(self, policy: Policy | None) -> Json:
        if policy is None:
            return self._inline(self._request.principal.identity_arn, None)
        if policy.arn and ":policy/" in policy.arn:
            if not _is_of_aws(policy.arn):
                return self._managed(policy, "")
            if self._step.change is Change.LIFT:
                return _not(f"{_AWS}: detach this one")
            return self._inline(self._request.principal.identity_arn, None, instead=True)
        owner, _, name = (policy.arn or "").rpartition("/")
        if not owner or name != policy.name:
            return _not("This server itself says so, and no policy that could be changed")
        return self._inline(owner, name)

    def _inline(self, owner: str, name: str | None, *, instead: bool = False) -> Json:
        parsed = Arn.parse(owner)
        kind, _, rest = ("", "", "") if parsed is None else parsed.resource.partition("/")
        found = _OWNERS.get(kind)
        if found is None:
            return _not("The root user has no policies of its own")
        if _OF_SERVICES in owner:
            return _not("The policies of service-linked roles are the service's")
        place, parameter, handler = found
        params = {parameter: name_of(rest), "PolicyName": name or "policy", "PolicyDocument": "{}"}
        return self._on((place, name_of(rest), "permissions"), handler, params, instead=instead)

    def _managed(self, policy: Policy | None, of_aws: str) -> Json:
        if policy is None or not policy.arn:
            return _not("It is not known which policy it is")
        if _is_of_aws(policy.arn):
            return _not(of_aws)
        params = {"PolicyArn": policy.arn, "PolicyDocument": "{}"}
        return self._on(("policies", policy.arn, "document"), managed_policies.create_policy_version, params)

    def _session(self, policy: Policy | None) -> Json:
        if policy is not None and policy.arn:
            return self._managed(policy, f"{_AWS}: make the session anew, without this one in PolicyArns")
        principal = self._request.principal
        if principal.kind in {PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT}:
            words = ["get-federation-token", "--name", name_of(principal.arn)]
        else:
            named = ["--role-arn", principal.identity_arn, "--role-session-name", name_of(principal.arn)]
            words = ["assume-role", *named]
        return self._elsewhere(
            "session",
            "Session policy",
            "A session policy is given when the session is made, and cannot be changed in it: whoever has made the session must make "
            "it anew, with this one.",
            ["aws", "sts", *words, "--policy", f"file://{_FILE}"],
        )

    def _trust(self) -> Json:
        arn = self._request.resource
        if _OF_SERVICES in arn:
            return _not("The trust policy of a service-linked role is the service's")
        params = {"RoleName": name_of(arn), "PolicyDocument": "{}"}
        return self._on(("roles", name_of(arn), "trust"), roles.update_assume_role_policy, params)

    def _organization(self, policy: Policy | None) -> Json:
        if self._step.layer is Layer.RCP and self._step.change is Change.ADD:
            return _not(
                "No resource control policy of one's own can allow: RCPFullAWSAccess is attached again"
            )
        found = policy or next(self._attached(), None)
        if found is None or not found.arn:
            return _not("No policy of the organization's own is attached there: attach one that allows")
        if _is_of_aws(found.arn):
            return _not(f"{_AWS}: attach another one")
        params = {"PolicyId": name_of(found.arn), "Content": "{}"}
        call = self._call
        try:
            changeable_organization(call)
        except OrganizationsError:
            return _not(
                "Policies of the organization are changed by its management account, or by whom that lets"
            )
        return self._on(
            ("organization", "policies", name_of(found.arn)), organization_policies.update_policy, params
        )

    def _attached(self) -> Iterator[Policy]:
        """Yield the organization's own policies of the level that the step is about."""
        policies = self._recorded.policies or PolicySet()
        levels = policies.scps if self._step.layer is Layer.SCP else policies.rcps
        for policy in levels[self._step.level or 0]:
            if policy.arn and not _is_of_aws(policy.arn):
                yield policy

    def _endpoint(self) -> Json:
        policy = (self._recorded.policies or PolicySet()).endpoint
        if policy is None or not policy.name.startswith(ENDPOINT):
            return _not("It is not known which VPC endpoint it is")
        told = self._elsewhere(
            "endpoint",
            f"Policy of the VPC endpoint {policy.name}",
            "The operator gives a VPC endpoint its policy; it bears on the next request.",
            ["iamd", "account", "endpoint", "set-policy", policy.name, _FILE],
            save={"page": "SetVpcEndpointPolicy", "members": {"id": policy.name}, "member": "policy"},
        )
        return told | {"reason": self._editors.not_operator(self._call)}

    def _resource(self, policy: Policy | None) -> Json:
        request = self._request
        bucket = bucket_of(request.resource)
        if bucket is not None:
            return self._elsewhere(
                "resource",
                f"Policy of the bucket {bucket}",
                "The policy of a bucket is changed through the gateway, by whoever may s3:PutBucketPolicy on it.",
                ["aws", "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", f"file://{_FILE}"],
            )
        if request.action.startswith("organizations:"):
            return self._delegation()
        if policy is None:
            return _not(f"It belongs to whatever keeps {request.resource}")
        return _not("This server itself says so, and no policy that could be changed")

    def _delegation(self) -> Json:
        told = self._elsewhere(
            "resource",
            "Resource policy of the organization",
            "With it, the management account lets others do what is its own.",
            ["aws", "organizations", "put-resource-policy", "--content", f"file://{_FILE}"],
            save={
                "service": "organizations",
                "operation": self._editors.name(resource_policies.put_resource_policy),
                "members": {},
                "member": "Content",
            },
        )
        try:
            managed_organization(self._call)
        except OrganizationsError:
            return told | {"reason": "It is the management account's to change"}
        params = {"Content": "{}"}
        return told | {
            "reason": self._editors.refusal(self._call, resource_policies.put_resource_policy, params)
        }

    def _on(self, place: tuple[str, ...], handler: Handler, params: Json, *, instead: bool = False) -> Json:
        """Return the screen at *place*, for whoever may do what it does."""
        change = self._step.change
        how = "add" if instead else "lift" if change is Change.LIFT else "change"
        reason = self._editors.refusal(self._call, handler, params)
        return {"place": list(place), "how": how, "reason": reason, "elsewhere": None}

    def _elsewhere(
        self, kind: str, title: str, says: str, words: list[str], save: Json | None = None
    ) -> Json:
        how = "lift" if self._step.change is Change.LIFT else "change"
        # To be put into a shell, with paths and buckets in it that others have named: a path may hold `$(…)`.
        command = shlex.join(words)
        elsewhere = {"kind": kind, "title": title, "says": says, "command": command, "save": save}
        return {"place": None, "how": how, "reason": None, "elsewhere": elsewhere}


def _is_of_aws(arn: str) -> bool:
    parsed = Arn.parse(arn)
    return parsed is not None and parsed.account == "aws"


def _not(reason: str) -> Json:
    return {"place": None, "how": "change", "reason": reason, "elsewhere": None}
