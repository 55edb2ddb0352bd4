"""
Decide: from a request and the policies that bear on it to a decision.

The order of AWS's *Policy evaluation logic*: an explicit Deny anywhere decides; then every layer that can only withhold
must allow; then the resource's policy and the principal's own policies grant, together in one account, and each for its
side when the accounts differ.
"""

from collections.abc import Iterable
from typing import Final

from iampolicy.decision import Decision, Hit, Layer, Outcome
from iampolicy.document import PolicyKind
from iampolicy.errors import EvaluationError
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.principals import Grant
from iampolicy.request import PrincipalKind, Request
from iampolicy.text import ascii_lower
from iampolicy.variables import Values

_NOTHING: Final[Values] = {}
"""What a statement is given that asks for no context key."""

# Members of an enumeration are looked up slowly.
_NONE: Final = Grant.NONE
_IDENTITY: Final = Layer.IDENTITY
_BOUNDARY: Final = Layer.BOUNDARY
_SESSION: Final = Layer.SESSION
_ALLOW: Final = Outcome.ALLOW

ROOTS: Final = (PrincipalKind.ROOT, PrincipalKind.FEDERATED_ROOT)
NEEDING_A_SESSION_POLICY: Final = (PrincipalKind.FEDERATED_USER, PrincipalKind.FEDERATED_ROOT)
_ALWAYS_ALLOWED: Final = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})

_NAMED_FIRST: Final = (
    Layer.SCP,
    Layer.RCP,
    Layer.IDENTITY,
    Layer.BOUNDARY,
    Layer.SESSION,
    Layer.TRUST,
    Layer.RESOURCE,
    Layer.ENDPOINT,
)
"""Only one layer is named when several deny: the identity's before the resource's (semantics 76)."""


def evaluate(request: Request, policies: PolicySet) -> Decision:
    """
    Decide about *request*.

    Never raises: what cannot be evaluated is denied (semantics 61).

    What only services refuse is not decided here: writes to AWS managed policies and to reserved roles, and role
    assumption by a root user.
    """
    free = needs_no_permission(request)
    bounded = policies.boundary is not None
    if free:
        if policies.endpoint is None:
            return Decision(_ALLOW, _IDENTITY, request.action)
        # AWS: *Control access to AWS STS with VPC endpoint policies*: what an endpoint does not let through it "blocks",
        # GetCallerIdentity and GetSessionToken too.
        policies = PolicySet(endpoint=policies.endpoint)
    evaluation = _Evaluation(request, policies, bounded=bounded)
    try:
        evaluation.gather()
    except EvaluationError as error:
        return Decision(Outcome.IMPLICIT_DENY, evaluation.layer, request.action, (), str(error))
    return evaluation.decide(free=free)


def needs_no_permission(request: Request) -> bool:
    """Tell whether *request* is allowed whatever policies say, but for that of a VPC endpoint."""
    # AWS: no permissions are needed for these two, and an explicit Deny does not stop them (semantics 63).
    return (
        ascii_lower(request.action) in _ALWAYS_ALLOWED
        and request.principal.kind is not PrincipalKind.ANONYMOUS
    )


class _Evaluation:
    """
    One evaluation.

    Attributes:
        layer: The one being looked at.
    """

    __slots__ = (
        "_allows",
        "_boundary_allows",
        "_bounded",
        "_denies",
        "_grant",
        "_identity_allows",
        "_policies",
        "_request",
        "_session_allows",
        "_silent",
        "layer",
    )

    def __init__(self, request: Request, policies: PolicySet, *, bounded: bool) -> None:
        self._request = request
        self._policies = policies
        self._bounded = bounded
        self._allows: list[Hit] = []
        self._denies: list[Hit] = []
        self._silent: Layer | None = None
        self._grant = _NONE
        self._identity_allows = self._boundary_allows = self._session_allows = False
        self.layer = _IDENTITY

    def gather(self) -> None:
        """Ask every policy; all of them, so that an explicit Deny is found wherever it is (semantics 52)."""
        policies = self._policies
        if policies.rcps or policies.scps:
            self._gather_organization()
        if policies.endpoint is not None:
            self.layer = Layer.ENDPOINT
            if self._ask_about_principal(policies.endpoint) is _NONE:
                self._silent = self._silent or Layer.ENDPOINT
        if policies.resource is not None:
            self.layer = self._resource_layer
            self._grant = self._ask_about_principal(policies.resource)
        self._identity_allows = self._ask(_IDENTITY, policies.identity)
        if policies.boundary is not None:
            self._boundary_allows = self._ask(_BOUNDARY, (policies.boundary,))
        if policies.session:
            self._session_allows = self._ask(_SESSION, policies.session)

    def _gather_organization(self) -> None:
        if self._request.principal.service_linked:
            return  # semantics 53, 54
        self.layer = Layer.RCP
        for level in self._policies.rcps:
            grants = [self._ask_about_principal(policy) for policy in level]
            if not any(grants):
                self._silent = self._silent or Layer.RCP
        for level in self._policies.scps:
            if not self._ask(Layer.SCP, level):
                self._silent = self._silent or Layer.SCP

    def _ask(self, layer: Layer, policies: Iterable[Policy]) -> bool:
        """Ask policies without principals; tell whether one of them allows."""
        self.layer = layer
        request = self._request
        action, target, values = request.action, request.target, _NOTHING
        allowed = False
        for policy in policies:
            for statement in policy.bearing(action, target):
                if statement.asks:
                    values = request.values
                resource = statement.resource
                if resource is not None and not resource(target, values):
                    continue
                for check in statement.checks:
                    if not check(values):
                        break
                else:
                    if statement.denies:
                        self._denies.append((layer, policy, statement))
                    else:
                        self._allows.append((layer, policy, statement))
                        allowed = True
        return allowed

    def _ask_about_principal(self, policy: Policy) -> Grant:
        """Ask a policy with principals; tell how directly it allows."""
        request, layer = self._request, self.layer
        bounded = self._bounded
        best = _NONE
        for statement in policy.bearing(request.action, request.target):
            grant = statement.grant(request.principal, bounded=bounded)
            values = request.values if statement.asks else _NOTHING
            resource = statement.resource
            if (
                grant is _NONE
                or (resource is not None and not resource(request.target, values))
                or not all(check(values) for check in statement.checks)
            ):
                continue
            if statement.denies:
                self._denies.append((layer, policy, statement))
            else:
                self._allows.append((layer, policy, statement))
                best = max(best, grant)
        return best

    def decide(self, *, free: bool) -> Decision:
        """Weigh what was gathered; *free* is what nobody need allow."""
        if self._denies:
            denying = {layer for layer, _, _ in self._denies}
            return self._decision(
                Outcome.EXPLICIT_DENY, next(layer for layer in _NAMED_FIRST if layer in denying)
            )
        principal = self._request.principal
        if self._silent is not None:
            silent: Layer | None = self._silent
        elif free:
            return self._decision(_ALLOW, _IDENTITY)
        elif not principal.has_identity:
            silent = None if self._grant else self._resource_layer
        elif principal.account == self._request.resource_account:
            silent = self._silent_in_one_account()
        else:
            silent = self._silent_across_accounts()
        if silent is not None:
            return self._decision(Outcome.IMPLICIT_DENY, silent)
        return self._decision(_ALLOW, _IDENTITY if self._identity_grants() else self._resource_layer)

    def _decision(self, outcome: Outcome, layer: Layer) -> Decision:
        return Decision(outcome, layer, self._request.action, (*self._denies, *self._allows))

    @property
    def _resource_layer(self) -> Layer:
        resource = self._policies.resource
        return Layer.TRUST if resource is not None and resource.kind is PolicyKind.TRUST else Layer.RESOURCE

    def _silent_in_one_account(self) -> Layer | None:
        """Return the layer whose silence denies: the same-account table (semantics 52-61, 90)."""
        if self._policies.resource_must_allow and self._grant is _NONE:
            return self._resource_layer  # semantics 63
        # A direct grant needs nothing of the principal's own policies.
        if self._grant is Grant.DIRECT:
            return None
        return self._silent_of_principal(granted=self._grant is Grant.ENTITY)

    def _silent_across_accounts(self) -> Layer | None:
        """Return the layer whose silence denies: both sides must allow, and nothing is bypassed (semantics 62)."""
        if self._grant is _NONE:
            return self._resource_layer
        silent = self._silent_of_principal(granted=False)
        # Seen at AWS: an account that is let in but does not let its principal is blamed on the resource's policy
        # (semantics 76); with a trust policy AWS names the identity's.
        if silent is _IDENTITY and self._grant is Grant.ACCOUNT and self._resource_layer is Layer.RESOURCE:
            return Layer.RESOURCE
        return silent

    def _silent_of_principal(self, *, granted: bool) -> Layer | None:
        """Return the first of the principal's own layers that does not allow; None when all do."""
        policies = self._policies
        if not granted and not self._identity_grants():
            return _IDENTITY
        if policies.boundary is not None and not self._boundary_allows:
            return _BOUNDARY
        if not self._session_allows and (
            policies.session is not None or self._request.principal.kind in NEEDING_A_SESSION_POLICY
        ):
            return _SESSION
        return None

    def _identity_grants(self) -> bool:
        # The root user needs no policy; nor does the root behind a federated session (semantics 90).
        return self._identity_allows or self._request.principal.kind in ROOTS
