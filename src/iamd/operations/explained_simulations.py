"""
Simulations as a page tells them: with every layer and statement, with layers that the API knows nothing of, as a test file.

The question is that of SimulatePrincipalPolicy or SimulateCustomPolicy, checked as those check it, and the engine is the
same.  What is told holds the documents of policies, so that it takes more than a simulation does where they are not the
visitor's own (`ExplainedSimulations.about_principal`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Any, Final

from iamd.auth.context import parameter_context
from iamd.catalogue.services import aws_services
from iamd.errors import InvalidInput, Throttling
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Call
from iamd.operations.iam import reports, simulation
from iamd.operations.resources import anything
from iamd.operations.simulation_input import actions, compile_document, resources
from iamd.operations.simulator import Simulation
from iampolicy import Policy, PolicyKind, evaluate, explain, report, suggest
from iampolicy.world_writing import write_worlds

Json = dict[str, Any]

_MOST_DECISIONS: Final = 1_000
_MOST_CASES: Final = 200
_MOST_SESSION_POLICIES: Final = 11
"""AWS: one document, and at most ten managed policies."""
_MOST_AT_ONCE: Final = 2
_READS_DENIALS: Final = "iam:GetRequestAuthorizationDetails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    A question.

    Attributes:
        members: Of the operation.
        action: The one to explain, with *resource*.
        session_policies: Documents.
        endpoint_policy: One.
    """

    members: dict[str, Any]
    action: str = ""
    resource: str = ""
    session_policies: list[str] = field(default_factory=list)
    endpoint_policy: str | None = None


class ExplainedSimulations:
    """
    What simulations come to.

    Attributes:
        about_custom: The action that whoever brings all the policies along needs.
        about_principal: The action that whoever asks about a principal of the account needs, since its policies are told;
            besides the simulation itself, and what it takes to read explanations of denials.
    """

    def __init__(self, operations: ByHandler) -> None:
        self._operations = operations
        self.about_custom = operations.action(simulation.simulate_custom_policy)
        self.about_principal = operations.action(reports.get_account_authorization_details)
        self._working = BoundedSemaphore(_MOST_AT_ONCE)

    def of_custom(self, call: Call, asked: Asked, want: str) -> Json:
        """
        Tell what policies that came along decide; see `_told`.

        Raises:
            ServiceError: As the operation does.
        """
        params = self._operations.read(simulation.simulate_custom_policy, asked.members)
        return self._told(simulation.custom_simulation(call, params), params, asked, want)

    def of_principal(self, call: Call, asked: Asked, want: str) -> Json:
        """
        Tell what is decided for a user, group or role; see `_told`.

        Raises:
            AccessDenied: The caller may not simulate it, or may not read what decided.
            ServiceError: As the operation does.
        """
        handler = simulation.simulate_principal_policy
        params = self._operations.read(handler, asked.members)
        registered = self._operations[handler]
        context = parameter_context(registered.service, params)
        call.guard.authorize(self._operations.action(handler), registered.targets(call, params), context)
        call.require(_READS_DENIALS, anything(call, {}))
        return self._told(simulation.principal_simulation(call, params), params, asked, want)

    def _told(self, simulated: Simulation, params: Mapping[str, Any], asked: Asked, want: str) -> Json:
        """
        Return an ``explanation`` of one action on one resource, the ``results`` of all, or a ``test`` file of all.

        Raises:
            InvalidInput: A document is no policy, there are too many questions, or no test file can tell of them.
            Throttling: Others wait for simulations.
        """
        whole = replace(simulated, session=_session(asked), endpoint=_endpoint(asked))
        if not self._working.acquire(blocking=False):
            raise Throttling("Rate exceeded")
        try:
            if want == "explanation":
                return _explanation(whole, params, asked)
            return _results(whole, params) if want == "results" else _test(whole, params)
        finally:
            self._working.release()


def _explanation(simulated: Simulation, params: Mapping[str, Any], asked: Asked) -> Json:
    action, resource = asked.action, asked.resource
    if action not in actions(params) or resource not in resources(params):
        raise InvalidInput("The action and the resource to explain are among those that are asked about.")
    question = simulated.question(action, resource)
    return report(explain(*question), suggest(*question))


def _results(simulated: Simulation, params: Mapping[str, Any]) -> Json:
    asked, on = _bounded(simulated, params, _MOST_DECISIONS)
    return {"EvaluationResults": [simulated.results(action, on, aws_services()) for action in asked]}


def _test(simulated: Simulation, params: Mapping[str, Any]) -> Json:
    asked, on = _bounded(simulated, params, _MOST_CASES)
    questions = (simulated.question(action, resource) for action in asked for resource in on)
    file = write_worlds([(*each, evaluate(*each)) for each in questions])
    if file is None:
        raise InvalidInput("No test file can tell of such a decision.")
    return {"file": file}


def _bounded(simulated: Simulation, params: Mapping[str, Any], most: int) -> tuple[list[str], list[str]]:
    asked, on = actions(params), resources(params)
    if len(asked) * len(on) > most:
        raise InvalidInput(f"At most {most} decisions at once: ask about fewer actions or resources.")
    if len(asked) > simulated.most_actions(len(on)):
        raise InvalidInput("There are too many statements to hold so much against: ask about fewer actions.")
    return asked, on


def _session(asked: Asked) -> tuple[Policy, ...] | None:
    texts = asked.session_policies
    if len(texts) > _MOST_SESSION_POLICIES:
        raise InvalidInput(f"A session has at most {_MOST_SESSION_POLICIES} session policies.")
    found = tuple(_compiled(texts, PolicyKind.SESSION, "sessionPolicies"))
    return found or None


def _endpoint(asked: Asked) -> Policy | None:
    text = asked.endpoint_policy
    return None if text is None else next(_compiled([text], PolicyKind.ENDPOINT, "endpointPolicy"))


def _compiled(texts: list[str], kind: PolicyKind, name: str) -> Iterator[Policy]:
    for number, text in enumerate(texts, 1):
        yield compile_document(text, kind, f"{name}.{number}")
