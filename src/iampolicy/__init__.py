"""
The law: AWS's policy language, decided as AWS decides it.  Pure; standard library only.

A document is checked with `validate` when it is written, compiled with `parse` when it is loaded, and a `PolicySet` of
compiled policies answers a `Request` through `evaluate` with a `Decision`.  There is no clock here, no I/O and no
logging: the time of a request is one of its context keys.
"""

from iampolicy.decision import Decision, Layer, MatchedStatement, Outcome
from iampolicy.document import PolicyKind, policy_size
from iampolicy.errors import EvaluationError, PolicyError
from iampolicy.evaluate import evaluate
from iampolicy.grammar import validate
from iampolicy.policy_set import Policy, PolicySet, parse
from iampolicy.principals import Grant, invalid_principal, principal_arns, principal_values
from iampolicy.request import Context, Principal, PrincipalKind, Request
from iampolicy.statement import Effect, Statement

__all__ = [
    "Context",
    "Decision",
    "Effect",
    "EvaluationError",
    "Grant",
    "Layer",
    "MatchedStatement",
    "Outcome",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "Principal",
    "PrincipalKind",
    "Request",
    "Statement",
    "evaluate",
    "invalid_principal",
    "parse",
    "policy_size",
    "principal_arns",
    "principal_values",
    "validate",
]
