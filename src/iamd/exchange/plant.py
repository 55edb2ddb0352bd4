"""Put a seed into an empty database, all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from iamd.domain.access_keys import PREFIX, AccessKey, AccessKeyStatus
from iamd.domain.accounts import Account
from iamd.domain.arns import iam_arn
from iamd.domain.ids import AccessKeyId, AccountId, Ids
from iamd.errors import EntityAlreadyExists, ServiceError
from iamd.exchange.plant_organization import plant_organization
from iamd.exchange.seed import (
    SeedAccessKey,
    SeedAccount,
    SeedFile,
    SeedGroup,
    SeedOIDCProvider,
    SeedPolicy,
    SeedRole,
    SeedSamlProvider,
    SeedUser,
    document_text,
)
from iamd.exchange.strict_yaml import FileFormatError
from iamd.operations.as_root import AsRoot
from iamd.operations.iam import (
    account,
    groups,
    inline_policies,
    instance_profiles,
    managed_policies,
    oidc_providers,
    policy_attachments,
    roles,
    saml_providers,
    users,
)
from iamd.secret import Secret
from iamd.store.interface import Transaction

RootOf = Callable[[Transaction, AccountId], AsRoot]


@dataclass(frozen=True, slots=True)
class PlantedKey:
    """An access key that the seed has made; whoever planted it decides where its secret may be shown."""

    account_id: AccountId
    owner: str
    access_key: AccessKey


class Planter:
    """
    Make what a seed file asks for.

    Order matters: accounts first, since trust policies may name each other's; then policies, groups and users; roles
    last, since trust policies name users, and other roles above them in the file.  Organizations come behind everything,
    since their policies bear on root users too.
    """

    def __init__(self, root_of: RootOf, ids: Ids, now: datetime, planted: Sequence[PlantedKey] = ()) -> None:
        """
        Take what planting needs.

        Args:
            root_of: Returns somebody who acts as the root of an account.
            ids: For access keys whose id and secret the file leaves open.
            now: When everything is made.
            planted: What planting the same seed returned before; such access keys stay the same.
        """
        self._root_of = root_of
        self._ids = ids
        self._now = now
        self._planted = planted
        self._keys: list[PlantedKey] = []

    def plant(self, transaction: Transaction, seed: SeedFile) -> list[PlantedKey]:
        """
        Run in *transaction*, which must be a write.

        Raises:
            FileFormatError: An operation refused something; the text says which entity of the file, and why.
        """
        self._keys = []
        for wanted in seed.accounts:
            self._account(transaction, wanted)
        roots = {wanted.id: self._root_of(transaction, AccountId(wanted.id)) for wanted in seed.accounts}
        for wanted in seed.accounts:
            root = roots[wanted.id]
            if wanted.alias is not None:
                with _said_of(wanted.id, "alias", wanted.alias):
                    root(account.create_account_alias, AccountAlias=wanted.alias)
            for policy in wanted.policies:
                self._policy(root, wanted, policy)
            for group in wanted.groups:
                self._group(root, wanted, group)
            for user in wanted.users:
                self._user(transaction, root, wanted, user)
            for provider in wanted.oidc_providers:
                self._oidc_provider(root, wanted, provider)
            for saml_provider in wanted.saml_providers:
                self._saml_provider(root, wanted, saml_provider)
        for wanted in seed.accounts:
            for role in wanted.roles:
                self._role(roots[wanted.id], wanted, role)
        for organization in seed.organizations:
            plant_organization(roots, organization)
        return self._keys

    def _account(self, transaction: Transaction, wanted: SeedAccount) -> None:
        account_id = AccountId(wanted.id)
        with _said_of(wanted.id, "email", wanted.email or ""):
            own = transaction.accounts.find(account_id)
            if wanted.email is not None and transaction.accounts.find_by_email(wanted.email) is not None:
                raise EntityAlreadyExists("another account has this address")
            if own is None:
                own = Account(account_id=account_id, name=wanted.id, created_at=self._now)
                transaction.accounts.add(own)
            # The server's own account is there before the seed is read.
            transaction.accounts.put(replace(own, name=wanted.name or own.name, email=wanted.email))
        if wanted.root_access_key is not None:
            with _said_of(wanted.id, "root_access_key", ""):
                self._access_key(transaction, account_id, account_id, "root", wanted.root_access_key)

    def _policy(self, root: AsRoot, within: SeedAccount, policy: SeedPolicy) -> None:
        with _said_of(within.id, "policy", policy.name):
            root(
                managed_policies.create_policy,
                PolicyName=policy.name,
                Path=policy.path,
                PolicyDocument=document_text(policy.document),
                Description=policy.description,
                Tags=_tags(policy.tags),
            )

    def _group(self, root: AsRoot, within: SeedAccount, group: SeedGroup) -> None:
        with _said_of(within.id, "group", group.name):
            root(groups.create_group, GroupName=group.name, Path=group.path)
            for name, document in group.inline_policies.items():
                root(
                    inline_policies.put_group_policy,
                    GroupName=group.name,
                    PolicyName=name,
                    PolicyDocument=document_text(document),
                )
            for policy in group.managed_policies:
                root(
                    policy_attachments.attach_group_policy,
                    GroupName=group.name,
                    PolicyArn=_arn(within, policy),
                )

    def _user(self, transaction: Transaction, root: AsRoot, within: SeedAccount, user: SeedUser) -> None:
        with _said_of(within.id, "user", user.name):
            root(
                users.create_user,
                UserName=user.name,
                Path=user.path,
                Tags=_tags(user.tags),
                PermissionsBoundary=_arn(within, user.permissions_boundary),
            )
            for group in user.groups:
                root(groups.add_user_to_group, GroupName=group, UserName=user.name)
            for name, document in user.inline_policies.items():
                root(
                    inline_policies.put_user_policy,
                    UserName=user.name,
                    PolicyName=name,
                    PolicyDocument=document_text(document),
                )
            for policy in user.managed_policies:
                root(
                    policy_attachments.attach_user_policy, UserName=user.name, PolicyArn=_arn(within, policy)
                )
            stored = transaction.users.get(AccountId(within.id), user.name)
            for access_key in user.access_keys:
                self._access_key(transaction, stored.account_id, stored.user_id, user.name, access_key)

    @staticmethod
    def _oidc_provider(root: AsRoot, within: SeedAccount, provider: SeedOIDCProvider) -> None:
        with _said_of(within.id, "OpenID Connect provider", provider.url):
            root(
                oidc_providers.create_open_id_connect_provider,
                Url=provider.url,
                ClientIDList=provider.client_ids or None,
                ThumbprintList=provider.thumbprints or None,
                Tags=_tags(provider.tags),
            )

    @staticmethod
    def _saml_provider(root: AsRoot, within: SeedAccount, provider: SeedSamlProvider) -> None:
        with _said_of(within.id, "SAML provider", provider.name):
            root(
                saml_providers.create_saml_provider,
                Name=provider.name,
                SAMLMetadataDocument=provider.metadata,
                AssertionEncryptionMode=provider.assertion_encryption_mode,
                AddPrivateKey=provider.private_key,
                Tags=_tags(provider.tags),
            )

    def _role(self, root: AsRoot, within: SeedAccount, role: SeedRole) -> None:
        with _said_of(within.id, "role", role.name):
            root(
                roles.create_role,
                RoleName=role.name,
                Path=role.path,
                AssumeRolePolicyDocument=document_text(role.trust_policy),
                Description=role.description,
                MaxSessionDuration=role.max_session_duration,
                Tags=_tags(role.tags),
                PermissionsBoundary=_arn(within, role.permissions_boundary),
            )
            for name, document in role.inline_policies.items():
                root(
                    inline_policies.put_role_policy,
                    RoleName=role.name,
                    PolicyName=name,
                    PolicyDocument=document_text(document),
                )
            for policy in role.managed_policies:
                root(
                    policy_attachments.attach_role_policy, RoleName=role.name, PolicyArn=_arn(within, policy)
                )
            if role.instance_profile:
                root(instance_profiles.create_instance_profile, InstanceProfileName=role.name)
                root(
                    instance_profiles.add_role_to_instance_profile,
                    InstanceProfileName=role.name,
                    RoleName=role.name,
                )

    def _access_key(
        self,
        transaction: Transaction,
        account_id: AccountId,
        owner_id: str,
        owner: str,
        wanted: SeedAccessKey,
    ) -> None:
        place = len(self._keys)
        if wanted.id and wanted.secret:
            access_key_id, secret = AccessKeyId(wanted.id), Secret(wanted.secret)
        elif place < len(self._planted):
            # The same seed is planted in the same order.
            before = self._planted[place].access_key
            access_key_id, secret = before.access_key_id, before.secret
        else:
            access_key_id = self._ids.access_key_id(PREFIX, account_id)
            secret = self._ids.secret_access_key()
        access_key = AccessKey(
            account_id=account_id,
            access_key_id=access_key_id,
            owner_id=owner_id,
            secret=secret,
            created_at=self._now,
            status=AccessKeyStatus(wanted.status),
        )
        transaction.access_keys.add(access_key)
        self._keys.append(PlantedKey(account_id, owner, access_key))


def _tags(tags: dict[str, str]) -> list[dict[str, str]] | None:
    return [{"Key": key, "Value": value} for key, value in tags.items()] or None


def _arn(within: SeedAccount, policy: str | None) -> str | None:
    """Return the ARN of *policy*: itself, or that of the account's policy of this name."""
    if policy is None or policy.startswith("arn:"):
        return policy
    path = next((each.path for each in within.policies if each.name == policy), "/")
    return iam_arn(within.id, "policy", path, policy)


@contextmanager
def _said_of(account_id: str, kind: str, name: str) -> Iterator[None]:
    """Turn an operation's refusal into one that names the entity of the file."""
    try:
        yield
    except ServiceError as error:
        raise FileFormatError(
            f"seed: account {account_id}, {kind} `{name}`: {error.code}: {error.message}"
        ) from error
