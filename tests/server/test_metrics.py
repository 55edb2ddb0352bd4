"""``/_iamd/metrics``: what is counted, for whom, and that nothing a client makes up becomes a label."""

import gc
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families
from tests.support.loops import LoopThread, loop_thread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow

from iamd.directory.snapshots import PrincipalSnapshot
from iamd.http import Request, Response
from iamd.metrics import BOUNDS, Metrics
from iamd.secret import Secret
from iamd.server.metrics import PATH, Shared, metrics_routes
from iamd.settings import Settings

KEY = Secret("key of the metrics of these tests")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass
class Counted:
    world: World
    shared: Shared

    def get(self, *authorization: bytes) -> Response:
        route = metrics_routes(self.shared, KEY)["GET", PATH]
        headers = tuple((b"authorization", each) for each in authorization)
        response: Response = self.world.loop.run(route(Request(method="GET", raw_path=PATH, headers=headers)))
        return response

    def samples(self) -> Samples:
        response = self.get(b"Bearer " + KEY.reveal().encode())
        assert response.status == 200
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.body.decode())
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        return self.samples().get((name, frozenset(labels.items())), 0.0)


@contextmanager
def counting(loop: LoopThread, **more: Any) -> Iterator[Counted]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        metrics_key=KEY,
        **more,
    )
    world = World(loop, settings)
    assert world.app.metrics is not None
    yield Counted(world, Shared(world.app.metrics, None))
    world.close()


@pytest.fixture(scope="module")
def counted(loop: LoopThread) -> Iterator[Counted]:
    with counting(loop) as made:
        yield made


def test_requests_are_counted_by_operation_and_code(counted: Counted) -> None:
    iam = counted.world.root.iam
    for _ in range(3):
        iam.list_users()
    with pytest.raises(ClientError):
        iam.get_user(UserName="nobody")
    assert counted.value("iamd_requests_total", service="iam", operation="ListUsers", code="OK") == 3
    assert counted.value("iamd_requests_total", service="iam", operation="GetUser", code="NoSuchEntity") == 1
    assert counted.value("iamd_request_seconds_count", service="iam", operation="ListUsers") == 3
    below = {"service": "iam", "operation": "ListUsers", "le": "+Inf"}
    assert counted.value("iamd_request_seconds_bucket", **below) == 3


def test_decisions_sessions_writes_and_failures_are_counted(counted: Counted) -> None:
    world = counted.world
    bob = world.user("bob", allow("sts:*"))
    with pytest.raises(ClientError):
        bob.iam.list_users()
    bob.assume(world.role("worker", {"AWS": ACCOUNT}))
    forged = world.client("iam", Credentials("AKIAROOTEXAMPLE00000", "x" * 40))
    with pytest.raises(ClientError):
        forged.list_users()
    value = counted.value
    assert value("iamd_decisions_total", service="iam", outcome="ImplicitDeny") == 1
    assert value("iamd_decisions_total", service="sts", outcome="Allow") == 1
    assert value("iamd_sessions_issued_total", operation="AssumeRole") == 1
    assert value("iamd_authentication_failures_total", reason="SignatureDoesNotMatch") == 1
    assert value("iamd_write_seconds_count") >= 4
    assert value("iamd_epoch") == world.app.directory.epoch > 0
    assert value("iamd_signing_keys") >= 2
    assert value("iamd_signing_keys_derived_total") >= 2
    assert 0 <= value("iamd_snapshot_age_seconds") < 60
    assert (value("iamd_audit_waiting"), value("iamd_audit_blocked")) == (0, 0)


def test_what_waits_for_the_collector_is_shown(loop: LoopThread, tmp_path: Path) -> None:
    """When the spool is full, nothing can be changed any more: somebody must see it come."""
    url = "http://127.0.0.1:1/"  # Nobody answers there.
    with counting(loop, audit_webhook=url, audit_spool=tmp_path) as counted:
        counted.world.root.iam.create_user(UserName="waits")
        waiting = sum(each.stat().st_size for each in tmp_path.iterdir())
        assert counted.value("iamd_audit_spool_bytes") == waiting > 0


def test_as_many_are_remembered_as_the_operator_says(loop: LoopThread) -> None:
    """R-21: memory is bounded; who came first goes first, and is read from the database when they come again."""
    with counting(loop, remembered_principals=16) as counted:
        users = [counted.world.user(f"user-{number}") for number in range(20)]

        def loaded_for(asking: Sequence[Actor]) -> float:
            before = counted.value("iamd_snapshots_loaded_total")
            for each in asking:
                each.sts.get_caller_identity()
            return counted.value("iamd_snapshots_loaded_total") - before

        loaded_for(users)
        # Of each of them the access key, and the user.
        assert [loaded_for(some) for some in (users[-16:], users, users[-16:])] == [0, 2 * 20, 0]
        assert counted.value("iamd_snapshots") >= 2 * 16


def test_nobody_else_is_in_memory(loop: LoopThread) -> None:
    """R-21: what was made of a principal on the way goes with it, also of one that was read again and again."""
    asks = {"StringLike": {"aws:username": "passing-*"}}
    with counting(loop, remembered_principals=16) as counted:
        users = [
            counted.world.user(f"passing-{number}", allow("iam:GetUser", Condition=asks))
            for number in range(24)
        ]
        for _ in range(3):
            for each in users:
                each.sts.get_caller_identity()
                each.iam.get_user()
        gc.collect()
        there = [each for each in gc.get_objects() if isinstance(each, PrincipalSnapshot)]
        # In the directory, and behind the callers that are remembered.
        assert len([each for each in there if each.name.startswith("passing-")]) <= 2 * 16


def test_nothing_that_a_client_makes_up_is_a_label(counted: Counted) -> None:
    made_up = [
        Request(method="POST", raw_path=b"/", body=b"Action=MadeUpAction&Version=MadeUpVersion"),
        Request(method="POST", raw_path=b"/MadeUpPath", headers=((b"x-amz-target", b"MadeUpTarget.MadeUp"),)),
        Request(
            method="POST",
            raw_path=b"/",
            headers=(
                (
                    b"authorization",
                    b"AWS4-HMAC-SHA256 Credential=AKIAMADEUPMADEUP0000/20260101/made-up-1/madeup/aws4_request,"
                    b" SignedHeaders=host, Signature=" + b"0" * 64,
                ),
            ),
        ),
    ]
    before = len(counted.samples())
    for request in made_up * 3:
        assert counted.world.send(request).status >= 400
    body = counted.get(b"Bearer " + KEY.reveal().encode()).body
    assert re.search(b"made.?up", body, re.IGNORECASE) is None
    assert len(counted.samples()) - before < 40


def test_it_is_for_whoever_has_the_key(counted: Counted) -> None:
    """R-30."""
    right = b"Bearer " + KEY.reveal().encode()
    for shown in (
        (),
        (b"Bearer x",),
        (b"",),
        (KEY.reveal().encode(),),
        (right[:-1],),
        (right, right),
        (right + b"x",),
    ):
        response = counted.get(*shown)
        assert (response.status, b"iamd_" in response.body) == (401, False)


def test_without_the_setting_there_is_no_such_page(loop: LoopThread) -> None:
    world = World(loop)
    assert world.app.metrics is None
    world.close()


def test_every_process_shows_the_numbers_of_all(tmp_path: Path) -> None:
    own, other = Metrics(frozenset()), Metrics(frozenset())
    own.request("iam", "ListUsers", "OK", 0.001)
    for _ in range(2):
        other.request("iam", "ListUsers", "OK", 0.001)
    reader = Shared(own, tmp_path)
    # As another process leaves them, and one that has been killed while it did.
    (tmp_path / "4000000").write_bytes(msgspec.msgpack.encode(other.families()))
    (tmp_path / "4000001").write_bytes(b"half")
    found = {worker: families[0].samples[0].value for worker, families in reader.all().items()}
    assert found == {str(os.getpid()): 1, "4000000": 2}
    body = metrics_text(reader)
    reader.close()
    assert 'iamd_requests_total{code="OK",operation="ListUsers",service="iam",worker="4000000"} 2.0' in body
    assert not (tmp_path / str(os.getpid())).exists()


def metrics_text(shared: Shared) -> str:
    with loop_thread() as loop:
        route = metrics_routes(shared, KEY)["GET", PATH]
        headers = ((b"authorization", b"Bearer " + KEY.reveal().encode()),)
        response: Response = loop.run(route(Request(method="GET", raw_path=PATH, headers=headers)))
    return response.body.decode()


def test_a_histogram_counts_what_is_below_a_bound() -> None:
    metrics = Metrics(frozenset())
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] + 1e-9, BOUNDS[-1] + 1):
        metrics.writes.observe(seconds)
    assert (metrics.writes.counts[0], metrics.writes.counts[1], metrics.writes.counts[-1]) == (2, 1, 1)


def test_the_page_tells_of_every_metric(counted: Counted) -> None:
    page = Path("docs/reference/metrics.md").read_text()
    assert counted.world.app.metrics is not None
    for family in counted.world.app.metrics.families():
        suffix = "_total" if family.kind == "counter" else ""
        assert f"`{family.name}{suffix}`" in page, family.name
