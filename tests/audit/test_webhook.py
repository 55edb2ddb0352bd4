"""Records for a collector: none is lost while it is away, and nobody waits for it."""

import fcntl
import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from tests.audit.test_audit_files import entry
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, World

from iamd.audit.reading import Read, verify
from iamd.audit.trail import TargetError
from iamd.audit.webhook import Collector, WebhookTarget
from iamd.secret import Secret
from iamd.settings import Settings

KEY = "key of the collector of these tests"


class Away:
    """A collector that a test can send away, and that remembers what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.records: list[dict[str, Any]] = []
        self.asked = threading.Semaphore(0)
        self.keys: set[str | None] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.keys.add(self.headers["Authorization"])
                if outer.status == 200:
                    outer.records += json.loads(body)["Records"]
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                outer.asked.release()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the base calls it
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/collect?index=iamd"

    @property
    def names(self) -> list[str]:
        return [each["eventName"] for each in self.records]

    def wait(self) -> None:
        assert self.asked.acquire(timeout=20)


@pytest.fixture
def collector() -> Iterator[Away]:
    made = Away()
    yield made
    made.server.shutdown()
    made.server.server_close()


def target(collector: Away, spool: Path, chain_id: str = "a", most: int = 10**6) -> WebhookTarget:
    return WebhookTarget(spool, chain_id, Collector(collector.url, Secret(KEY)), most)


def test_records_arrive_in_order_and_leave_the_spool(collector: Away, tmp_path: Path) -> None:
    made = target(collector, tmp_path / "spool")
    made.write([entry("a"), entry("b")])
    collector.wait()
    made.write([entry("c")])
    made.close()
    assert collector.names == ["a", "b", "c"]
    assert collector.keys == {f"Bearer {KEY}"}
    assert list((tmp_path / "spool").iterdir()) == []
    assert verify([Read("posted", each) for each in collector.records]).problems == []


def test_nothing_is_lost_while_the_collector_is_away(collector: Away, tmp_path: Path) -> None:
    collector.status = 503
    made = target(collector, tmp_path)
    made.write([entry("a")])
    collector.wait()
    made.write([entry("b")])
    collector.status = 200
    collector.wait()
    made.close()
    assert collector.names == ["a", "b"]


def test_what_a_process_has_left_the_next_one_posts(collector: Away, tmp_path: Path) -> None:
    collector.status = 500
    first = target(collector, tmp_path)
    first.write([entry("a")])
    first.close()
    # As a crash leaves it.
    (tmp_path / "b-00000001.jsonl").write_bytes(b'{"eventName":"b"}\n{"eventName":"ha')
    collector.status = 200
    second = target(collector, tmp_path, "c")
    second.close()
    assert collector.names == ["a", "b"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_taken_before_it_is_locked_is_begun_anew(
    collector: Away, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = target(collector, tmp_path)
    taken: list[Path] = []
    lock = fcntl.flock

    def lock_too_late(file: Any, how: int) -> None:
        if how == fcntl.LOCK_EX and not taken:
            taken.extend(tmp_path.iterdir())
            for each in taken:
                each.unlink()  # As whoever posts takes away what is empty.
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", lock_too_late)
    made.write([entry("a")])
    made.close()
    assert taken
    assert collector.names == ["a"]


def test_what_is_posted_is_in_nobodys_way(tmp_path: Path) -> None:
    """Files of the spool go away while it is looked how much is in it, and while another process is about to post them."""

    class Taken:
        def post(self, lines: Sequence[bytes]) -> None:
            """Take them at once."""

    def write(made: WebhookTarget) -> None:
        try:
            for _ in range(600):
                made.write([entry("CreateUser")])
        except TargetError as error:
            failed.append(error)

    failed: list[TargetError] = []
    with structlog.testing.capture_logs() as said:
        two = [WebhookTarget(tmp_path, name, cast("Collector", Taken()), 10**6) for name in "ab"]
        threads = [threading.Thread(target=write, args=(each,)) for each in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for each in two:
            each.close()
    assert (failed, said) == ([], [])


def test_a_full_spool_fails_as_a_full_disk_does(collector: Away, tmp_path: Path) -> None:
    collector.status = 503
    made = target(collector, tmp_path, most=100)
    made.write([entry("a")])
    with pytest.raises(TargetError, match="as much waits for the collector as may"):
        made.write([entry("b")])
    made.close()


def test_nobody_waits_for_the_collector(loop: LoopThread, tmp_path: Path) -> None:
    """Nobody listens there at all."""
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        audit_webhook="http://127.0.0.1:1/",
        audit_spool=tmp_path / "spool",
    )
    world = World(loop, settings)
    world.root.iam.create_user(UserName="bob")
    world.close()
    spooled = b"".join(each.read_bytes() for each in sorted((tmp_path / "spool").iterdir()))
    names = [json.loads(line)["eventName"] for line in spooled.splitlines()]
    assert names == ["StartServer", "CreateUser", "StopServer"]


def test_a_webhook_wants_a_spool() -> None:
    with pytest.raises(ValueError, match="`audit_webhook` needs `audit_spool`"):
        Settings(audit_webhook="https://collector.example.com/")
