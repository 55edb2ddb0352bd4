"""Put a seed into an empty database, all or nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from iamd.domain.access_keys import PREFIX, AccessKey, AccessKeyStatus
from iamd.domain.accounts import Account
from iamd.domain.ids import AccessKeyId, AccountId, Ids
from iamd.domain.vpc_endpoints import DEFAULT_POLICY, VPCEndpoint
from iamd.errors import EntityAlreadyExists, ServiceError
from iamd.exchange.belongings import plan_accounts
from iamd.exchange.check import Checker
from iamd.exchange.contents import Contents
from iamd.exchange.plan import carry_out
from iamd.exchange.plant_organization import plant_organization
from iamd.exchange.problems import Note, Problem, Rules
from iamd.exchange.seed import (
    SeedAccessKey,
    SeedAccount,
    SeedSamlProvider,
    SeedVPCEndpoint,
    document_text,
)
from iamd.exchange.seed_contents import contents_of
from iamd.exchange.seed_files import Seed
from iamd.exchange.strict_yaml import FileFormatError
from iamd.operations.as_root import AsRoot
from iamd.operations.iam import saml_providers
from iamd.operations.vpc_endpoints import add_endpoint
from iamd.secret import Secret
from iamd.store.interface import Transaction

_MOST_PROBLEMS: Final = 20
"""How many are told at once."""

RootOf = Callable[[Transaction, AccountId], AsRoot]


@dataclass(frozen=True, slots=True)
class PlantedKey:
    """An access key that the seed has made; whoever planted it decides where its secret may be shown."""

    account_id: AccountId
    owner: str
    access_key: AccessKey


class Planter:
    """
    Make what a seed asks for.

    All accounts are planned together, so that a trust policy may name whoever is in the file.  What was imported comes
    first, so that the seed file may name it; organizations come behind everything, since their policies bear on root
    users too.
    """

    def __init__(
        self, root_of: RootOf, ids: Ids, now: datetime, region: str, planted: Sequence[PlantedKey] = ()
    ) -> None:
        """
        Take what planting needs.

        Args:
            root_of: Returns somebody who acts as the root of an account.
            ids: For access keys whose id and secret the file leaves open.
            now: When everything is made.
            region: Where VPC endpoints are of which the file says nothing else.
            planted: What planting the same seed returned before; such access keys stay the same.
        """
        self._root_of = root_of
        self._ids = ids
        self._now = now
        self._region = region
        self._planted = planted
        self._keys: list[PlantedKey] = []
        self.notes: list[Note] = []
        """What the operator should know of what was imported."""

    def plant(self, transaction: Transaction, seed: Seed) -> list[PlantedKey]:
        """
        Run in *transaction*, which must be a write.

        Raises:
            FileFormatError: An operation refused something; the text says which entity of the file, and why.
        """
        self._keys, self.notes = [], [note for each in seed.imports for note in each.notes]
        accounts = seed.file.accounts
        for wanted in accounts:
            self._account(transaction, wanted)
        self._imported_accounts(transaction, seed)
        ids = dict.fromkeys([wanted.id for wanted in accounts] + [each.account_id for each in seed.imports])
        roots = {id_: self._root_of(transaction, AccountId(id_)) for id_ in ids}
        self._contents(roots, {each.account_id: each.contents for each in seed.imports}, Rules.AWS)
        self._contents(roots, {wanted.id: contents_of(wanted) for wanted in accounts}, Rules.OPERATIONS)
        for wanted in accounts:
            for provider in wanted.saml_providers:
                self._saml_provider(roots[wanted.id], wanted, provider)
            for endpoint in wanted.vpc_endpoints:
                self._vpc_endpoint(transaction, wanted, endpoint)
            for user in wanted.users:
                stored = transaction.users.get(AccountId(wanted.id), user.name)
                for access_key in user.access_keys:
                    with _said_of(wanted.id, "user", user.name):
                        self._access_key(
                            transaction, stored.account_id, stored.user_id, user.name, access_key
                        )
        for organization in seed.file.organizations:
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

    def _imported_accounts(self, transaction: Transaction, seed: Seed) -> None:
        """Make the accounts of imports; one that nobody else gives a root access key gets one."""
        for each in seed.imports:
            account_id = AccountId(each.account_id)
            if transaction.accounts.find(account_id) is None:
                made = Account(account_id=account_id, name=account_id, created_at=self._now)
                transaction.accounts.add(made)
                self._access_key(transaction, account_id, account_id, "root", SeedAccessKey())

    def _contents(self, roots: dict[str, AsRoot], contents: dict[str, Contents], rules: Rules) -> None:
        """
        Make what belongs to accounts.

        Raises:
            FileFormatError: It cannot be made.
        """
        for account_id, each in contents.items():
            root = roots[account_id]
            checker = Checker(root.operations, account_id, rules, private_issuers=root.private_issuers)
            _refuse(account_id, checker.problems(each))
        plans = plan_accounts([(roots[account_id], each) for account_id, each in contents.items()], rules)
        for plan in plans:
            _refuse(plan.account_id, plan.problems)
        for plan in plans:
            carry_out(plan, roots[plan.account_id])
            self.notes += plan.notes

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

    def _vpc_endpoint(self, transaction: Transaction, within: SeedAccount, wanted: SeedVPCEndpoint) -> None:
        policy = DEFAULT_POLICY if wanted.policy is None else document_text(wanted.policy)
        with _said_of(within.id, "VPC endpoint", wanted.id):
            add_endpoint(
                transaction,
                VPCEndpoint(
                    endpoint_id=wanted.id,
                    account_id=AccountId(within.id),
                    vpc_id=wanted.vpc,
                    region=wanted.region or self._region,
                    policy=policy,
                    created_at=self._now,
                ),
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


def _refuse(account_id: str, problems: Iterable[Problem]) -> None:
    """Raise FileFormatError when there are any."""
    found = [str(problem) for problem in problems]
    if found:
        said = "\n".join(f"account {account_id}, {each}" for each in found[:_MOST_PROBLEMS])
        more = f"\nand {len(found) - _MOST_PROBLEMS} more" if len(found) > _MOST_PROBLEMS else ""
        raise FileFormatError(f"seed: {said}{more}")


@contextmanager
def _said_of(account_id: str, kind: str, name: str) -> Iterator[None]:
    """Turn an operation's refusal into one that names the entity of the file."""
    try:
        yield
    except ServiceError as error:
        raise FileFormatError(
            f"seed: account {account_id}, {kind} `{name}`: {error.code}: {error.message}"
        ) from error
