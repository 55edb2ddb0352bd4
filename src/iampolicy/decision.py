"""What comes out: a decision, the layer that made it, and the statements that spoke."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, TypeAlias

from iampolicy.policy_set import Policy
from iampolicy.statement import Effect, Statement


class Outcome(StrEnum):
    ALLOW = "Allow"
    IMPLICIT_DENY = "ImplicitDeny"
    EXPLICIT_DENY = "ExplicitDeny"


class Layer(StrEnum):
    """A kind of policy by the part it plays in a decision."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"
    TRUST = "trust"


# AWS: Troubleshoot access denied error messages.  "a sessions policy" is what AWS writes (semantics 75).
_SILENT: Final = {
    Layer.IDENTITY: "identity-based policy",
    Layer.RESOURCE: "resource-based policy",
    Layer.BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policy",
    Layer.SCP: "service control policy",
    Layer.RCP: "resource control policy",
    Layer.ENDPOINT: "VPC endpoint policy",
    Layer.TRUST: "role trust policy",
}
_DENYING: Final = {
    Layer.IDENTITY: "an identity-based policy",
    Layer.RESOURCE: "a resource-based policy",
    Layer.BOUNDARY: "a permissions boundary",
    Layer.SESSION: "a sessions policy",
    Layer.SCP: "a service control policy",
    Layer.RCP: "a resource control policy",
    Layer.ENDPOINT: "a VPC endpoint policy",
    Layer.TRUST: "the role trust policy",
}


Hit: TypeAlias = tuple[Layer, Policy, Statement]


@dataclass(frozen=True, slots=True)
class MatchedStatement:
    """
    A statement that spoke of the request.

    Attributes:
        policy: The name of its policy.
        arn: Of that policy, if known.
        index: Its place in the document, from 0.
    """

    layer: Layer
    effect: Effect
    policy: str
    arn: str | None
    index: int
    sid: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """
    A decision with its reasons.

    It has no truth value, so that ``if decision:`` cannot be written for ``if decision.allowed:``.

    Attributes:
        layer: What decided: of a denial the layer that denies or is silent, else the one that allows.
        action: As asked.
        hits: What `matched` is made of.
        fault: What went wrong in the evaluation, for a log; empty when nothing did.
    """

    outcome: Outcome
    layer: Layer
    action: str
    hits: tuple[Hit, ...] = ()
    fault: str = ""

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOW

    @property
    def matched(self) -> tuple[MatchedStatement, ...]:
        """
        All statements that matched, those that deny first.

        With an implicit denial there may be some too: they allow, but one layer more would have had to.
        """
        return tuple(
            MatchedStatement(layer, statement.effect, policy.name, policy.arn, statement.index, statement.sid)
            for layer, policy, statement in self.hits
        )

    @property
    def reason(self) -> str:
        """AWS's clause after "is not authorized to perform … on resource: …"; empty when allowed."""
        if self.outcome is Outcome.ALLOW:
            return ""
        if self.outcome is Outcome.EXPLICIT_DENY:
            return f"with an explicit deny in {_DENYING[self.layer]}"
        return f"because no {_SILENT[self.layer]} allows the {self.action} action"

    def __bool__(self) -> NoReturn:
        raise TypeError("a decision is not a truth value; ask for allowed")
