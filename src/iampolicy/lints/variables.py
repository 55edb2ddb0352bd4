"""Lints of policy variables: where they mean nothing, and what happens to a Deny when one has no value."""

from typing import Final

from iampolicy.lints.collector import Collector, ConditionNode, StatementNode
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import Node
from iampolicy.text import ascii_lower
from iampolicy.variables import Variable, variable_uses

_ERROR: Final = Severity.ERROR

IN_VERSION: Final = rule(
    "variable-unsupported-in-version",
    _ERROR,
    "A policy variable in a version that has none",
    "Without a Version, and in 2008-10-17, `${aws:username}` is plain text, which names nothing that exists. "
    'Write `"Version": "2012-10-17"`.',
    aws=("VARIABLE_UNSUPPORTED_IN_VERSION",),
    bad='{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", '
    '"Resource": "arn:aws:s3:::home/${aws:username}/*"}]}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}',
)
IN_ELEMENT: Final = rule(
    "variable-unsupported-in-element",
    _ERROR,
    "A policy variable where variables mean nothing",
    "Variables are replaced in `Resource`, `NotResource` and the values of conditions: not in actions, principals and "
    "condition keys, and in an ARN only after its fifth colon.",
    aws=("VARIABLE_UNSUPPORTED_IN_ELEMENT",),
    bad='{"Effect": "Allow", "Action": "sqs:SendMessage", '
    '"Resource": "arn:aws:sqs:${aws:RequestedRegion}:123456789012:jobs"}',
    good='{"Effect": "Allow", "Action": "sqs:SendMessage", '
    '"Resource": "arn:aws:sqs:*:123456789012:${aws:username}-jobs"}',
)
MALFORMED_VARIABLE: Final = rule(
    "malformed-variable",
    _ERROR,
    "A policy variable is not written as one",
    "The forms are `${aws:username}` and `${aws:username, 'default'}`, with one space, single quotes and no nesting; "
    "`${*}`, `${?}` and `${$}` stand for the characters themselves. Anything else never has a value, and an open "
    "brace is plain text.",
    aws=(
        "MISSING_BRACE_IN_VARIABLE",
        "MISSING_QUOTE_IN_VARIABLE",
        "UNSUPPORTED_SPACE_IN_VARIABLE",
        "EMPTY_VARIABLE",
    ),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username/*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}',
)
FOR_OPERATOR: Final = rule(
    "invalid-variable-for-operator",
    _ERROR,
    "A policy variable with an operator that takes none",
    "Variables work with the String and ARN operators and with Bool. Numbers, dates, addresses and binary values are "
    "read as they stand.",
    aws=("INVALID_VARIABLE_FOR_OPERATOR",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", '
    '"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "${aws:PrincipalTag/age}"}}}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", '
    '"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}}',
)
UNSET_IN_DENY: Final = rule(
    "unset-variable-in-deny",
    Severity.SECURITY_WARNING,
    "A Deny is skipped for whoever has no value for its variable",
    "A `Resource` or a condition with a variable that has no value matches nothing, so the Deny does not apply: not "
    "tagging oneself would be enough to escape. Give the variable a default, or deny those without the key too, with "
    "`Null`.",
    bad='{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/rival}/*"}',
    good='{"Effect": "Deny", "Action": "s3:*", '
    '"Resource": "arn:aws:s3:::${aws:PrincipalTag/rival, \'none\'}/*"}',
)
UNSET_DENIES: Final = rule(
    "unset-variable-denies-everyone",
    Severity.WARNING,
    "A Deny applies to whoever has no value for its variable",
    "With a negated operator a variable without a value equals nothing, so the condition holds. Where that is what you "
    "want, leave it; where not, demand the key with `Null`, or give the variable a default.",
    bad='{"Effect": "Deny", "Action": "ec2:*", "Resource": "*", '
    '"Condition": {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}',
    good='{"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {'
    '"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}, '
    '"Null": {"aws:PrincipalTag/team": "false"}}}',
)

_WITH_VARIABLES: Final = ("String", "Arn", "Bool")


def lint_variables(collector: Collector) -> None:
    """Look at every policy variable."""
    for statement in collector.statements:
        resources = statement.texts("Resource", "NotResource")
        values = [
            (condition, node) for condition in statement.conditions for node in condition.values if node.text
        ]
        _misplaced(collector, statement)
        if not collector.variables:
            for node in (*resources, *(node for _, node in values)):
                if any(True for _ in variable_uses(node.text or "")):
                    collector.report(IN_VERSION, node, 'This is plain text; add `"Version": "2012-10-17"`.')
            continue
        for node in (*resources, *(node for _, node in values)):
            _form(collector, node)
        for node in resources:
            _in_resource(collector, statement, node)
        for condition, node in values:
            _in_condition(collector, statement, condition, node)


def _misplaced(collector: Collector, statement: StatementNode) -> None:
    for node in statement.texts("Action", "NotAction"):
        if "${" in (node.text or ""):
            collector.report(IN_ELEMENT, node, "Actions have no variables.")
    for name in ("Principal", "NotPrincipal"):
        element = statement.element(name)
        for node in element.walk() if element else ():
            if node.text and "${" in node.text:
                collector.report(IN_ELEMENT, node, "Principals have no variables.")
    for condition in statement.conditions:
        if "${" in condition.key.name:
            collector.report(IN_ELEMENT, condition.key, "Condition keys have no variables.", at_name=True)


def _form(collector: Collector, node: Node) -> None:
    text = node.text or ""
    closed = 0
    for inner, variable in variable_uses(text):
        closed += 1
        if not inner.strip():
            collector.report(MALFORMED_VARIABLE, node, "A variable is empty.")
        elif variable.key is None:
            collector.report(MALFORMED_VARIABLE, node, f"`${{{inner}}}` is no variable.")
        elif variable.key and ("," in variable.key or any(map(str.isspace, variable.key))):
            collector.report(
                MALFORMED_VARIABLE, node, f"`${{{inner}}}`: a default is written `${{key, 'default'}}`."
            )
    if text.count("${") > closed and not any(v.key is None for _, v in variable_uses(text)):
        collector.report(MALFORMED_VARIABLE, node, "A variable has no closing brace.")


def _in_resource(collector: Collector, statement: StatementNode, node: Node) -> None:
    text = node.text or ""
    head = ":".join(text.split(":", 5)[:5])
    if "${" in head and text.startswith("arn:"):
        collector.report(IN_ELEMENT, node, "In an ARN a variable stands after the fifth colon.")
    # What NotResource does not spare is denied.
    if statement.denies and statement.element("NotResource") is None:
        for key in _unset(collector, text):
            if ascii_lower(key) not in collector.denied_without | statement.required:
                collector.report(UNSET_IN_DENY, node, f"Requests without `{key}` are not denied by this.")


def _in_condition(
    collector: Collector, statement: StatementNode, condition: ConditionNode, node: Node
) -> None:
    use = condition.use
    text = node.text or ""
    if use is None:
        return
    if not use.operator.name.removeprefix("Not").startswith(_WITH_VARIABLES):
        if any(True for _ in variable_uses(text)):
            message = f"`{use.operator.name}` takes the value as it stands."
            collector.report(FOR_OPERATOR, node, message)
        return
    if not statement.denies:
        return
    for key in _unset(collector, text):
        if ascii_lower(key) in statement.required:
            continue
        if use.operator.negated:
            collector.report(UNSET_DENIES, node, f"Requests without `{key}` are all denied by this.")
        elif ascii_lower(key) not in collector.denied_without | statement.required:
            collector.report(UNSET_IN_DENY, node, f"Requests without `{key}` are not denied by this.")


def _unset(collector: Collector, text: str) -> list[str]:
    """Return the keys of variables that may have no value, and have no default."""
    return [
        inner
        for inner, variable in variable_uses(text)
        if variable.key and variable.default is None and not _always(collector, variable)
    ]


def _always(collector: Collector, variable: Variable) -> bool:
    key = collector.condition_key(variable.key or "")
    return key is not None and key.always
