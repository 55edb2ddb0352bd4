"""
Match the ``Principal`` and ``NotPrincipal`` elements of policies that have them.

How directly an element names the caller matters as much as that it does: see `Grant`.
AWS: *AWS JSON policy elements: Principal*, *NotPrincipal*, and *Policy evaluation logic*.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from iampolicy.document import PolicyKind, PrincipalElement, read_document
from iampolicy.errors import PolicyError
from iampolicy.request import Principal, PrincipalKind
from iampolicy.text import all_digits, ascii_lower

EVERYONE: Final = "*"
_ACCOUNT_DIGITS: Final = 12
_ID_PREFIXES: Final = ("AIDA", "AROA")
_VOUCHED_FOR: Final = (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)


class Grant(IntEnum):
    """
    How directly a statement names a principal.

    The more directly, the fewer of the principal's own policies can withhold what a resource grants it in the same
    account (the table under semantics 52-61).
    """

    NONE = 0
    ACCOUNT = 1
    """It names the account, which delegates: the principal's own policies must allow."""
    ENTITY = 2
    """It names the role or user behind the session: boundary and session policies must allow."""
    DIRECT = 3
    """It names the user, the session, the service, the provider, or everyone."""


class PrincipalMatcher:
    """
    The compiled values of one element.

    Args:
        element: As written.
        bindings: ARNs of users and roles in *element* with the unique ids they had when the document was saved.  Such
            an entry is that id and nothing else, so that a namesake made later is not meant (semantics 46, 47).
        kind: Of the policy.
    """

    __slots__ = (
        "_accounts",
        "_any_partition",
        "_aws_alone",
        "_canonical",
        "_federated",
        "_ids",
        "_roles",
        "_services",
        "_sessions",
        "_users",
        "everyone",
    )

    def __init__(
        self,
        element: PrincipalElement,
        bindings: Mapping[str, str],
        kind: PolicyKind = PolicyKind.RESOURCE,
    ) -> None:
        self.everyone = False
        # AWS: *Control access to AWS STS with VPC endpoint policies*: "Federated callers (SAML and OIDC) are not AWS
        # principals and are not matched by this Principal element", {"AWS": "*"}.
        self._aws_alone = kind is PolicyKind.ENDPOINT and not element.untyped
        self._accounts: set[tuple[str, str]] = set()
        self._any_partition: set[str] = set()
        self._ids: set[str] = set()
        self._users: set[str] = set()
        self._roles: set[str] = set()
        self._sessions: set[str] = set()
        others: dict[str, set[str]] = {"Federated": set(), "Service": set(), "CanonicalUser": set()}
        for type_, value in element.values:
            if type_ == "AWS":
                self._add_aws(value, bindings)
            else:
                others[type_].add(value)
        self._federated, self._services, self._canonical = others.values()

    def _add_aws(self, value: str, bindings: Mapping[str, str]) -> None:
        if value == EVERYONE:
            self.everyone = True
        elif value in bindings:
            self._ids.add(bindings[value])
        elif len(value) == _ACCOUNT_DIGITS and all_digits(value):
            self._any_partition.add(value)
        elif value.startswith(_ID_PREFIXES):
            self._ids.add(value)
        else:
            self._add_arn(value)

    def _add_arn(self, value: str) -> None:
        # An entry of any other form, such as one with a wildcard, names nobody (semantics 44).
        match value.split(":", 5):
            case ["arn", partition, "iam", "", account, "root"]:
                self._accounts.add((partition, account))
            case ["arn", _, "iam", "", _, name] if name.startswith("user/"):
                self._users.add(value)
            case ["arn", _, "iam", "", _, name] if name.startswith("role/"):
                self._roles.add(ascii_lower(value))
            case ["arn", _, "sts", "", _, name] if name.startswith(("assumed-role/", "federated-user/")):
                self._sessions.add(value)

    def grant(self, principal: Principal) -> Grant:
        """Tell how directly the element names *principal*."""
        if self._everyone(principal):
            return Grant.DIRECT
        if self._named(principal):
            return Grant.DIRECT
        if self._behind(principal):
            return Grant.ENTITY
        return Grant.ACCOUNT if self._account(principal) else Grant.NONE

    def exempts(self, principal: Principal, *, bounded: bool) -> bool:
        """
        Tell whether a ``NotPrincipal`` with these values spares *principal*.

        AWS looks at the account, at the role and at the session, and each must be listed; and a caller with a
        permissions boundary is never spared (semantics 50).
        """
        if bounded:
            return False
        if self._everyone(principal):
            return True
        match principal.kind:
            case PrincipalKind.ROOT:
                return self._account(principal)
            case PrincipalKind.USER | PrincipalKind.FEDERATED_ROOT:
                return self._account(principal) and self._named(principal)
            case PrincipalKind.ASSUMED_ROLE | PrincipalKind.FEDERATED_USER:
                return self._account(principal) and self._behind(principal) and self._named(principal)
            case _:
                return self._named(principal)

    def _everyone(self, principal: Principal) -> bool:
        return self.everyone and not (self._aws_alone and principal.kind in _VOUCHED_FOR)

    def _named(self, principal: Principal) -> bool:
        match principal.kind:
            case PrincipalKind.USER:
                return self._user(principal)
            case PrincipalKind.ASSUMED_ROLE | PrincipalKind.FEDERATED_USER | PrincipalKind.FEDERATED_ROOT:
                return principal.arn in self._sessions
            case PrincipalKind.WEB_IDENTITY | PrincipalKind.SAML:
                return principal.provider in self._federated
            case PrincipalKind.SERVICE:
                return principal.service in self._services
            case _:
                return False

    def _behind(self, principal: Principal) -> bool:
        match principal.kind:
            case PrincipalKind.ASSUMED_ROLE:
                # The name of a role is compared without regard to case, its path and account are part of the ARN.
                return principal.unique_id in self._ids or ascii_lower(principal.identity_arn) in self._roles
            case PrincipalKind.FEDERATED_USER:
                return self._user(principal)
            case _:
                return False

    def _user(self, principal: Principal) -> bool:
        return principal.unique_id in self._ids or principal.identity_arn in self._users

    def _account(self, principal: Principal) -> bool:
        account = principal.account
        if not account:
            return False
        return (
            account in self._any_partition
            or (principal.partition, account) in self._accounts
            or (principal.canonical_user_id != "" and principal.canonical_user_id in self._canonical)
        )


def principal_values(text: str, kind: PolicyKind = PolicyKind.TRUST) -> tuple[tuple[str, str], ...]:
    """
    Return the types and values of all principals that the document *text* names, each once, in order.

    Whoever saves the document looks whether they exist; `invalid_principal` is the answer for one that does not.

    Raises:
        PolicyError: The text is no policy document.
    """
    found: dict[tuple[str, str], None] = {}
    for statement in read_document(text, kind).statements:
        for element in (statement.principal, statement.not_principal):
            if element is not None:
                found.update(dict.fromkeys(element.values))
    return tuple(found)


def principal_arns(text: str, kind: PolicyKind = PolicyKind.TRUST) -> tuple[str, ...]:
    """
    Return the ARNs of all users and roles that the document *text* names: those to be bound to unique ids.

    Raises:
        PolicyError: The text is no policy document.
    """
    return tuple(value for type_, value in principal_values(text, kind) if type_ == "AWS" and _entity(value))


def _entity(value: str) -> bool:
    match value.split(":", 5):
        case ["arn", _, "iam", "", _, name]:
            return name.startswith(("user/", "role/"))
        case _:
            return False


def invalid_principal(type_: str, value: str) -> PolicyError:
    """Return AWS's error for a principal that does not exist or cannot be one."""
    shown = type_.upper() if type_ == "Service" else type_
    return PolicyError(f'Invalid principal in policy: "{shown}":"{value}"')
