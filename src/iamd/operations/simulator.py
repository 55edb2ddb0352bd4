"""
The policy simulator: questions that nobody has asked yet, decided by the same engine as those that somebody has.

AWS: *SimulatePrincipalPolicy*, *SimulateCustomPolicy*, and *EvaluationResult* of the IAM API Reference.  What AWS leaves
out of a simulation and enforces all the same, such as trust policies, is not left out here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from iamd.auth.target import ContextValue
from iamd.catalogue.rcp_services import supports_rcps
from iamd.catalogue.services import AwsServices
from iamd.domain.arns import EVERYBODYS, Arn
from iamd.errors import InvalidInput
from iampolicy import (
    Explanation,
    Layer,
    Outcome,
    Policy,
    PolicySet,
    Principal,
    Request,
    Standing,
    StatementTrace,
    explain,
    missing_keys,
    statement_positions,
)
from iampolicy.references import unique_keys
from iampolicy.text import all_digits
from iampolicy.wildcard import compile_pattern

Levels = tuple[tuple[Policy, ...], ...]
Json = dict[str, Any]

ANYTHING: Final = "*"
_ACCOUNT_DIGITS: Final = 12
_MOST_DECISIONS: Final = 1_000
_MOST_STATEMENTS: Final = 200_000
"""What is held against all statements takes about a second with so many, and each of them may be told."""
TRUST_ACTIONS: Final = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""What a trust policy decides about, in lower case."""

_DECISIONS: Final = {
    Outcome.ALLOW: "allowed",
    Outcome.EXPLICIT_DENY: "explicitDeny",
    Outcome.IMPLICIT_DENY: "implicitDeny",
}
_STANDINGS: Final = {
    Standing.ALLOWS: "allowed",
    Standing.DENIES: "explicitDeny",
    Standing.SILENT: "implicitDeny",
    Standing.EXEMPT: "allowed",
}
_LESS_PERMITTED_FIRST: Final = ("explicitDeny", "implicitDeny", "allowed")
_IN_RESULTS: Final = {
    Layer.IDENTITY: "IAM Policy",
    Layer.RESOURCE: "Resource Policy",
    Layer.TRUST: "Resource Policy",
    Layer.BOUNDARY: "Permissions Boundary Policy",
}
"""
What AWS calls the types of policies in its answers: not what the model's enumeration has (fact 79).

AWS: policies of an organization have no part in the matched statements, nor in the missing context values.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """
    Everything but the actions and the resources.

    Attributes:
        resource_policy: Of every resource alike.
        trust_policies: Of the roles that are known, by ARN.
        owner: The account of resources whose ARN does not tell it.
        scps: Of the caller's account.
        rcps: By account, of resources.
        session: Session policies; None for a caller who has none.  The API knows none, nor an *endpoint*.
        endpoint: The policy of the VPC endpoint that the request comes through.
        of_organization: Whether to tell what its policies say.
        context: What was given, and what is known of the caller.
        names: How matched statements name their policies, by the identity of the policy.
    """

    principal: Principal
    identity: tuple[Policy, ...]
    boundary: Policy | None = None
    resource_policy: Policy | None = None
    trust_policies: Mapping[str, Policy] = field(default_factory=dict)
    owner: str = ""
    scps: Levels = ()
    rcps: Mapping[str, Levels] = field(default_factory=dict)
    session: tuple[Policy, ...] | None = None
    endpoint: Policy | None = None
    of_organization: bool = False
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    def most_actions(self, resources: int) -> int:
        """
        Return how many actions on that many *resources* may be asked about at once, at least one.

        Raises:
            InvalidInput: Even one is too much, with so many statements.
        """
        each = self._statements * resources
        if each > _MOST_STATEMENTS:
            raise InvalidInput(
                f"There are {self._statements} statements to hold {resources} resources against: at most {_MOST_STATEMENTS} "
                "can be looked at, all in all."
            )
        return max(1, min(_MOST_DECISIONS // resources, _MOST_STATEMENTS // max(1, each)))

    @property
    def _statements(self) -> int:
        single = (each for each in (self.boundary, self.resource_policy, self.endpoint) if each is not None)
        levels = (policy for level in self.scps for policy in level)
        return sum(
            len(policy.statements) for policy in (*self.identity, *(self.session or ()), *single, *levels)
        )

    def results(self, action: str, resources: Sequence[str], services: AwsServices) -> Json:
        """Return the ``EvaluationResult`` of one action on all of *resources*."""
        singles = [_Single(self, explain(*self.question(action, resource))) for resource in resources]
        specific = list(resources) != [ANYTHING]
        result: Json = {
            "EvalActionName": action,
            "EvalResourceName": template(action, resources, services),
            "EvalDecision": _strictest(single.decision for single in singles),
            "MissingContextValues": list(unique_keys(key for single in singles for key in single.missing)),
        }
        of_decision = [single for single in singles if single.decision == result["EvalDecision"]]
        result["MatchedStatements"] = _unique(item for single in of_decision for item in single.matched)
        if self.of_organization:
            allowed = all(single.by_organization for single in singles)
            result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
        if self.boundary is not None:
            allowed = all(single.by_boundary for single in singles)
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
        # AWS: absent for all resources, and where a policy of the organization denies; empty within one account.
        if specific and all(single.by_organization for single in singles):
            types = {type_ for single in singles for type_ in single.details}
            result["EvalDecisionDetails"] = {
                type_: _strictest(single.details[type_] for single in singles if type_ in single.details)
                for type_ in sorted(types)
            }
        if specific:
            result["ResourceSpecificResults"] = [single.specific() for single in singles]
        return result

    def question(self, action: str, resource: str) -> tuple[Request, PolicySet]:
        """Return what is asked about one action on one resource, and the policies that bear on it."""
        account = account_of(resource) or self.owner or self.principal.account
        request = Request(
            principal=self.principal,
            action=action,
            resource=resource,
            resource_account=self.principal.account if account in EVERYBODYS else account,
            context={"aws:ResourceAccount": account, **self.context},
        )
        on_role = action.lower() in TRUST_ACTIONS and resource != ANYTHING
        policy = self.resource_policy
        if policy is None and on_role:
            policy = self.trust_policies.get(resource)
        rcps: Levels = ()
        if resource != ANYTHING and supports_rcps(action):
            rcps = self.rcps.get(account, ())
        return request, PolicySet(
            identity=self.identity,
            boundary=self.boundary,
            resource=policy,
            # A role and a key of KMS are as closed as their policies leave them (semantics 63).
            resource_must_allow=on_role or (policy is not None and action.lower().startswith("kms:")),
            scps=self.scps,
            rcps=rcps,
            session=self.session,
            endpoint=self.endpoint,
        )


class _Single:
    """One action on one resource, decided."""

    def __init__(self, simulation: Simulation, explanation: Explanation) -> None:
        self._simulation = simulation
        self._explanation = explanation
        self.decision = _DECISIONS[explanation.decision.outcome]
        lanes = [lane for lane in explanation.lanes if lane.layer in _IN_RESULTS]
        # Of a denial only what denies; nothing has contributed to a silence.
        self.matched = [
            self._shown(lane.layer, trace)
            for lane in lanes
            for trace in lane.statements
            if trace.matched and _contributes(lane.layer, trace, self.decision)
        ]
        about = [
            (trace.policy, trace.statement)
            for lane in lanes
            for trace in lane.statements
            if trace.about_request
        ]
        self.missing = missing_keys(about, explanation.request.context)
        self.by_organization = not any(
            lane.standing is Standing.DENIES or lane.withholds
            for lane in explanation.lanes
            if lane.layer in {Layer.SCP, Layer.RCP}
        )
        self.by_boundary = all(
            lane.standing is Standing.ALLOWS for lane in lanes if lane.layer is Layer.BOUNDARY
        )
        request = explanation.request
        across = request.resource_account != request.principal.account
        self.details: dict[str, str] = (
            {_IN_RESULTS[lane.layer]: _STANDINGS[lane.standing] for lane in lanes} if across else {}
        )

    def specific(self) -> Json:
        result: Json = {
            "EvalResourceName": self._explanation.request.resource,
            "EvalResourceDecision": self.decision,
            "MatchedStatements": self.matched,
            "MissingContextValues": list(self.missing),
        }
        if self.details and self.by_organization:
            result["EvalDecisionDetails"] = self.details
        if self._simulation.boundary is not None:
            result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": self.by_boundary}
        return result

    def _shown(self, layer: Layer, trace: StatementTrace) -> Json:
        position = _positions(trace.policy.text)[trace.statement.index]
        return {
            "SourcePolicyId": self._simulation.names.get(id(trace.policy), trace.policy.name),
            "SourcePolicyType": _IN_RESULTS[layer],
            "StartPosition": {"Line": position.start.line, "Column": position.start.column},
            "EndPosition": {"Line": position.stop.line, "Column": position.stop.column},
        }


def _contributes(layer: Layer, trace: StatementTrace, decision: str) -> bool:
    if decision == "explicitDeny":
        return trace.statement.denies
    # A boundary grants nothing.
    return decision == "allowed" and layer is not Layer.BOUNDARY


def _strictest(decisions: Iterable[str]) -> str:
    return min(decisions, key=_LESS_PERMITTED_FIRST.index)


def _unique(items: Iterable[Json]) -> list[Json]:
    # By their text, since there may be thousands.
    return list({repr(item): item for item in items}.values())


# Each statement that matches asks for its own, of the same documents.
_positions: Final = lru_cache(maxsize=16)(statement_positions)


def account_of(resource: str) -> str:
    """Return the account in the ARN *resource*, or ``aws``; an empty text when it tells none."""
    parsed = Arn.parse(resource)
    if parsed is None:
        return ""
    account = parsed.account
    is_id = len(account) == _ACCOUNT_DIGITS and all_digits(account)
    return account if is_id or account in EVERYBODYS else ""


def template(action: str, resources: Sequence[str], services: AwsServices) -> str:
    """
    Return the form of the ARNs of what *action* is on: ``arn:${Partition}:s3:::${BucketName}/${ObjectName}``.

    It is the form that the first of *resources* has, where the action is on several types; ``*`` when it is on none, or
    was simulated on everything.
    """
    prefix, _, name = action.lower().partition(":")
    service = services.find(prefix)
    found = service.actions.get(name) if service is not None else None
    if found is None or resources[0] == ANYTHING or not found.resource_types:
        return ANYTHING
    for type_ in found.resource_types:
        if compile_pattern(_glob(type_.arn))(resources[0]):
            return type_.arn
    return found.resource_types[0].arn


def _glob(arn: str) -> str:
    parts = arn.split("${")
    return parts[0] + "".join("*" + part.partition("}")[2] for part in parts[1:])
