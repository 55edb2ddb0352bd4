"""
Trust policies on their way in and out: principals become unique ids, and ARNs again.

* On saving, each user and role among the principals is bound to the unique id that it has (semantics 46): when it is
  deleted and another one gets its name, that one is not trusted.
* A principal that names nobody is refused; it could become somebody else's name later.
* Who trusts an identity provider that many share says which of its accounts (R-50).
* On showing, a bound principal has the ARN that it has by now, and its unique id when it is gone.  Everything else is
  as it was sent (fact 11).

AWS: *AWS JSON policy elements: Principal*.
"""

import re
from typing import Protocol

from iamd.domain import limits, roles, users
from iamd.domain.accounts import Account
from iamd.domain.arns import PARTITION, Arn, name_of
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.roles import Role
from iamd.domain.trust_policies import replace_principals
from iamd.domain.users import User
from iamd.errors import MalformedPolicyDocument
from iamd.operations.call import Call
from iamd.operations.documents import check_document
from iamd.operations.quotas import check_account_quota
from iamd.operations.trusted_providers import check_trusted_providers
from iampolicy import PolicyKind, invalid_principal, policy_size, principal_values

TrustedIds = tuple[tuple[str, UniqueId], ...]

_EVERYONE = "*"
_ACCOUNT = re.compile("[0-9]{12}")
_SESSION = re.compile("assumed-role/([A-Za-z0-9_+=,.@-]+)/[A-Za-z0-9_+=,.@-]{2,64}")
_FEDERATED_USER = re.compile("federated-user/[A-Za-z0-9_+=,.@-]{2,32}")


class Accounts(Protocol):
    """The accounts that may be named."""

    def find(self, account_id: AccountId) -> Account | None: ...


class Users(Protocol):
    """The users that may be named."""

    def find(self, account_id: AccountId, name: str) -> User | None: ...
    def find_by_id(self, user_id: str) -> User | None: ...


class Roles(Protocol):
    """The roles that may be named."""

    def find(self, account_id: AccountId, name: str) -> Role | None: ...
    def find_by_id(self, role_id: str) -> Role | None: ...


class Principals(Protocol):
    """Whom a trust policy may name: a transaction of the store, or that and what is about to be stored."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def users(self) -> Users: ...
    @property
    def roles(self) -> Roles: ...


def check_trust_policy(call: Call, document: str) -> TrustedIds:
    """
    Check a trust policy and bind its principals.

    Returns:
        The users and roles among its principals as they are written there, each with its unique id.

    Raises:
        MalformedPolicyDocument: It is no trust policy, or a principal names nobody.
        LimitExceeded: It is too long.
    """
    check_document(document, PolicyKind.TRUST)
    check_trusted_providers(document)
    check_account_quota(call, "ACLSizePerRole", policy_size(document), limits.TRUST_POLICY_SIZE)
    bound, strangers = bind_principals(call.store, document)
    if strangers:
        raise MalformedPolicyDocument(invalid_principal("AWS", strangers[0]).message)
    return bound


def bind_principals(
    principals: Principals, document: str, kind_of_policy: PolicyKind = PolicyKind.TRUST
) -> tuple[TrustedIds, tuple[str, ...]]:
    """
    Bind the principals of a valid trust policy, or of another policy that has principals.

    Returns:
        The users and roles among them as they are written there, each with its unique id; and those that name nobody.
    """
    bound: dict[str, UniqueId] = {}
    strangers: list[str] = []
    for kind, value in principal_values(document, kind_of_policy):
        if kind != "AWS" or value == _EVERYONE:
            continue
        entity = _find(principals, value)
        if isinstance(entity, User):
            bound[value] = entity.user_id
        elif isinstance(entity, Role):
            bound[value] = entity.role_id
        elif not _names_account_or_session(principals, value):
            strangers.append(value)
    return tuple(bound.items()), tuple(strangers)


def shown_trust_policy(call: Call, role: Role) -> str:
    """Return the trust policy of *role* as it is answered, before URL encoding."""
    return shown_document(call, role.trust_policy, role.trusted_ids)


def shown_document(call: Call, document: str, trusted_ids: TrustedIds) -> str:
    """Return a document as it is answered: each of *trusted_ids* with the ARN that it has by now."""
    return shown_principals(call.store, document, trusted_ids)


def shown_principals(principals: Principals, document: str, trusted_ids: TrustedIds) -> str:
    """Return what `shown_document` does, for whoever has no call."""
    shown = {}
    for text, unique_id in trusted_ids:
        if unique_id == roles.NOBODY:
            continue
        entity = _find(principals, unique_id)
        current = entity.arn if entity is not None else unique_id
        if current != text:
            shown[text] = current
    return replace_principals(document, shown) if shown else document


def _find(principals: Principals, value: str) -> User | Role | None:
    """Return the user or role of exactly this ARN, path and case included, or unique id (R-07, semantics 47)."""
    if value.startswith(users.PREFIX):
        return principals.users.find_by_id(value)
    if value.startswith(roles.PREFIX):
        return principals.roles.find_by_id(value)
    arn = Arn.parse(value)
    if arn is None or arn.service != "iam":
        return None
    entity: User | Role | None = None
    if arn.resource.startswith("user/"):
        entity = principals.users.find(AccountId(arn.account), name_of(arn.resource))
    elif arn.resource.startswith("role/"):
        entity = principals.roles.find(AccountId(arn.account), name_of(arn.resource))
    return entity if entity is not None and entity.arn == value else None


def _names_account_or_session(principals: Principals, value: str) -> bool:
    arn = Arn.parse(value)
    account_id = AccountId(value if arn is None else arn.account)
    if not _ACCOUNT.fullmatch(account_id) or principals.accounts.find(account_id) is None:
        return False
    if arn is None:
        return True
    if arn.partition != PARTITION or arn.region:
        return False
    if arn.service == "iam":
        return arn.resource == "root"
    # semantics 48: a principal names one session, of a role that is there.
    session = _SESSION.fullmatch(arn.resource)
    if session is None:
        return _FEDERATED_USER.fullmatch(arn.resource) is not None
    role = principals.roles.find(account_id, session[1])
    return role is not None and role.name == session[1]
