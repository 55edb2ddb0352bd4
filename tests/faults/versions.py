"""
Run the version before this one beside this one, on one database and under load, and see that no request fails.

``python -m tests.faults.versions BEFORE [--minutes 60] [--database postgres|sqlite] [--seed N]``

BEFORE is a commit of this repository.  That version makes the database and begins alone; this one joins it, and brings the schema up
to date under it.  Clients write to each of the two.  In each turn they stop, and what each was promised is compared with what the
*other* node says; sessions that one has issued are shown to the other; and one of the two, in turn, is stopped and started again
while the clients of the other go on.  What must hold:

* Every request is answered by success.
* What was acknowledged by one is what the other says, and the store keeps its invariants.
* Either can be started again at any time.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.load import Client, look
from tests.faults.run import Place, Report, at_work, keep_reading
from tests.support.postgres import PostgresUnavailableError, fresh_database, private_server
from tests.support.serving import IAMD, Serving, root_client, serving

CLIENTS: Final = 2
"""Of each node."""
TURN: Final = 20.0
"""Seconds."""
ROOT: Final = Path(__file__).resolve().parents[2]


class Node:
    """
    A node of one version, with its clients.

    Attributes:
        source: Where the version is.
        clients: Those who write to it.
    """

    def __init__(self, title: str, at: Place, source: Path, seed: int) -> None:
        self.title: Final = title
        self.source: Final = source
        self.clients: Final = [Client(seed + number, seed + number) for number in range(CLIENTS)]
        self.failed: Final[list[str]] = []
        self._at: Final = at
        self._stack = ExitStack()
        self._server: Serving | None = None

    def start(self) -> None:
        environ = {"PYTHONPATH": str(self.source)}
        self._server = self._stack.enter_context(serving(self._at.config, environ=environ, seconds=10**5))
        keep_reading(self._server)

    def stop(self) -> None:
        """Let it drain, and see that it ends well."""
        server = self._server
        self._server = None
        self._stack.close()
        if server is not None and server.process.returncode:
            self.failed.append(f"it ended with {server.process.returncode}: {b''.join(server.said)[-500:]!r}")

    def client(self, service: str) -> Any:
        assert self._server is not None
        return root_client(self._server.url, self._at.folder, service)

    def bearer(self, credentials: dict[str, str]) -> Any:
        """Return a client of somebody's session."""
        assert self._server is not None
        make: Any = boto3.client
        return make(
            "sts",
            endpoint_url=self._server.url,
            region_name="us-east-1",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    @contextmanager
    def loaded(self) -> Iterator[None]:
        """Let its clients write, each of whom must be answered each time."""
        with at_work([(partial(self._write, client), self.client("iam")) for client in self.clients]):
            yield

    def _write(self, client: Client, iam: Any, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if not client.once(iam):
                self.failed.append(f"a write was not answered: {client.in_doubt}")
            time.sleep(0.05)


def side_by_side(before: Node, after: Node, at: Place, minutes: float, report: Report) -> None:
    """Run both for so many *minutes*."""
    before.start()
    with before.loaded():
        time.sleep(1)
        after.start()
        time.sleep(1)
    _compare(before, after, at, report)
    deadline = time.monotonic() + 60 * minutes
    restarted = before
    while time.monotonic() < deadline:
        with before.loaded(), after.loaded():
            time.sleep(TURN)
        _compare(before, after, at, report)
        restarted = after if restarted is before else before
        other = after if restarted is before else before
        with other.loaded():
            restarted.stop()
            restarted.start()
        report.runs += 1
        if report.runs % 10 == 0:
            print(
                f"{report.runs} turns, {report.acknowledged} writes acknowledged, {len(report.wrong)} promises broken",
                flush=True,
            )
    _compare(before, after, at, report)
    for node in (before, after):
        node.stop()
        report.wrong += [f"{node.title}: {each}" for each in node.failed]


def _compare(before: Node, after: Node, at: Place, report: Report) -> None:
    """See what either has promised at the other, as soon as it must know."""
    time.sleep(1)
    for node, other in ((before, after), (after, before)):
        seen = look(other.client("iam"), [name for client in node.clients for name in client.known])
        for client in node.clients:
            report.wrong += [
                f"turn {report.runs}, {other.title} says: {each}" for each in client.settle(seen)
            ]
            report.acknowledged += client.acknowledged
            client.acknowledged = 0
        report.wrong += [f"turn {report.runs}, {node.title}: {each}" for each in node.failed]
        node.failed.clear()
        try:
            credentials = node.client("sts").get_federation_token(Name="passer-by")["Credentials"]
            other.bearer(credentials).get_caller_identity()
        except (ClientError, BotoCoreError) as error:
            report.wrong.append(f"turn {report.runs}: a session of {node.title} at {other.title}: {error}")
        report.verified += 1
    report.wrong += [f"turn {report.runs}: {each}" for each in at.problems()]


def checked_out(commit: str, folder: Path) -> Path:
    """Write what `src` was at *commit* into *folder*; return where it is."""
    files = subprocess.run(  # noqa: S603  our own repository
        ["git", "-C", ROOT, "archive", commit, "src"],  # noqa: S607  as installed
        capture_output=True,
        check=True,
    )
    subprocess.run(["tar", "-x", "-C", folder], input=files.stdout, check=True)  # noqa: S603, S607  as installed
    return folder / "src"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    print(f"{asked.before} beside this version on {asked.database}, --seed {asked.seed}", flush=True)
    report = Report()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-versions-")))
            old = checked_out(asked.before, folder)
            words = ["init", str(folder / "iamd"), "--port", "0"]
            location = str(folder / "iamd" / "iamd.db")
            if asked.database == "postgres":
                location = stack.enter_context(fresh_database(stack.enter_context(private_server())))
                (folder / "url").touch(0o600)
                (folder / "url").write_text(location)
                words += ["--database-url-file", str(folder / "url")]
            subprocess.run(  # noqa: S603  our own program
                [IAMD, *words],
                env=os.environ | {"PYTHONPATH": str(old)},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            at = Place(folder / "iamd", folder / "iamd" / "iamd.toml", location)
            before = Node("the version before", at, old, asked.seed)
            after = Node("this version", at, ROOT / "src", asked.seed + CLIENTS)
            stack.callback(before.stop)
            stack.callback(after.stop)
            side_by_side(before, after, at, asked.minutes, report)
    except PostgresUnavailableError as error:
        print(f"skipped: {error}")
        return 0
    print(
        f"{report.runs} turns, {report.acknowledged} writes acknowledged, {report.verified} sessions shown to the other",
        f"{len(report.wrong)} promises broken",
        *report.wrong[:20],
        sep="\n",
    )
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
