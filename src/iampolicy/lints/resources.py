"""Lints of resources: ARNs that name nothing, or not what the actions are about."""

from functools import lru_cache
from typing import Final

from iampolicy.arn import SEGMENTS
from iampolicy.document import PolicyKind
from iampolicy.errors import PolicyError
from iampolicy.grammar_resources import check_resource, legacy_resource
from iampolicy.lints.actions import matching, redundant
from iampolicy.lints.collector import Collector, StatementNode
from iampolicy.lints.knowledge import Action, Service
from iampolicy.lints.overlap import Template
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import Node
from iampolicy.text import all_digits, ascii_lower
from iampolicy.variables import variable_uses
from iampolicy.wildcard import Token, Wild, has_wildcard, tokenize

_ERROR: Final = Severity.ERROR
_WARNING: Final = Severity.WARNING

INVALID_ARN: Final = rule(
    "invalid-arn",
    _ERROR,
    "A resource is no ARN",
    "An ARN has six parts: `arn:partition:service:region:account:resource`. IAM refuses what has fewer, unless a `*` "
    "stands for the rest, what begins otherwise, a partition that does not exist, and a wildcard for the service.",
    aws=("MISSING_ARN_FIELD", "INVALID_ARN_PREFIX", "INVALID_PARTITION", "ARN_REGION_NOT_ALLOWED"),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "reports/june.pdf"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/june.pdf"}',
)
SHORT_ARN: Final = rule(
    "short-arn",
    _WARNING,
    "An ARN has fewer than six parts",
    "How the rest is completed depends on the kind of policy: in a resource policy an ARN without a `*` then matches "
    "nothing. Write all six.",
    aws=("MISSING_ARN_FIELD",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}',
)
ARN_ACCOUNT: Final = rule(
    "invalid-arn-account",
    _ERROR,
    "The account of an ARN is no account",
    "It has twelve digits, is empty where the service wants none, or holds a wildcard.",
    aws=("INVALID_ARN_ACCOUNT", "ARN_ACCOUNT_NOT_ALLOWED"),
    bad='{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1234:jobs"}',
    good='{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:123456789012:jobs"}',
)
SERVICE_CASE: Final = rule(
    "invalid-arn-service-case",
    _ERROR,
    "The service of an ARN has capital letters",
    "AWS's validator wants lower case.",
    aws=("INVALID_ARN_SERVICE_CASE",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:S3:::reports/*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}',
)
TYPE_WILDCARD: Final = rule(
    "wildcard-in-resource-type",
    _ERROR,
    "A wildcard within the resource type",
    "AWS's documentation says that you may not write it, and of IAM's own ARNs it is refused. In a document that is "
    "stored already such an entry matches, in iamd, for a Deny and not for an Allow.",
    bad='{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::123456789012:us*/bob"}',
    good='{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::123456789012:user/bob"}',
)
UNKNOWN_TYPE: Final = rule(
    "invalid-arn-resource",
    _ERROR,
    "The service has no resource of that form",
    "The ARN matches none of the templates of the service's resources.",
    aws=("INVALID_ARN_RESOURCE", "ARN_ACCOUNT_NOT_ALLOWED", "ARN_REGION_NOT_ALLOWED", "MISSING_ARN_REGION"),
    knowing=True,
    bad='{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1::jobs"}',
    good='{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:123456789012:jobs"}',
)
UNSUPPORTED_TYPE: Final = rule(
    "unsupported-resource-for-action",
    _WARNING,
    "An action is on none of the statement's resources",
    "The statement says nothing about the action: it works on resources of other types, or only on all resources at "
    "once, which `*` stands for. `s3:ListBucket` is about a bucket, `s3:GetObject` about what is in it.",
    knowing=True,
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}',
)
ALLOW_NOT_RESOURCE: Final = rule(
    "allow-with-not-resource",
    Severity.SECURITY_WARNING,
    "An Allow on everything but",
    "It allows the actions on all resources that are not listed, of other accounts and of tomorrow. Name the resources; "
    "or allow them, and deny the exceptions.",
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secrets/*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}',
)
REDUNDANT_RESOURCE: Final = rule(
    "redundant-resource",
    Severity.SUGGESTION,
    "A resource is contained in another one",
    "Leave out the narrower one; or, if you meant only that, the wider.",
    aws=("REDUNDANT_RESOURCE",),
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*", "arn:aws:s3:::reports/*"]}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}',
)

_LONGEST: Final = 2_048
"""Characters of an ARN that is held against templates."""
_MOST_NAMED: Final = 5
# semantics 18: what lists are about where they are about no single resource.
_COLLECTIONS: Final = {
    "iam": ("arn:${Partition}:iam::${Account}:${Collection}",),
    "s3": ("arn:${Partition}:s3:::${Any}",),
}
_TYPED_SERVICES: Final = frozenset({"iam", "sts"})


def lint_resources(collector: Collector) -> None:
    """Look at every entry of ``Resource`` and ``NotResource``."""
    for statement in collector.statements:
        sound = [node for node in statement.texts("Resource", "NotResource") if _form(collector, node)]
        not_resource = statement.element("NotResource")
        if not_resource is not None and not statement.denies and collector.kind is not PolicyKind.BOUNDARY:
            message = "It allows the actions on every resource that is not listed."
            collector.report(ALLOW_NOT_RESOURCE, not_resource, message, at_name=True)
        redundant(collector, statement, "Resource", REDUNDANT_RESOURCE, str)
        if collector.services is not None:
            for node in sound:
                _template(collector, node)
            _supported(collector, statement)


def _form(collector: Collector, node: Node) -> bool:
    """Look at one entry alone; tell whether it is an ARN."""
    text = node.text or ""
    if text == "*":
        return False
    if _wild_type(text):
        collector.report(TYPE_WILDCARD, node, f"`{text}` does not say which type is meant.")
        return False
    try:
        if not legacy_resource(text):
            message = f"`{text}` has too few parts: `arn:partition:service:region:account:resource`."
            collector.report(INVALID_ARN, node, message)
            return False
        check_resource(text)
    except PolicyError as error:
        collector.report(INVALID_ARN, node, error.message)
        return False
    parts = text.split(":", SEGMENTS - 1)
    if len(parts) < SEGMENTS:
        collector.report(SHORT_ARN, node, f"`{text}` has {len(parts)} of six parts.")
        return False
    _, _, service, _, account, _ = parts
    if service != ascii_lower(service):
        collector.report(SERVICE_CASE, node, f"Write `{ascii_lower(service)}`.")
        return False
    if not _account(account):
        collector.report(ARN_ACCOUNT, node, f"`{account}` is no account id of twelve digits.")
        return False
    return True


def _wild_type(text: str) -> bool:
    parts = text.split(":", SEGMENTS - 1)
    if len(parts) < SEGMENTS or ascii_lower(parts[2]) not in _TYPED_SERVICES:
        return False
    kind = parts[-1].partition("/")[0]
    return has_wildcard(kind) and kind != "*"


def _account(account: str) -> bool:
    """Tell whether *account* can be one; AWS and Amazon CloudFront have names for theirs."""
    if account in {"", "aws", "cloudfront"} or has_wildcard(account) or "${" in account:
        return True
    return len(account) == 12 and all_digits(account)


def _template(collector: Collector, node: Node) -> None:
    """Hold an ARN against the templates of its service."""
    text = node.text or ""
    service = collector.services.find(ascii_lower(text.split(":")[2])) if collector.services else None
    if service is None or not service.resource_types or len(text) > _LONGEST:
        return
    tokens = _tokens(text)
    if not collector.afford(len(service.resource_types) * len(text)):
        return
    # S3 has collections besides its types: `arn:aws:s3:::*` is what lists are about (semantics 18).
    if not any(_matcher(kind.arn).may_overlap(tokens) for kind in service.resource_types):
        types = ", ".join(f"`{kind.arn}`" for kind in service.resource_types[:_MOST_NAMED])
        collector.report(UNKNOWN_TYPE, node, f"`{text}` is none of {types}.")


def _supported(collector: Collector, statement: StatementNode) -> None:
    """Report the actions that none of the resources is for."""
    resources = [node.text or "" for node in statement.texts("Resource")]
    if not resources or "*" in resources or any(len(text) > _LONGEST for text in resources):
        return
    patterns = [_tokens(_completed(text)) for text in resources]
    for node in statement.texts("Action"):
        prefix, _, name = (node.text or "").partition(":")
        service = collector.services.find(ascii_lower(prefix)) if collector.services else None
        if service is None:
            continue
        actions = matching(collector, service, name)
        # What takes too long to tell is not told.
        if actions and not any(_on_one_of(collector, service, action, patterns) for action in actions):
            kinds = sorted({kind.arn for action in actions for kind in action.resource_types})
            only = ", ".join(f"`{arn}`" for arn in kinds[:_MOST_NAMED]) or "`*` alone"
            collector.report(UNSUPPORTED_TYPE, node, f"`{node.text}` is about {only}.")


def _on_one_of(
    collector: Collector, service: Service, action: Action, patterns: list[tuple[Token, ...]]
) -> bool:
    templates = [kind.arn for kind in action.resource_types]
    if not templates:
        templates += _COLLECTIONS.get(service.prefix, ())
    if not collector.afford(len(templates) * sum(map(_length, patterns))):
        return True
    return any(_matcher(template).may_overlap(pattern) for template in templates for pattern in patterns)


def _length(tokens: tuple[Token, ...]) -> int:
    return sum(len(token) if isinstance(token, str) else 1 for token in tokens)


def _completed(text: str) -> str:
    missing = SEGMENTS - len(text.split(":", SEGMENTS - 1))
    return text + ":*" * missing


@lru_cache(maxsize=1024)
def _matcher(template: str) -> Template:
    # What a template leaves open is never empty.
    return Template(_tokens(template, (Wild.ONE, Wild.MANY)))


def _tokens(text: str, variable: tuple[Token, ...] = (Wild.MANY,)) -> tuple[Token, ...]:
    """Return a pattern in which *variable* stands for every ``${…}``."""
    tokens: list[Token] = []
    position = 0
    for inner, _ in variable_uses(text):
        start = text.index("${" + inner, position)
        tokens += (*tokenize(text[position:start]), *variable)
        position = start + len(inner) + 3
    return (*tokens, *tokenize(text[position:]))
