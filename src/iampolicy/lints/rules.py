"""
The rules: what each is called, how bad it is, why, and a document of either kind.

Ids are ours; where AWS's validators (IAM Access Analyzer, the console's editor) report the same, their finding codes stand
beside.  AWS: *Access Analyzer policy check reference*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Required, TypedDict, Unpack

from iampolicy.document import PolicyKind

PAGE: Final = "https://github.com/iamd/iamd/blob/main/docs/reference/lint-rules.md"


class Severity(StrEnum):
    """How bad a finding is; in AWS's four kinds, the worst first."""

    ERROR = "error"
    """AWS would refuse the document, or the statement cannot do what it says."""
    SECURITY_WARNING = "security_warning"
    """It lets in more than its author is likely to want."""
    WARNING = "warning"
    SUGGESTION = "suggestion"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One rule.

    Attributes:
        why: What goes wrong, and what to write instead.
        aws: AWS's codes for the same finding; empty when AWS has none.
        bad: A statement, or a whole document, that has the finding.
        good: The same without it.
        kind: What the two are for.
        knowing: Whether it needs to be told of services, their actions, resources and condition keys.
    """

    id: str
    severity: Severity
    title: str
    why: str
    bad: str
    good: str
    aws: tuple[str, ...] = ()
    kind: PolicyKind = PolicyKind.IDENTITY
    knowing: bool = False

    @property
    def link(self) -> str:
        """The section of the documentation about this rule."""
        return f"{PAGE}#{self.id}"


_REGISTERED: Final[dict[str, Rule]] = {}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(_REGISTERED)
"""All of them, by id; complete when `iampolicy.lint` has been imported."""


class _More(TypedDict, total=False):
    bad: Required[str]
    good: Required[str]
    aws: tuple[str, ...]
    kind: PolicyKind
    knowing: bool


def rule(id_: str, severity: Severity, title: str, why: str, **more: Unpack[_More]) -> Rule:
    """Make a rule and keep it in `RULES`."""
    made = Rule(id=id_, severity=severity, title=title, why=why, **more)
    if _REGISTERED.setdefault(id_, made) is not made:
        raise ValueError(f"there are two rules `{id_}`")
    return made


def as_document(example: str) -> str:
    """Return the document that *example* stands for: a statement is wrapped into one."""
    if '"Effect"' not in example or '"Statement"' in example:
        return example
    return f'{{"Version": "2012-10-17", "Statement": [{example}]}}'
