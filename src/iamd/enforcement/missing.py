"""
The policy that would have been needed: what was denied, as statements that would allow exactly that.

Made from the records of denials, so it names the resources that were asked for and nothing wider.  What an explicit deny
has refused is told apart: no further Allow helps there.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from iamd.auth.decisions import Denial
from iampolicy import Outcome

_VERSION: Final = "2012-10-17"


def missing_policy(denials: Iterable[Denial]) -> dict[str, Any]:
    """
    Return a policy document that allows what was denied for want of an Allow.

    Actions that were asked on the same resources share a statement; both are in ascending order, so that the same
    denials give the same document.
    """
    resources: dict[str, set[str]] = {}
    for denial in denials:
        if not is_denied_explicitly(denial):
            resources.setdefault(denial.request.action, set()).add(denial.request.resource)
    actions: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(resources):
        actions.setdefault(tuple(sorted(resources[action])), []).append(action)
    statements = [
        {"Effect": "Allow", "Action": _one_or_all(named), "Resource": _one_or_all(on)}
        for on, named in sorted(actions.items(), key=lambda each: each[1])
    ]
    return {"Version": _VERSION, "Statement": statements}


def denied_explicitly(denials: Iterable[Denial]) -> list[Mapping[str, str]]:
    """Return action and resource of what an explicit deny has refused, each once."""
    refused = {(each.request.action, each.request.resource) for each in denials if is_denied_explicitly(each)}
    return [{"Action": action, "Resource": resource} for action, resource in sorted(refused)]


def is_denied_explicitly(denial: Denial) -> bool:
    return denial.decision is not None and denial.decision.outcome is Outcome.EXPLICIT_DENY


def _one_or_all(texts: Iterable[str]) -> str | list[str]:
    found = list(texts)
    return found[0] if len(found) == 1 else found
