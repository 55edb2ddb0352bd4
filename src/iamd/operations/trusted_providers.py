"""
Whom a trust policy lets in through identity providers.

AWS: "If the role trust policy does not evaluate the controls required by the shared OIDC IdP, the role creation or update
would fail."
"""

from collections.abc import Iterator

from iamd.catalogue.shared_identity_providers import claim_to_evaluate
from iamd.domain.oidc_providers import ARN_PREFIX
from iamd.errors import MalformedPolicyDocument
from iampolicy import Policy, PolicyKind, Statement, parse

_ACTION = "sts:assumerolewithwebidentity"
_OPERATORS = frozenset({"stringequals", "stringlike", "stringequalsignorecase"})


def check_trusted_providers(document: str) -> None:
    """
    Check that a valid trust policy lets nobody in only because they have an account with a shared provider.

    Whether a provider is there is not looked at: it can come later, or go.

    Raises:
        MalformedPolicyDocument: It lets in everybody of such a provider (R-50).
    """
    policy: Policy = parse(document, PolicyKind.TRUST)
    for statement in policy.statements:
        if statement.denies or not statement.covers(_ACTION):
            continue
        for principal in _federated(statement):
            name = principal.partition(f":{ARN_PREFIX}")[2] or principal
            claim = claim_to_evaluate(name)
            if claim is not None and not _evaluates(statement, f"{name}:{claim}"):
                raise MalformedPolicyDocument(
                    f"Trust policy with trusted principal {principal} must evaluate, using StringEquals, StringLike or "
                    f"StringEqualsIgnoreCase, {name}:{claim} which is not scoped to all."
                )


def _federated(statement: Statement) -> Iterator[str]:
    element = statement.text.principal
    for type_, value in element.values if element is not None else ():
        if type_ == "Federated":
            yield value


def _evaluates(statement: Statement, key: str) -> bool:
    """Tell whether the statement holds only for some values of *key*."""
    return any(
        operator.lower() in _OPERATORS and name.lower() == key.lower() and all(map(_is_scoped, values))
        for operator, keys in statement.text.condition
        for name, values in keys
    )


def _is_scoped(value: str) -> bool:
    """Tell whether a pattern says more than everything, or more than the kind of thing: ``*``, ``repo:*``."""
    literal = value.replace("?", "*").partition("*")[0]
    if literal == value:
        return True
    return bool(literal.partition(":")[2] if ":" in literal else literal)
