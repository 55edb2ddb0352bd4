"""`iamd serve`: what it refuses to start with, and how it serves and stops; what operators see of it."""

import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.serving import IAMD, certificate_files, init, root_client, serving

from iamd.cli.main import cli
from iamd.cli.serve import connections_allowed
from iamd.settings import Settings

pytestmark = pytest.mark.slow


def refusal(config: Path, *words: object) -> str:
    """Return why `iamd serve` does not start."""
    done = CliRunner().invoke(cli, ["serve", "--config", str(config), *map(str, words)])
    assert done.exit_code == 78, done.output
    return done.output


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    umask, limit = os.umask(0o022), resource.getrlimit(resource.RLIMIT_CORE)
    yield init(tmp_path / "iamd")
    os.umask(umask)
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == limit[1]:
        resource.setrlimit(resource.RLIMIT_CORE, limit)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('host = "0.0.0.0"', "listens: 0.0.0.0:0 can be reached by other machines, in clear text"),
        ('host = "::"', "listens: [::]:0 can be reached by other machines, in clear text"),
        ('host = "iamd.example.com"', "can be reached by other machines, in clear text"),
        ('seed = "seed.yaml"', "seed: a seed is for `iamd dev`"),
        ('tls_certificate = "no.crt"\ntls_key = "no.key"', "TLS key: `{folder}/no.key` cannot be looked at"),
        ("workers = 0", "workers in {folder}/iamd.toml: expected `int` >= 1"),
        ('vpc_endpoint_routes = "routes"\ntrusted_proxies = ["::1"]', "that file names the proxies"),
        ('account_id = "999999999999"', "the database has no account 999999999999 (`account_id`), but "),
        ('host = "0.0.0.0"\ntrusted_proxies = ["0.0.0.0/0"]', "anybody would be taken for a proxy"),
        ("prot = 1", "prot in {folder}/iamd.toml is not a setting; did you mean port"),
    ],
)
def test_what_is_unsafe_is_refused(config: Path, line: str, said: str) -> None:
    """R-84, R-83: a server that others reach in clear text does not start."""
    named = {each.split(" = ")[0] for each in line.splitlines()}
    kept = [each for each in config.read_text().splitlines() if each.split(" = ")[0] not in named]
    config.write_text("\n".join([*kept, line]))
    assert said.format(folder=config.parent) in refusal(config)


@pytest.mark.parametrize("name", ["master.key", "iamd.db"])
@pytest.mark.parametrize("mode", [0o644, 0o620, 0o604])
def test_secrets_that_others_can_read_are_refused(config: Path, name: str, mode: int) -> None:
    (config.parent / name).chmod(mode)
    assert f"can be read or changed by others ({mode:04o})" in refusal(config)


def test_a_folder_that_others_can_write_to_is_refused(config: Path) -> None:
    config.parent.chmod(0o777)
    assert f"data folder: `{config.parent}` can be changed by others (0777)" in refusal(config)


def test_a_file_with_secrets_in_it_is_for_its_owner(config: Path) -> None:
    config.write_text(config.read_text() + 'pep_key = "a-key-of-an-enforcement-point"\n')
    config.chmod(0o644)
    said = refusal(config)
    assert f"configuration: `{config}` can be read or changed by others (0644)" in said
    assert "a-key-of" not in said


def test_a_database_that_is_not_there_is_refused(config: Path) -> None:
    for path in config.parent.glob("iamd.db*"):
        path.unlink()
    assert "there is nothing in the database: `iamd init` makes" in refusal(config)
    assert not list(config.parent.glob("iamd.db*"))


@pytest.mark.postgres
def test_a_backup_can_be_restored_where_a_server_was_started_too_early(
    config: Path, tmp_path: Path, postgres_url: str
) -> None:
    """Whatever starts servers again and again starts them while the database is still empty, too."""

    def run(*words: object) -> None:
        done = CliRunner().invoke(cli, [*map(str, words), "--config", str(config), str(tmp_path / "backup")])
        assert done.exit_code == 0, done.output

    run("backup")
    (config.parent / "url").write_text(postgres_url)
    (config.parent / "url").chmod(0o600)
    config.write_text(config.read_text().replace('data = "iamd.db"', 'database_url_file = "url"'))
    assert "there is nothing in the database" in refusal(config)
    run("restore")


def test_an_address_that_is_taken_may_be_free_later(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(cli, ["serve", "--config", str(config), "--port", str(port)])
    assert (
        done.exit_code,
        f"cannot listen on 127.0.0.1 port {port}: Address already in use\n" in done.output,
    ) == (75, True)


def test_a_clock_that_is_behind_may_be_right_later(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that is behind, credentials live on that have expired."""
    monkeypatch.setattr("iamd.clock.SystemClock.real", lambda _: datetime.now(UTC) - timedelta(days=20_000))
    done = CliRunner().invoke(cli, ["serve", "--config", str(config)])
    assert (done.exit_code, "and iamd was installed on" in done.output) == (75, True)
    monkeypatch.setenv("IAMD_SEED", "seed.yaml")
    assert "clock: it is 19" in refusal(config) or "clock: it is 20" in refusal(config)


def test_another_master_key_is_refused(config: Path) -> None:
    (config.parent / "master.key").write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    assert "this database was made with another master key" in refusal(config)


@pytest.mark.parametrize(("days", "since", "said"), [(-1, -3, "has expired on"), (9, 3, "on only")])
def test_a_certificate_out_of_its_time_is_refused(config: Path, days: int, since: int, said: str) -> None:
    pair = certificate_files(config.parent, days=days, since=since)
    assert said in refusal(config, "--tls-certificate", pair[0], "--tls-key", pair[1])


def test_it_serves_over_tls_with_workers_and_drains(config: Path, tmp_path: Path) -> None:
    """R-83: clients verify the certificate; a new one is served after SIGHUP, without a restart."""
    folder = config.parent
    old = certificate_files(tmp_path, name="tls")
    words = "--workers", "2", "--tls-certificate", str(old[0]), "--tls-key", str(old[1])
    with serving(config, *words) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert url.startswith("https://")
        for _ in range(2):
            arn = root_client(url, folder, verify=str(old[0])).get_caller_identity()["Arn"]
            assert arn.endswith(":root")
        new = certificate_files(tmp_path, name="new")
        for before, after in zip(old, new, strict=True):
            after.replace(before)
        server.process.send_signal(signal.SIGHUP)
        assert server.process.stdout is not None
        assert [json.loads(server.process.stdout.readline())["event"] for _ in range(2)] == [
            "TLS certificate read"
        ] * 2
        trust = ssl.create_default_context(cafile=str(old[0]))
        with urllib.request.urlopen(f"{url}/_iamd/health", context=trust, timeout=10) as answer:  # noqa: S310  ours
            assert answer.status == 200
        # Operators ask it as AWS's tools do.
        said = operator(url, folder, "keyring", "rotate", "--output", "json", AWS_CA_BUNDLE=str(old[0]))
        assert [key["state"] for key in json.loads(said)] == ["primary", "staged"]
        server.process.send_signal(signal.SIGTERM)
        code, rest = server.ended()
        assert code == 0
        assert {json.loads(line)["event"] for line in rest.splitlines()} <= {"sealing key staged"}
    secret = (folder / "root.credentials").read_text().split("aws_secret_access_key = ")[1].split()[0]
    assert secret not in b"".join(server.said).decode()
    assert stat_modes(folder) == {0o600}


def test_nobody_gets_its_memory() -> None:
    """R-78: no core dump, not even where a program takes those, and no look into the process for others of the same user."""
    asked = (
        "import ctypes, os, resource\n"
        "from iamd.cli.serve import _keep_to_itself\n"
        "_keep_to_itself()\n"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603  our own
    assert done.stdout == "0 (0, 0) 0o77\n"


def test_it_serves_behind_a_proxy(config: Path) -> None:
    environ = {"IAMD_HOST": "0.0.0.0", "IAMD_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}  # noqa: S104  what is tested
    with serving(config, environ=environ) as server:
        port = server.url.rpartition(":")[2]
        client = root_client(f"http://127.0.0.1:{port}", config.parent, "iam")
        client.meta.events.register(
            "before-send.iam.*",
            lambda request, **_: request.headers.update({"X-Forwarded-For": "192.0.2.7"}) or None,
        )
        client.list_users()
    audit = [json.loads(line) for line in (config.parent / "audit.jsonl").read_text().splitlines()]
    assert [each["sourceIPAddress"] for each in audit if each.get("eventName") == "ListUsers"] == [
        "192.0.2.7"
    ]


def test_standard_output_is_for_records_alone_where_they_go_there(config: Path) -> None:
    process = subprocess.Popen(  # noqa: S603  our own program
        [IAMD, "serve", "--config", config],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "IAMD_AUDIT_STDOUT": "true"},
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        records = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert ready.startswith(b"iamd serves http://")
    assert [each["eventName"] for each in records] == ["StartServer", "StopServer"]


def operator(url: str, folder: Path, *words: str, **environ: str) -> str:
    """Return what a command of an operator says, who has the root user's credentials in the environment."""
    found = re.findall(r"^(aws_[a-z_]+) = (\S+)$", (folder / "root.credentials").read_text(), re.MULTILINE)
    given = {name.upper(): value for name, value in found} | {"AWS_ENDPOINT_URL": url} | environ
    done = CliRunner().invoke(cli, words, env={"XDG_STATE_HOME": str(folder / "state"), **given})
    assert done.exit_code == 0, done.output
    return done.stdout


def stat_modes(folder: Path) -> set[int]:
    return {os.stat(folder / name).st_mode & 0o777 for name in os.listdir(folder)}  # noqa: PTH116, PTH208


def test_as_many_connections_as_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """R-84: a process without files could neither answer nor write; so it opens all that it may, and keeps some."""
    limits = {"now": (1024, 20_000)}

    def put(_kind: int, pair: tuple[int, int]) -> None:
        if pair[0] > 500_000:
            raise OSError
        limits["now"] = pair

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", put)
    assert (connections_allowed(Settings()), limits["now"]) == (19_744, (20_000, 20_000))
    limits["now"] = (300, 300)
    assert connections_allowed(Settings()) == 150
    # No limit, which the system then does not grant.
    limits["now"] = (4096, resource.RLIM_INFINITY)
    assert connections_allowed(Settings()) == 3840
