"""Lints of actions: what does not exist, what lets in more than it names, what is said twice."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final

from iampolicy.document import PolicyKind
from iampolicy.errors import PolicyError
from iampolicy.grammar import check_action
from iampolicy.lints.collector import Collector, StatementNode
from iampolicy.lints.knowledge import Action, Service
from iampolicy.lints.overlap import contains
from iampolicy.lints.rules import Rule, Severity, rule
from iampolicy.lints.shape import MALFORMED
from iampolicy.source import Node
from iampolicy.text import ascii_lower
from iampolicy.wildcard import compile_pattern, has_wildcard

_ERROR: Final = Severity.ERROR
_SECURITY: Final = Severity.SECURITY_WARNING
_SUGGESTION: Final = Severity.SUGGESTION

UNKNOWN_SERVICE: Final = rule(
    "invalid-service-in-action",
    _ERROR,
    "There is no such service",
    "The part before the colon is the prefix of a service, which is often not the name by which it is known.",
    aws=("INVALID_SERVICE_IN_ACTION",),
    knowing=True,
    bad='{"Effect": "Allow", "Action": "s33:GetObject", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
UNKNOWN_ACTION: Final = rule(
    "invalid-action",
    _ERROR,
    "There is no such action",
    "The service has no action of that name, or none that matches the pattern. Operations of the API and actions are "
    "not always called the same: `ListObjectsV2` needs `s3:ListBucket`.",
    aws=("INVALID_ACTION",),
    knowing=True,
    bad='{"Effect": "Allow", "Action": "s3:GetObjectz", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
SERVICE_WILDCARD: Final = rule(
    "wildcard-in-service-name",
    _ERROR,
    "A wildcard in the name of the service",
    "Only `*` alone stands for all services; with any other wildcard in the prefix the entry matches nothing.",
    aws=("WILDCARD_IN_SERVICE_NAME",),
    bad='{"Effect": "Allow", "Action": "s*:GetObject", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
ALLOW_NOT_ACTION: Final = rule(
    "allow-with-not-action",
    _SECURITY,
    "An Allow of everything but",
    "It allows every action of every service that is not listed, those that AWS will add tomorrow too. Name what is "
    "allowed; or allow it, and deny the exceptions.",
    bad='{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}',
    good='{"Effect": "Deny", "NotAction": "iam:GetUser", "Resource": "*"}',
)
REDUNDANT_ACTION: Final = rule(
    "redundant-action",
    _SUGGESTION,
    "An action is contained in another one",
    "Leave out the narrower one; or, if you meant only that, the wider.",
    aws=("REDUNDANT_ACTION",),
    bad='{"Effect": "Allow", "Action": ["s3:GetObject", "s3:Get*"], "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}',
)
PASS_ROLE: Final = rule(
    "pass-role-with-wildcard",
    _SECURITY,
    "iam:PassRole for any role",
    "Whoever may pass any role to a service can have what any of them has. Name the roles, or at least the service, "
    "with `iam:PassedToService`.",
    aws=(
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "PASS_ROLE_WITH_NOT_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    ),
    bad='{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/build"}',
)
CREATE_SLR: Final = rule(
    "create-slr-with-wildcard",
    Severity.WARNING,
    "iam:CreateServiceLinkedRole for any service",
    "It lets services be linked to the account that nobody meant. Name the role's ARN, or the service with "
    "`iam:AWSServiceName`.",
    aws=(
        "CREATE_SLR_WITH_STAR_IN_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "CREATE_SLR_WITH_NOT_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    ),
    bad='{"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": '
    '"arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"}',
)

_MOST_COMPARED: Final = 200
"""Patterns of one statement that are held against its other entries."""
_MOST_GUESSED: Final = 20
"""Unknown names of one document that another name is looked for."""
_SPARING: Final = frozenset({PolicyKind.BOUNDARY, PolicyKind.SCP, PolicyKind.ENDPOINT, PolicyKind.SESSION})
"""Policies that grant nothing: a wide Allow in them is usual."""


def lint_actions(collector: Collector) -> None:
    """Look at every entry of ``Action`` and ``NotAction``."""
    guesses = _Guesses()
    for statement in collector.statements:
        for node in statement.texts("Action", "NotAction"):
            _entry(collector, guesses, node)
        not_action = statement.element("NotAction")
        grants = not statement.denies and collector.kind not in _SPARING
        if not_action is not None and grants:
            message = "It allows every action that is not listed."
            collector.report(ALLOW_NOT_ACTION, not_action, message, at_name=True)
        redundant(collector, statement, "Action", REDUNDANT_ACTION, ascii_lower)
        if grants:
            _privileged(collector, statement)


class _Guesses:
    """Names that may have been meant; of the first mistakes of a document only, since looking for them takes time."""

    def __init__(self) -> None:
        self._left = _MOST_GUESSED

    def hint(self, wrong: str, names: Iterable[str], prefix: str = "") -> str:
        if self._left == 0:
            return ""
        self._left -= 1
        lowered = {ascii_lower(name): name for name in names}
        close = get_close_matches(ascii_lower(wrong)[:64], lowered, n=1, cutoff=0.65)
        return f" Did you mean `{prefix}{lowered[close[0]]}`?" if close else ""


def _entry(collector: Collector, guesses: _Guesses, node: Node) -> None:
    text = node.text or ""
    if text in {"*", "*:*"}:
        return
    prefix, _, name = text.partition(":")
    if has_wildcard(prefix) and ":" in text:
        collector.report(SERVICE_WILDCARD, node, f"`{text}` matches nothing: write the service out.")
        return
    try:
        check_action(text)
    except PolicyError as error:
        collector.report(MALFORMED, node, error.message)
        return
    if collector.services is None:
        return
    service = collector.services.find(ascii_lower(prefix))
    if service is None:
        hint = guesses.hint(prefix, collector.services.prefixes)
        collector.report(UNKNOWN_SERVICE, node, f"There is no service `{prefix}`.{hint}")
    elif matching(collector, service, name) == []:
        what = "has no action that matches" if has_wildcard(name) else "has no action"
        hint = guesses.hint(name, (each.name for each in service.actions.values()), f"{service.prefix}:")
        collector.report(UNKNOWN_ACTION, node, f"`{service.prefix}` {what} `{name}`.{hint}")


def matching(collector: Collector, service: Service, name: str) -> list[Action] | None:
    """Return the actions that *name*, which may have wildcards, stands for; None when that would take too long."""
    lowered = ascii_lower(name)
    if not has_wildcard(lowered):
        found = service.actions.get(lowered)
        return [found] if found else []
    if not collector.afford(len(service.actions)):
        return None
    matches = compile_pattern(lowered)
    return [action for key, action in service.actions.items() if matches(key)]


def redundant(
    collector: Collector, statement: StatementNode, element: str, finding: Rule, fold: Callable[[str], str]
) -> None:
    """Report the entries of *element* that another entry of it contains."""
    nodes = statement.texts(element)
    seen: dict[str, Node] = {}
    for node in nodes:
        text = fold(node.text or "")
        if text in seen:
            collector.report(finding, node, f"`{node.text}` stands there already.")
        seen[text] = node
    patterns = [(text, contains(text)) for text in seen if "*" in text][:_MOST_COMPARED]
    for text, node in seen.items():
        if not collector.afford(len(patterns)):
            return
        container = next((wide for wide, holds in patterns if wide != text and holds(text)), None)
        if container is not None:
            collector.report(finding, node, f"`{node.text}` is contained in `{container}`.")


def _privileged(collector: Collector, statement: StatementNode) -> None:
    """Look at the two actions that hand on permissions of others."""
    for finding, action, key, kind in (
        (PASS_ROLE, "iam:passrole", "iam:passedtoservice", "role/"),
        (CREATE_SLR, "iam:createservicelinkedrole", "iam:awsservicename", "role/aws-service-role/"),
    ):
        speaks = _speaks_of(statement, action)
        if speaks is None or statement.has_condition(key):
            continue
        not_resource = statement.element("NotResource")
        if not_resource is not None:
            collector.report(finding, not_resource, "It allows all roles but those listed.", at_name=True)
        for node in statement.texts("Resource"):
            if _any_role(node.text or "", kind):
                collector.report(finding, node, f"`{speaks}` on `{node.text}`.")
                break


def _speaks_of(statement: StatementNode, action: str) -> str | None:
    """Return the entry that makes the statement speak of *action*."""
    if statement.element("NotAction") is not None:
        entries = [ascii_lower(node.text or "") for node in statement.texts("NotAction")]
        return None if any(_names(entry, action) for entry in entries) else "NotAction"
    return next(
        (n.text for n in statement.texts("Action") if _names(ascii_lower(n.text or ""), action)), None
    )


def _names(entry: str, action: str) -> bool:
    if entry in {"*", "*:*"}:
        return True
    return entry.startswith("iam:") and compile_pattern(entry)(action)


def _any_role(pattern: str, kind: str) -> bool:
    """Tell whether *pattern* stands for any role, or for any of its kind."""
    if pattern == "*":
        return True
    tail = pattern.split(":", 5)[-1]
    return tail.startswith("*") or tail in {"role*", "role/*", f"{kind}*"}
