"""iamd in front of stores that others wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clients.lab import Lab
from tests.clients.s3_servers.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, STORES, Store
from tests.clients.server import development_server
from tests.clients.toolchain import MissingError

SETTINGS = """
[[upstream]]
services = ["s3"]
url = "{url}"
kind = "{kind}"
access_key_id = "{key}"
secret_access_key_file = "store.key"
bucket_policies = "upstream"
"""


@dataclass(frozen=True)
class Guarded:
    """
    A store, and the account that it belongs to now.

    Attributes:
        url: Of the store itself, past the gateway.
    """

    name: str
    url: str
    lab: Lab


@contextmanager
def guarded_by_iamd(store: Store, folder: Path) -> Iterator[Guarded]:
    """Run *store* and, in front of it, iamd as an operator sets it up: by `iamd.toml`."""
    home = folder / "iamd"
    home.mkdir()
    with store.running(folder / "store") as url:
        (home / "store.key").write_text(SECRET_ACCESS_KEY)
        (home / "iamd.toml").write_text(SETTINGS.format(url=url, kind=store.kind, key=ACCESS_KEY_ID))
        with development_server(home) as (found_by, root):
            yield Guarded(store.name, url, Lab(found_by, root, home))


@pytest.fixture(params=STORES, ids=lambda store: store.name)
def store(request: pytest.FixtureRequest) -> Store:
    """
    Give a kind of store, ready to run.

    What it needs is installed by the target of make, so a machine that lacks it fails.
    """
    made: Store = request.param
    return made


@pytest.fixture(scope="module", params=STORES, ids=lambda store: store.name)
def guarded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Give one for all the tests of a module."""
    try:
        with guarded_by_iamd(request.param, tmp_path_factory.mktemp("guarded")) as made:
            yield made
    except MissingError as error:
        pytest.fail(str(error))
