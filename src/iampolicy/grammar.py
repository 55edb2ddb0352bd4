"""
What a policy document may say, as IAM checks it when one is written.

IAM names one fault of a document, whatever else is wrong with it; the order of the checks below is therefore part of
the behavior: syntax, version, elements that the kind of policy forbids, legacy parsing, statement ids, missing
elements, actions, resources.
AWS: *Grammar of the IAM JSON policy language* and the messages of ``MalformedPolicyDocument``.
"""

from typing import Final

from iampolicy.document import (
    SYNTAX_ERROR,
    Document,
    PolicyKind,
    PrincipalElement,
    StatementText,
    read_document,
)
from iampolicy.errors import PolicyError
from iampolicy.grammar_resources import check_resource, legacy_resource
from iampolicy.operators import parse_operator
from iampolicy.principals import invalid_principal
from iampolicy.text import all_digits, ascii_lower
from iampolicy.wildcard import has_wildcard

_WITHOUT_PRINCIPAL: Final = frozenset(
    {PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION, PolicyKind.SCP}
)
_WITH_OPTIONAL_RESOURCE: Final = frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE})
_OF_ORGANIZATIONS: Final = frozenset({PolicyKind.SCP, PolicyKind.RCP})
_OF_IDENTITIES: Final = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION})

_LEGACY: Final = "The policy failed legacy parsing"
_ORGANIZATIONS_REFUSAL: Final = (
    "The provided policy document does not meet the requirements of the specified policy type."
)
_SID_CHARACTERS: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_VENDOR_CHARACTERS: Final = _SID_CHARACTERS | {"-", "_", "."}


def validate(text: str, kind: PolicyKind, *, managed: bool = False) -> None:
    """
    Check a document that is about to be written.

    Args:
        text: The document.
        kind: What it is for.
        managed: Whether it is a managed policy, which must be of version 2012-10-17; others may have an older version
            or none (fact 54).

    Raises:
        PolicyError: With AWS's text of ``MalformedPolicyDocument``.
    """
    document = read_document(text, kind)
    for statement in document.statements:
        for name, keys in statement.condition:
            # fact 61: an operator without keys is valid, whatever its name.
            if keys and parse_operator(name) is None:
                raise PolicyError(SYNTAX_ERROR)
    if managed and document.version != "2012-10-17":
        raise PolicyError("Policy document must be version 2012-10-17 or greater.")
    _check_elements(document, kind)
    _check_organization(document, kind)
    for statement in document.statements:
        _check_legacy(statement)
    _check_sids(document, kind)
    _check_presence(document, kind)
    for statement in document.statements:
        _check_actions(statement, kind)
        _check_principals(statement, kind)
    for statement in document.statements:
        for resource in _both(statement.resource, statement.not_resource):
            check_resource(resource)


def check_kind(document: Document, kind: PolicyKind) -> None:
    """
    Check that *document* is of the shape that *kind* demands: what compiling one relies on.

    Raises:
        PolicyError: An element is there that must not be, or is missing.
    """
    _check_elements(document, kind)
    if any(statement.effect not in {"Allow", "Deny"} for statement in document.statements):
        raise PolicyError(_LEGACY)
    _check_presence(document, kind)


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...]:
    return (one or ()) + (other or ())


def _check_elements(document: Document, kind: PolicyKind) -> None:
    """Refuse elements that *kind* forbids (semantics 3)."""
    for statement in document.statements:
        if kind in _WITHOUT_PRINCIPAL and (statement.principal or statement.not_principal):
            raise PolicyError(
                _ORGANIZATIONS_REFUSAL
                if kind is PolicyKind.SCP
                else "Policy document should not specify a principal."
            )
        if kind is PolicyKind.TRUST:
            for name, element in (
                ("Resource", statement.resource),
                ("NotResource", statement.not_resource),
                ("NotPrincipal", statement.not_principal),
            ):
                if element is not None:
                    raise PolicyError(f"Has prohibited field {name}")


def _check_organization(document: Document, kind: PolicyKind) -> None:
    """Check what customers may write into a resource control policy: no more than to deny (semantics 3)."""
    if kind is not PolicyKind.RCP:
        return
    everyone = PrincipalElement((("AWS", "*"),))
    for statement in document.statements:
        if (
            document.version is None
            or statement.effect != "Deny"
            or statement.principal != everyone
            or statement.not_action is not None
        ):
            raise PolicyError(_ORGANIZATIONS_REFUSAL)


def _check_legacy(statement: StatementText) -> None:
    """Refuse what IAM's older parser stumbles over (fact 55): values that cannot be read as what they must be."""
    if statement.effect not in {"Allow", "Deny"}:
        raise PolicyError(_LEGACY)
    for resource in _both(statement.resource, statement.not_resource):
        if not legacy_resource(resource):
            raise PolicyError(_LEGACY)
    for name, keys in statement.condition:
        use = parse_operator(name)
        if use is not None and not all(
            use.operator.readable(value) for _, values in keys for value in values
        ):
            raise PolicyError(_LEGACY)


def _check_sids(document: Document, kind: PolicyKind) -> None:
    sids = [statement.sid for statement in document.statements if statement.sid]
    # fact 61: an empty Sid may repeat.
    if len(set(sids)) != len(sids):
        raise PolicyError("Statement IDs (SID) in a single policy must be unique.")
    if kind in _OF_IDENTITIES and not _SID_CHARACTERS.issuperset("".join(sids)):
        raise PolicyError(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )


def _check_presence(document: Document, kind: PolicyKind) -> None:
    """Demand actions and resources; an empty list is none (fact 56)."""
    for statement in document.statements:
        if not statement.action and not statement.not_action:
            raise PolicyError("Policy statement must contain actions.")
    for statement in document.statements:
        given = statement.resource is not None or statement.not_resource is not None
        if not (statement.resource or statement.not_resource) and (
            given or kind not in _WITH_OPTIONAL_RESOURCE
        ):
            raise PolicyError("Policy statement must contain resources.")


def _check_actions(statement: StatementText, kind: PolicyKind) -> None:
    for action in _both(statement.action, statement.not_action):
        if action != "*":
            check_action(action)
        if kind is PolicyKind.TRUST and ascii_lower(action).partition(":")[0] != "sts":
            raise PolicyError("AssumeRole policy may only specify STS AssumeRole actions.")


def check_action(action: str) -> None:
    """
    Check the form of one action, other than ``*``.

    Raises:
        PolicyError: With AWS's text.
    """
    vendor, colon, name = action.partition(":")
    if not colon:
        raise PolicyError("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if ":" in name:
        raise PolicyError("Actions/Condition can contain only one colon.")
    if action != "*:*" and (not vendor or not _VENDOR_CHARACTERS.issuperset(vendor)):
        raise PolicyError(f"Vendor {vendor} is not valid")


def _check_principals(statement: StatementText, kind: PolicyKind) -> None:
    if kind in _WITHOUT_PRINCIPAL:
        return
    element = statement.principal or statement.not_principal
    if element is None:
        raise PolicyError("Missing required field Principal")
    if not element.values:
        raise PolicyError(
            "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
            "The passed in policy has a statement with no principals!"
        )
    if statement.not_principal is not None and statement.effect == "Allow":
        # semantics 50: it would let in everybody but those listed.  AWS only advises against it.
        raise PolicyError("NotPrincipal may not be used with Allow")
    for type_, value in element.values:
        if type_ == "AWS" and not _aws_principal(value):
            raise invalid_principal(type_, value)
        if type_ == "Service" and (has_wildcard(value) or "." not in value):
            raise invalid_principal(type_, value)
        if type_ == "Federated" and not _federated_principal(value):
            raise PolicyError("Federated principals must be valid domain names or SAML metadata ARNs")
        if type_ == "CanonicalUser" and kind is PolicyKind.TRUST:
            raise invalid_principal(type_, value)


def _aws_principal(value: str) -> bool:
    """Tell whether *value* has the form of a principal: wildcards stand for everyone or for nobody (semantics 44)."""
    if value == "*" or (len(value) == 12 and all_digits(value)):
        return True
    if has_wildcard(value):
        return False
    if value.startswith(("AIDA", "AROA")):
        return value.isascii() and value.isalnum()
    match value.split(":", 5):
        case ["arn", partition, "iam", "", account, name]:
            kinds: tuple[str, ...] = ("user/", "role/")
        case ["arn", partition, "sts", "", account, name]:
            kinds = ("assumed-role/", "federated-user/")
        case _:
            return False
    if not partition or len(account) != 12 or not all_digits(account):
        # A user of Amazon CloudFront's has no account of twelve digits.
        return account == "cloudfront" and name.startswith("user/")
    return (name == "root" and "user/" in kinds) or any(name.startswith(k) and name != k for k in kinds)


def _federated_principal(value: str) -> bool:
    match value.split(":", 5):
        case ["arn", _, "iam", "", _, name]:
            return name.startswith(("saml-provider/", "oidc-provider/")) and not has_wildcard(name)
        case [domain]:
            return (
                "." in domain
                and not has_wildcard(domain)
                and not any(c.isspace() or c == "/" for c in domain)
            )
        case _:
            return False
