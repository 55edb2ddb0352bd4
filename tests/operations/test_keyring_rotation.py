"""Sessions while the keyring turns: no request fails, on any node; and what no node knows is not asked for often."""

import base64
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.answers import arn
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World

from iamd.domain.sealing_keys import SealingKeyState
from iamd.secret import Secret
from iamd.sessions.rotation import RETIRED_FOR, STAGED_FOR
from iamd.settings import Settings

USER = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}


class Quiet(World):
    """A node that hears of others only when a test says so: its own background would, in half a second."""

    def __init__(self, loop: LoopThread, settings: Settings) -> None:
        super().__init__(loop, settings)
        self.app._background.stop()

    def states(self) -> list[str]:
        return [key.state.value for key in self.app.sealing_keys.keys]

    def primary(self) -> str:
        (key,) = [key for key in self.app.sealing_keys.keys if key.state is SealingKeyState.PRIMARY]
        return key.key_id

    def rotate(self, *, at_once: bool) -> None:
        keeper = self.app.sealing_keys
        self.app.store.write(lambda transaction: keeper.rotate(transaction, at_once=at_once)).result()


@contextmanager
def installation(loop: LoopThread, **settings: Any) -> Iterator[tuple[Quiet, Quiet]]:
    """Run two nodes on one database."""
    given = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        **settings,
    )
    first, second = Quiet(loop, given), Quiet(loop, given)
    try:
        yield first, second
    finally:
        second.close()
        first.close()


@pytest.fixture
def nodes(loop: LoopThread, tmp_path: Path) -> Iterator[tuple[Quiet, Quiet]]:
    with installation(loop, data=tmp_path / "iamd.db") as found:
        yield found


def bob_and_role(node: World) -> tuple[Actor, str]:
    return node.user("bob"), node.role("worker", USER)


def wait(nodes: tuple[Quiet, Quiet], by: timedelta) -> None:
    """Let time pass on both nodes, each of which then does what is due."""
    for node in nodes:
        node.clock.advance(by)
    for node in nodes:
        node.app.store.poll()
        node.app.sealing_keys.tend()
    for node in nodes:
        node.app.store.poll()


def rotations(nodes: tuple[Quiet, Quiet]) -> Iterator[None]:
    """Rotate in each way that there is; yield between the steps."""
    first, second = nodes
    for _ in range(3):
        first.rotate(at_once=True)
        yield
        second.app.store.poll()
        second.rotate(at_once=False)
        yield
        wait(nodes, STAGED_FOR)
        yield


def test_no_request_fails_while_the_keyring_turns(nodes: tuple[Quiet, Quiet]) -> None:
    """Sessions that there were, and sessions of the very moment, each used on the other node, too."""
    bob, role = bob_and_role(nodes[0])
    old = bob.assume(role, DurationSeconds=3600).credentials
    stop, used = threading.Event(), [0, 0, 0]

    def work(number: int) -> None:
        here, there = nodes if number % 2 else nodes[::-1]
        assuming = Actor(here, bob.credentials)
        elsewhere = Actor(there, old)
        while not stop.is_set():
            session = Actor(there, assuming.assume(role).credentials)
            assert session.sts.get_caller_identity()["Arn"].endswith("assumed-role/worker/session")
            assert elsewhere.sts.get_caller_identity()["Arn"].endswith("assumed-role/worker/session")
            used[number] += 1

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work, number) for number in range(3)]
        try:
            for _ in rotations(nodes):
                begun = list(used)
                while any(now - before < 2 for now, before in zip(used, begun, strict=True)):
                    assert not any(worker.done() for worker in workers), [
                        w.exception() for w in workers if w.done()
                    ]
                    stop.wait(0.002)
        finally:
            stop.set()
        assert [worker.result() for worker in workers] == [None] * 3
    assert nodes[0].states() == ["retired"] * 6 + ["primary"]


def test_a_node_looks_a_key_up_that_it_has_not_heard_of(nodes: tuple[Quiet, Quiet]) -> None:
    first, second = nodes
    bob, role = bob_and_role(first)
    second.app.store.poll()
    first.rotate(at_once=True)
    session = bob.assume(role)
    assert second.primary() != first.primary()
    assert Actor(second, session.credentials).sts.get_caller_identity()["Account"] == ACCOUNT
    assert second.primary() == first.primary()


def forged(credentials: Credentials | None) -> Credentials:
    """Return credentials whose token names a key that nobody has."""
    assert credentials is not None
    assert credentials.session_token is not None
    sealed = base64.b64decode(credentials.session_token)
    token = base64.b64encode(sealed[:1] + b"\xff\xff\xff\xff" + sealed[5:]).decode()
    return Credentials(credentials.access_key_id, credentials.secret_access_key, token)


def reads_of(node: Quiet, work: Callable[[], object]) -> int:
    """Return how often *work* has the keys read."""
    keeper = node.app.sealing_keys
    count = 0
    original = keeper._stored

    def counted() -> Any:
        nonlocal count
        count += 1
        return original()

    keeper._stored = counted  # type: ignore[method-assign]
    try:
        work()
    finally:
        keeper._stored = original  # type: ignore[method-assign]
    return count


def test_an_unknown_key_is_looked_up_once_and_seldom(nodes: tuple[Quiet, Quiet]) -> None:
    """R-35: a token that names a key of nobody is refused, and costs the database next to nothing."""
    node = nodes[0]
    bob, role = bob_and_role(node)
    stranger = Actor(node, forged(bob.assume(role).credentials))

    def ask() -> None:
        with pytest.raises(ClientError) as refused:
            stranger.sts.get_caller_identity()
        assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"

    assert reads_of(node, ask) == 1
    begun = node.clock.monotonic()
    with ThreadPoolExecutor(8) as pool:
        reads = reads_of(node, lambda: [each.result() for each in [pool.submit(ask) for _ in range(50)]])
    # Eight at once, and one more each second.
    assert 1 <= reads <= 8 + node.clock.monotonic() - begun
    node.app.sealing_keys._allowance, node.app.sealing_keys._allowed_at = 0.5, node.clock.monotonic()
    assert reads_of(node, ask) == 0


def test_sessions_outlive_the_key_that_sealed_them_and_not_the_other_way_round(
    nodes: tuple[Quiet, Quiet],
) -> None:
    node = nodes[0]
    bob, _ = bob_and_role(node)
    longest = Credentials.of(bob.sts.get_session_token(DurationSeconds=129_600)["Credentials"])
    session = Actor(node, longest)
    node.rotate(at_once=True)
    wait(nodes, timedelta(seconds=129_590))
    assert session.sts.get_caller_identity()["Arn"] == arn("user/bob")
    wait(nodes, RETIRED_FOR)
    assert node.states() == nodes[1].states() == ["primary"]
    with pytest.raises(ClientError):
        session.sts.get_caller_identity()


def test_the_schedule_turns_the_ring_by_itself_and_once(loop: LoopThread, tmp_path: Path) -> None:
    with installation(loop, data=tmp_path / "iamd.db", keyring_rotation_days=10) as nodes:
        first = nodes[0].primary()
        wait(nodes, timedelta(days=10))
        assert [node.states() for node in nodes] == [["primary", "staged"]] * 2
        wait(nodes, STAGED_FOR)
        assert [node.states() for node in nodes] == [["retired", "primary"]] * 2
        assert first not in {node.primary() for node in nodes}
        wait(nodes, RETIRED_FOR)
        assert [node.states() for node in nodes] == [["primary"]] * 2


def test_the_background_follows_the_schedule(loop: LoopThread, tmp_path: Path) -> None:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        data=tmp_path / "iamd.db",
        keyring_rotation_days=1,
    )
    world = World(loop, settings)
    staged = threading.Event()
    world.app.store.on_changes(
        lambda changes: staged.set() if any(change.kind == "sealing_key" for change in changes) else None
    )
    world.clock.advance(timedelta(days=1))
    assert staged.wait(10)
    world.close()


def test_a_reset_keeps_the_ring(loop: LoopThread, tmp_path: Path) -> None:
    with installation(loop, data=tmp_path / "iamd.db") as (node, _):
        node.rotate(at_once=True)
        before = node.primary()
        node.app.reset()
        assert (node.states(), node.primary()) == (["retired", "primary"], before)


@pytest.mark.slow
@pytest.mark.postgres
def test_two_nodes_on_postgresql_turn_together(loop: LoopThread, postgres_url: str) -> None:
    key = Secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    with installation(loop, database_url=Secret(postgres_url), master_key=key) as nodes:
        bob, role = bob_and_role(nodes[0])
        for _ in rotations(nodes):
            session = bob.assume(role)
            elsewhere = Actor(nodes[1], session.credentials)
            assert elsewhere.sts.get_caller_identity()["Account"] == ACCOUNT
        assert nodes[0].states() == nodes[1].states()
