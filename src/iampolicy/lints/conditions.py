"""Lints of conditions: operators, keys, and values that do not fit together."""

from typing import Final

from iampolicy.lints.actions import matching
from iampolicy.lints.collector import Collector, ConditionNode, StatementNode
from iampolicy.lints.condition_values import lint_values
from iampolicy.lints.knowledge import TAG_KEYS, ConditionKey, Service, global_key
from iampolicy.lints.rules import Severity, rule
from iampolicy.operators import Quantifier
from iampolicy.text import ascii_lower
from iampolicy.wildcard import compile_pattern

_ERROR: Final = Severity.ERROR
_SECURITY: Final = Severity.SECURITY_WARNING
_SUGGESTION: Final = Severity.SUGGESTION

_READ: Final = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": '

UNKNOWN_OPERATOR: Final = rule(
    "invalid-condition-operator",
    _ERROR,
    "There is no such operator",
    "`Null` takes neither `IfExists` nor `ForAllValues:` and `ForAnyValue:`; every other operator may have all three.",
    aws=("INVALID_CONDITION_OPERATOR", "NULL_WITH_IF_EXISTS", "NULL_WITH_QUALIFIER"),
    bad=_READ + '{"StringMatches": {"aws:username": "bob"}}}',
    good=_READ + '{"StringLike": {"aws:username": "bob"}}}',
)
KEY_FORMAT: Final = rule(
    "invalid-condition-key-format",
    _ERROR,
    "A condition key has no service",
    "A key is `service:name`, or `aws:name` for those of all services.",
    aws=("INVALID_CONDITION_KEY_FORMAT",),
    bad=_READ + '{"StringEquals": {"username": "bob"}}}',
    good=_READ + '{"StringEquals": {"aws:username": "bob"}}}',
)
UNKNOWN_GLOBAL: Final = rule(
    "invalid-global-condition-key",
    _ERROR,
    "There is no such global condition key",
    "No request has it: a positive condition never holds, a negated one always does.",
    aws=(
        "INVALID_GLOBAL_CONDITION_KEY",
        "UNSUPPORTED_GLOBAL_CONDITION_KEY",
        "DEPRECATED_GLOBAL_CONDITION_KEY",
    ),
    bad=_READ + '{"IpAddress": {"aws:SourceAddress": "192.0.2.0/24"}}}',
    good=_READ + '{"IpAddress": {"aws:SourceIp": "203.0.114.0/24"}}}',
)
UNKNOWN_KEY: Final = rule(
    "invalid-service-condition-key",
    _ERROR,
    "The service has no such condition key",
    "No request has it: a positive condition never holds, a negated one always does.",
    aws=("INVALID_SERVICE_CONDITION_KEY",),
    knowing=True,
    bad=_READ + '{"StringEquals": {"s3:prefixes": "reports/"}}}',
    good='{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": '
    '{"StringEquals": {"s3:prefix": "reports/"}}}',
)
MISSING_TAG: Final = rule(
    "missing-tag-key-in-condition",
    _ERROR,
    "A tag condition key names no tag",
    "Write `aws:PrincipalTag/team`, with the key of the tag behind the slash.",
    aws=("MISSING_TAG_KEY_IN_CONDITION",),
    bad=_READ + '{"StringEquals": {"aws:PrincipalTag": "red"}}}',
    good=_READ + '{"StringEquals": {"aws:PrincipalTag/team": "red"}}}',
)
KEY_CASE: Final = rule(
    "condition-key-case",
    _SUGGESTION,
    "A condition key is written in another case than AWS does",
    "It works: keys are compared without regard to case. It is harder to find.",
    bad=_READ + '{"StringEquals": {"aws:UserName": "bob"}}}',
    good=_READ + '{"StringEquals": {"aws:username": "bob"}}}',
)
KEYS_CASE: Final = rule(
    "duplicate-keys-with-different-case",
    _ERROR,
    "A condition key occurs twice in one operator, in different case",
    "The two are one key, and any of their values will do: more is allowed, or denied, than by either alone.",
    aws=("DUPLICATE_KEYS_WITH_DIFFERENT_CASE",),
    bad=_READ + '{"StringEquals": {"aws:username": "bob", "aws:UserName": "eve"}}}',
    good=_READ + '{"StringEquals": {"aws:username": ["bob", "eve"]}}}',
)
UNSUPPORTED_KEY: Final = rule(
    "unsupported-action-for-condition-key",
    _ERROR,
    "An action does not support the condition key",
    "Requests for the action never have the key, so the statement never allows it, or never denies it. Put the action "
    "into a statement without the condition.",
    aws=(
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ),
    knowing=True,
    bad=_READ + '{"StringEquals": {"s3:prefix": "reports/"}}}',
    good='{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": '
    '{"StringEquals": {"s3:prefix": "reports/"}}}',
)
TYPE: Final = rule(
    "type-mismatch",
    Severity.WARNING,
    "The operator is for keys of another type",
    "The value is compared as text, or not at all: `StringEquals` does not know that `192.0.2.1` lies in `192.0.2.0/24`.",
    aws=("TYPE_MISMATCH",),
    bad=_READ + '{"StringEquals": {"aws:SourceIp": "203.0.114.0/24"}}}',
    good=_READ + '{"IpAddress": {"aws:SourceIp": "203.0.114.0/24"}}}',
)
MISSING_QUALIFIER: Final = rule(
    "missing-qualifier",
    _ERROR,
    "A key with several values needs ForAllValues or ForAnyValue",
    "A plain operator never matches a list, not even one of a single value, and not when it is negated either.",
    aws=("MISSING_QUALIFIER",),
    bad=_READ + '{"StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/"}}}',
    good=_READ + '{"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/"}}}',
)
SINGLE_VALUED: Final = rule(
    "for-all-values-with-single-valued-key",
    _SECURITY,
    "ForAllValues with a key that has one value",
    "It holds when the request has no such key at all. Leave the qualifier out.",
    aws=("FORALLVALUES_WITH_SINGLE_VALUED_KEY",),
    bad=_READ + '{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}',
    good=_READ + '{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}',
)
NULL_CHECK: Final = rule(
    "for-all-values-without-null-check",
    _SECURITY,
    "ForAllValues holds when there are no values",
    "An Allow then allows, and a Deny denies, requests without the key. Add "
    '`"Null": {"aws:TagKeys": "false"}` to demand that it is there.',
    bad='{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": '
    '{"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}}',
    good='{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": '
    '{"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}, "Null": {"aws:TagKeys": "false"}}}',
)
MFA: Final = rule(
    "mfa-deny-misses-long-term-keys",
    _SECURITY,
    "A Deny without MFA spares access keys",
    "Requests with long-term keys have no `aws:MultiFactorAuthPresent` at all, so `Bool` does not match them. "
    "Write `BoolIfExists`.",
    bad='{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": '
    '{"Bool": {"aws:MultiFactorAuthPresent": "false"}}}',
    good='{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": '
    '{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}',
)

_OPERATORS: Final = {
    "String": ("String",),
    "ARN": ("Arn",),
    "Bool": ("Bool",),
    "Date": ("Date", "Numeric"),  # aws:EpochTime may be compared as a number
    "Numeric": ("Numeric",),
    "IPAddress": ("IpAddress", "NotIpAddress"),
    "Binary": ("Binary",),
}
"""The operators that fit a type, by how they begin."""


def lint_conditions(collector: Collector) -> None:
    """Look at every condition."""
    for statement in collector.statements:
        _same_keys(collector, statement)
        for condition in statement.conditions:
            if condition.use is None:
                name = condition.operator.name
                collector.report(
                    UNKNOWN_OPERATOR, condition.operator, f"There is no operator `{name}`.", at_name=True
                )
                continue
            _key(collector, statement, condition)
            lint_values(collector, condition, condition.use)
            _mfa(collector, statement, condition)


def _same_keys(collector: Collector, statement: StatementNode) -> None:
    seen: set[tuple[str, str]] = set()
    for condition in statement.conditions:
        place = (condition.operator.pointer, condition.name)
        if place in seen:
            message = f"`{condition.key.name}` occurs before in another case."
            collector.report(KEYS_CASE, condition.key, message, at_name=True)
        seen.add(place)


def _key(collector: Collector, statement: StatementNode, condition: ConditionNode) -> None:
    name = condition.key.name
    prefix, colon, rest = ascii_lower(name).partition(":")
    if not colon or not prefix or not rest:
        message = f"`{name}` is not of the form `service:name`."
        collector.report(KEY_FORMAT, condition.key, message, at_name=True)
        return
    if rest.rstrip("/") in {"principaltag", "resourcetag", "requesttag"}:
        collector.report(MISSING_TAG, condition.key, f"`{name}` names no tag.", at_name=True)
        return
    known = global_key(name)
    if known is None and prefix == "aws":
        collector.report(UNKNOWN_GLOBAL, condition.key, f"There is no key `{name}`.", at_name=True)
    if known is None and collector.services is not None and prefix != "aws":
        known = collector.services.condition_key(name)
        # A provider of OpenID Connect has keys of its own, and a domain for a prefix.
        if known is None and "." not in prefix:
            collector.report(UNKNOWN_KEY, condition.key, f"There is no key `{name}`.", at_name=True)
    if known is not None:
        _case(collector, condition, known)
        _type(collector, condition, known)
        _quantifier(collector, condition, known)
        _support(collector, statement, condition)
    _null_check(collector, statement, condition, known)


def _case(collector: Collector, condition: ConditionNode, known: ConditionKey) -> None:
    # AWS's own pages write `AWS:` and `SAML:` at times; only the name behind is looked at.
    written = condition.key.name.partition(":")[2]
    if not written.startswith(known.name.partition(":")[2].partition("${")[0].partition("<")[0]):
        collector.report(KEY_CASE, condition.key, f"AWS writes `{known.name}`.", at_name=True)


def _type(collector: Collector, condition: ConditionNode, known: ConditionKey) -> None:
    use = condition.use
    if use is None or use.operator.name == "Null":
        return
    fitting = _OPERATORS[known.type]
    # Text operators take ARNs apart no worse than they do names, and that is often meant.
    if known.type == "ARN":
        fitting = (*fitting, "String")
    if not use.operator.name.startswith(fitting):
        message = f"`{known.name}` is of the type {known.type}; `{use.operator.name}` is not for that."
        collector.report(TYPE, condition.operator, message, at_name=True)


def _quantifier(collector: Collector, condition: ConditionNode, known: ConditionKey) -> None:
    use = condition.use
    if use is None or use.operator.name == "Null":
        return
    if known.multivalued and use.quantifier is Quantifier.NONE:
        message = (
            f"`{known.name}` has several values: write `ForAnyValue:{use.operator.name}` or `ForAllValues:…`."
        )
        collector.report(MISSING_QUALIFIER, condition.operator, message, at_name=True)
    if not known.multivalued and use.quantifier is Quantifier.FOR_ALL_VALUES:
        message = f"`{known.name}` has one value; requests without it pass `ForAllValues`."
        collector.report(SINGLE_VALUED, condition.operator, message, at_name=True)


def _null_check(
    collector: Collector, statement: StatementNode, condition: ConditionNode, known: ConditionKey | None
) -> None:
    use = condition.use
    if use is None or use.quantifier is not Quantifier.FOR_ALL_VALUES:
        return
    if (known is None or known.multivalued) and condition.name not in statement.required:
        verb = "denied" if statement.denies else "let through"
        message = f"Requests without `{condition.key.name}` are {verb}; demand it with `Null`."
        collector.report(NULL_CHECK, condition.operator, message, at_name=True)


def _support(collector: Collector, statement: StatementNode, condition: ConditionNode) -> None:
    """Report the actions that never have the key."""
    use, services = condition.use, collector.services
    if services is None or use is None or use.if_exists or use.operator.name == "Null":
        return
    key = condition.name
    if key.startswith("aws:") and key.partition("/")[0] not in TAG_KEYS:
        return
    actions = statement.texts("Action")
    if not collector.afford(len(actions)):
        return
    for node in actions:
        prefix, _, name = (node.text or "").partition(":")
        service = services.find(ascii_lower(prefix))
        if service is None or "." in key.partition(":")[0]:
            continue
        if not _supports(collector, service, name, key):
            message = f"Requests for `{node.text}` never have `{condition.key.name}`."
            collector.report(UNSUPPORTED_KEY, node, message)


def _supports(collector: Collector, service: Service, name: str, key: str) -> bool:
    stem = key.partition("/")[0]
    if stem in TAG_KEYS:
        return stem in service.tag_keys
    actions = matching(collector, service, name)
    if not actions or any(key in action.condition_keys for action in actions):
        return True
    if not collector.afford(sum(len(action.condition_keys) for action in actions)):
        return True
    return any(
        compile_pattern(pattern)(key)
        for action in actions
        for pattern in action.condition_keys
        if "*" in pattern
    )


def _mfa(collector: Collector, statement: StatementNode, condition: ConditionNode) -> None:
    use = condition.use
    if use is None or use.if_exists or condition.name != "aws:multifactorauthpresent":
        return
    if statement.denies and condition.uses("Bool") and condition.says("false"):
        message = "Long-term access keys are not denied; write `BoolIfExists`."
        collector.report(MFA, condition.operator, message, at_name=True)
