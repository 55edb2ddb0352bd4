"""What edges say: their conditions as structures for programs, and in short for people."""

from collections.abc import Iterator
from typing import Any, Final

from iamd.trust.edges import Edge, Graph, Step
from iampolicy import OpenStatement
from iampolicy.text import ascii_lower

Json = dict[str, Any]

_MOST_VALUES: Final = 3
_LONGEST: Final = 60


def graph_json(graph: Graph, *, most_edges: int | None = None) -> Json:
    """
    Return *graph* as JSON; ``docs/howto/see-who-may-become-whom.md`` says what each member means.

    Args:
        graph: A whole map, or a part of one.
        most_edges: How many to tell at most; a note says how many are left out.
    """
    notes = list(graph.notes)
    left_out = 0 if most_edges is None else len(graph.edges) - most_edges
    if left_out > 0:
        notes.append(f"{left_out} edges are left out: ask for the ways from somebody, or to a role")
    return {
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind.value,
                "name": node.name,
                "account": node.account or None,
                "known": node.known,
                "reached": node.reached,
            }
            for node in graph.nodes
        ],
        "edges": [_edge(edge) for edge in graph.edges[:most_edges]],
        "notes": notes,
    }


def _edge(edge: Edge) -> Json:
    return {
        "from": edge.source,
        "to": edge.target,
        "action": edge.action,
        "holds": "always" if edge.always else "conditionally",
        "session_names": list(edge.session_names),
        "other_sessions": list(edge.other_sessions),
        "other_account": edge.elsewhere or None,
        "needs": [[_statement(each) for each in place] for place in edge.prospect.needs],
        "unless": [_statement(each) for each in edge.prospect.unless],
        "in_short": list(in_short(edge)),
        "escalation": edge.escalation,
        "by": [_step(step) for step in edge.steps],
    }


def _step(step: Step) -> Json:
    return {
        "action": step.action,
        "resource": step.resource or None,
        "statements": [
            {
                "layer": found.layer.value,
                "policy": found.policy,
                "policy_arn": found.arn,
                "statement": found.index,
                "sid": found.sid,
            }
            for found in step.statements
        ],
    }


def _statement(open_: OpenStatement) -> Json:
    return {
        "layer": open_.layer.value,
        "policy": open_.policy.name,
        "policy_arn": open_.policy.arn,
        "statement": open_.statement.index,
        "sid": open_.statement.sid,
        "conditions": [
            {"operator": text.operator, "key": _spelled(open_, text.key), "values": list(text.values)}
            for text in open_.conditions
        ],
        "resources": list(open_.resources),
    }


def in_short(edge: Edge) -> Iterator[str]:
    """Yield what must hold for *edge*, one sentence each; nothing for an edge that always holds."""
    what = "resource" if edge.escalation else "role"
    if edge.session_names:
        yield f"the session is called {' or '.join(edge.session_names)}"
    if edge.other_sessions:
        yield f"the session is not called {' or '.join(edge.other_sessions)}"
    for place in edge.prospect.needs:
        yield " or else ".join(dict.fromkeys(_said(each, what) for each in place))
    for statement in edge.prospect.unless:
        yield f"not: {_said(statement, what)}"
    if edge.elsewhere == "*":
        yield "the other account allows it"
    elif edge.elsewhere:
        yield f"account {edge.elsewhere} allows it"


def _said(open_: OpenStatement, what: str) -> str:
    said = [
        f"{_spelled(open_, text.key)} {text.operator} {_values(text.values)}" for text in open_.conditions
    ]
    said += [f"the {what} is {_cut(entry)}" for entry in open_.resources]
    return " and ".join(said)


def _spelled(open_: OpenStatement, key: str) -> str:
    """Return *key*, which is in lower case, as the document spells it."""
    keys = (written for _, block in open_.statement.text.condition for written, _ in block)
    return next((written for written in keys if ascii_lower(written) == key), key)


def _values(values: tuple[str, ...]) -> str:
    shown = [_cut(value) for value in values[:_MOST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
