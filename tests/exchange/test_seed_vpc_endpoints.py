"""VPC endpoints of seeds."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.loops import LoopThread
from tests.support.networked import ENDPOINT, OTHER, VPC
from tests.support.world import ACCOUNT, World, allow

from iamd.assemble import Application
from iamd.domain.vpc_endpoints import DEFAULT_POLICY
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.settings import Settings

POLICY = {"Version": "2012-10-17", "Statement": [allow("sts:*") | {"Principal": "*"}]}


def settings(folder: Path, *endpoints: dict[str, Any]) -> Settings:
    path = folder / "seed.json"
    path.write_text(json.dumps({"accounts": [{"id": ACCOUNT, "vpc_endpoints": endpoints}]}))
    return Settings(
        account_id=ACCOUNT,
        region="eu-central-1",
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        seed=path,
    )


def test_they_are_made_and_made_again(tmp_path: Path, loop: LoopThread) -> None:
    first = {"id": ENDPOINT, "vpc": VPC}
    second = {"id": OTHER, "vpc": VPC, "region": "us-west-2", "policy": POLICY}
    world = World(loop, settings(tmp_path, first, second))
    try:
        world.app.reset()
        made = world.app.store.read(lambda transaction: transaction.vpc_endpoints.all()).result()
    finally:
        world.close()
    found = {each.endpoint_id: (each.account_id, each.vpc_id, each.region) for each in made}
    assert found == {ENDPOINT: (ACCOUNT, VPC, "eu-central-1"), OTHER: (ACCOUNT, VPC, "us-west-2")}
    policies = {each.endpoint_id: json.loads(each.policy) for each in made}
    assert policies == {ENDPOINT: json.loads(DEFAULT_POLICY), OTHER: POLICY}


@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ([{"id": "vpce-1", "vpc": VPC}], "VPC endpoint `vpce-1`: InvalidInput: `vpce-1` is no id"),
        ([{"id": ENDPOINT, "vpc": VPC}] * 2, f"VPC endpoint `{ENDPOINT}`: EntityAlreadyExists"),
        (
            [{"id": ENDPOINT, "vpc": VPC, "policy": {"Statement": []}}],
            f"VPC endpoint `{ENDPOINT}`: MalformedPolicyDocument",
        ),
        ([{"id": ENDPOINT}], "missing required field `vpc`"),
    ],
)
def test_what_cannot_be_made(tmp_path: Path, endpoints: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        Application(settings(tmp_path, *endpoints))
    assert said in str(caught.value)
