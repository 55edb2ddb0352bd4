"""Lints of principals: whom a policy lets in that nobody meant."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from iampolicy.document import PolicyKind
from iampolicy.lints.collector import Collector, ConditionNode, StatementNode
from iampolicy.lints.rules import Severity, rule
from iampolicy.source import Node
from iampolicy.text import ascii_lower
from iampolicy.wildcard import has_wildcard

_ERROR: Final = Severity.ERROR
_SECURITY: Final = Severity.SECURITY_WARNING
_WARNING: Final = Severity.WARNING

_TRUST: Final = '{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": '
_GITHUB: Final = (
    '{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": '
    '"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}, "Condition": '
)
_MAIN: Final = '"token.actions.githubusercontent.com:sub": "repo:example/app:ref:refs/heads/main"'

UNSUPPORTED: Final = rule(
    "unsupported-principal",
    _ERROR,
    "A policy of an identity names a principal",
    "Identity policies, boundaries, session policies and service control policies are about whoever has them. "
    "`Principal` belongs into policies of resources.",
    aws=("UNSUPPORTED_PRINCIPAL", "SCP_SYNTAX_ERROR_PRINCIPAL"),
    bad='{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}',
)
MISSING: Final = rule(
    "missing-principal",
    _ERROR,
    "A policy of a resource names no principal",
    "A statement without one is about nobody.",
    aws=("MISSING_PRINCIPAL", "EMPTY_OBJECT_PRINCIPAL", "EMPTY_ARRAY_PRINCIPAL"),
    kind=PolicyKind.TRUST,
    bad='{"Effect": "Allow", "Action": "sts:AssumeRole"}',
    good=_TRUST + '{"AWS": "arn:aws:iam::123456789012:user/bob"}}',
)
FORMAT: Final = rule(
    "invalid-principal-format",
    _ERROR,
    "Principal is neither `*` nor an object",
    'It is `"*"`, or an object with `AWS`, `Service`, `Federated` or `CanonicalUser`.',
    aws=("INVALID_PRINCIPAL_FORMAT", "INVALID_PRINCIPAL_KEY"),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '"arn:aws:iam::123456789012:user/bob"}',
    good=_TRUST + '{"AWS": "arn:aws:iam::123456789012:user/bob"}}',
)
WILDCARD: Final = rule(
    "unsupported-wildcard-in-principal",
    _ERROR,
    "A wildcard in a principal",
    "There is no partial wildcard: `user/*` names nobody. Name the account, and narrow it with `aws:PrincipalArn`.",
    aws=("UNSUPPORTED_WILDCARD_IN_PRINCIPAL",),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '{"AWS": "arn:aws:iam::123456789012:role/ci-*"}}',
    good=_TRUST + '{"AWS": "123456789012"}, '
    '"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/ci-*"}}}',
)
OPEN: Final = rule(
    "principal-star-without-condition",
    _SECURITY,
    "Everyone, of every account, without a condition",
    "A role whose trust policy allows `*` can be assumed with any credentials of AWS there are; a resource is public. "
    "Name the principals, or demand the organization with `aws:PrincipalOrgID`.",
    aws=("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '{"AWS": "*"}}',
    good=_TRUST + '{"AWS": "*"}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}',
)
NOT_PRINCIPAL: Final = rule(
    "not-principal",
    _WARNING,
    "NotPrincipal",
    "With Deny it must list the account, the role and the session of everyone to be spared, and it never spares a caller "
    "with a permissions boundary. AWS advises against it: deny with a condition on `aws:PrincipalArn`.",
    kind=PolicyKind.RESOURCE,
    bad='{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/*", '
    '"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}}',
    good='{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::reports/*", "Principal": "*", '
    '"Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/auditor"}}}',
)
ALLOW_NOT_PRINCIPAL: Final = rule(
    "allow-with-not-principal",
    _ERROR,
    "An Allow for everyone but",
    "It would let in everybody else, strangers and the anonymous too. AWS advises against it; iamd refuses it.",
    aws=("ALLOW_WITH_NOT_PRINCIPAL",),
    kind=PolicyKind.RESOURCE,
    bad='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", '
    '"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/eve"}}',
    good='{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", '
    '"Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"}}',
)
TRUST_NOT_PRINCIPAL: Final = rule(
    "not-principal-in-trust-policy",
    _ERROR,
    "NotPrincipal in a trust policy",
    "Trust policies name whom they trust.",
    aws=("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",),
    kind=PolicyKind.TRUST,
    bad='{"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}}',
    good=_TRUST + '{"AWS": "arn:aws:iam::123456789012:user/bob"}}',
)
UNIQUE_ID: Final = rule(
    "principal-is-unique-id",
    _WARNING,
    "A principal is a unique id",
    "AWS puts the id of a user or role in the place of its ARN when it has been deleted: the entry names nobody any more, "
    "also not a new one of the same name.",
    aws=("INVALID_ROLE_REFERENCE", "INVALID_USER_REFERENCE"),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '{"AWS": "AROAEXAMPLEID0000000A"}}',
    good=_TRUST + '{"AWS": "arn:aws:iam::123456789012:role/build"}}',
)
SERVICE_FORMAT: Final = rule(
    "invalid-service-principal-format",
    _ERROR,
    "A service principal is not the name of a service",
    "It is written out, such as `lambda.amazonaws.com`, in lower case and without wildcards.",
    aws=("INVALID_SERVICE_PRINCIPAL_FORMAT",),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '{"Service": "lambda"}}',
    good=_TRUST + '{"Service": "lambda.amazonaws.com"}}',
)
MISMATCHED: Final = rule(
    "mismatched-action-for-principal",
    _ERROR,
    "The action is not one that such a principal can ask for",
    "Identity providers come with `sts:AssumeRoleWithSAML` or `sts:AssumeRoleWithWebIdentity`, users, roles and services "
    "with `sts:AssumeRole`.",
    aws=("MISMATCHED_ACTION_FOR_PRINCIPAL",),
    kind=PolicyKind.TRUST,
    bad=_TRUST + '{"Federated": "arn:aws:iam::123456789012:saml-provider/idp"}}',
    good='{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": '
    '{"Federated": "arn:aws:iam::123456789012:saml-provider/idp"}, '
    '"Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}',
)
SHARED_PROVIDER: Final = rule(
    "shared-oidc-provider-without-subject",
    _SECURITY,
    "A shared OpenID Connect provider without a condition on whose token it is",
    "All customers of the provider have tokens of the same issuer, and most of the same audience: without a condition on "
    "`:sub` (for Cognito and a few others on `:aud`) anyone with a free account there can assume the role. AWS refuses "
    "such a trust policy for the providers that it knows.",
    aws=("MISSING_GITHUB_REPO_CONDITION_KEY",),
    kind=PolicyKind.TRUST,
    bad=_GITHUB + '{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}',
    good=_GITHUB + '{"StringEquals": {' + _MAIN + "}}}",
)
WIDE_SUBJECT: Final = rule(
    "oidc-subject-with-wildcard",
    _SECURITY,
    "A subject that strangers can have",
    "A pattern that begins with a wildcard, or ends before the organization is told, such as `repo:*`, is met by tokens "
    "of other customers of the provider.",
    aws=("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",),
    kind=PolicyKind.TRUST,
    bad=_GITHUB + '{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}}',
    good=_GITHUB + '{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/app:*"}}}',
)
NO_PROVIDER_KEY: Final = rule(
    "missing-condition-key-for-oidc-principal",
    _SECURITY,
    "An OpenID Connect provider without any condition on its tokens",
    "Every token of the provider will do, whomever and whatever it was made for. Ask at least for its `:aud`.",
    aws=("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",),
    kind=PolicyKind.TRUST,
    bad='{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": '
    '{"Federated": "arn:aws:iam::123456789012:oidc-provider/login.example.com"}}',
    good='{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": '
    '{"Federated": "arn:aws:iam::123456789012:oidc-provider/login.example.com"}, '
    '"Condition": {"StringEquals": {"login.example.com:aud": "my-app"}}}',
)
SERVICE_SOURCE: Final = rule(
    "restrict-access-to-service-principal",
    _SECURITY,
    "A service may act for anyone",
    "Whoever can make the service call, in any account, reaches the resource through it: the confused deputy. Demand "
    "`aws:SourceArn`, `aws:SourceAccount` or `aws:SourceOrgID`.",
    aws=("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",),
    kind=PolicyKind.RESOURCE,
    bad='{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*", '
    '"Principal": {"Service": "cloudtrail.amazonaws.com"}}',
    good='{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs/*", '
    '"Principal": {"Service": "cloudtrail.amazonaws.com"}, '
    '"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}',
)

# AWS: Identity-provider controls for shared OIDC providers, with the claims that AWS demands; and, below the line, four
# more that everybody can have an account with.
SHARED_PROVIDERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agent.buildkite.com": "sub",
        "api.pulumi.com/oidc": "aud",
        "app.terraform.io": "sub",
        "cognito-identity.amazonaws.com": "aud",
        "gitlab.com": "sub",
        "oidc-configuration.audit-log.githubusercontent.com": "sub",
        "oidc.codefresh.io": "sub",
        "oidc.vercel.com": "aud",
        "proidc.upbound.io": "sub",
        "sandboxes.cloud": "aud",
        "scalr.io": "sub",
        "studio.datachain.ai/api": "sub",
        "token.actions.githubusercontent.com": "sub",
        "tokens.cloud.shisho.dev": "sub",
        "vstoken.actions.githubusercontent.com": "sub",
        # ----
        "accounts.google.com": "aud",  # the client of one's own; `oaud` would be anybody's choice
        "graph.facebook.com": "app_id",
        "oidc.circleci.com": "sub",
        "www.amazon.com": "app_id",
    }
)
"""Issuers whose tokens many customers have, with the claim that tells the customers apart."""

# What these sign for an enterprise of its own has a path behind the host, and the same claims.
_WITH_PATHS: Final = ("token.actions.githubusercontent.com/",)

_WITH: Final = frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE, PolicyKind.RCP, PolicyKind.ENDPOINT})
_TYPES: Final = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_SOURCES: Final = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalorgid",
)
_FEDERATED_ACTIONS: Final = ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity")


def lint_principals(collector: Collector) -> None:
    """Look at ``Principal`` and ``NotPrincipal``."""
    for statement in collector.statements:
        element = statement.element("Principal") or statement.element("NotPrincipal")
        if collector.kind not in _WITH:
            if element is not None:
                collector.report(UNSUPPORTED, element, f"Leave out `{element.name}`.", at_name=True)
            continue
        if element is None:
            collector.report(MISSING, statement.node, "Name whom it is about.")
            continue
        _element(collector, statement, element)
        if statement.element("NotPrincipal") is not None:
            _not_principal(collector, statement, element)
        elif not statement.denies:
            _open(collector, statement, element)
            _federated(collector, statement, element)
        if collector.kind is PolicyKind.TRUST:
            _actions(collector, statement, element)


def _values(element: Node, *types: str) -> Iterator[Node]:
    """Yield the texts of these types of principals."""
    for type_ in types:
        node = element.members.get(type_)
        yield from (item for item in node.listed if item.kind == "string") if node else ()


def _element(collector: Collector, statement: StatementNode, element: Node) -> None:
    if element.kind != "object":
        if element.text != "*":
            collector.report(FORMAT, element, 'It is `"*"` or an object.')
        return
    for name, node in element.members.items():
        if name not in _TYPES:
            collector.report(FORMAT, node, f"There is no type of principal `{name}`.", at_name=True)
        for item in node.listed:
            if item.kind != "string":
                collector.report(FORMAT, item, "A principal is a string.")
    if not any(node.listed for node in element.members.values()):
        collector.report(MISSING, element, "Name whom it is about.")
    for node in _values(element, "AWS"):
        text = node.text or ""
        if text != "*" and has_wildcard(text):
            collector.report(WILDCARD, node, f"`{text}` names nobody.")
        elif text.startswith(("AIDA", "AROA")):
            collector.report(
                UNIQUE_ID, node, f"`{text}` is, or was, a {'user' if text[1] == 'I' else 'role'}."
            )
    for node in _values(element, "Service"):
        _service(collector, statement, node)


def _service(collector: Collector, statement: StatementNode, node: Node) -> None:
    text = node.text or ""
    if "." not in text or has_wildcard(text) or text != ascii_lower(text):
        collector.report(SERVICE_FORMAT, node, f"`{text}` is not of the form `name.amazonaws.com`.")
    elif (
        collector.kind is PolicyKind.RESOURCE
        and not statement.denies
        and not statement.has_condition(*_SOURCES)
    ):
        collector.report(SERVICE_SOURCE, node, f"`{text}` may act for any account.")


def _not_principal(collector: Collector, statement: StatementNode, element: Node) -> None:
    if collector.kind is PolicyKind.TRUST:
        collector.report(TRUST_NOT_PRINCIPAL, element, "Name whom the role trusts.", at_name=True)
    elif statement.denies:
        message = "It spares nobody whose account, role and session are not all listed."
        collector.report(NOT_PRINCIPAL, element, message, at_name=True)
    else:
        collector.report(ALLOW_NOT_PRINCIPAL, element, "It would let in everybody else.", at_name=True)


def _open(collector: Collector, statement: StatementNode, element: Node) -> None:
    if collector.kind in {PolicyKind.ENDPOINT, PolicyKind.RCP} or statement.conditions:
        return
    stars = [element] if element.text == "*" else [n for n in _values(element, "AWS") if n.text == "*"]
    for node in stars:
        what = (
            "Anyone may assume the role." if collector.kind is PolicyKind.TRUST else "The resource is public."
        )
        collector.report(OPEN, node, what)


def _actions(collector: Collector, statement: StatementNode, element: Node) -> None:
    """Hold actions and types of principals against each other."""
    federated = bool(list(_values(element, "Federated")))
    others = element.text == "*" or bool(list(_values(element, "AWS", "Service")))
    for node in statement.texts("Action"):
        action = ascii_lower(node.text or "")
        if federated and not others and action == "sts:assumerole":
            collector.report(MISMATCHED, node, "An identity provider does not ask for `sts:AssumeRole`.")
        if others and not federated and element.text != "*" and action in _FEDERATED_ACTIONS:
            collector.report(MISMATCHED, node, f"Only identity providers ask for `{node.text}`.")


def _federated(collector: Collector, statement: StatementNode, element: Node) -> None:
    for node in _values(element, "Federated"):
        text = node.text or ""
        before, slash, issuer = text.partition(":oidc-provider/")
        if not slash:
            if ":" in before:
                continue  # SAML
            issuer = before
        issuer = ascii_lower(issuer.rstrip("/"))
        claim = next((SHARED_PROVIDERS[h[:-1]] for h in _WITH_PATHS if issuer.startswith(h)), None)
        claim = claim or SHARED_PROVIDERS.get(issuer)
        if not collector.afford(len(statement.conditions)):
            return
        asked = [c for c in statement.conditions if c.name.startswith(issuer + ":")]
        if claim is None:
            if not asked:
                collector.report(NO_PROVIDER_KEY, node, f"Any token of `{issuer}` will do.")
            continue
        key = f"{issuer}:{claim}"
        telling = [condition for condition in asked if condition.name == key and _demands(condition)]
        if not telling:
            collector.report(SHARED_PROVIDER, node, f"Add a condition on `{key}`.")
        for condition in telling:
            for value in condition.values:
                if condition.name.endswith(":sub") and _wide(condition, value.text or ""):
                    collector.report(WIDE_SUBJECT, value, f"`{value.text}` is not yours alone.")


def _demands(condition: ConditionNode) -> bool:
    """Tell whether the condition holds only for some values: not the negated ones, nor those for absent keys."""
    use = condition.use
    return (
        use is not None
        and not use.operator.negated
        and not use.if_exists
        and use.operator.name.startswith("String")
        and not use.quantifier.value.startswith("forall")
    )


def _wide(condition: ConditionNode, pattern: str) -> bool:
    """Tell whether a pattern has a wildcard before its second part, such as the organization in ``repo:org/app``."""
    if condition.use is None or not condition.use.operator.name.endswith("Like"):
        return False
    literal = pattern[: min((pattern.find(c) for c in "*?" if c in pattern), default=len(pattern))]
    if literal == pattern:
        return False
    _, colon, rest = literal.partition(":")
    return not colon or not any(mark in rest for mark in "/:")
