"""Load snapshots from a transaction of the store and the catalogue."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from iamd.catalogue.managed_policies import AwsManagedPolicies, PolicyTextUnavailableError
from iamd.directory.organizations import load_account
from iamd.directory.snapshots import (
    AccessKeySnapshot,
    AccountSnapshot,
    BucketNamesSnapshot,
    BucketSnapshot,
    ConsoleSessionSnapshot,
    DelegationSnapshot,
    Dependency,
    IssuerSnapshot,
    OIDCProviderSnapshot,
    PolicySnapshot,
    PrincipalSnapshot,
    RoleSnapshot,
    SamlProviderSnapshot,
    Snapshot,
    VPCEndpointSnapshot,
)
from iamd.domain.arns import PARTITION, Arn, name_of, root_arn
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.password_policy import SELF_SERVICE_DOCUMENT, SELF_SERVICE_NAME
from iamd.domain.roles import Role
from iamd.domain.users import User
from iamd.sessions.session import read_session
from iamd.store.interface import ChangeKind, Transaction
from iampolicy import Policy, PolicyKind, parse

_EVERYTHING = 10_000
"""More than the quotas allow of anything that a principal can have."""


class Need(NamedTuple):
    """What is wanted of the directory: a kind of snapshot, and the id or ARN it is found by."""

    kind: str
    id: str


class Loader:
    """
    Build snapshots.

    Policies are compiled once for each text, kind and source, however many principals have them (the *compile* given
    shares its results).
    """

    def __init__(self, catalogue: AwsManagedPolicies, compile_policy: "Compiler") -> None:
        self._catalogue = catalogue
        self._compile = compile_policy
        self._loaders: dict[str, Callable[[Transaction, str], Snapshot | None]] = {
            "access_key": self._access_key,
            "account": self._account,
            "user": self._user,
            "role": self._role_principal,
            "root": self._root,
            "role_arn": self._role,
            "principal_arn": self._by_arn,
            "policy": self._policy,
            "oidc_provider": self._oidc_provider,
            "saml_provider": self._saml_provider,
            "delegation": self._delegation,
            "vpc_endpoint": self._vpc_endpoint,
            "issuer": self._issuer,
            "bucket_names": self._bucket_names,
            "bucket": self._bucket,
            "console_session": self._console_session,
        }

    def load(self, transaction: Transaction, need: Need) -> Snapshot | None:
        """Return the snapshot of *need*; None when there is no such thing."""
        return self._loaders[need.kind](transaction, need.id)

    def _access_key(self, transaction: Transaction, access_key_id: str) -> AccessKeySnapshot | None:
        access_key = transaction.access_keys.find(access_key_id)
        if access_key is None:
            return None
        return AccessKeySnapshot(access_key, frozenset({(ChangeKind.ACCESS_KEY, access_key_id)}))

    def _account(self, transaction: Transaction, account_id: str) -> AccountSnapshot | None:
        return load_account(transaction, self._compile, account_id)

    def _root(self, transaction: Transaction, account_id: str) -> PrincipalSnapshot | None:
        account = transaction.accounts.find(AccountId(account_id))
        if account is None:
            return None
        return PrincipalSnapshot(
            account_id=account.account_id,
            unique_id=account_id,
            name="root",
            path="/",
            arn=account.root_arn,
            tags=(),
            identity_policies=(),
            boundary=None,
            textless_policies=(),
            depends_on=frozenset({(ChangeKind.ACCOUNT, account_id)}),
        )

    def _user(self, transaction: Transaction, user_id: str) -> PrincipalSnapshot | None:
        user = transaction.users.find_by_id(user_id)
        if user is None:
            return None
        owners = [(user.user_id, user.arn)]
        # The password policy is the account's, and may allow something to each of its users.
        depends: set[Dependency] = {(ChangeKind.USER, user_id), (ChangeKind.ACCOUNT, user.account_id)}
        for group in transaction.group_memberships.groups_of(user.user_id, None, _EVERYTHING):
            owners.append((group.group_id, group.arn))
            depends.add((ChangeKind.GROUP, group.group_id))
        return self._principal(
            transaction, user, user_id, owners, depends, self._of_account(transaction, user.account_id)
        )

    def _of_account(self, transaction: Transaction, account_id: AccountId) -> tuple[Policy, ...]:
        """
        Return what the account's own settings allow to every user of it.

        AWS: *PasswordPolicy*: ``AllowUsersToChangePassword`` attaches no policy, "the permissions are applied at the
        account-level for all users by IAM".  Boundaries, session policies and Denies hold for it as for any other.
        """
        policy = transaction.password_policies.find(account_id)
        if policy is None or not policy.allow_users_to_change_password:
            return ()
        source = f"{root_arn(account_id)}/{SELF_SERVICE_NAME}"
        return (self._compile(SELF_SERVICE_DOCUMENT, PolicyKind.IDENTITY, SELF_SERVICE_NAME, source),)

    def _role_principal(self, transaction: Transaction, role_id: str) -> PrincipalSnapshot | None:
        role = transaction.roles.find_by_id(role_id)
        if role is None:
            return None
        return self._principal(
            transaction, role, role_id, [(role.role_id, role.arn)], {(ChangeKind.ROLE, role_id)}
        )

    def _by_arn(self, transaction: Transaction, arn: str) -> PrincipalSnapshot | None:
        """Return the user, role or root that *arn* names, or the role behind the session that it names."""
        parsed = Arn.parse(arn)
        if parsed is None or parsed.partition != PARTITION or parsed.region:
            return None
        account_id = AccountId(parsed.account)
        kind, _, rest = parsed.resource.partition("/")
        if parsed.service == "sts" and kind == "assumed-role":
            # A session's ARN carries no path (fact 80).
            role = transaction.roles.find(account_id, rest.partition("/")[0])
            return None if role is None else self._role_principal(transaction, role.role_id)
        if arn == root_arn(parsed.account):
            return self._root(transaction, account_id)
        if parsed.service != "iam" or not rest:
            return None
        # An ARN is exact: the path must be its own (semantics 47).
        if kind == "user":
            user = transaction.users.find(account_id, name_of(rest))
            return self._user(transaction, user.user_id) if user is not None and user.arn == arn else None
        if kind == "role":
            role = transaction.roles.find(account_id, name_of(rest))
            return (
                self._role_principal(transaction, role.role_id)
                if role is not None and role.arn == arn
                else None
            )
        return None

    def _principal(
        self,
        transaction: Transaction,
        entity: User | Role,
        unique_id: str,
        owners: Sequence[tuple[UniqueId, str]],
        depends: set[Dependency],
        of_account: tuple[Policy, ...] = (),
    ) -> PrincipalSnapshot:
        policies: list[Policy] = [*of_account]
        textless: list[str] = []
        for owner_id, owner_arn in owners:
            policies.extend(
                self._compile(inline.document, PolicyKind.IDENTITY, inline.name, f"{owner_arn}/{inline.name}")
                for inline in transaction.inline_policies.page(owner_id, None, _EVERYTHING)
            )
            for arn in transaction.policy_attachments.of(owner_id):
                self._managed(transaction, arn, PolicyKind.IDENTITY, policies, textless)
                depends.add((ChangeKind.POLICY, arn))
        boundary: list[Policy] = []
        if entity.permissions_boundary is not None:
            self._managed(transaction, entity.permissions_boundary, PolicyKind.BOUNDARY, boundary, textless)
            depends.add((ChangeKind.POLICY, entity.permissions_boundary))
        return PrincipalSnapshot(
            account_id=entity.account_id,
            unique_id=unique_id,
            name=entity.name,
            path=entity.path,
            arn=entity.arn,
            tags=entity.tags,
            identity_policies=tuple(policies),
            boundary=boundary[0] if boundary else None,
            textless_policies=tuple(textless),
            depends_on=frozenset(depends),
        )

    def _managed(
        self,
        transaction: Transaction,
        arn: str,
        kind: PolicyKind,
        policies: list[Policy],
        textless: list[str],
    ) -> None:
        text = self._text(transaction, arn)
        if text is None:
            textless.append(arn)
        else:
            policies.append(self._compile(text, kind, name_of(arn), arn))

    def _role(self, transaction: Transaction, arn: str) -> RoleSnapshot | None:
        parsed = Arn.parse(arn)
        if parsed is None:
            return None
        role = transaction.roles.find(AccountId(parsed.account), name_of(parsed.resource))
        # An ARN is exact: the path must be the role's own (semantics 47).
        if role is None or role.arn != arn:
            return None
        trust_policy = parse(
            role.trust_policy, PolicyKind.TRUST, name=role.name, arn=role.arn, bindings=dict(role.trusted_ids)
        )
        return RoleSnapshot(role, trust_policy, frozenset({(ChangeKind.ROLE, role.role_id)}))

    def _policy(self, transaction: Transaction, arn: str) -> PolicySnapshot | None:
        text = self._text(transaction, arn)
        if text is None:
            return None
        policy = self._compile(text, PolicyKind.SESSION, name_of(arn), arn)
        return PolicySnapshot(policy, text, frozenset({(ChangeKind.POLICY, arn)}))

    @staticmethod
    def _oidc_provider(transaction: Transaction, arn: str) -> OIDCProviderSnapshot | None:
        provider = transaction.oidc_providers.find(arn)
        if provider is None:
            return None
        return OIDCProviderSnapshot(provider, frozenset({(ChangeKind.OIDC_PROVIDER, arn)}))

    @staticmethod
    def _saml_provider(transaction: Transaction, arn: str) -> SamlProviderSnapshot | None:
        provider = transaction.saml_providers.find(arn)
        if provider is None:
            return None
        return SamlProviderSnapshot(provider, frozenset({(ChangeKind.SAML_PROVIDER, arn)}))

    def _vpc_endpoint(self, transaction: Transaction, endpoint_id: str) -> VPCEndpointSnapshot | None:
        endpoint = transaction.vpc_endpoints.find(endpoint_id)
        if endpoint is None:
            return None
        policy = self._compile(endpoint.policy, PolicyKind.ENDPOINT, endpoint_id, "")
        return VPCEndpointSnapshot(endpoint, policy, frozenset({(ChangeKind.VPC_ENDPOINT, endpoint_id)}))

    @staticmethod
    def _bucket_names(transaction: Transaction, _id: str) -> BucketNamesSnapshot:
        return BucketNamesSnapshot(
            frozenset(transaction.buckets.names()), frozenset({(ChangeKind.BUCKET, "")})
        )

    @staticmethod
    def _bucket(transaction: Transaction, name: str) -> BucketSnapshot | None:
        bucket = transaction.buckets.find(name)
        if bucket is None:
            return None
        policy = None
        if bucket.policy is not None:
            # Not shared: the same text is bound to other unique ids elsewhere.
            policy = parse(
                bucket.policy,
                PolicyKind.RESOURCE,
                name="bucket policy",
                arn=bucket.arn,
                bindings=dict(bucket.trusted_ids),
            )
        return BucketSnapshot(bucket, policy, frozenset({(ChangeKind.BUCKET, name)}))

    @staticmethod
    def _issuer(transaction: Transaction, issuer_id: str) -> IssuerSnapshot | None:
        federation = transaction.outbound_federations.find_by_issuer(issuer_id)
        if federation is None:
            return None
        keys = transaction.token_signing_keys.of(federation.account_id)
        return IssuerSnapshot(
            federation,
            tuple((key.public_key, key.signs_until) for key in keys),
            frozenset({(ChangeKind.OUTBOUND_FEDERATION, federation.account_id)}),
        )

    @staticmethod
    def _console_session(transaction: Transaction, session_id: str) -> ConsoleSessionSnapshot | None:
        found = transaction.console_sessions.find(session_id)
        if found is None or found.ended_at is not None:
            return None
        depends_on = frozenset({(ChangeKind.CONSOLE_SESSION, session_id)})
        return ConsoleSessionSnapshot(found, read_session(found.session), depends_on)

    def _delegation(self, transaction: Transaction, request_id: str) -> DelegationSnapshot | None:
        request = transaction.delegation_requests.find(request_id)
        if request is None or request.approver is None or request.owner_account_id is None:
            return None
        arn = request.arn_in(request.owner_account_id)
        policy = self._compile(request.policy, PolicyKind.SESSION, "permission policy", arn)
        depends_on = frozenset({(ChangeKind.DELEGATION_REQUEST, request_id)})
        approver = read_session(request.approver.session)
        return DelegationSnapshot(request, policy, approver, request.approver.arn, depends_on)

    def _text(self, transaction: Transaction, arn: str) -> str | None:
        """Return the text in force of a managed policy, AWS's or a customer's; None when it cannot be had."""
        try:
            aws_managed = self._catalogue.find(arn)
        except PolicyTextUnavailableError:
            return None
        if aws_managed is not None:
            return aws_managed.document
        policy = transaction.managed_policies.find(arn)
        if policy is None:
            return None
        version = transaction.managed_policies.find_version(policy.policy_id, policy.default_version)
        return version.document if version else None


class Compiler:
    """Compile policies, each text once; bounded, and safe to use from several threads."""

    def __init__(self, most: int = 4096) -> None:
        self._compile = lru_cache(most)(_compile)

    def __call__(self, text: str, kind: PolicyKind, name: str, arn: str) -> Policy:
        return self._compile(text, kind, name, arn)


def _compile(text: str, kind: PolicyKind, name: str, arn: str) -> Policy:
    return parse(text, kind, name=name, arn=arn)
