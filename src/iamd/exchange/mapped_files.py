"""
Accounts of files as the trust graph sees them: what AWS tells of an account, what Terraform knows, what an export holds.

A file tells nothing of an organization, and few tell of identity providers: those that trust policies name are believed to
be there.  The text of an AWS managed policy is the file's own, or else the installed one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from iamd.catalogue.managed_policies import AwsManagedPolicies, PolicyTextUnavailableError
from iamd.domain import oidc_providers, saml_providers
from iamd.domain.arns import iam_arn, name_of
from iamd.exchange.authorization_details import aws_documents
from iamd.exchange.contents import Contents, Group, Role, User
from iamd.exchange.contents import Policy as ManagedPolicy
from iamd.exchange.import_files import ImportedAccount, imported, kind_of
from iamd.exchange.strict_yaml import FileFormatError
from iamd.trust.accounts import MappedAccount, Member
from iampolicy import Policy, PolicyError, PolicyKind, parse

_NO_ORGANIZATION: Final = "its file does not tell of an organization: policies of one may forbid more"
_NO_PROVIDERS: Final = (
    "its file does not tell of identity providers: those that are trusted are believed to be there"
)


def mapped_accounts(values: Iterable[tuple[Path, Any]], catalogue: AwsManagedPolicies) -> list[MappedAccount]:
    """
    Return the accounts that *values*, each with its file, hold.

    Raises:
        FileFormatError: One is nothing that is known, or holds a policy that is none.
    """
    given = list(values)
    accounts = imported(given)
    documents = {arn: text for _, value in given for arn, text in aws_documents(value)}
    texts = _Texts(documents, catalogue)
    whole = {value["account_id"] for _, value in given if kind_of(value) == "export"}
    found = []
    for account in accounts:
        try:
            found.append(_Account(account, texts).mapped(whole=account.account_id in whole))
        except PolicyError as error:
            raise FileFormatError(f"account {account.account_id}: {error}") from error
    return found


def _not_in_force(policy: ManagedPolicy, account_id: str) -> Iterator[Policy]:
    arn = iam_arn(account_id, "policy", policy.path, policy.name)
    for version in policy.versions:
        if version.number != policy.default_version:
            yield parse(version.document, PolicyKind.IDENTITY, name=policy.name, arn=arn)


_Owner = tuple[str, str]
"""The kind of an entity, and its name."""


class _Texts:
    """The texts of managed policies, by ARN."""

    def __init__(self, documents: Mapping[str, str], catalogue: AwsManagedPolicies) -> None:
        self._documents = documents
        self._catalogue = catalogue

    def find(self, arn: str) -> str | None:
        if arn in self._documents:
            return self._documents[arn]
        try:
            found = self._catalogue.find(arn)
        except PolicyTextUnavailableError:
            return None
        return None if found is None else found.document


class _Account:
    """One account."""

    def __init__(self, account: ImportedAccount, texts: _Texts) -> None:
        self._id = account.account_id
        self._contents: Contents = account.contents
        self._texts = texts
        self._own = {
            iam_arn(self._id, "policy", policy.path, policy.name): version.document
            for policy in self._contents.policies
            for version in policy.versions
            if version.number == policy.default_version
        }
        self._groups: dict[str, list[str]] = {}
        for membership in self._contents.memberships:
            self._groups.setdefault(membership.user, []).append(membership.group)
        self._of_groups = {
            group.name: iam_arn(self._id, "group", group.path, group.name) for group in self._contents.groups
        }
        self._inline: dict[_Owner, list[Policy]] = {}
        for inline in self._contents.inline_policies:
            policy = parse(inline.document, PolicyKind.IDENTITY, name=inline.name)
            self._inline.setdefault((inline.kind, inline.owner), []).append(policy)
        self._attached: dict[_Owner, list[str]] = {}
        for attachment in self._contents.attachments:
            self._attached.setdefault((attachment.kind, attachment.owner), []).append(attachment.policy)
        self._compiled: dict[tuple[str, PolicyKind], Policy] = {}

    def mapped(self, *, whole: bool) -> MappedAccount:
        """Return it; *whole* says that the file tells of all identity providers."""
        contents = self._contents
        known = {oidc_providers.provider_arn(self._id, each.url) for each in contents.oidc_providers}
        known |= {saml_providers.provider_arn(self._id, each.name) for each in contents.saml_providers}
        return MappedAccount(
            account_id=self._id,
            users=tuple(map(self._user, contents.users)),
            roles=tuple(map(self._role, contents.roles)),
            groups=tuple(map(self._group, contents.groups)),
            versions={
                iam_arn(self._id, "policy", each.path, each.name): tuple(_not_in_force(each, self._id))
                for each in contents.policies
                if len(each.versions) > 1
            },
            providers=frozenset(known) if whole else None,
            notes=(_NO_ORGANIZATION,) if whole else (_NO_ORGANIZATION, _NO_PROVIDERS),
        )

    def _user(self, user: User) -> Member:
        owners = [("user", user.name), *(("group", group) for group in self._groups.get(user.name, ()))]
        groups = self._groups.get(user.name, ())
        # A file may tell of some of them alone.
        arns = tuple(self._of_groups[group] for group in groups if group in self._of_groups)
        return replace(self._member("user", user, owners), groups=arns)

    def _group(self, group: Group) -> Member:
        return self._member("group", group, [("group", group.name)])

    def _role(self, role: Role) -> Member:
        trust_policy = parse(role.trust_policy, PolicyKind.TRUST, name=role.name)
        return self._member("role", role, [("role", role.name)], trust_policy)

    def _member(
        self,
        kind: str,
        entity: User | Role | Group,
        owners: Iterable[_Owner],
        trust_policy: Policy | None = None,
    ) -> Member:
        textless: list[str] = []
        identity: list[Policy] = []
        for owner in owners:
            attached = (
                self._managed(arn, PolicyKind.IDENTITY, textless) for arn in self._attached.get(owner, ())
            )
            identity += self._inline.get(owner, ())
            identity += (policy for policy in attached if policy is not None)
        boundary = None
        if not isinstance(entity, Group) and entity.permissions_boundary is not None:
            boundary = self._managed(entity.permissions_boundary, PolicyKind.BOUNDARY, textless)
        return Member(
            account_id=self._id,
            arn=iam_arn(self._id, kind, entity.path, entity.name),
            unique_id=entity.id or "",
            tags={} if isinstance(entity, Group) else entity.tags,
            identity=tuple(identity),
            boundary=boundary,
            textless=tuple(textless),
            trust_policy=trust_policy,
        )

    def _managed(self, arn: str, kind: PolicyKind, textless: list[str]) -> Policy | None:
        found = self._compiled.get((arn, kind))
        if found is None:
            text = self._own.get(arn) or self._texts.find(arn)
            if text is None:
                textless.append(arn)
                return None
            found = self._compiled[arn, kind] = parse(text, kind, name=name_of(arn), arn=arn)
        return found
