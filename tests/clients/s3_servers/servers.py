"""Stores that others wrote, without any IAM of ours: each is run by itself, on a free port, with nothing in it."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.clients.toolchain import PROGRAMS, execute, need, own

ACCESS_KEY_ID: Final = "AKIASTORESTORESTORE0"
SECRET_ACCESS_KEY: Final = "secret-access-key-of-the-store-0000000000"
_START_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Store:
    """
    A kind of store.

    Attributes:
        command: Returns the words that start one on a port, with a folder of its own; raises MissingError.
        kind: What `[[upstream]]` calls it.
    """

    name: str
    command: Callable[[int, Path], Sequence[str]]
    kind: str = "aws"

    @contextmanager
    def running(self, folder: Path) -> Iterator[str]:
        """Run one that is empty, and give its URL."""
        folder.mkdir(parents=True)
        port = _free_port()
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ROOT_ACCESS_KEY": ACCESS_KEY_ID,
            "ROOT_SECRET_KEY": SECRET_ACCESS_KEY,
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  programs of this file
                self.command(port, folder), stdout=log, stderr=log, env=environ, cwd=folder
            )
        try:
            _await(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@cache
def built() -> str:
    """Return versitygw, built from its sources."""
    go = need("go", "Go 1.25 or newer")
    package = "github.com/versity/versitygw/cmd/versitygw"
    execute(go, "build", "-o", "build/versitygw", package, cwd=PROGRAMS / "s3_servers")
    return str(PROGRAMS / "s3_servers" / "build" / "versitygw")


def _versitygw(port: int, folder: Path) -> Sequence[str]:
    for name in ("objects", "versions", "attributes"):
        (folder / name).mkdir()
    return (
        *(built(), "--port", f"127.0.0.1:{port}", "posix"),
        *("--versioning-dir", str(folder / "versions"), "--sidecar", str(folder / "attributes")),
        str(folder / "objects"),
    )


def _moto(port: int, _: Path) -> Sequence[str]:
    return own("moto_server"), "-H", "127.0.0.1", "-p", str(port)


STORES: Final = (Store("versitygw", _versitygw), Store("moto", _moto, kind="moto"))


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the store does not listen: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
