"""Stores of others, to measure the gateway in front of, and a proxy that only passes on."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bench.servers import ACCESS_KEY, ROOT, Server, free_port, running

Run = Callable[[Path], AbstractContextManager[Server]]
"""Runs a store that keeps what it has in a folder, and takes `ACCESS_KEY`."""

VERSITYGW: Final = ROOT / "tests" / "clients" / "programs" / "s3_servers" / "build" / "versitygw"
MINIO: Final = ROOT / ".venv-minio" / "minio"
MOTO: Final = ROOT / ".venv-clients" / "bin" / "moto_server"
HAPROXY: Final = shutil.which("haproxy")

_PROXY: Final = """
global
    nbthread 1
    tune.pipesize 1048576
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option splice-request
    option splice-response
listen store
    bind 127.0.0.1:{port}
    server store 127.0.0.1:{upstream}
"""


class Store(NamedTuple):
    """
    A store.

    Attributes:
        program: There, if it can be run.
        target: Of make, that brings it.
    """

    program: Path
    target: str
    run: Run


@contextmanager
def versitygw(folder: Path) -> Iterator[Server]:
    """Run a store of others, which keeps objects as files; `make s3-servers` builds it."""
    (folder / "objects").mkdir()
    (folder / "attributes").mkdir()
    port = free_port()
    words = [str(VERSITYGW), "--port", f"127.0.0.1:{port}", "posix", "--sidecar", str(folder / "attributes")]
    environ = {"ROOT_ACCESS_KEY": ACCESS_KEY[0], "ROOT_SECRET_KEY": ACCESS_KEY[1]}
    with running("versitygw", [*words, str(folder / "objects")], port, environ) as server:
        yield server


@contextmanager
def minio(folder: Path) -> Iterator[Server]:
    """Run a store that keeps objects in pieces with their hashes."""
    port = free_port()
    environ = {"MINIO_ROOT_USER": ACCESS_KEY[0], "MINIO_ROOT_PASSWORD": ACCESS_KEY[1], "MINIO_BROWSER": "off"}
    words = [str(MINIO), "server", "--address", f"127.0.0.1:{port}", str(folder)]
    with running("MinIO", words, port, environ) as server:
        yield server


@contextmanager
def moto(_folder: Path) -> Iterator[Server]:
    """Run an emulator that keeps objects in memory."""
    port = free_port()
    with running("moto_server", [str(MOTO), "-H", "127.0.0.1", "-p", str(port)], port) as server:
        yield server


STORES: Final[Mapping[str, Store]] = {
    "versitygw": Store(VERSITYGW, "make s3-servers", versitygw),
    "MinIO": Store(MINIO, "make bench-minio", minio),
    "moto_server": Store(MOTO, "make clients", moto),
}


@contextmanager
def haproxy(folder: Path, upstream: Server) -> Iterator[Server]:
    """Run a proxy that passes on what it is sent, bodies within the kernel, and looks at nothing."""
    port = free_port()
    configuration = folder / "haproxy.cfg"
    configuration.write_text(_PROXY.format(port=port, upstream=upstream.port))
    with running("haproxy", [str(HAPROXY), "-db", "-f", str(configuration)], port) as server:
        yield server
