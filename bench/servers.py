"""Servers to measure, each a process of its own, and the CPU time that they have used."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path(sys.executable).parent

ACCOUNT: Final = "123456789012"
ACCESS_KEY: Final = ("AKIABENCHBENCHBENCH0", "bench/secret/access/key/0000000000000000")
ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/bench"

# One user with a policy of its own, and one role that trusts the account: the common cases, and no special ones.
SEED: Final[Mapping[str, Any]] = {
    "accounts": [
        {
            "id": ACCOUNT,
            "users": [
                {
                    "name": "bench",
                    "access_keys": [{"id": ACCESS_KEY[0], "secret": ACCESS_KEY[1]}],
                    "inline_policies": {
                        "bench": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_ARN},
                                {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
                                {
                                    "Effect": "Allow",
                                    "Action": "s3:*",
                                    "Resource": ["arn:aws:s3:::bench", "arn:aws:s3:::bench/*"],
                                },
                            ],
                        }
                    },
                }
            ],
            "roles": [
                {
                    "name": "bench",
                    "trust_policy": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    },
                },
            ],
        }
    ]
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int

    def resident_mebibytes(self) -> float:
        """Return the most memory that the process has had at one time."""
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM"))
        return int(peak) / 1024

    def memory_mebibytes(self) -> float:
        """Return how much memory the process has now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def open_files(self) -> int:
        """Return how many files and connections the process has open; where only root may look, for how many it has room."""
        try:
            return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())
        except PermissionError:
            status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
            (room,) = (line.split()[1] for line in status if line.startswith("FDSize"))
            return int(room)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process so far, of all its threads, those that have ended included."""
        clock = ctypes.c_int()
        if _libc.clock_getcpuclockid(self.pid, ctypes.byref(clock)) != 0:
            raise ProcessLookupError(self.name)
        return time.clock_gettime(clock.value)


_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def hello(length: int) -> Iterator[Server]:
    port = free_port()
    with running("hello", [sys.executable, "-m", "bench.hello", str(port), str(length)], port) as server:
        yield server


@contextmanager
def gateway(folder: Path, upstream: Server) -> Iterator[Server]:
    """Run ``iamd dev`` in front of *upstream*."""
    folder.mkdir()
    (folder / "seed.json").write_text(json.dumps(SEED))
    (folder / "iamd.toml").write_text(
        f'[[upstream]]\nservices = ["s3"]\nurl = "http://127.0.0.1:{upstream.port}"\n'
        f'access_key_id = "{ACCESS_KEY[0]}"\nsecret_access_key = "{ACCESS_KEY[1]}"\n'
    )
    environ = {"XDG_STATE_HOME": str(folder), "IAMD_CONFIG": str(folder / "iamd.toml")}
    port = free_port()
    words = [str(BIN / "iamd"), "dev", "--port", str(port), "--account-id", ACCOUNT]
    with running("iamd", [*words, "--seed", str(folder / "seed.json")], port, environ) as server:
        yield server


@contextmanager
def endless() -> Iterator[Server]:
    """Run a store that keeps nothing."""
    port = free_port()
    with running("endless", [sys.executable, "-m", "bench.endless", str(port)], port) as server:
        yield server


@contextmanager
def running(
    name: str, words: Sequence[str], port: int, more: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a program that listens on *port*; it does, when this begins."""
    with started(words, more) as process:
        _await_port(process, port)
        yield Server(name, port, process.pid)


@contextmanager
def started(
    words: Sequence[str], more: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """Start a program, and end it behind."""
    dropped = ("IAMD_", "AWS_", "PYTHONDONTWRITEBYTECODE")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environ | (dict(more) if more else {}),
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_port(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
