"""`iamd dev` as its user sees it: the banner, where secrets go, the settings, the seed, the reset."""

import http.client
import json
import os
import pty
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.slow

IAMD = Path(sys.executable).parent / "iamd"
SECRET = "the-secret-access-key-of-the-root-user00"


class Server:
    """A running `iamd dev` and what it said until it was ready."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: str, state: Path) -> None:
        self.process = process
        self.said = said
        self.state = state
        ready = next(line for line in said.splitlines() if line.startswith("Ready in "))
        self.url = ready.split(" at ")[1].split()[0]

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, str]:
        url = urlsplit(self.url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
        try:
            connection.request(
                method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def server(folder: Path, *arguments: str, terminal: bool = False, **environ: str) -> Iterator[Server]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_"))
    }
    environment |= {"XDG_STATE_HOME": str(folder), "IAMD_PORT": "0"} | environ
    ours, theirs = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(  # noqa: S603  our own program
        [IAMD, "dev", *arguments], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    deadline = threading.Timer(30, process.kill)
    deadline.start()
    try:
        yield Server(process, _until_ready(ours), folder / "iamd")
    finally:
        deadline.cancel()
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        os.close(ours)


def _until_ready(descriptor: int) -> str:
    said = b""
    while not (b"Ready in " in said and said.endswith(b"\n")):
        more = os.read(descriptor, 4096)
        if not more:
            break
        said += more
    return said.decode().replace("\r\n", "\n")


def test_secrets_are_shown_on_a_terminal(tmp_path: Path) -> None:
    with server(
        tmp_path,
        terminal=True,
        IAMD_ROOT_ACCESS_KEY_ID="AKIAROOTEXAMPLE00000",
        IAMD_ROOT_SECRET_ACCESS_KEY=SECRET,
    ) as running:
        assert f"export AWS_ENDPOINT_URL={running.url}" in running.said
        assert "export AWS_ACCESS_KEY_ID=AKIAROOTEXAMPLE00000" in running.said
        assert f"export AWS_SECRET_ACCESS_KEY={SECRET}" in running.said
        assert "try: aws sts get-caller-identity" in running.said
        assert "enforcement" in running.said


def test_secrets_go_to_a_file_of_ones_own_otherwise(tmp_path: Path) -> None:
    with server(
        tmp_path, IAMD_ROOT_ACCESS_KEY_ID="AKIAROOTEXAMPLE00000", IAMD_ROOT_SECRET_ACCESS_KEY=SECRET
    ) as running:
        assert SECRET not in running.said
        (file,) = running.state.glob("server-*.json")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(file.read_text())["secret_access_key"] == SECRET
        assert str(file) in running.said
    assert list(running.state.glob("*")) == []
    assert running.process.returncode == 0


def test_keys_of_the_seed_are_in_that_file_too(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"accounts": [{"id": "123456789012", "users": [{"name": "bob", "access_keys": [{}]}]}]}')
    with server(tmp_path, "--seed", str(seed)) as running:
        (file,) = running.state.glob("server-*.json")
        (key,) = json.loads(file.read_text())["seeded"]
    assert (key["owner"], key["account_id"], len(key["secret_access_key"])) == ("bob", "123456789012", 40)
    assert key["secret_access_key"] not in running.said


def test_health_tells_that_the_server_is_ready(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        assert running.ask("GET", "/_iamd/health/live") == (200, '{"status": "live"}\n')
        assert running.ask("GET", "/_iamd/health/ready") == (
            200,
            '{"status": "ready", "checks": {"store": "ok", "master_key": "ok"}}\n',
        )


def test_reset_is_for_this_machine_and_no_web_page(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        host = urlsplit(running.url).netloc
        assert running.ask("POST", "/_iamd/reset")[0] == 200
        assert running.ask("POST", "/_iamd/reset", Origin=f"http://{host}")[0] == 200
        refused = [
            {"Host": "rebound.example"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec_Fetch_Site": "cross-site"},
        ]
        assert [running.ask("POST", "/_iamd/reset", **headers)[0] for headers in refused] == [403] * len(
            refused
        )
        assert running.ask("GET", "/_iamd/reset")[0] == 404


def test_listeners_of_vpc_endpoints_are_listened_on(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    routes = tmp_path / "routes.yaml"
    routes.write_text(f"routes: [{{listener: 127.0.0.1:{port}, endpoint: vpce-0a1b2c3d4e5f60718}}]")
    with server(tmp_path, IAMD_VPC_ENDPOINT_ROUTES=str(routes)) as running:
        assert f"  endpoints    at 127.0.0.1:{port}\n" in running.said.replace("\r", "")
        running.url = f"http://127.0.0.1:{port}"
        assert "MissingAction" in running.ask("GET", "/")[1]


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["--seed", "gone.yaml"], {}, "cannot read `gone.yaml`"),
        (["--account-id", "12"], {}, "--account-id"),
        ([], {"IAMD_PROT": "5001"}, "IAMD_PROT"),
        (["--data", "/nowhere/at/all.db"], {}, "/nowhere/at/all.db"),
        (["--host", "192.0.2.1"], {}, "cannot listen on 192.0.2.1"),
        ([], {"IAMD_VPC_ENDPOINT_ROUTES": "gone.yaml"}, "cannot read `gone.yaml`"),
    ],
)
def test_what_cannot_be_started_says_why_in_a_line(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], said: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IAMD_")}
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, "dev", "--port", "0", *arguments],
        env=environment | {"XDG_STATE_HOME": str(tmp_path)} | environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_a_database_whose_master_key_is_lost_is_not_opened(tmp_path: Path) -> None:
    data = tmp_path / "iamd.db"
    with server(tmp_path, "--data", str(data)):
        pass
    (tmp_path / "iamd.db.master-key").unlink()
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, "dev", "--port", "0", "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, "the master key of" in done.stderr) == (1, True)


def test_data_is_kept_in_a_file_when_asked(tmp_path: Path) -> None:
    data = tmp_path / "iamd.db"
    keys = []
    for _ in range(2):
        with server(tmp_path, "--data", str(data)) as running:
            (file,) = running.state.glob("server-*.json")
            keys.append(json.loads(file.read_text())["access_key_id"])
    assert keys[0] == keys[1]
    assert stat.S_IMODE(data.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "iamd.db.master-key").stat().st_mode) == 0o600
