"""A development server as a process of its own, with every logger of every library turned up."""

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.house.sender import Answer

from iamd.http import Request, Response

_START_SECONDS: Final = 60.0
_PROGRAM: Final = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); from iamd.cli.main import main; main()"
)


@dataclass(frozen=True)
class Server:
    """A running server; ``pid`` is its process's."""

    port: int
    pid: int

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        """Send *requests* one after the other over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return [self._send(connection, request) for request in requests]
        finally:
            connection.close()

    def _send(self, connection: http.client.HTTPConnection, request: Request) -> Answer:
        target = request.raw_path + (b"?" + request.raw_query if request.raw_query else b"")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        connection.request(request.method, target.decode("latin-1"), request.body or None, headers)
        answer = connection.getresponse()
        return Answer.of(Response(status=answer.status, body=answer.read()))


@contextmanager
def debugging_server(folder: Path, environment: Mapping[str, str], *flags: str) -> Iterator[Server]:
    """
    Run ``iamd dev`` with everything logged; its output is in ``stdout.log`` and ``stderr.log`` of *folder*.

    Raises:
        RuntimeError: It did not become ready, or did not end well.
    """
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_", "XDG_"))
    }
    environ |= {"XDG_STATE_HOME": str(folder / "state"), "HOME": str(folder), **environment}
    with (folder / "stderr.log").open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603  our own words
            [sys.executable, "-c", _PROGRAM, "dev", "--port", "0", "--log-level", "debug", *flags],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environ,
            text=True,
        )
    try:
        said = _until_ready(process)
        (folder / "stdout.log").write_text(said)
        yield Server(int(said.rpartition(" at ")[2].partition(" ")[0].rpartition(":")[2]), process.pid)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        finally:
            process.kill()
    if process.returncode != 0:
        raise RuntimeError(f"the server ended with {process.returncode}")


def _until_ready(process: "subprocess.Popen[str]") -> str:
    # A server that neither becomes ready nor ends must not hang the run: killed, it ends its output.
    deadline = threading.Timer(_START_SECONDS, process.kill)
    deadline.start()
    said = ""
    try:
        for line in process.stdout or ():
            said += line
            if line.startswith("Ready in "):
                return said
    finally:
        deadline.cancel()
    raise RuntimeError(f"the server did not become ready: {said}")
