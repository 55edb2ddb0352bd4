"""
The law: AWS's policy language, decided as AWS decides it.  Pure; standard library only.

A document is checked with `validate` when it is written, compiled with `parse` when it is loaded, and a `PolicySet` of
compiled policies answers a `Request` through `evaluate` with a `Decision`; `explain` says why, and `suggest` what would
change it.  There is no clock here, no I/O and no logging: the time of a request is one of its context keys.
"""

from iampolicy.coverage import Coverage, coverage
from iampolicy.decision import Decision, Layer, MatchedStatement, Outcome
from iampolicy.document import PolicyKind, policy_size
from iampolicy.errors import EvaluationError, PolicyError
from iampolicy.evaluate import evaluate
from iampolicy.explain import Explanation, Lane, Standing, StatementTrace, explain
from iampolicy.grammar import validate
from iampolicy.policy_set import Policy, PolicySet, parse
from iampolicy.positions import Position, StatementPosition, statement_positions
from iampolicy.principals import Grant, invalid_principal, principal_arns, principal_values
from iampolicy.prospect import OpenStatement, Possibility, Prospect, prospect
from iampolicy.reach import Reach
from iampolicy.references import context_keys, missing_keys
from iampolicy.report import report
from iampolicy.request import Context, Principal, PrincipalKind, Request
from iampolicy.statement import Effect, Statement
from iampolicy.suggest import Change, Suggestion, suggest

__all__ = [
    "Change",
    "Context",
    "Coverage",
    "Decision",
    "Effect",
    "EvaluationError",
    "Explanation",
    "Grant",
    "Lane",
    "Layer",
    "MatchedStatement",
    "OpenStatement",
    "Outcome",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "PolicySet",
    "Position",
    "Possibility",
    "Principal",
    "PrincipalKind",
    "Prospect",
    "Reach",
    "Request",
    "Standing",
    "Statement",
    "StatementPosition",
    "StatementTrace",
    "Suggestion",
    "context_keys",
    "coverage",
    "evaluate",
    "explain",
    "invalid_principal",
    "missing_keys",
    "parse",
    "policy_size",
    "principal_arns",
    "principal_values",
    "prospect",
    "report",
    "statement_positions",
    "suggest",
    "validate",
]
