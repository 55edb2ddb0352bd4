"""
The guard's second question: may they?

`Guard` belongs to one request: it knows the caller, the request's own context keys, and where to look.  A check returns
nothing or raises AccessDenied; there is no answer that a handler could forget to look at.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from iamd.auth.allowances import Allowances
from iamd.auth.caller import Caller
from iamd.auth.context import (
    Circumstances,
    Context,
    caller_context,
    endpoint_context,
    organization_context,
    request_context,
    target_context,
)
from iamd.auth.decisions import Denial
from iamd.auth.denial import Denials, denied
from iamd.auth.policies_for import TextlessPolicyError, of_endpoint_alone, policy_sets_for
from iamd.auth.recorded import Recorded, policies_in
from iamd.auth.remembered import Question, RememberedDecisions
from iamd.auth.target import ContextValue, Target
from iamd.auth.verdict import Decided, Verdict
from iamd.auth.vpc_endpoints import endpoint_of
from iamd.directory.directory import NeedsLoad, View
from iamd.directory.load import Compiler
from iamd.directory.snapshots import VPCEndpointSnapshot
from iamd.domain.arns import EVERYBODYS
from iamd.errors import AccessDenied
from iampolicy import Context as FoldedContext
from iampolicy import Coverage, Decision, Policy, PolicySet, Request, coverage, evaluate

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""AWS: these two need no permission, and an explicit Deny does not stop them (semantics 63), but for an endpoint's."""

_REMEMBERED = RememberedDecisions()


class Guard:
    """
    The second question, for one request.

    Attributes:
        caller: Who asks.
        circumstances: What they have sent, when, and by which way.
        view: Where snapshots are.
        compile_policy: Compiles the policies of sessions.
        denials: Keeps what is decided.
        operation: What was called.
        told: The context keys of a request that somebody else has got, and asks about; those of *circumstances* when
            None.
        decided: All that was decided so far, in order; for the chronicle.
    """

    __slots__ = (
        "_context_asked",
        "_of_request",
        "_standing",
        "caller",
        "circumstances",
        "compile_policy",
        "decided",
        "denials",
        "operation",
        "told",
        "view",
    )

    def __init__(
        self,
        *,
        caller: Caller,
        circumstances: Circumstances,
        view: View,
        compile_policy: Compiler,
        denials: Denials,
        operation: str = "",
        told: Mapping[str, ContextValue] | None = None,
    ) -> None:
        self.caller = caller
        self.circumstances = circumstances
        self.view = view
        self.compile_policy = compile_policy
        self.denials = denials
        self.operation = operation
        self.told = told
        self.decided: list[Decided] = []
        self._standing: FoldedContext | None = None
        self._of_request: Context = {}
        self._context_asked = False  # By a statement, of the question in hand.

    def endpoint(self) -> VPCEndpointSnapshot | None:
        """
        Return the VPC endpoint that the request came through.

        Raises:
            AccessDenied: The server does not know it.
        """
        entrance = self.circumstances.entrance
        return None if entrance is None else endpoint_of(entrance, self.view)

    def authorize(self, action: str, targets: Iterable[Target], context: Mapping[str, ContextValue]) -> None:
        """
        Demand that the caller may do *action* on every one of *targets*.

        Raises:
            AccessDenied: With AWS's sentence and reason.
        """
        endpoint = self.endpoint()
        for target in targets:
            asked = target.action or action
            if asked in ALWAYS_ALLOWED and endpoint is None:
                continue
            refusal = self.decide(asked, target, context).refusal
            if refusal is not None:
                raise refusal

    def foresee(
        self, action: str, targets: Iterable[Target], context: Mapping[str, ContextValue]
    ) -> str | None:
        """Return why `authorize` would refuse; None when it would not.  Nothing of it is kept, or told the chronicle."""
        aside = Guard(
            caller=self.caller,
            circumstances=self.circumstances,
            view=self.view,
            compile_policy=self.compile_policy,
            denials=Denials(str),
            operation=self.operation,
            told=self.told,
        )
        try:
            aside.authorize(action, targets, context)
        except AccessDenied as refusal:
            return refusal.message
        return None

    def decide(self, action: str, target: Target, context: Mapping[str, ContextValue]) -> Verdict:
        """Return what is decided about *action* on *target*, and why; it is kept, to be asked about."""
        try:
            sets = self._policies(action, target)
        except TextlessPolicyError as error:
            self.decided.append((action, target, error.arn))
            request = self._question(action, target, context)
            return Verdict(None, self._refusal(target, request, textless=error.arn))
        decision: Decision | None = None
        asked: Request | None = None
        # With delegated access, what is noted is decided by the policies that it is noted with.
        first: tuple[Decision, Question, bool] | None = None
        for policies in sets:
            remembered = True
            question = (policies, self.caller.principal, action, target.arn, self._owner(target))
            decision = _REMEMBERED.find(question)
            if decision is None:
                asked = asked or self._question(action, target, context)
                decision = evaluate(asked, policies)
                remembered = not self._context_asked and _REMEMBERED.keep(question, decision)
            if first is None:
                first = (decision, question, remembered)
            self.decided.append((action, target, decision))
            if not decision.allowed:
                request = asked or self._question(action, target, context)
                return Verdict(decision, self._refusal(target, request, policies, decision))
        allowances = self.denials.allowances
        if (
            allowances is not None
            and first is not None
            and not allowances.again(first[0], self.circumstances.now)
        ):
            self._note(allowances, first, asked, action, target, context)
        return Verdict(decision, None)

    def _note(
        self,
        allowances: Allowances,
        first: tuple[Decision, Question, bool],
        asked: Request | None,
        action: str,
        target: Target,
        context: Mapping[str, ContextValue],
    ) -> None:
        """Keep what was allowed; *asked* is made when it is needed."""
        decision, question, remembered = first
        tell = partial(self._question, action, target, context) if asked is None else lambda: asked
        record = partial(self._recorded, question[0], decision)
        now = self.circumstances.now
        try:
            allowances.note(decision, question, now, tell, record, steady=remembered)
        except NeedsLoad:
            # Nobody waits, or is refused, for the sake of a note.
            allowances.leave_out(now)

    def _recorded(self, policies: PolicySet, decision: Decision, request: Request) -> Recorded:
        return Recorded(request=request, policies=policies, decision=decision, **self._told())

    def _owner(self, target: Target) -> str:
        """Return the account whose *target* is; what is everybody's is the caller's own (semantics 18)."""
        return self.caller.account_id if target.account_id in EVERYBODYS else target.account_id

    def asked_of(self, action: str, target: Target) -> tuple[Policy, ...]:
        """Return the policies that bear on *action* on *target*; none where one of them cannot be read."""
        try:
            return tuple(policy for each in self._policies(action, target) for policy in policies_in(each))
        except TextlessPolicyError:
            return ()

    def _policies(self, action: str, target: Target) -> tuple[PolicySet, ...]:
        endpoint = self.endpoint()
        through = None if endpoint is None else endpoint.policy
        if through is not None and action in ALWAYS_ALLOWED:
            # AWS: *Control access to AWS STS with VPC endpoint policies*: that of an endpoint stops them, and no other.
            return (of_endpoint_alone(self.caller, through),)
        return policy_sets_for(self.caller, action, target, self.view, self.compile_policy, through)

    def coverage(self, asked: Policy) -> Coverage | None:
        """Estimate whether the caller may do all that *asked* allows; None where a policy of theirs cannot be read."""
        try:
            sets = policy_sets_for(
                self.caller,
                "",
                Target(arn="*", account_id=self.caller.account_id),
                self.view,
                self.compile_policy,
            )
        except TextlessPolicyError:
            return None
        return min(coverage(asked, policies, of_root=self.caller.of_root) for policies in sets)

    def _refusal(
        self,
        target: Target,
        request: Request,
        policies: PolicySet | None = None,
        decision: Decision | None = None,
        textless: str | None = None,
    ) -> AccessDenied:
        error = AccessDenied(
            denied(self.caller.arn, request.action, target, decision),
            detail=f"the text of {textless} cannot be had" if decision is None else decision.reason,
        )
        denial = Denial(
            request=request, policies=policies, decision=decision, textless=textless, **self._told()
        )
        return self.denials.refuse(error, denial, terse=target.deny_text is not None)

    def _told(self) -> dict[str, Any]:
        """Return the members of a record that are of the request as a whole."""
        caller, endpoint = self.caller, self.endpoint()
        return {
            "at": self.circumstances.now,
            "account_id": caller.account_id,
            "caller_arn": caller.arn,
            "caller_id": caller.user_id,
            "operation": self.operation,
            "endpoint_account_id": None if endpoint is None else endpoint.endpoint.account_id,
            "epoch": self.view.epoch,
        }

    def _question(self, action: str, target: Target, context: Mapping[str, ContextValue]) -> Request:
        # Looked up now, since a look may have to wait; what they say, and all else, when a policy asks.
        caller = self.caller
        of_caller = self.view.account(caller.account_id)
        of_target = (
            of_caller if target.account_id == caller.account_id else self.view.account(target.account_id)
        )
        endpoint = self.endpoint()
        owner = None if endpoint is None else self.view.account(endpoint.endpoint.account_id)

        self._context_asked = False

        def tell() -> Context:
            self._context_asked = True
            if not self._of_request:
                told = self.told
                self._of_request = {
                    **organization_context("Principal", of_caller),
                    **(request_context(self.circumstances, caller) if told is None else told),
                }
            of_accounts = organization_context("Resource", of_target)
            if endpoint is not None:
                of_accounts |= endpoint_context(action, endpoint.endpoint, owner)
            return {**self._of_request, **context, **of_accounts, **target_context(target)}

        if self._standing is None:
            self._standing = caller_context(caller, self.circumstances.now)
        return Request(
            principal=caller.principal,
            action=action,
            resource=target.arn,
            resource_account=self._owner(target),
            context=FoldedContext.later(tell, self._standing),
        )
