"""
The map as text, from its JSON (`iamd.trust.telling`): for people, and in languages that other programs draw.

Names and conditions are written by whoever may write policies, so nothing of them may end a label or begin a directive:
every character outside a small set is written as a reference.
"""

from collections.abc import Mapping
from typing import Any, Final

from iamd.trust.edges import NodeKind

Json = Mapping[str, Any]

_PLAIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:/@_+=-*")
_MERMAID_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    NodeKind.ROLE: ("[", "]"),
    NodeKind.USER: ("([", "])"),
    NodeKind.GROUP: ("[[", "]]"),
    NodeKind.SERVICE: ("{{", "}}"),
    NodeKind.OIDC_PROVIDER: ("[/", "/]"),
    NodeKind.SAML_PROVIDER: ("[/", "/]"),
}
_ELSE: Final = ("((", "))")
_DOT_SHAPES: Final[Mapping[str, str]] = {
    NodeKind.ROLE: "box",
    NodeKind.USER: "oval",
    NodeKind.GROUP: "folder",
    NodeKind.SERVICE: "hexagon",
    NodeKind.OIDC_PROVIDER: "parallelogram",
    NodeKind.SAML_PROVIDER: "parallelogram",
}
_LONGEST_LABEL: Final = 3
"""Lines of conditions; how many more there are is said."""


def lines(graph: Json) -> list[str]:
    """Return *graph* in lines, one for each edge and for each condition of it; to be shown, each has to be made printable."""
    titles = {node["id"]: _title(node) for node in graph["nodes"]}
    told = []
    for edge in graph["edges"]:
        certain = " (always)" if edge["holds"] == "always" else ""
        arrow = "=>" if edge["escalation"] else "->"
        told.append(f"{titles[edge['from']]} {arrow} {titles[edge['to']]}{certain}")
        told += (f"    by {said}" for said in _by(edge))
        told += (f"    if {said}" for said in edge["in_short"])
    told += (f"nobody -> {_title(node)}" for node in graph["nodes"] if node["reached"] is False)
    return told


def mermaid(graph: Json) -> str:
    """Return *graph* as a Mermaid flowchart; what holds under conditions has dotted arrows, escalations thick ones."""
    numbers = {node["id"]: f"n{number}" for number, node in enumerate(graph["nodes"])}
    lines = [*(f"%% {_comment(note)}" for note in graph["notes"]), "flowchart LR"]
    for node in graph["nodes"]:
        start, end = _MERMAID_SHAPES.get(node["kind"], _ELSE)
        lines.append(f'  {numbers[node["id"]]}{start}"{_mermaid(_title(node))}"{end}')
    for edge in graph["edges"]:
        ends = numbers[edge["from"]], numbers[edge["to"]]
        if edge["escalation"]:
            said = "<br/>".join(_mermaid(line) for line in (*_by(edge), *_label(edge)))
            lines.append(f'  {ends[0]} == "{said}" ==> {ends[1]}')
        elif edge["holds"] == "always":
            lines.append(f"  {ends[0]} --> {ends[1]}")
        else:
            said = "<br/>".join(_mermaid(line) for line in _label(edge))
            lines.append(f'  {ends[0]} -. "{said}" .-> {ends[1]}')
    return "\n".join(lines) + "\n"


def dot(graph: Json) -> str:
    """Return *graph* in Graphviz's language; what holds under conditions has dashed arrows, escalations red ones."""
    numbers = {node["id"]: f"n{number}" for number, node in enumerate(graph["nodes"])}
    lines = [*(f"// {_comment(note)}" for note in graph["notes"]), "digraph trust {", "  rankdir=LR;"]
    lines.append('  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];')
    for node in graph["nodes"]:
        shape = _DOT_SHAPES.get(node["kind"], "circle")
        lines.append(f'  {numbers[node["id"]]} [shape={shape}, label="{_dot(_title(node))}"];')
    for edge in graph["edges"]:
        said = r"\n".join(map(_dot, (*_by(edge), *_label(edge))))
        style = "" if edge["holds"] == "always" else "style=dashed, "
        if edge["escalation"]:
            style += "color=red, penwidth=2, "
        how = f' [{style}label="{said}"]' if style else ""
        lines.append(f"  {numbers[edge['from']]} -> {numbers[edge['to']]}{how};")
    return "\n".join([*lines, "}"]) + "\n"


def _title(node: Json) -> str:
    kind, name = node["kind"].replace("-", " "), node["name"]
    return str(name) if node["kind"] in {NodeKind.EVERYONE, NodeKind.ANY_PERMISSION} else f"{kind} {name}"


def _by(edge: Json) -> list[str]:
    """Return what an escalation asks for: actions, each with what it is on."""
    return [
        f"{step['action']} on {step['resource']}" if step["resource"] else step["action"]
        for step in edge["by"]
    ]


def _label(edge: Json) -> list[str]:
    said = list(edge["in_short"])
    more = len(said) - _LONGEST_LABEL
    return said if more <= 0 else [*said[:_LONGEST_LABEL], f"and {more} more"]


def _comment(note: str) -> str:
    return "".join(c if c in _PLAIN else "?" for c in note)


def _mermaid(said: str) -> str:
    # Mermaid: "Entity codes to escape characters", by number.
    return "".join(c if c in _PLAIN else f"#{ord(c)};" for c in said)


def _dot(said: str) -> str:
    # Graphviz reads HTML's character references in labels; a control character has none.
    return "".join(c if c in _PLAIN else f"&#{ord(c)};" if c.isprintable() else "?" for c in said)
