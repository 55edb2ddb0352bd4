"""
Decide: from a request and the policies that bear on it to a decision.

The order of AWS's *Policy evaluation logic*: an explicit Deny anywhere decides; then every layer that can only withhold
must allow; then the resource's policy and the principal's own policies grant, together in one account, and each for its
side when the accounts differ.
"""

from collections.abc import Iterable
from typing import Final

from iampolicy.decision import Decision, Layer, Outcome
from iampolicy.document import PolicyKind
from iampolicy.errors import EvaluationError
from iampolicy.policy_set import Policy, PolicySet
from iampolicy.principals import Grant
from iampolicy.request import WITHOUT_IDENTITY, PrincipalKind, Request
from iampolicy.statement import Effect, Statement
from iampolicy.text import ascii_lower

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
    # AWS: no permissions are needed for these two, and an explicit Deny does not stop them (semantics 63).
    if (
        ascii_lower(request.action) in _ALWAYS_ALLOWED
        and request.principal.kind is not PrincipalKind.ANONYMOUS
    ):
        return Decision(Outcome.ALLOW, Layer.IDENTITY, request.action)
    evaluation = _Evaluation(request, policies)
    try:
        evaluation.gather()
    except EvaluationError as error:
        return Decision(Outcome.IMPLICIT_DENY, evaluation.layer, request.action, (), str(error))
    return evaluation.decide()


class _Evaluation:
    """
    One evaluation.

    Attributes:
        layer: The one being looked at.
    """

    __slots__ = ("_allows", "_denies", "_grant", "_policies", "_request", "_silent", "_speaking", "layer")

    def __init__(self, request: Request, policies: PolicySet) -> None:
        self._request = request
        self._policies = policies
        self._allows: list[tuple[Layer, Policy, Statement]] = []
        self._denies: list[tuple[Layer, Policy, Statement]] = []
        self._speaking: set[Layer] = set()
        self._silent: list[Layer] = []
        self._grant = Grant.NONE
        self.layer = Layer.IDENTITY

    def gather(self) -> None:
        """Ask every policy; all of them, so that an explicit Deny is found wherever it is (semantics 52)."""
        policies = self._policies
        if policies.rcps or policies.scps:
            self._gather_organization()
        if policies.endpoint is not None:
            self.layer = Layer.ENDPOINT
            if self._ask_about_principal(policies.endpoint) is Grant.NONE:
                self._silent.append(Layer.ENDPOINT)
        if policies.resource is not None:
            self.layer = Layer.TRUST if policies.resource.kind is PolicyKind.TRUST else Layer.RESOURCE
            self._grant = self._ask_about_principal(policies.resource)
        self._ask(Layer.IDENTITY, policies.identity)
        if policies.boundary is not None:
            self._ask(Layer.BOUNDARY, (policies.boundary,))
        if policies.session:
            self._ask(Layer.SESSION, policies.session)

    def _gather_organization(self) -> None:
        if self._request.principal.service_linked:
            return  # semantics 53, 54
        self.layer = Layer.RCP
        for level in self._policies.rcps:
            grants = [self._ask_about_principal(policy) for policy in level]
            if not any(grants):
                self._silent.append(Layer.RCP)
        for level in self._policies.scps:
            self._speaking.discard(Layer.SCP)
            self._ask(Layer.SCP, level)
            if Layer.SCP not in self._speaking:
                self._silent.append(Layer.SCP)

    def _ask(self, layer: Layer, policies: Iterable[Policy]) -> None:
        """Ask policies without principals, and remember whether one of them allows."""
        self.layer = layer
        request = self._request
        action, target, values = request.action, request.target, request.values
        for policy in policies:
            for statement in policy.about(action):
                resource = statement.resource
                if resource is not None and not resource(target, values):
                    continue
                for check in statement.checks:
                    if not check(values):
                        break
                else:
                    if statement.effect is Effect.DENY:
                        self._denies.append((layer, policy, statement))
                    else:
                        self._allows.append((layer, policy, statement))
                        self._speaking.add(layer)

    def _ask_about_principal(self, policy: Policy) -> Grant:
        """Ask a policy with principals, and return how directly it allows."""
        request, layer = self._request, self.layer
        values = request.values
        bounded = self._policies.boundary is not None
        best = Grant.NONE
        for statement in policy.about(request.action):
            grant = statement.grant(request.principal, bounded=bounded)
            resource = statement.resource
            if (
                grant is Grant.NONE
                or (resource is not None and not resource(request.target, values))
                or not all(check(values) for check in statement.checks)
            ):
                continue
            if statement.effect is Effect.DENY:
                self._denies.append((layer, policy, statement))
            else:
                self._allows.append((layer, policy, statement))
                best = max(best, grant)
        return best

    def decide(self) -> Decision:
        """Weigh what was gathered."""
        if self._denies:
            denying = {layer for layer, _, _ in self._denies}
            return self._decision(
                Outcome.EXPLICIT_DENY, next(layer for layer in _NAMED_FIRST if layer in denying)
            )
        if self._silent:
            return self._decision(Outcome.IMPLICIT_DENY, self._silent[0])
        if self._request.principal.kind in WITHOUT_IDENTITY:
            silent = None if self._grant else self._resource_layer
        elif self._request.principal.account == self._request.resource_account:
            silent = self._silent_in_one_account()
        else:
            silent = self._silent_across_accounts()
        if silent is not None:
            return self._decision(Outcome.IMPLICIT_DENY, silent)
        allowing = Layer.IDENTITY if self._identity_grants() else self._resource_layer
        return self._decision(Outcome.ALLOW, allowing)

    def _decision(self, outcome: Outcome, layer: Layer) -> Decision:
        return Decision(outcome, layer, self._request.action, (*self._denies, *self._allows))

    @property
    def _resource_layer(self) -> Layer:
        resource = self._policies.resource
        return Layer.TRUST if resource is not None and resource.kind is PolicyKind.TRUST else Layer.RESOURCE

    def _silent_in_one_account(self) -> Layer | None:
        """Return the layer whose silence denies: the same-account table (semantics 52-61, 90)."""
        if self._policies.resource_must_allow and self._grant is Grant.NONE:
            return self._resource_layer  # semantics 63
        # A direct grant needs nothing of the principal's own policies.
        if self._grant is Grant.DIRECT:
            return None
        return self._silent_of_principal(granted=self._grant is Grant.ENTITY)

    def _silent_across_accounts(self) -> Layer | None:
        """Return the layer whose silence denies: both sides must allow, and nothing is bypassed (semantics 62)."""
        if self._grant is Grant.NONE:
            return self._resource_layer
        silent = self._silent_of_principal(granted=False)
        # Seen at AWS: an account that is let in but does not let its principal is blamed on the resource's policy
        # (semantics 76); with a trust policy AWS names the identity's.
        if (
            silent is Layer.IDENTITY
            and self._grant is Grant.ACCOUNT
            and self._resource_layer is Layer.RESOURCE
        ):
            return Layer.RESOURCE
        return silent

    def _silent_of_principal(self, *, granted: bool) -> Layer | None:
        """Return the first of the principal's own layers that does not allow; None when all do."""
        if not granted and not self._identity_grants():
            return Layer.IDENTITY
        if self._policies.boundary is not None and Layer.BOUNDARY not in self._speaking:
            return Layer.BOUNDARY
        session_needed = self._policies.session is not None or self._request.principal.kind in {
            PrincipalKind.FEDERATED_USER,
            PrincipalKind.FEDERATED_ROOT,
        }
        if session_needed and Layer.SESSION not in self._speaking:
            return Layer.SESSION
        return None

    def _identity_grants(self) -> bool:
        # The root user needs no policy; nor does the root behind a federated session (semantics 90).
        return Layer.IDENTITY in self._speaking or self._request.principal.kind in {
            PrincipalKind.ROOT,
            PrincipalKind.FEDERATED_ROOT,
        }
