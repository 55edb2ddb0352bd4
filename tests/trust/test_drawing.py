"""The trust graph as text: for people, for Mermaid and for Graphviz."""

from typing import Any

import pytest

from iamd.trust.drawing import dot, lines, mermaid

NASTY = 'a"]; click n0 href "javascript:x"\n%%{init: {}}%% & <b>é'


def graph(said: str = "sts:ExternalId StringEquals 7", name: str = "ann") -> dict[str, Any]:
    def node(id_: str, kind: str, called: str) -> dict[str, Any]:
        reached = id_ == "r" if kind == "role" else None
        return {"id": id_, "kind": kind, "name": called, "account": None, "known": True, "reached": reached}

    def edge(source: str, target: str, *in_short: str) -> dict[str, Any]:
        holds = "conditionally" if in_short else "always"
        return {
            "from": source,
            "to": target,
            "holds": holds,
            "in_short": list(in_short),
            "escalation": None,
            "by": [],
        }

    return {
        "nodes": [
            node("u", "user", name),
            node("r", "role", "deploy"),
            node("s", "role", "idle"),
            node("*", "everyone", "everyone"),
        ],
        "edges": [edge("u", "r"), edge("*", "r", said, "b", "c", "d", "e")],
        "notes": ["its file\nsays less"],
    }


def test_lines() -> None:
    assert lines(graph()) == [
        "user ann -> role deploy (always)",
        "everyone -> role deploy",
        "    if sts:ExternalId StringEquals 7",
        "    if b",
        "    if c",
        "    if d",
        "    if e",
        "nobody -> role idle",
    ]


def test_mermaid() -> None:
    assert mermaid(graph()).splitlines() == [
        "%% its file?says less",
        "flowchart LR",
        '  n0(["user ann"])',
        '  n1["role deploy"]',
        '  n2["role idle"]',
        '  n3(("everyone"))',
        "  n0 --> n1",
        '  n3 -. "sts:ExternalId StringEquals 7<br/>b<br/>c<br/>and 2 more" .-> n1',
    ]


def test_dot() -> None:
    assert dot(graph()).splitlines() == [
        "// its file?says less",
        "digraph trust {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];',
        '  n0 [shape=oval, label="user ann"];',
        '  n1 [shape=box, label="role deploy"];',
        '  n2 [shape=box, label="role idle"];',
        '  n3 [shape=circle, label="everyone"];',
        "  n0 -> n1;",
        '  n3 -> n1 [style=dashed, label="sts:ExternalId StringEquals 7\\nb\\nc\\nand 2 more"];',
        "}",
    ]


@pytest.mark.parametrize("draw", [mermaid, dot])
def test_what_others_have_written_ends_no_label(draw: Any) -> None:
    """A value of a condition may be anything; it stays inside of the quotation marks that are put around it."""
    plain, nasty = draw(graph()), draw(graph(NASTY, NASTY))
    assert len(nasty.splitlines()) == len(plain.splitlines())
    assert nasty.count('"') == plain.count('"')
    assert nasty.count("]") == plain.count("]")
    assert nasty.count("%") == plain.count("%")


def escalated() -> dict[str, Any]:
    shown = graph()
    step = {
        "action": "iam:CreateAccessKey",
        "resource": "arn:aws:iam::123456789012:user/<b>",
        "statements": [],
    }
    shown["edges"] = [{**shown["edges"][0], "escalation": "credentials", "by": [step]}]
    return shown


def test_escalations_say_by_what() -> None:
    assert lines(escalated())[:2] == [
        "user ann => role deploy (always)",
        "    by iam:CreateAccessKey on arn:aws:iam::123456789012:user/<b>",
    ]
    said = "iam:CreateAccessKey on arn:aws:iam::123456789012:user/"
    assert f'  n0 == "{said}#60;b#62;" ==> n1' in mermaid(escalated()).splitlines()
    expected = f'  n0 -> n1 [color=red, penwidth=2, label="{said}&#60;b&#62;"];'
    assert expected in dot(escalated()).splitlines()
