"""
What can be said of an entity without knowing what the account holds: its names, its sizes, its documents.

Nothing here asks the archive, so that an import is checked piece by piece before anything waits for it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from iamd.domain import groups, instance_profiles, limits, managed_policies, roles, users
from iamd.domain.oidc_providers import check_thumbprints, check_url
from iamd.domain.tags import check_unique, from_wire
from iamd.errors import InvalidInput, MalformedPolicyDocument, ServiceError
from iamd.exchange.as_requests import (
    Asked,
    Entity,
    label,
    request_for_alias,
    request_for_password_policy,
    request_for_properties,
    requests_for,
)
from iamd.exchange.contents import (
    LISTS,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    OIDCProvider,
    Policy,
    Role,
    User,
)
from iamd.exchange.problems import Problem, Rules, problem
from iamd.operations.by_handler import ByHandler
from iamd.operations.documents import check_document
from iamd.operations.iam.roles import check_path
from iamd.operations.trusted_providers import check_trusted_providers
from iampolicy import PolicyKind, policy_size

_PREFIXES: Final[Mapping[type, str]] = {
    User: users.PREFIX,
    Group: groups.PREFIX,
    Role: roles.PREFIX,
    InstanceProfile: instance_profiles.PREFIX,
    Policy: managed_policies.PREFIX,
}
_UNIQUE_ID: Final = re.compile("[A-Z]{4}[A-Z0-9]{12,124}")
_PROVIDER_ID: Final = re.compile("[A-Z0-9]{22,64}")
_IGNORE_CASE: Final = (User, Role)


class Checker:
    """Check entities of one account; documents that occur often are looked at once."""

    def __init__(
        self, operations: ByHandler, account_id: str, rules: Rules, *, private_issuers: bool
    ) -> None:
        self._operations = operations
        self._account_id = account_id
        self._rules = rules
        self._private_issuers = private_issuers
        self._documents: dict[tuple[str, PolicyKind, bool], str | None] = {}

    def problems(self, contents: Contents) -> Iterator[Problem]:
        """Yield what is wrong with *contents*, at most one problem for each entity."""
        for name in LISTS:
            for entity in getattr(contents, name):
                try:
                    self._check(entity)
                except ServiceError as error:
                    yield problem(label(entity), error)
        for where, request in self._facts(contents):
            try:
                self._check_request(request)
            except ServiceError as error:
                yield problem(where, error)

    def _check(self, entity: Entity) -> None:
        """
        Check one entity.

        Raises:
            ServiceError: As the operation would answer it that makes such an entity.
        """
        for request in requests_for(entity, self._account_id):
            self._check_request(request)
        self._check_id(entity)
        self._check_tags(entity)
        match entity:
            case Policy():
                self._check_policy(entity)
            case Role():
                self._check_trust_policy(entity)
            case InlinePolicy():
                self._check_document(entity.document, PolicyKind.IDENTITY)
            case OIDCProvider():
                check_url(entity.url, private=self._private_issuers)
                check_thumbprints(entity.thumbprints)
            case _:
                pass

    def _check_request(self, request: Asked) -> None:
        handler, params = request
        self._operations.check(handler, params)

    @staticmethod
    def _facts(contents: Contents) -> Iterator[tuple[str, Asked]]:
        if contents.alias is not None:
            yield f"alias `{contents.alias}`", request_for_alias(contents.alias)
        if contents.password_policy is not None:
            yield "password policy", request_for_password_policy(contents.password_policy)
        if contents.properties:
            yield "account properties", request_for_properties(contents.properties)

    @staticmethod
    def _check_id(entity: Entity) -> None:
        id_ = getattr(entity, "id", None)
        if id_ is None:
            return
        prefix = _PREFIXES.get(type(entity), "")
        form = _UNIQUE_ID if prefix else _PROVIDER_ID
        if not id_.startswith(prefix) or not form.fullmatch(id_):
            raise InvalidInput(f"`{id_}` is no id of such an entity")

    def _check_tags(self, entity: Entity) -> None:
        tags: dict[str, str] = getattr(entity, "tags", {})
        ignore_case = isinstance(entity, _IGNORE_CASE)
        if self._rules is Rules.OPERATIONS:
            wire = [{"Key": key, "Value": value} for key, value in tags.items()]
            from_wire(wire, ignore_case=ignore_case)
        else:
            # AWS's own tags (aws:cloudformation:stack-name …) are read, and cannot be written.
            check_unique(list(tags), ignore_case=ignore_case)

    def _check_policy(self, policy: Policy) -> None:
        for version in policy.versions:
            self._check_document(version.document, PolicyKind.IDENTITY, managed=True)
            limits.check_quota("PolicySize", policy_size(version.document), limits.MANAGED_POLICY_SIZE)
        numbers = [version.number for version in policy.versions]
        if policy.default_version not in numbers or len(set(numbers)) != len(numbers):
            raise InvalidInput("a policy has each version once, and its default version among them")
        limits.check_quota("VersionsPerPolicy", len(numbers), limits.VERSIONS_PER_POLICY)

    def _check_trust_policy(self, role: Role) -> None:
        self._check_document(role.trust_policy, PolicyKind.TRUST)
        if self._rules is Rules.OPERATIONS:
            check_path(role.path)
            check_trusted_providers(role.trust_policy)

    def _check_document(self, document: str, kind: PolicyKind, *, managed: bool = False) -> None:
        key = document, kind, managed
        if key not in self._documents:
            self._documents[key] = self._refusal_of(document, kind, managed=managed)
        refusal = self._documents[key]
        if refusal is not None:
            raise MalformedPolicyDocument(refusal)

    def _refusal_of(self, document: str, kind: PolicyKind, *, managed: bool) -> str | None:
        try:
            check_document(document, kind, managed=managed)
        except MalformedPolicyDocument as error:
            # AWS has managed policies from before it demanded the version of 2012.
            if managed and self._rules is Rules.AWS:
                return self._refusal_of(document, kind, managed=False)
            return error.message
        return None
