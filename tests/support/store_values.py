"""Values to put into a store, with everything in them that can get lost on the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from iamd.domain import access_keys, groups, instance_profiles, managed_policies, roles, users
from iamd.domain.access_keys import AccessKey
from iamd.domain.accounts import Account
from iamd.domain.buckets import Bucket, PublicAccessBlock
from iamd.domain.groups import Group
from iamd.domain.ids import AccountId, Ids, UniqueId
from iamd.domain.instance_profiles import InstanceProfile
from iamd.domain.login_profiles import LoginProfile
from iamd.domain.managed_policies import ManagedPolicy
from iamd.domain.mfa_devices import MFADevice
from iamd.domain.oidc_providers import OIDCProvider
from iamd.domain.roles import Role
from iamd.domain.saml_providers import SamlPrivateKey, SamlProvider
from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.domain.server_certificates import ServerCertificate
from iamd.domain.tags import Tag
from iamd.domain.token_signing_keys import SigningAlgorithm, TokenSigningKey
from iamd.domain.users import User
from iamd.domain.vpc_endpoints import VPCEndpoint
from iamd.secret import Secret
from iamd.store.interface import Change, ChangeKind, Store, Transaction

T = TypeVar("T")

ACCOUNT_ID: Final = AccountId("123456789012")
OTHER_ACCOUNT_ID: Final = AccountId("999999999999")
# The microseconds are what a float, or a column of whole milliseconds, would lose.
AT: Final = datetime(2026, 11, 21, 10, 30, 59, 123457, tzinfo=UTC)
LATER: Final = AT + timedelta(microseconds=1)
MANAGED_POLICY_ARN: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
# Order, case and empty values are to survive, and letters outside of ASCII.
TAGS: Final = (Tag("zeta", ""), Tag("Größe", "☃ \U0001d4b3 \"quoted\" 'single' \\ \t"), Tag("alpha", "1"))

# As it was sent: blanks, order, escapes.
DOCUMENT: Final = (
    '{"Version": "2012-10-17",\r\n\t"Statement": {"Sid": "Ümläut %3A", "Effect": "Deny", "Action": "*"}}'
)

_COLLECTIONS: Final = {
    Account: "accounts",
    User: "users",
    Group: "groups",
    Role: "roles",
    InstanceProfile: "instance_profiles",
    AccessKey: "access_keys",
    MFADevice: "mfa_devices",
    OIDCProvider: "oidc_providers",
    SamlProvider: "saml_providers",
    SealingKey: "sealing_keys",
    ServerCertificate: "server_certificates",
    TokenSigningKey: "token_signing_keys",
    VPCEndpoint: "vpc_endpoints",
    Bucket: "buckets",
}
_ids: Final = Ids()


def account(account_id: AccountId = ACCOUNT_ID, **changes: Any) -> Account:
    return Account(**{"account_id": account_id, "name": "Main ☃", "created_at": AT, **changes})


def user(name: str, **changes: Any) -> User:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "user_id": _ids.unique_id(users.PREFIX),
        "name": name,
        "path": "/",
        "created_at": AT,
    }
    return User(**{**values, **changes})


def group(name: str, **changes: Any) -> Group:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "group_id": _ids.unique_id(groups.PREFIX),
        "name": name,
        "path": "/",
        "created_at": AT,
    }
    return Group(**{**values, **changes})


def role(name: str, **changes: Any) -> Role:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "role_id": _ids.unique_id(roles.PREFIX),
        "name": name,
        "path": "/",
        "created_at": AT,
        "trust_policy": '{"Version":"2012-10-17","Statement":[]}',
    }
    return Role(**{**values, **changes})


def instance_profile(name: str, **changes: Any) -> InstanceProfile:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "instance_profile_id": _ids.unique_id(instance_profiles.PREFIX),
        "name": name,
        "path": "/",
        "created_at": AT,
    }
    return InstanceProfile(**{**values, **changes})


def managed_policy(name: str, **changes: Any) -> ManagedPolicy:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "policy_id": _ids.unique_id(managed_policies.PREFIX),
        "name": name,
        "path": "/",
        "created_at": AT,
        "updated_at": AT,
    }
    return ManagedPolicy(**{**values, **changes})


def access_key(owner_id: str, **changes: Any) -> AccessKey:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "access_key_id": _ids.access_key_id(access_keys.PREFIX, ACCOUNT_ID),
        "owner_id": owner_id,
        "secret": _ids.secret_access_key(),
        "created_at": AT,
    }
    return AccessKey(**{**values, **changes})


def mfa_device(name: str, **changes: Any) -> MFADevice:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "name": name,
        "path": "/",
        "seed": Secret("JBSWY3DPEHPK3PXP"),
        "created_at": AT,
    }
    return MFADevice(**{**values, **changes})


def oidc_provider(url: str, **changes: Any) -> OIDCProvider:
    return OIDCProvider(**{"account_id": ACCOUNT_ID, "url": url, "created_at": AT, **changes})


def login_profile(user_id: str, **changes: Any) -> LoginProfile:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "user_id": user_id,
        "created_at": AT,
        "password": Secret("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$present"),
        "changed_at": LATER,
    }
    return LoginProfile(**{**values, **changes})


def server_certificate(name: str, **changes: Any) -> ServerCertificate:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "server_certificate_id": _ids.unique_id("ASCA"),
        "name": name,
        "path": "/",
        "created_at": AT,
        "body": "-----BEGIN CERTIFICATE-----\r\nbody",
        "chain": None,
        "private_key": Secret("-----BEGIN PRIVATE KEY-----\r\nkey"),
        "expires_at": LATER,
    }
    return ServerCertificate(**{**values, **changes})


def saml_provider(name: str, **changes: Any) -> SamlProvider:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "provider_id": _ids.unique_id("SAMLSP"),
        "name": name,
        "created_at": AT,
        "valid_until": LATER,
        "metadata": '<?xml version="1.0"?>\r\n<EntityDescriptor entityID="ä☃"/>',
    }
    return SamlProvider(**{**values, **changes})


def saml_private_key(key_id: str, **changes: Any) -> SamlPrivateKey:
    values: dict[str, Any] = {
        "key_id": key_id,
        "created_at": LATER,
        "private_key": Secret("-----BEGIN PRIVATE KEY-----\r\nkey"),
    }
    return SamlPrivateKey(**{**values, **changes})


def token_signing_key(key_id: str, **changes: Any) -> TokenSigningKey:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "key_id": key_id,
        "algorithm": SigningAlgorithm.ES384,
        "public_key": '{"kty": "EC", "☃": 1}',
        "private_key": Secret("cHJpdmF0ZSBrZXk="),
        "created_at": AT,
        "signs_from": LATER,
    }
    return TokenSigningKey(**{**values, **changes})


def vpc_endpoint(endpoint_id: str, **changes: Any) -> VPCEndpoint:
    values: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "endpoint_id": endpoint_id,
        "vpc_id": "vpc-0123456789abcdef0",
        "region": "eu-central-1",
        "policy": DOCUMENT,
        "created_at": AT,
    }
    return VPCEndpoint(**{**values, **changes})


def bucket(name: str, **changes: Any) -> Bucket:
    values: dict[str, Any] = {
        "name": name,
        "account_id": ACCOUNT_ID,
        "created_at": AT,
        "policy": DOCUMENT,
        "trusted_ids": (("arn:aws:iam::123456789012:user/Größe", UniqueId("AIDA0123456789ABCDEFG")),),
        "public_access_block": PublicAccessBlock(block_public_acls=True, restrict_public_buckets=True),
    }
    return Bucket(**{**values, **changes})


def sealing_key(key_id: str, **changes: Any) -> SealingKey:
    values: dict[str, Any] = {
        "key_id": key_id,
        "state": SealingKeyState.STAGED,
        "material": Secret("bWF0ZXJpYWw="),
        "created_at": AT,
        "changed_at": LATER,
    }
    return SealingKey(**{**values, **changes})


def revealed(value: Any) -> dict[str, Any]:
    """Return the fields of a value that holds a secret, the secret as text: secrets refuse to be compared."""

    def shown(field: Any) -> Any:
        if isinstance(field, tuple):
            return tuple(map(shown, field))
        if isinstance(field, SamlPrivateKey):
            return revealed(field)
        return field.reveal() if isinstance(field, Secret) else field

    return {name: shown(getattr(value, name)) for name in type(value).__dataclass_fields__}


def read(store: Store, job: Callable[[Transaction], T]) -> T:
    return store.read(job).result(timeout=30)


def write(store: Store, job: Callable[[Transaction], T]) -> T:
    return store.write(job).result(timeout=30)


def logged(store: Store, job: Callable[[Transaction], object]) -> list[tuple[ChangeKind, str]]:
    """Return what *job* appends to the log of changes."""
    heard: list[Change] = []
    store.on_changes(heard.extend)
    write(store, job)
    return [(change.kind, change.id) for change in heard]


def add(store: Store, *made: Any) -> None:
    """Add entities, each to its collection, in one job."""

    def job(tx: Transaction) -> None:
        for value in made:
            if isinstance(value, ManagedPolicy):
                tx.managed_policies.add(value, DOCUMENT)
            else:
                getattr(tx, _COLLECTIONS[type(value)]).add(value)

    write(store, job)
