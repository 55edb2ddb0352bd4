"""`iamd credentials serve`: an unmodified boto3 gets its credentials as in a container, and gets new ones in time."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import CredentialRetrievalError
from botocore.utils import ContainerMetadataFetcher
from click.testing import CliRunner
from tests.support.answers import arn
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Credentials, World, allow

from iamd.cli.assumed import Assumed
from iamd.cli.aws import Client
from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.clock import SystemClock
from iamd.http import Response
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.container_credentials import NoCredentialsError, container_credentials
from iamd.server.health import health_routes
from iamd.server.run import ServerThread

WHO = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
"""
TOKEN = "the-token-of-the-tests"


class Hand(SystemClock):
    """The clock of whoever asks for credentials, moved by the test."""

    def real(self) -> datetime:
        return super().real() + self.offset


@dataclass
class Running:
    """A server with a user and a role that it may assume, found through its state file."""

    world: World
    server: ServerThread
    bob: Credentials
    role: str
    environ: dict[str, str]

    def sts(self) -> Client:
        return sts_of(self.server.url, self.bob)

    @property
    def as_bob(self) -> dict[str, str]:
        """What makes AWS's tools ask this server as Bob."""
        return {
            "AWS_ACCESS_KEY_ID": self.bob.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.bob.secret_access_key,
            "AWS_ENDPOINT_URL": self.server.url,
        }


def sts_of(url: str, who: Credentials) -> Client:
    return Client(
        boto3.client(
            "sts",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=who.access_key_id,
            aws_secret_access_key=who.secret_access_key,
            aws_session_token=who.session_token,
            config=Config(retries={"max_attempts": 0}),
        )
    )


@pytest.fixture
def running(loop: LoopThread, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    world = World(loop)
    bob = world.user("bob", allow("sts:AssumeRole")).credentials
    assert bob is not None
    role = world.role("worker", {"AWS": arn("user/bob")}, allow("iam:ListUsers"))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with ServerThread(Door(world.app.pipeline.handle, health_routes({}))) as server:
        state = ServerState(
            endpoint=server.url,
            region="us-east-1",
            account_id=ACCOUNT,
            access_key_id="AKIAROOTEXAMPLE00000",
            secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
            pid=os.getpid(),
        )
        with published(state, environ):
            yield Running(world, server, bob, role, dict(os.environ))
    world.close()


@contextmanager
def serving(assumed: Assumed) -> Iterator[str]:
    with ServerThread(Door(container_credentials(assumed.current, Secret(TOKEN)))) as page:
        yield f"{page.url}/credentials"


@pytest.mark.parametrize(
    "shown", ["AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
)
def test_boto3_finds_its_credentials_by_itself_and_anew(
    running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shown: str
) -> None:
    clock = Hand()
    assumed = Assumed(running.sts, clock, role_arn=running.role, session_name="app", seconds=3600)
    with serving(assumed) as url:
        (tmp_path / "token").write_text(TOKEN)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv(shown, str(tmp_path / "token") if shown.endswith("FILE") else TOKEN)
        session = boto3.session.Session(region_name="us-east-1")
        sts = session.client("sts", endpoint_url=running.server.url)
        assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/app"
        found = session.get_credentials()
        assert found.method == "container-role"  # type: ignore[union-attr]
        first = found.access_key  # type: ignore[union-attr]
        # Boto asks again when they are good for less than a quarter of an hour.
        clock.offset = timedelta(minutes=46)
        found._expiry_time -= timedelta(minutes=46)  # type: ignore[union-attr]
        assert sts.get_caller_identity()["Arn"].endswith("assumed-role/worker/app")
        assert found.access_key != first  # type: ignore[union-attr]


def test_boto3_is_refused_without_the_token(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    # It tries again, twice, and would sleep in between.
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)
    with serving(Assumed(running.sts, SystemClock())) as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
        with pytest.raises(
            CredentialRetrievalError, match="Error when retrieving credentials from container-role"
        ):
            boto3.session.Session().get_credentials()


def test_credentials_are_kept_until_they_are_due(running: Running) -> None:
    clock = Hand()
    assumed = Assumed(running.sts, clock, role_arn=running.role)
    first = assumed.current()
    for minutes, same in ((0, True), (43, True), (45, False)):
        clock.offset = timedelta(minutes=minutes)
        assert (assumed.current() is first) == same
    assert first.role_arn == running.role


def test_short_ones_are_kept_for_half_their_life(running: Running) -> None:
    clock = Hand()
    assumed = Assumed(running.sts, clock, role_arn=running.role, seconds=900)
    first = assumed.current()
    for seconds, same in ((440, True), (460, False)):
        clock.offset = timedelta(seconds=seconds)
        assert (assumed.current() is first) == same


def test_one_of_many_asks(running: Running) -> None:
    assumed = Assumed(running.sts, SystemClock(), role_arn=running.role)
    barrier = threading.Barrier(8)

    def ask() -> str:
        barrier.wait(10)
        return assumed.current().access_key_id

    with ThreadPoolExecutor(8) as pool:
        assert len({each.result() for each in [pool.submit(ask) for _ in range(8)]}) == 1


def test_while_the_server_refuses_old_ones_are_handed_out_and_no_longer(running: Running) -> None:
    clock = Hand()
    assumed = Assumed(running.sts, clock, role_arn=running.role)
    first = assumed.current()
    running.world.root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    running.world.root.iam.update_assume_role_policy(
        RoleName="worker",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Deny",
                    "Principal": {"AWS": ACCOUNT},
                    "Action": "sts:AssumeRole",
                },
            }
        ),
    )
    clock.offset = timedelta(minutes=50)
    running.world.clock.advance(timedelta(minutes=50))
    with pytest.raises(NoCredentialsError):
        Assumed(running.sts, SystemClock(), role_arn=running.role).current()
    assert assumed.current() is first
    clock.offset = timedelta(minutes=61)
    with pytest.raises(NoCredentialsError):
        assumed.current()


def test_a_plain_session_is_ones_own(running: Running) -> None:
    found = Assumed(running.sts, SystemClock(), seconds=900).current()
    assert found.role_arn is None
    assert found.session_token is not None
    credentials = Credentials(
        found.access_key_id, found.secret_access_key.reveal(), found.session_token.reveal()
    )
    assert sts_of(running.server.url, credentials).get_caller_identity()["Arn"] == arn("user/bob")


def iamd(running: Running, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "iamd", "credentials", "serve", *words],
        env=running.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_program_is_run_with_credentials_and_its_status_is_ours(running: Running) -> None:
    """The whole of it: two processes, and a boto3 that is told nothing but where to look."""
    who = WHO + "import sys; sys.exit(7)"
    # The access key would win over the credentials that are served.
    words = ("--role", "worker", "--", sys.executable, "-c", who)
    done = iamd(running, *words, **running.as_bob, AWS_SESSION_TOKEN="")
    assert (done.returncode, done.stdout) == (7, f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/iamd\n"), (
        done.stderr
    )
    left = [path.name for path in (Path(running.environ["XDG_STATE_HOME"]) / "iamd").iterdir()]
    assert [name for name in left if name.endswith(".token")] == []


@pytest.mark.slow
def test_it_serves_until_it_is_told_to_stop(running: Running, tmp_path: Path) -> None:
    token = tmp_path / "token"
    (tmp_path / "config").write_text(
        f"[profile bob]\nregion = eu-central-1\nendpoint_url = {running.server.url}\n"
        f"aws_access_key_id = {running.bob.access_key_id}\n"
        f"aws_secret_access_key = {running.bob.secret_access_key}\n"
    )
    own = {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    words = ("credentials", "serve", "--profile", "bob", "--role", "worker", "--token-file", str(token))
    with subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", "iamd", *words],
        env=running.environ | own,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("unset "):
                    break
            said = dict(line.removeprefix("export ").split("=", 1) for line in lines[:-1])
            assert token.stat().st_mode & 0o777 == 0o600
            assert token.read_text() not in "".join(lines)
            assert said["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] == str(token)
            url = said["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
            assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/credentials", url)
            assert (said["AWS_ENDPOINT_URL"], said["AWS_REGION"]) == (running.server.url, "eu-central-1")
            assert {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} <= set(lines[-1].split())
            who = subprocess.run(  # noqa: S603  our own program
                [sys.executable, "-c", WHO],
                env=running.environ | said,
                capture_output=True,
                text=True,
                check=False,
            )
            assert who.stdout == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/iamd\n", who.stderr
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert not token.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "nobody"), "`aws configure list-profiles` lists those there are"),
        (("--port", "1", "--profile", "bob"), "--port goes neither with --profile nor with --endpoint-url"),
        (("--role", "nobody"), "AccessDenied: User: "),
        (("--duration", "1"), "valid min value: 900"),
        (("--", "no-such-program"), "`no-such-program` was not found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_said_at_once(
    running: Running, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    for name, value in running.as_bob.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(cli, ["credentials", "serve", *words])
    assert done.exit_code != 0
    assert said in done.output


def test_a_server_of_ones_own_is_asked_where_it_is_named(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = running.server.url.rpartition(":")[2]
    refused = CliRunner().invoke(cli, ["credentials", "serve", "--port", port, "--role", "worker"])
    assert "Roles may not be assumed by root accounts" in refused.output
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    nobody = CliRunner().invoke(cli, ["credentials", "serve", "--role", "worker"])
    assert (nobody.exit_code, f"--port {port} asks it as its root user" in nobody.output) == (3, True)


@pytest.mark.parametrize("body", [b"<!DOCTYPE a><a/>", b"no XML", b"<a><AccessKeyId>x</AccessKeyId></a>"])
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    async def answer(_: Any) -> Any:
        return Response(status=200, headers=(), body=body)

    with ServerThread(Door(answer)) as server, pytest.raises(NoCredentialsError, match="the answer is none"):
        Assumed(lambda: sts_of(server.url, Credentials("A", "b")), SystemClock()).current()


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(NoCredentialsError, match="Could not connect"):
        Assumed(lambda: sts_of("http://127.0.0.1:1", Credentials("A", "b")), SystemClock()).current()
