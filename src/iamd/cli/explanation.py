"""
An explanation in lines for people: what was decided, lane by lane, and the least change.

A line is a list of pieces of text with a style each.  Without the styles it reads as well.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from iamd.cli.terminal import printable
from iampolicy import statement_positions

Json: TypeAlias = Mapping[str, Any]
Line: TypeAlias = list[tuple[str, str]]

_STYLES: Final = {"denies": "bold red", "allows": "green", "silent": "yellow", "exempt": "dim"}
_OUTCOMES: Final = {
    "Allow": ("Allowed", "bold green"),
    "ImplicitDeny": ("Denied", "bold red"),
    "ExplicitDeny": ("Denied explicitly", "bold red"),
}
_WHOLE: Final = 24
"""Lines of a document that is shown as a whole; of a longer one only what is around the statement."""
_AROUND: Final = 2


def plain(lines: Iterable[Line]) -> str:
    """Return *lines* without their styles."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def lines(page: Json) -> Iterator[Line]:
    """Return the lines of a page of ``/_iamd/decisions/``; nothing in them steers a terminal (R-79)."""
    return _shown(_head(page), reasons(page))


def reasons(page: Json) -> Iterator[Line]:
    """Return the lines about why, and about what would change it, of what `iampolicy.report` returns."""
    return _shown(_lanes(page), _change(page))


def _shown(*parts: Iterable[Line]) -> Iterator[Line]:
    for part in parts:
        for line in part:
            yield [(printable(text), style) for text, style in line]


def _head(page: Json) -> Iterator[Line]:
    request, decision = page["request"], page["decision"]
    said, style = _OUTCOMES[decision["outcome"]]
    yield [(said, style), (f": {page['caller']['arn']}", "")]
    yield [("  wanted  ", "dim"), (request["action"], "bold")]
    yield [("  on      ", "dim"), (request["resource"], "bold")]
    if request["resource_account"] != page["caller"]["account"]:
        yield [("  of      ", "dim"), (f"account {request['resource_account']}", "")]
    if decision["reason"]:
        yield [("  denied  ", "dim"), (decision["reason"], "")]
    if decision["fault"]:
        yield [("  fault   ", "dim"), (decision["fault"], "red")]
    yield [("  asked   ", "dim"), (f"{page['operation']}, {page['at']}", "")]
    yield [("  id      ", "dim"), (page["decision_id"], "")]
    if page["partial"]:
        yield []
        yield [
            (
                "Another account is concerned. What is its own is left out, and the lanes may differ for it.",
                "",
            )
        ]
    yield []


def _lanes(page: Json) -> Iterator[Line]:
    if page["lanes"]:
        yield [("Who was asked", "bold")]
        yield []
    for lane in page["lanes"]:
        style = _STYLES[lane["standing"]]
        mark = "=> " if lane["decided"] else "   "
        yield [(mark, "bold"), (f"{lane['standing']:<7}", style), (f"{lane['title']}: {lane['says']}", "")]
        for policy in lane["policies"]:
            yield from _policy(policy, _marked(page, lane, policy))
    if page["lanes"]:
        yield []


def _marked(page: Json, lane: Json, policy: Json) -> list[int]:
    """Return the statements to show in their document: those that deny, and those that a suggestion is about."""
    found = {each["index"] for each in policy["statements"] if each["matched"] and each["effect"] == "Deny"}
    this = {"name": policy["name"], "arn": policy["arn"]}
    for step in page["suggestions"]:
        if (step["layer"], step["level"], step["policy"]) == (lane["layer"], lane["level"], this):
            found |= set() if step["statement"] is None else {step["statement"]}
    return sorted(found)


def _policy(policy: Json, marked: Sequence[int]) -> Iterator[Line]:
    named = f"{policy['name']} ({policy['arn']})" if policy["arn"] else policy["name"]
    yield [("            ", ""), (named, "cyan")]
    elsewhere = [each for each in policy["statements"] if _is_elsewhere(each)]
    for statement in policy["statements"]:
        if not _is_elsewhere(statement):
            yield from _statement(statement)
    if elsewhere:
        one = len(elsewhere) == 1
        other = "other " if len(elsewhere) < len(policy["statements"]) else ""
        text = f"1 {other}statement is" if one else f"{len(elsewhere)} {other}statements are"
        yield [("              ", ""), (f"{text} not about this action", "dim")]
    if marked:
        yield from _document(policy["document"], marked, "              ")


def _is_elsewhere(statement: Json) -> bool:
    """Tell whether a statement is about other actions; there may be hundreds, and none of them is news."""
    failed = statement["failed"]
    return failed is not None and failed["element"] == "Action"


def _statement(statement: Json) -> Iterator[Line]:
    sid = f" ({statement['sid']})" if statement["sid"] else ""
    name = f"statement {statement['index'] + 1}{sid}, {statement['effect']}: "
    failed = statement["failed"]
    if statement["fault"]:
        said, style = statement["fault"], "red"
    elif failed is None:
        said, style = "matches", _STYLES["denies" if statement["effect"] == "Deny" else "allows"]
    elif failed["element"].startswith("Not"):
        said, style = f"{failed['element']} names it", "yellow"
    else:
        verb = "hold" if failed["element"] == "Condition" else "match"
        said, style = f"{failed['element']} does not {verb}", "yellow"
    yield [("              ", ""), (name, ""), (said, style)]
    if failed is not None and "wanted" in failed:
        yield from _pairs("names" if failed["element"].startswith("Not") else "wants", failed)
    for condition in statement["conditions"]:
        yield from _condition(condition)


def _pairs(verb: str, failed: Json) -> Iterator[Line]:
    for number, value in enumerate(failed["wanted"] or ["nobody"]):
        yield [
            (f"                  {verb}  " if number == 0 else "                         ", "dim"),
            (value, ""),
        ]
    yield [("                  saw    ", "dim"), (failed["seen"] or "nobody who is known", "")]


def _condition(condition: Json) -> Iterator[Line]:
    held = condition["held"]
    yield [
        ("                  ", ""),
        ("holds  " if held else "fails  ", "green" if held else "yellow"),
        (f"{condition['operator']} {condition['key']}", ""),
    ]
    yield [("                         wants  ", "dim"), (" or ".join(_wanted(condition)), "")]
    seen = condition["seen"]
    if seen is None:
        told = "nothing: the request has no such key"
    elif isinstance(seen, str):
        told = seen or "an empty text"
    else:
        told = f"the list {', '.join(seen)}" if seen else "an empty list"
    yield [("                         saw    ", "dim"), (told, "")]


def _wanted(condition: Json) -> Iterator[str]:
    meant = condition["meant"] or condition["wanted"]
    for written, value in zip(condition["wanted"], meant, strict=True):
        if value == written:
            yield written
        else:
            yield f"{written} (here {'nothing' if value is None else value})"


def _change(page: Json) -> Iterator[Line]:
    if not page["suggestions"]:
        return
    yield [("The least change that would allow it", "bold")]
    for number, step in enumerate(page["suggestions"], 1):
        yield []
        yield [(f"{number}. ", "bold"), (step["sentence"], "")]
        if step["change"] == "add":
            yield from _json(step["add"])
        elif step["change"] == "edit":
            yield from _edit(step)


def _edit(step: Json) -> Iterator[Line]:
    if _keeps_conditions(step):
        yield [("   It would then read:", "dim")]
        yield from _json(step["becomes"])
        yield [("   Or leave it as it is, and add no more than:", "dim")]
    else:
        yield [
            ("   Or leave it as it is, and add a statement without that condition, for no more than:", "dim")
        ]
    yield from _json(step["add"])


def _keeps_conditions(step: Json) -> bool:
    """Tell whether the edit only widens conditions; one that takes a condition away is not shown off."""
    kept = step["becomes"].get("Condition", {})
    return all(each["key"] in kept.get(each["operator"], ()) for each in step["conditions"])


def _json(statement: Json) -> Iterator[Line]:
    for line in json.dumps(statement, indent=2).splitlines():
        yield [("     ", ""), (line, "cyan")]


def _document(document: str, matched: Sequence[int], indent: str) -> Iterator[Line]:
    """Show the document with the statements that matched marked, each line with its number."""
    if len(_lines_of(document)) == 1:
        # On one line nobody finds anything: written anew, with the places where the statements are stored.
        stored = statement_positions(document)
        columns = " and ".join(f"{stored[i].first.column} to {stored[i].stop.column - 1}" for i in matched)
        yield [(indent, ""), (f"the document, on one line; marked: columns {columns}", "dim")]
        document = json.dumps(json.loads(document), indent=2)
    positions = statement_positions(document)
    texts = _lines_of(document)
    marked = {n for i in matched for n in range(positions[i].first.line, positions[i].stop.line + 1)}
    before = 0
    for number, text in enumerate(texts, 1):
        if len(texts) > _WHOLE and not marked & set(range(number - _AROUND, number + _AROUND + 1)):
            continue
        if number != before + 1:
            yield [(indent, ""), ("      …", "dim")]
        before = number
        style = ("bold", "") if number in marked else ("dim", "dim")
        yield [
            (f"{indent}{'>' if number in marked else ' '}{number:>4} ", style[0]),
            (text, style[1]),
        ]


def _lines_of(document: str) -> list[str]:
    # Not splitlines, which knows more ends of lines than JSON does.
    return document.replace("\r\n", "\n").replace("\r", "\n").split("\n")
