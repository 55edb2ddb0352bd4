"""The gateway in front of a store, over real connections."""

from collections.abc import Iterator

import pytest
from tests.support.guarded import Guarded
from tests.support.upstream import ACCESS_KEY_ID, SECRET, Store, running_store
from tests.support.world import ACCOUNT, LoopThread

from iamd.enforcement.upstreams import Upstream
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.run import ServerThread
from iamd.settings import Settings


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with running_store() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(store: Store) -> Iterator[Guarded]:
    """Give a world with a gateway in front of the store."""
    loop = LoopThread()
    upstream = Upstream(services=["s3"], url=store.url, access_key_id=ACCESS_KEY_ID, secret_access_key=SECRET)
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        upstream=(upstream,),
    )
    world = Guarded(loop, settings)
    with ServerThread(Door(world.app.pipeline.handle, {}, world.app.gateway)) as server:
        world.url = server.url
        yield world
    world.close()
    loop.close()
