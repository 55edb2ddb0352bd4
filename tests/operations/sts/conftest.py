"""What the tests of STS share."""

from collections.abc import Iterator

import pytest
from tests.support.issuer import issuer
from tests.support.loops import LoopThread
from tests.support.web_identity import Federation, settings
from tests.support.world import World


@pytest.fixture
def federation(loop: LoopThread) -> Iterator[Federation]:
    with issuer() as idp:
        world = World(loop, settings())
        made = Federation(world, idp)
        world.root.iam.create_open_id_connect_provider(Url=idp.url, ClientIDList=["sts.amazonaws.com", "app"])
        yield made
        world.close()
