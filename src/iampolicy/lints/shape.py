"""Lints of a document's shape: its elements and their types, versions, statement ids, quotas."""

from typing import Final

from iampolicy.document import PolicyKind, policy_size
from iampolicy.lints.collector import Collector, StatementNode
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import Node
from iampolicy.text import ascii_lower

_ERROR: Final = Severity.ERROR
_WARNING: Final = Severity.WARNING
_SUGGESTION: Final = Severity.SUGGESTION

_ALLOWED: Final = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}'

JSON_SYNTAX: Final = rule(
    "json-syntax-error",
    _ERROR,
    "The text is no JSON",
    "Nothing can be read. Policies are JSON: no comments, no comma after the last value, no `NaN`.",
    aws=("JSON_SYNTAX_ERROR",),
    bad=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED},]}}',
    good=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED}]}}',
)
DUPLICATE_KEY: Final = rule(
    "duplicate-key",
    _ERROR,
    "A name occurs twice in one object",
    "Most JSON readers keep the last of the two, so a document can mean something else than it seems to. Write one.",
    bad='{"Effect": "Deny", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
    good='{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}',
)
DATA_TYPE: Final = rule(
    "data-type-mismatch",
    _ERROR,
    "A value is not of the type that the element takes",
    "`Effect`, `Sid` and `Version` are strings; actions, resources and principals are strings or lists of strings; "
    "the values of conditions may be booleans and numbers too.",
    aws=("DATA_TYPE_MISMATCH",),
    bad='{"Effect": "Allow", "Action": ["s3:GetObject", 1], "Resource": "*"}',
    good='{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}',
)
UNKNOWN_ELEMENT: Final = rule(
    "invalid-policy-element",
    _ERROR,
    "There is no such element",
    "Names of elements are compared with regard to case. An element that were skipped could be a condition.",
    aws=("INVALID_POLICY_ELEMENT",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Conditions": {}}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
INVALID_VERSION: Final = rule(
    "invalid-version",
    _ERROR,
    "There is no such version of the policy language",
    "The versions are `2012-10-17` and, without policy variables, `2008-10-17`. It is not the date of your document.",
    aws=("INVALID_VERSION",),
    bad=f'{{"Version": "2024-01-01", "Statement": [{_ALLOWED}]}}',
    good=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED}]}}',
)
MISSING_VERSION: Final = rule(
    "missing-version",
    _WARNING,
    "There is no Version",
    "Without it the document is of 2008-10-17, in which `${aws:username}` is plain text. "
    "CreatePolicy refuses such a document.",
    aws=("MISSING_VERSION",),
    bad=f'{{"Statement": [{_ALLOWED}]}}',
    good=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED}]}}',
)
OLD_VERSION: Final = rule(
    "old-version",
    _WARNING,
    "The version is the old one",
    "Version 2008-10-17 has no policy variables. CreatePolicy refuses such a document.",
    bad=f'{{"Version": "2008-10-17", "Statement": [{_ALLOWED}]}}',
    good=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED}]}}',
)
MISSING_STATEMENT: Final = rule(
    "missing-statement",
    _ERROR,
    "There is no statement",
    "A document has at least one.",
    aws=("MISSING_STATEMENT",),
    bad='{"Version": "2012-10-17", "Statement": []}',
    good=f'{{"Version": "2012-10-17", "Statement": [{_ALLOWED}]}}',
)
MISSING_EFFECT: Final = rule(
    "missing-effect",
    _ERROR,
    "A statement has no Effect",
    "Neither Allow nor Deny is the default.",
    aws=("MISSING_EFFECT",),
    bad='{"Version": "2012-10-17", "Statement": [{"Action": "s3:GetObject", "Resource": "*"}]}',
    good=_ALLOWED,
)
INVALID_EFFECT: Final = rule(
    "invalid-effect",
    _ERROR,
    "The effect is neither Allow nor Deny",
    "Its case matters.",
    aws=("INVALID_EFFECT",),
    bad='{"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
MISSING_ACTION: Final = rule(
    "missing-action",
    _ERROR,
    "A statement names no actions",
    "It needs `Action` or `NotAction`, with at least one entry.",
    aws=("MISSING_ACTION", "EMPTY_ARRAY_ACTION"),
    bad='{"Effect": "Allow", "Action": [], "Resource": "*"}',
    good='{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}',
)
MISSING_RESOURCE: Final = rule(
    "missing-resource",
    _ERROR,
    "A statement names no resources",
    "It needs `Resource` or `NotResource`, with at least one entry.",
    aws=("MISSING_RESOURCE", "EMPTY_ARRAY_RESOURCE"),
    bad='{"Effect": "Allow", "Action": "s3:GetObject"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
ELEMENT_COMBINATION: Final = rule(
    "unsupported-element-combination",
    _ERROR,
    "An element stands beside its opposite",
    "A statement has one of `Action` and `NotAction`, one of `Resource` and `NotResource`, and one of `Principal` and "
    "`NotPrincipal`.",
    aws=("UNSUPPORTED_ELEMENT_COMBINATION",),
    bad='{"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:DeleteBucket", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
TRUST_RESOURCE: Final = rule(
    "resource-in-trust-policy",
    _ERROR,
    "A trust policy names resources",
    "The resource is the role itself.",
    aws=("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",),
    kind=PolicyKind.TRUST,
    bad='{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", '
    '"Resource": "*"}',
    good='{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}',
)
REPEATED_SID: Final = rule(
    "unique-sids-required",
    _ERROR,
    "Two statements have the same Sid",
    "Decisions and explanations name statements by it.",
    aws=("UNIQUE_SIDS_REQUIRED", "UNIQUE_SIDS_RECOMMENDED"),
    bad='{"Version": "2012-10-17", "Statement": ['
    '{"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, '
    '{"Sid": "A", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]}',
    good='{"Version": "2012-10-17", "Statement": ['
    '{"Sid": "A", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}, '
    '{"Sid": "B", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}]}',
)
SID_CHARACTERS: Final = rule(
    "unsupported-sid",
    _ERROR,
    "A Sid has characters that it may not have",
    "In policies of identities a Sid is of ASCII letters and digits.",
    aws=("UNSUPPORTED_SID",),
    bad='{"Sid": "read reports", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
    good='{"Sid": "ReadReports", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
EMPTY_SID: Final = rule(
    "empty-sid-value",
    _SUGGESTION,
    "A Sid is empty",
    "Leave it out, or give the statement a name.",
    aws=("EMPTY_SID_VALUE",),
    bad='{"Sid": "", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
    good='{"Sid": "ReadReports", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
EMPTY_CONDITION: Final = rule(
    "empty-object-condition",
    _SUGGESTION,
    "A condition is empty",
    "An empty block or operator always holds.",
    aws=("EMPTY_OBJECT_CONDITION",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {}}}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
SIZE: Final = rule(
    "policy-size-exceeds-quota",
    _WARNING,
    "The document is larger than the quota for its kind",
    "Without white space a managed policy has at most 6,144 characters, the inline policies of a user 2,048, of a group "
    "5,120 and of a role 10,240 together, a trust policy 2,048 (4,096 on request), a session policy 2,048, and a service "
    "or resource control policy 5,120.",
    aws=(
        "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
        "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
        "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
    ),
    kind=PolicyKind.SESSION,
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/'
    + "x" * 2048
    + '"}',
    good=_ALLOWED,
)
MALFORMED: Final = rule(
    "malformed-policy-document",
    _ERROR,
    "IAM refuses the document",
    "What IAM answers when such a document is written, where no rule of its own tells more.",
    bad='{"Effect": "Allow", "Action": "GetObject", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)

_QUOTAS: Final = {
    PolicyKind.IDENTITY: 6_144,
    PolicyKind.BOUNDARY: 6_144,
    PolicyKind.SESSION: 2_048,
    PolicyKind.TRUST: 2_048,
    PolicyKind.RESOURCE: 20_480,
    PolicyKind.ENDPOINT: 20_480,
    PolicyKind.SCP: 5_120,
    PolicyKind.RCP: 5_120,
}
_OF_IDENTITIES: Final = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION})
_ELEMENTS: Final = {
    "Sid": "string",
    "Effect": "string",
    "Principal": "principal",
    "NotPrincipal": "principal",
    "Action": "strings",
    "NotAction": "strings",
    "Resource": "strings",
    "NotResource": "strings",
    "Condition": "object",
}


def lint_shape(collector: Collector, text: str) -> None:
    """Look at the document as a whole, and at the elements of its statements."""
    _repeated(collector)
    _document(collector)
    for statement in collector.statements:
        _elements(collector, statement)
        _effect(collector, statement)
        _presence(collector, statement)
    _sids(collector)
    size = policy_size(text)
    quota = _QUOTAS[collector.kind]
    if size > quota:
        collector.report(
            SIZE, collector.root, f"Without white space it has {size} characters; the quota is {quota}."
        )


def _repeated(collector: Collector) -> None:
    for node in collector.root.walk():
        for again in node.repeated:
            collector.report(DUPLICATE_KEY, again, f"`{again.name}` occurs before.", at_name=True)


def _document(collector: Collector) -> None:
    root = collector.root
    for name, node in root.members.items():
        if name not in {"Version", "Id", "Statement"}:
            collector.report(UNKNOWN_ELEMENT, node, f"There is no element `{name}`.", at_name=True)
        elif name != "Statement" and node.kind != "string":
            collector.report(DATA_TYPE, node, f"`{name}` is a string.")
    version = root.members.get("Version")
    if version is None:
        collector.report(MISSING_VERSION, root, 'Add `"Version": "2012-10-17"`.')
    elif version.text == "2008-10-17":
        collector.report(OLD_VERSION, version, "Make it `2012-10-17`.")
    elif version.text not in {None, "2012-10-17"}:
        collector.report(INVALID_VERSION, version, f"There is no version `{version.text}`.")
    element = root.members.get("Statement")
    if element is None or (element.kind == "array" and not element.items):
        collector.report(MISSING_STATEMENT, element or root, "Add a statement.")
        return
    for node in element.listed:
        if node.kind != "object":
            collector.report(DATA_TYPE, node, "A statement is an object.")


def _elements(collector: Collector, statement: StatementNode) -> None:
    for name, node in statement.node.members.items():
        expected = _ELEMENTS.get(name)
        if expected is None:
            meant = next((each for each in _ELEMENTS if ascii_lower(each) == ascii_lower(name)), None)
            hint = f" Did you mean `{meant}`?" if meant else ""
            collector.report(UNKNOWN_ELEMENT, node, f"There is no element `{name}`.{hint}", at_name=True)
        elif expected == "string" and node.kind != "string":
            collector.report(DATA_TYPE, node, f"`{name}` is a string.")
        elif expected == "strings":
            for item in node.listed:
                if item.kind != "string":
                    collector.report(DATA_TYPE, item, f"`{name}` is a string or a list of strings.")
        elif expected == "object":
            _condition(collector, node)


def _condition(collector: Collector, block: Node) -> None:
    if block.kind != "object":
        collector.report(DATA_TYPE, block, "`Condition` is an object of operators.")
        return
    if not block.members:
        collector.report(EMPTY_CONDITION, block, "Leave it out.")
    for operator in block.members.values():
        if operator.kind != "object":
            collector.report(DATA_TYPE, operator, "An operator is an object of keys.")
        elif not operator.members:
            collector.report(EMPTY_CONDITION, operator, f"`{operator.name}` has no keys.", at_name=True)
        for key in operator.members.values():
            for value in key.listed:
                if value.kind in {"object", "array", "null"}:
                    collector.report(DATA_TYPE, value, "A value is a string, a number or a boolean.")


def _effect(collector: Collector, statement: StatementNode) -> None:
    effect = statement.element("Effect")
    if effect is None:
        collector.report(MISSING_EFFECT, statement.node, "Add an `Effect`.")
    elif effect.kind == "string" and statement.effect not in {"Allow", "Deny"}:
        collector.report(INVALID_EFFECT, effect, f"`{statement.effect}` is neither `Allow` nor `Deny`.")


def _presence(collector: Collector, statement: StatementNode) -> None:
    for name in ("Action", "Resource", "Principal"):
        opposite = statement.element(f"Not{name}")
        if opposite is not None and statement.element(name) is not None:
            message = f"Leave out `{name}` or `Not{name}`."
            collector.report(ELEMENT_COMBINATION, opposite, message, at_name=True)
    actions = statement.element("Action") or statement.element("NotAction")
    if actions is None or not actions.listed:
        collector.report(MISSING_ACTION, actions or statement.node, "Name actions.")
    resources = statement.element("Resource") or statement.element("NotResource")
    if collector.kind is PolicyKind.TRUST:
        if resources is not None:
            collector.report(TRUST_RESOURCE, resources, f"Leave out `{resources.name}`.", at_name=True)
    elif resources is None and collector.kind is not PolicyKind.RESOURCE:
        collector.report(MISSING_RESOURCE, statement.node, "Name resources.")
    elif resources is not None and not resources.listed:
        collector.report(MISSING_RESOURCE, resources, "Name resources.")


def _sids(collector: Collector) -> None:
    seen: set[str] = set()
    for statement in collector.statements:
        node = statement.element("Sid")
        sid = node.text if node else None
        if node is None or sid is None:
            continue
        if not sid:
            collector.report(EMPTY_SID, node, "Give the statement a name.")
        elif sid in seen:
            collector.report(REPEATED_SID, node, f"An earlier statement is called `{sid}`.")
        if collector.kind in _OF_IDENTITIES and sid and not (sid.isascii() and sid.isalnum()):
            collector.report(SID_CHARACTERS, node, f"`{sid}` has other characters than letters and digits.")
        seen.add(sid)
