"""
A world with something in it to protect: our account, with a member of the organization that it manages, and two
strangers'.  Ours is a product provider, too, that may ask itself for delegated access.

The stranger *with twins* has users, roles and so on that are called as ours are; the other one has nothing but itself.
Both may do everything in their own accounts.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.loops import LoopThread
from tests.support.saml_metadata import metadata
from tests.support.sqlite import sqlite
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow

from iamd.secret import Secret
from iamd.settings import Settings
from iamd.store.sqlite_driver import SqliteConnection

WITH_TWINS: Final = "210987654321"
WITHOUT_TWINS: Final = "310987654321"
MEMBER: Final = "410987654321"
AUDIT_TASK: Final = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"

POLICY_TEMPLATE: Final = "arn:aws:iam:::delegation-template/our_town/Reading_2026-01-01"
TOPIC: Final = f"arn:aws:sns:us-east-1:{ACCOUNT}:delegation"
ROLE_TEMPLATE: Final = "arn:aws:iam::aws:role-template/our-town/Worker:1"

ROOT_KEY: Final = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")

READ = json.dumps({"Version": "2012-10-17", "Statement": [allow(["iam:Get*", "iam:List*"])]})


def trusting(account_id: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            }
        ],
    }


def arn(kind: str, name: str, account_id: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account_id}:{kind}/{name}"


def plants(account_id: str = ACCOUNT, access_key_id: str = ROOT_KEY[0]) -> dict[str, Any]:
    """Return what requests name: by name those of whoever asks, by ARN and id those of *account_id*."""
    document = READ
    return {
        "UserName": "alice",
        "NewUserName": "alice2",
        "GroupName": "staff",
        "NewGroupName": "staff2",
        "RoleName": "worker",
        "InstanceProfileName": "worker",
        "PolicyName": "own",
        "PolicyArn": arn("policy", "reading", account_id),
        "PermissionsBoundary": arn("policy", "reading", account_id),
        "PolicySourceArn": arn("user", "alice", account_id),
        "Arn": arn("user", "alice", account_id),
        "EntityArn": arn("user", "alice", account_id),
        "RoleArn": arn("role", "worker", account_id),
        "SerialNumber": arn("mfa", "phone", account_id),
        "OpenIDConnectProviderArn": arn("oidc-provider", "idp.example.com", account_id),
        "SAMLProviderArn": arn("saml-provider", "idp", account_id),
        "PrincipalArn": arn("saml-provider", "idp", account_id),
        "SAMLMetadataDocument": metadata(),
        "Url": "https://idp.example.com",
        "ThumbprintList": ["0" * 40],
        "VirtualMFADeviceName": "phone",
        "AccessKeyId": access_key_id,
        "AccountAlias": "our-town",
        "PolicyDocument": document,
        "AssumeRolePolicyDocument": json.dumps(trusting(account_id)),
        "Policy": document,
        "PolicyArns": [{"arn": arn("policy", "reading", account_id)}],
        "VersionId": "v1",
        "Path": "/",
        "NewPath": "/",
        "PathPrefix": "/",
        "Tags": [{"Key": "team", "Value": "red"}],
        "TagKeys": ["team"],
        "TransitiveTagKeys": ["team"],
        "RoleSessionName": "session",
        "TargetPrincipal": f"arn:aws:iam::{account_id}:root",
        "TaskPolicyArn": {"arn": AUDIT_TASK},
        "SourceIdentity": "somebody",
        "DurationSeconds": 900,
        "MaxSessionDuration": 3600,
        "SigningAlgorithm": "ES384",
        "OwnerAccountId": account_id,
        "OwnerId": arn("user", "alice", account_id),
        "Permissions": {"PolicyTemplateArn": POLICY_TEMPLATE},
        "NotificationChannel": TOPIC,
        "TemplateArn": ROLE_TEMPLATE,
        "ReplacementValues": {"Suffix": {"Values": ["1"]}},
        "Properties": {"RoleManager/Enabled": "true"},
        "Status": "Inactive",
    }


def _account(account_id: str) -> dict[str, Any]:
    return {
        "id": account_id,
        "policies": [
            {"name": "reading", "document": json.loads(READ)},
            {"name": "spare", "document": json.loads(READ)},
        ],
        "groups": [
            {"name": "staff", "managed_policies": ["reading"], "inline_policies": {"own": json.loads(READ)}}
        ],
        "users": [
            {"name": "admin", "inline_policies": {"all": _everything()}, "access_keys": [{}]},
            {
                "name": "alice",
                "groups": ["staff"],
                "managed_policies": ["reading"],
                "inline_policies": {"own": json.loads(READ)},
                "permissions_boundary": "reading",
                "tags": {"team": "blue"},
                "access_keys": [{}],
            },
            {"name": "nobody", "access_keys": [{}]},
        ],
        "saml_providers": [{"name": "idp", "metadata": metadata(), "tags": {"team": "blue"}}],
        "roles": [
            {
                "name": "worker",
                "trust_policy": trusting(account_id),
                "managed_policies": ["reading"],
                "inline_policies": {"own": _everything()},
                "instance_profile": True,
                "tags": {"team": "blue"},
            },
            # Named by no request: whoever acts as this role cannot saw off the branch that it sits on.
            {
                "name": "steward",
                "trust_policy": trusting(account_id),
                "inline_policies": {"all": _everything()},
            },
        ],
    }


def _registrations(folder: Path) -> dict[str, Path]:
    """Write what is registered for delegated access, and return the settings that name it."""
    provider = {
        "name": "Our Town",
        "accounts": [ACCOUNT],
        "policy_templates": [{"arn": POLICY_TEMPLATE, "document": json.loads(READ)}],
        "channels": [{"topic": TOPIC, "file": "notices.jsonl"}],
    }
    providers = folder / "product-providers.json"
    providers.write_text(json.dumps({"providers": [provider]}))
    template = {
        "TemplateArn": ROLE_TEMPLATE,
        "DefaultMinorVersion": 1,
        "MinorVersion": 1,
        "RoleNamePattern": "made-@{Suffix}",
        "AssumeRolePolicyDocumentTemplate": trusting(ACCOUNT),
        "ParametersDefinition": [{"Name": "Suffix", "Type": "String", "IsRequired": True}],
    }
    templates = folder / "role-templates"
    templates.mkdir(exist_ok=True)
    (templates / "worker.json").write_text(json.dumps({"RoleTemplateVersion": template}))
    return {"product_providers": providers, "role_templates": templates}


def _everything() -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [allow("*")]}


@dataclass(frozen=True)
class Town:
    """
    Our account and the strangers'.

    Attributes:
        database: The file that holds everything.
    """

    world: World
    database: Path

    @property
    def root(self) -> Actor:
        return self.world.root

    def actor(self, name: str, account_id: str = ACCOUNT) -> Actor:
        """Return the user *name*, with the access key that the seed has given it."""
        for planted in self.world.app.planted:
            if (planted.account_id, planted.owner) == (account_id, name):
                key = planted.access_key
                return Actor(self.world, Credentials(key.access_key_id, key.secret.reveal()), name)
        raise LookupError(name)

    def stranger(self, account_id: str) -> Actor:
        return self.actor("admin", account_id)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table, but for what is noted of each request."""
        with sqlite(self.database) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                ).fetchall()
                if not name.startswith("sqlite_") and name != "accesses"
            ]
            return {table: _rows(connection, table) for table in sorted(tables)}


def _rows(connection: SqliteConnection, table: str) -> list[tuple[Any, ...]]:
    columns = [
        name for (_, name, *_) in connection.execute(f"PRAGMA table_info({table})").fetchall()
    ]  # our own names
    kept = ", ".join(name for name in columns if not name.startswith("last_used_"))
    return sorted(connection.execute(f"SELECT {kept} FROM {table}").fetchall(), key=repr)  # noqa: S608  our own names


@contextmanager
def town(loop: LoopThread, folder: Path, **settings: Any) -> Iterator[Town]:
    """Found the town in *folder*."""
    seed = folder / "seed.json"
    accounts: list[Mapping[str, Any]] = [
        _account(ACCOUNT),
        _account(WITH_TWINS),
        {
            "id": WITHOUT_TWINS,
            "users": [{"name": "admin", "inline_policies": {"all": _everything()}, "access_keys": [{}]}],
        },
        {"id": MEMBER},
    ]
    organizations = [{"management_account": ACCOUNT, "accounts": [MEMBER]}]
    seed.write_text(json.dumps({"accounts": accounts, "organizations": organizations}))
    database = folder / "iamd.sqlite"
    world = World(
        loop,
        Settings(
            account_id=ACCOUNT,
            root_access_key_id=ROOT_KEY[0],
            root_secret_access_key=Secret(ROOT_KEY[1]),
            data=database,
            seed=seed,
            **{**_registrations(folder), **settings},
        ),
    )
    try:
        yield Town(world, database)
    finally:
        world.close()
