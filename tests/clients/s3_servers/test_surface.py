"""All of S3 through the gateway is what it is without: the same status, headers and bodies, byte for byte."""

from pathlib import Path

from tests.clients.s3_servers.conftest import guarded_by_iamd
from tests.clients.s3_servers.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Store
from tests.support.s3_compare import differences
from tests.support.s3_surface import Teller, tell


def test_the_whole_of_s3_is_the_same(store: Store, tmp_path: Path) -> None:
    (tmp_path / "direct").mkdir()
    with store.running(tmp_path / "direct" / "store") as url:
        direct = Teller(url, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
        tell(direct)
    with guarded_by_iamd(store, tmp_path) as guarded:
        root = guarded.lab.root
        through = Teller(guarded.lab.endpoint, root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"])
        tell(through)
    found = differences(direct.exchanges, through.exchanges)
    assert not found, "\n".join(found)
