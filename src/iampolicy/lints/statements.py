"""Lints of statements beside each other: what is said twice."""

import json
from typing import Final

from iampolicy.lints.collector import Collector
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import Node
from iampolicy.text import ascii_lower

REDUNDANT: Final = rule(
    "redundant-statement",
    Severity.SUGGESTION,
    "A statement is there twice",
    "Two statements say the same, but for their Sids and the order of their entries. Leave one out.",
    aws=("REDUNDANT_STATEMENT",),
    bad='{"Version": "2012-10-17", "Statement": ['
    '{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}, '
    '{"Effect": "Allow", "Action": ["s3:PutObject", "S3:GetObject"], "Resource": "*"}]}',
    good='{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}',
)


def lint_statements(collector: Collector) -> None:
    """Look for statements that say the same."""
    seen: set[str] = set()
    for statement in collector.statements:
        said = json.dumps(_normal(statement.node), sort_keys=True)
        if said in seen:
            collector.report(REDUNDANT, statement.node, "An earlier statement says the same.")
        seen.add(said)


def _normal(node: Node) -> object:
    """Return what a statement says: without its Sid, lists as sets, actions in one case."""
    said: dict[str, object] = {}
    for name, member in node.members.items():
        if name in {"Action", "NotAction"}:
            said[name] = sorted({ascii_lower(str(item.value)) for item in member.listed})
        elif name != "Sid":
            said[name] = _value(member)
    return said


def _value(node: Node) -> object:
    if node.kind == "object":
        return {name: _value(member) for name, member in node.members.items()}
    return sorted(
        {
            json.dumps(_value(item)) if item.kind in {"object", "array"} else str(item.value)
            for item in node.listed
        }
    )
