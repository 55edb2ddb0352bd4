"""
The workloads of `bench_policy`: policies, requests, and what must come out.

A workload is policies of one user in one account.  Each statement names one service's actions and one resource, and has two
conditions: a tag of the principal and a range of addresses.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/bob"
CONTEXT = {"aws:PrincipalTag/team": "blue", "aws:SourceIp": "203.0.113.7"}
TEAMS = ("red", "blue")
RANGES = ("198.51.100.0/24", "203.0.113.0/24")

_SERVICES = (
    ("s3", ("GetObject", "PutObject"), "arn:aws:s3:::bucket-{}/*"),
    ("sqs", ("SendMessage", "ReceiveMessage"), "arn:aws:sqs:eu-west-1:" + ACCOUNT + ":queue-{}"),
    ("dynamodb", ("GetItem", "Query"), "arn:aws:dynamodb:eu-west-1:" + ACCOUNT + ":table/table-{}"),
    ("sns", ("Publish", "Subscribe"), "arn:aws:sns:eu-west-1:" + ACCOUNT + ":topic-{}"),
)


@dataclass(frozen=True)
class Rule:
    """One statement, in a form that every engine's language can say."""

    effect: str
    actions: tuple[str, ...]
    resource: str


@dataclass(frozen=True)
class Question:
    action: str
    resource: str
    allowed: bool


@dataclass(frozen=True)
class Workload:
    name: str
    policies: tuple[tuple[Rule, ...], ...]
    questions: tuple[Question, ...]

    @property
    def rules(self) -> Iterator[Rule]:
        return (rule for policy in self.policies for rule in policy)

    def documents(self) -> list[dict[str, Any]]:
        return [
            {"Version": "2012-10-17", "Statement": [_statement(rule) for rule in policy]}
            for policy in self.policies
        ]

    def as_json(self) -> str:
        """Return what the program in node reads."""
        return json.dumps(
            {
                "account": ACCOUNT,
                "principal": USER,
                "context": CONTEXT,
                "policies": self.documents(),
                "questions": [vars(question) for question in self.questions],
            }
        )


def _statement(rule: Rule) -> dict[str, Any]:
    return {
        "Effect": rule.effect,
        "Action": list(rule.actions),
        "Resource": rule.resource,
        "Condition": {
            "StringEquals": {"aws:PrincipalTag/team": list(TEAMS)},
            "IpAddress": {"aws:SourceIp": list(RANGES)},
        },
    }


def mixed(policies: int = 5, statements: int = 4, name: str = "5 policies of 4 statements") -> Workload:
    """Return statements about four services in turn; a request is about one of them."""
    made = []
    for policy in range(policies):
        rules = []
        for number in range(statements):
            service, actions, resource = _SERVICES[number % len(_SERVICES)]
            place = policy * (statements // len(_SERVICES) or 1) + number // len(_SERVICES)
            named = tuple(f"{service}:{action}" for action in actions)
            rules.append(Rule("Allow", named, resource.format(place)))
        made.append(tuple(rules))
    return Workload(name, tuple(made), _questions())


def dense() -> Workload:
    """Return as many, all about the action that is asked, and all on the resource too, in different words."""
    key = "reports/of/every/branch/2026/june.pdf"
    rules = [
        Rule("Allow", ("s3:GetObject",), f"arn:aws:s3:::bucket-1/{key[:length]}*") for length in range(20)
    ]
    policies = tuple(tuple(rules[n : n + 4]) for n in range(0, 20, 4))
    return Workload(
        "the same, every statement matching",
        policies,
        (Question("s3:GetObject", f"arn:aws:s3:::bucket-1/{key}", allowed=True),),
    )


def _questions() -> tuple[Question, ...]:
    return (
        Question("s3:GetObject", "arn:aws:s3:::bucket-1/june.pdf", allowed=True),
        Question("s3:DeleteObject", "arn:aws:s3:::bucket-1/june.pdf", allowed=False),
        Question("s3:GetObject", "arn:aws:s3:::elsewhere/june.pdf", allowed=False),
        Question("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue-4", allowed=True),
        Question("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue-none", allowed=False),
        Question("dynamodb:Query", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/table-2", allowed=True),
        Question("sns:Publish", f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic-3", allowed=True),
        Question("ec2:RunInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*", allowed=False),
    )
