"""
Policy engines behind one face: prepared with a workload, then asked.

Engines that are not installed are left out.  What each of them skips is in the README beside this.
"""

import importlib
import ipaddress
import json
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.policy_workload import ACCOUNT, CONTEXT, RANGES, TEAMS, USER, Question, Workload

from iampolicy import Context, PolicyKind, PolicySet, Principal, PrincipalKind, Request, evaluate, parse

BOB = Principal(
    kind=PrincipalKind.USER, account=ACCOUNT, arn=USER, identity_arn=USER, unique_id="AIDAEXAMPLE0000000000"
)
Ask = Callable[[], bool]


class Engine(ABC):
    """One engine; may raise ImportError when it is prepared."""

    name: str

    @abstractmethod
    def prepare(self, workload: Workload) -> list[Ask]:
        """Return a function for each question of *workload*; all that can be done beforehand has been."""


class Ours(Engine):
    name = "iampolicy"

    def prepare(self, workload: Workload) -> list[Ask]:
        policies = PolicySet(
            identity=tuple(parse(json.dumps(each), PolicyKind.IDENTITY) for each in workload.documents())
        )
        context = Context(CONTEXT)

        def asking(question: Question) -> Ask:
            request = _request(question, context)
            return lambda: evaluate(request, policies).allowed

        return [asking(question) for question in workload.questions]


class OursWithRequest(Engine):
    name = "iampolicy, request made each time"

    def prepare(self, workload: Workload) -> list[Ask]:
        policies = PolicySet(
            identity=tuple(parse(json.dumps(each), PolicyKind.IDENTITY) for each in workload.documents())
        )

        def asking(question: Question) -> Ask:
            return lambda: evaluate(_request(question, Context(CONTEXT)), policies).allowed

        return [asking(question) for question in workload.questions]


def _request(question: Question, context: Context) -> Request:
    return Request(
        principal=BOB,
        action=question.action,
        resource=question.resource,
        resource_account=ACCOUNT,
        context=context,
    )


class Cedar(Engine):
    """Cedar is another language; the workload is translated, and its policies and entities are parsed beforehand."""

    name = "cedarpy"

    def prepare(self, workload: Workload) -> list[Ask]:
        cedar: Any = importlib.import_module("cedarpy")
        policies = cedar.PolicySet.from_str("\n".join(self._policy(rule) for rule in workload.rules))
        entities = cedar.Entities.from_json_str("[]")

        def asking(question: Question) -> Ask:
            request = {
                "principal": 'User::"bob"',
                "action": f'Action::"{question.action}"',
                "resource": f'Resource::"{question.resource}"',
                "context": {
                    "resource": question.resource,
                    "team": CONTEXT["aws:PrincipalTag/team"],
                    "ip": {"__extn": {"fn": "ip", "arg": CONTEXT["aws:SourceIp"]}},
                },
            }
            return lambda: bool(cedar.is_authorized(request, policies, entities).allowed)

        return [asking(question) for question in workload.questions]

    @staticmethod
    def _policy(rule: Any) -> str:
        actions = ", ".join(f'Action::"{action}"' for action in rule.actions)
        teams = ", ".join(f'"{team}"' for team in TEAMS)
        ranges = " || ".join(f'context.ip.isInRange(ip("{each}"))' for each in RANGES)
        return (
            f"permit(principal, action in [{actions}], resource) when {{"
            f' context.resource like "{rule.resource}" && [{teams}].contains(context.team) && ({ranges}) }};'
        )


class Moto(Engine):
    """What moto asks when its authorization is switched on; its policies are made beforehand, which moto does not."""

    name = "moto"

    def prepare(self, workload: Workload) -> list[Ask]:
        control: Any = importlib.import_module("moto.iam.access_control")
        policies = [control.IAMPolicy(json.dumps(each)) for each in workload.documents()]
        permitted = control.PermissionResult.PERMITTED
        denied = control.PermissionResult.DENIED

        def asking(question: Question) -> Ask:
            def ask() -> bool:
                answers = [
                    policy.is_action_permitted(
                        question.action, question.resource, incoming_condition_values=CONTEXT
                    )
                    for policy in policies
                ]
                return denied not in answers and permitted in answers

            return ask

        return [asking(question) for question in workload.questions]


class Casbin(Engine):
    """Casbin takes patterns and a matcher; the two conditions are a function of ours."""

    name = "pycasbin"
    _MODEL = """
[request_definition]
r = act, obj, team, ip
[policy_definition]
p = act, obj, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.act == p.act && keyMatch(r.obj, p.obj) && conditions(r.team, r.ip)
"""

    def prepare(self, workload: Workload) -> list[Ask]:
        casbin: Any = importlib.import_module("casbin")
        model = casbin.Model()
        model.load_model_from_text(self._MODEL)
        enforcer = casbin.Enforcer(model)
        networks = [ipaddress.ip_network(each) for each in RANGES]

        def conditions(team: str, ip: str) -> bool:
            address = ipaddress.ip_address(ip)
            return team in TEAMS and any(address in network for network in networks)

        enforcer.add_function("conditions", conditions)
        enforcer.add_policies(
            [
                [action, rule.resource, rule.effect.lower()]
                for rule in workload.rules
                for action in rule.actions
            ]
        )
        team, ip = CONTEXT["aws:PrincipalTag/team"], CONTEXT["aws:SourceIp"]

        def asking(question: Question) -> Ask:
            return lambda: bool(enforcer.enforce(question.action, question.resource, team, ip))

        return [asking(question) for question in workload.questions]


ENGINES: tuple[Engine, ...] = (Ours(), OursWithRequest(), Cedar(), Moto(), Casbin())

_NODE = Path(__file__).parent / "iam-simulate"


def simulate_in_node(workload: Workload, seconds: float) -> dict[str, Any] | None:
    """Run the workload in node; None when that, or the package, is not installed."""
    node = shutil.which("node")
    if node is None or not (_NODE / "node_modules").is_dir():
        return None
    done = subprocess.run(
        [node, _NODE / "simulate.mjs", str(seconds)],
        input=workload.as_json(),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
