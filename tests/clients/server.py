"""A development server as its users start it: a process of its own, told nothing but a port and a folder for its state."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

IAMD: Final = Path(sys.executable).parent / "iamd"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0


@contextmanager
def development_server(
    folder: Path, *words: str, **settings: str
) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """
    Run ``iamd dev`` in *folder* on a free port, with more *words* and *settings* (`IAMD_…`), for the length of a ``with``.

    Gives the environment in which `iamd env` and `iamd exec` find the server, and what ``iamd env`` says: endpoint,
    region and the access key of the account's root user.

    Raises:
        RuntimeError: It did not become ready, or did not end well; the text has what it wrote.
    """
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_", "XDG_"))
    } | {"XDG_STATE_HOME": str(folder), "HOME": str(folder)}
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603  our own program
            [IAMD, "dev", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environ | settings,
            cwd=folder,
            text=True,
        )
    try:
        _await_ready(process, log)
        answer = subprocess.run(  # noqa: S603  our own program
            [IAMD, "env", "--format", "json"], env=environ, stdout=subprocess.PIPE, text=True, check=True
        )
        yield environ, json.loads(answer.stdout)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_SECONDS)
        finally:
            process.kill()
    said = log.read_text()
    # An internal error may have been hidden from the test by a client that tried again.
    if process.returncode != 0 or "Traceback" in said:
        raise RuntimeError(f"iamd dev ended with {process.returncode}: {said[-2000:]}")


def _await_ready(process: "subprocess.Popen[str]", log: Path) -> None:
    # A server that neither becomes ready nor ends must not hang the run: killed, it ends its output.
    deadline = threading.Timer(START_SECONDS, process.kill)
    deadline.start()
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ready in "):
                return
    finally:
        deadline.cancel()
    raise RuntimeError(f"iamd dev did not become ready: {''.join(said)}{log.read_text()[-2000:]}")
