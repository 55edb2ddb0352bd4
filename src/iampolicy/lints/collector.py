"""A document on the lint's table: its statements as nodes of the source, and the findings so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from iampolicy.document import PolicyKind
from iampolicy.lints.knowledge import ConditionKey, Services, global_key
from iampolicy.lints.rules import Rule, Severity
from iampolicy.operators import OperatorUse, Quantifier, parse_operator
from iampolicy.positions import Lines
from iampolicy.source import Node
from iampolicy.text import ascii_lower

MOST_FINDINGS: Final = 1_000
"""Of one document.  Whoever writes a document of ten thousand mistakes need not read them all."""
MOST_STEPS: Final = 1_000_000
"""Of holding entries of one document against each other, and against what is known; about a second."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One finding.

    Attributes:
        rule: Its id.
        message: A sentence about this document.
        pointer: RFC 6901, to the value that it is about.
        line: Of that value, or of its name, from 1.
        column: Likewise.
        link: The section of the documentation about the rule.
    """

    rule: str
    severity: Severity
    message: str
    pointer: str
    line: int
    column: int
    link: str


@dataclass(frozen=True, slots=True, eq=False)
class ConditionNode:
    """
    One operator with one key.

    Attributes:
        operator: The node of the operator's object, named by it.
        key: The node of the value, named by the key.
        use: What the operator is; None when there is none such.
        values: Strings, numbers and booleans.
    """

    operator: Node
    key: Node
    use: OperatorUse | None

    @property
    def name(self) -> str:
        return ascii_lower(self.key.name)

    @property
    def values(self) -> tuple[Node, ...]:
        return tuple(node for node in self.key.listed if node.kind in {"string", "number", "boolean"})

    def uses(self, operator: str) -> bool:
        """Tell whether its operator is, but for qualifier and suffix, *operator*."""
        return self.use is not None and self.use.operator.name == operator

    def says(self, truth: str) -> bool:
        """Tell whether the one value is ``true``, or ``false``."""
        return [ascii_lower(str(node.value)) for node in self.values] == [truth]


class StatementNode:
    """
    One statement of the source, whatever is wrong with it.

    Attributes:
        node: The whole.
        effect: As written; empty when it is not.
        denies: Whether it denies.  What is neither is taken for an Allow.
        conditions: Those whose shape is right.
        required: The keys, in lower case, without which its conditions cannot hold.
    """

    __slots__ = ("conditions", "denies", "effect", "node", "required")

    def __init__(self, node: Node) -> None:
        self.node = node
        effect = node.members.get("Effect")
        self.effect = (effect.text or "") if effect else ""
        self.denies = self.effect == "Deny"
        self.conditions = tuple(_conditions(node))
        self.required = frozenset(condition.name for condition in self.conditions if _requires(condition))

    def element(self, name: str) -> Node | None:
        return self.node.members.get(name)

    def texts(self, *names: str) -> tuple[Node, ...]:
        """Return the strings of these elements."""
        found = (self.node.members.get(name) for name in names)
        return tuple(item for node in found if node for item in node.listed if item.kind == "string")

    def has_condition(self, *keys: str) -> bool:
        """Tell whether one of *keys*, in lower case, is asked for."""
        return any(condition.name in keys for condition in self.conditions)


def _conditions(statement: Node) -> Iterator[ConditionNode]:
    block = statement.members.get("Condition")
    for operator in block.members.values() if block else ():
        for key in operator.members.values():
            yield ConditionNode(operator, key, parse_operator(operator.name))


def _requires(condition: ConditionNode) -> bool:
    use = condition.use
    if use is None:
        return False
    if use.operator.name == "Null":
        return condition.says("false")
    if use.if_exists or use.operator.negated:
        return False
    return use.quantifier is not Quantifier.FOR_ALL_VALUES


class Collector:
    """
    What the rules share.

    Attributes:
        root: The whole document.
        version: As written; empty when there is none.
        statements: Those that are objects.
        services: What is known of services, or None.
        findings: So far.
        denied_without: The keys, in lower case, whose absence some statement denies.
    """

    def __init__(self, text: str, root: Node, kind: PolicyKind, services: Services | None) -> None:
        self.root = root
        self.kind = kind
        self.services = services
        self.findings: list[Finding] = []
        self._lines = Lines(text)
        self._steps = MOST_STEPS
        version = root.members.get("Version")
        self.version = (version.text or "") if version else ""
        element = root.members.get("Statement")
        nodes = element.listed if element else ()
        self.statements = tuple(StatementNode(node) for node in nodes if node.kind == "object")
        self.denied_without = frozenset(
            condition.name
            for statement in self.statements
            for condition in statement.conditions
            if statement.denies and condition.uses("Null") and condition.says("true")
        )

    @property
    def variables(self) -> bool:
        """Whether ``${…}`` means something in the document."""
        return self.version == "2012-10-17"

    @property
    def has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def report(self, rule: Rule, node: Node, message: str, *, at_name: bool = False) -> None:
        """
        Add a finding.

        Args:
            rule: Which.
            node: What it is about.
            message: A sentence.
            at_name: Whether it is about the member's name and not its value.
        """
        self.report_at(rule, node.named if at_name else node.begin, node.pointer, message)

    def report_at(self, rule: Rule, index: int, pointer: str, message: str) -> None:
        """Add a finding about the character at *index*."""
        if len(self.findings) < MOST_FINDINGS:
            line, column = self._lines.position(index)
            self.findings.append(Finding(rule.id, rule.severity, message, pointer, line, column, rule.link))

    def afford(self, steps: int) -> bool:
        """
        Tell whether so many more steps may be spent on comparisons.

        A document of the size that the quotas allow never comes near the end; one that is made to take long does, and
        then the rules that compare leave off.
        """
        self._steps -= steps
        return self._steps >= 0

    def condition_key(self, name: str) -> ConditionKey | None:
        """Return what is known of a condition key."""
        found = global_key(name)
        if found is None and self.services is not None:
            found = self.services.condition_key(name)
        return found
