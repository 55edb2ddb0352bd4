"""
Lint a policy document: what AWS's validators would say of it, and a little more.

It decides nothing.  A document without an error is one that IAM takes (`grammar.validate`), and one with warnings may
still be what its author wants.  AWS: *Access Analyzer policy validation*.
"""

from collections.abc import Callable
from typing import Final

from iampolicy.document import NEW, PolicyKind
from iampolicy.errors import PolicyError
from iampolicy.grammar import validate
from iampolicy.lints.actions import lint_actions
from iampolicy.lints.collector import Collector, Finding
from iampolicy.lints.conditions import lint_conditions
from iampolicy.lints.knowledge import Services
from iampolicy.lints.principals import lint_principals
from iampolicy.lints.resources import lint_resources
from iampolicy.lints.rules import RULES, Rule, Severity
from iampolicy.lints.shape import JSON_SYNTAX, MALFORMED, lint_shape
from iampolicy.lints.statements import lint_statements
from iampolicy.lints.variables import lint_variables
from iampolicy.source import Node, SourceError, read_source

__all__ = ["RULES", "Finding", "Rule", "Services", "Severity", "guess_kind", "lint"]

_PASSES: Final[tuple[Callable[[Collector], None], ...]] = (
    lint_actions,
    lint_resources,
    lint_principals,
    lint_conditions,
    lint_variables,
    lint_statements,
)


def lint(text: str, kind: PolicyKind, services: Services | None = None) -> tuple[Finding, ...]:
    """
    Return what there is to say of a document, in the order of the text.

    Args:
        text: Whatever was written; it need not be JSON.
        kind: What it is for.
        services: What is known of AWS's services; without it the rules that need to know are left out.
    """
    root = _read(text)
    if isinstance(root, SourceError):
        nothing = Collector(text, Node(None, "", 0, 0, "null"), kind, services)
        nothing.report_at(JSON_SYNTAX, root.index, "", f"{root}.")
        return tuple(nothing.findings)
    collector = Collector(text, root, kind, services)
    if root.kind == "object":
        lint_shape(collector, text)
        for each in _PASSES:
            each(collector)
    if not collector.has_errors:
        # INVARIANT: what IAM refuses has at least one finding that is an error.
        try:
            validate(text, kind)
        except PolicyError as error:
            collector.report(MALFORMED, root, error.message)
    return tuple(sorted(collector.findings, key=lambda finding: (finding.line, finding.column)))


def _read(text: str) -> Node | SourceError:
    # before anything is parsed.
    if len(text) > NEW.characters:
        return SourceError(f"the document has more than {NEW.characters} characters", 0)
    try:
        return read_source(text)
    except SourceError as error:
        return error


def guess_kind(text: str) -> PolicyKind:
    """
    Return the kind that *text* looks like: a trust or a resource policy if it names principals, else an identity policy.

    What cannot be read is taken for an identity policy; `lint` says what is wrong with it.
    """
    root = _read(text)
    if isinstance(root, SourceError):
        return PolicyKind.IDENTITY
    statements = Collector(text, root, PolicyKind.IDENTITY, None).statements
    if not any(statement.element(name) for statement in statements for name in ("Principal", "NotPrincipal")):
        return PolicyKind.IDENTITY
    actions = [node.text or "" for statement in statements for node in statement.texts("Action", "NotAction")]
    trusts = bool(actions) and all(action.lower().startswith("sts:") for action in actions)
    with_resources = any(
        statement.element(name) for statement in statements for name in ("Resource", "NotResource")
    )
    return PolicyKind.TRUST if trusts and not with_resources else PolicyKind.RESOURCE
