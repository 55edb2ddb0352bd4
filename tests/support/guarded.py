"""A world whose gateway listens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore
import botocore.config
from tests.support.loops import LoopThread
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store
from tests.support.world import ACCOUNT, Actor, Credentials, World, document

from iamd.domain.access_keys import AccessKey
from iamd.domain.accounts import Account
from iamd.domain.ids import AccessKeyId, AccountId, UniqueId
from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.limits import Limits
from iamd.server.run import ServerThread
from iamd.server.tls import TLS
from iamd.settings import Settings


class Guarded(World):
    """`s3` gives clients that go through the gateway, over a real connection."""

    url = ""

    def s3(
        self, actor: Actor | None, *, endpoint: str | None = None, style: str = "path", **config: Any
    ) -> Any:
        """Return a client; one that does not sign without an actor."""
        credentials = actor.credentials if actor is not None else None
        options: dict[str, Any] = {
            "retries": {"max_attempts": 0},
            "s3": {"addressing_style": style},
            "signature_version": "s3v4" if credentials is not None else botocore.UNSIGNED,
        }
        return boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=endpoint or self.url,
            aws_access_key_id=credentials.access_key_id if credentials is not None else None,
            aws_secret_access_key=credentials.secret_access_key if credentials is not None else None,
            aws_session_token=credentials.session_token if credentials is not None else None,
            config=botocore.config.Config(**(options | config)),
        )

    def account(self, account_id: str) -> Actor:
        """Make another account, and return its root user."""
        secret = f"secret/access/key/of/the/root/of/{account_id[:8]}"
        made = Account(account_id=AccountId(account_id), name=account_id, created_at=self.clock.now())
        key = AccessKey(
            access_key_id=AccessKeyId(f"AKIA{account_id}ROOT"),
            account_id=AccountId(account_id),
            owner_id=UniqueId(account_id),
            secret=Secret(secret),
            created_at=self.clock.now(),
        )

        def add(transaction: Any) -> None:
            transaction.accounts.add(made)
            transaction.access_keys.add(key)

        self.app.store.write(add).result()
        return Actor(self, Credentials(key.access_key_id, secret), account_id)

    def user_of(self, root: Actor, name: str, *statements: Mapping[str, Any]) -> Actor:
        """Make a user of another account."""
        root.iam.create_user(UserName=name)
        if statements:
            root.iam.put_user_policy(UserName=name, PolicyName="test", PolicyDocument=document(*statements))
        return Actor(self, Credentials.of(root.iam.create_access_key(UserName=name)["AccessKey"]), name)


@contextmanager
def guarded_world(
    store: Store,
    *upstreams: Upstream,
    audit: Path | None = None,
    tls: TLS | None = None,
    limits: Limits | None = None,
    **settings: Any,
) -> Iterator[Guarded]:
    """Run a world with a gateway in front of *upstreams*, or of *store* alone."""
    loop = LoopThread()
    world = Guarded(
        loop,
        Settings(
            account_id=ACCOUNT,
            root_access_key_id="AKIAROOTEXAMPLE00000",
            root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
            upstream=upstreams or (upstream_of(store),),
            audit_file=audit,
            **settings,
        ),
    )
    door = Door(world.app.pipeline.handle, {}, world.app.gateway)
    with ServerThread(door, tls=tls, limits=limits) as server:
        world.url = server.url if tls is None else server.url.replace("http://127.0.0.1", "https://localhost")
        yield world
    world.close()
    loop.close()


def upstream_of(store: Store, **more: Any) -> Upstream:
    """Return the settings of *store*."""
    return Upstream(
        services=["s3"], url=store.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET, **more
    )
