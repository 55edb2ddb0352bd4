"""
A server whose writes to the disk are written down while clients are busy, and what must hold on whatever a loss of power has left.

See `power.py`.  A client notes, with each thing that it does, how far the journal was before it asked and when it was answered:
what was answered before the place where the power failed must be there, and what was asked for behind it cannot be.
"""

import base64
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from click.testing import CliRunner
from tests.faults.load import Client, Known, look
from tests.faults.run import CLIENTS, keep_reading, until
from tests.support.loops import LoopThread
from tests.support.serving import init, root_client, root_credentials, root_profile, serving
from tests.support.world import Actor, Credentials, World

from iamd.audit.reading import in_chains, read_file, record_of_line, verify
from iamd.cli.main import cli
from iamd.setting_sources import load_settings
from iamd.settings import Settings, SettingsError
from iamd.store.errors import StoreError

WRITES: Final = 1600
"""Acknowledged in one recording: enough for the file of records to be begun anew."""
_NOWHERE: Final = "http://127.0.0.1:9/"
_CONFIGURED: Final = f"""\
audit_file_mib = 1
audit_archive = "audit"
audit_webhook = "{_NOWHERE}"
audit_spool = "spool"
"""


@dataclass(frozen=True)
class Powered:
    """
    A folder in which a program works, and the journal of what it does there.

    Attributes:
        library: The shim that keeps the journal.
    """

    folder: Path
    name: str
    library: Path
    where: str = ""

    def __post_init__(self) -> None:
        self.root.mkdir(exist_ok=True)

    @property
    def root(self) -> Path:
        return self.folder / (self.where or self.name)

    @property
    def journal(self) -> Path:
        return self.folder / f"{self.name}.journal"

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_"))}
        return kept | {
            "LD_PRELOAD": str(self.library),
            "IAMD_TEST_POWER_ROOT": str(self.root),
            "IAMD_TEST_POWER_JOURNAL": str(self.journal),
        }

    def anew(self, name: str) -> "Powered":
        """Return the same folder with a journal of its own for what comes now."""
        return replace(self, name=name, where=self.where or self.name)

    def position(self) -> int:
        """Return how long the journal is."""
        return self.journal.stat().st_size if self.journal.exists() else 0


@dataclass(frozen=True)
class Step:
    """What one request of a client has changed, and where the journal was before it and after its answer."""

    begins: int
    ends: int
    changed: Mapping[str, Known]


class Place(Protocol):
    """Tells where a recording is."""

    def position(self) -> int: ...


class Recorded(Client):
    """A client that notes where the recording is."""

    def __init__(self, number: int, seed: int, powered: Place) -> None:
        super().__init__(number, seed)
        self.steps: list[Step] = []
        self._powered = powered

    def once(self, iam: Any) -> bool:
        begins, before = self._powered.position(), dict(self.known)
        answered = super().once(iam)
        changed = {name: known for name, known in self.known.items() if known != before[name]}
        self.steps.append(Step(begins, self._powered.position(), changed))
        return answered

    def at(self, position: int) -> Client:
        """Return a client that knows what this one knew when the journal was so long."""
        client = Client(self.number, 0)
        for step in self.steps:
            if step.ends <= position:
                client.known.update(step.changed)
            elif step.begins < position and step.changed:
                ((name, known),) = step.changed.items()
                client.in_doubt = name, known
        return client


@dataclass
class Recording:
    """
    What clients were told.

    Attributes:
        requests: The id of each acknowledged write, with where the journal was then.
        sessions: Temporary credentials, likewise.
        other: File of the master key that there was besides the first.
    """

    clients: list[Recorded]
    other: Path
    requests: list[tuple[int, str]] = field(default_factory=list)
    sessions: list[tuple[int, Credentials]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return sum(client.acknowledged for client in self.clients)


def prepared(powered: Powered) -> Path:
    """Set a server up; return its configuration."""
    config = init(powered.root / "iamd")
    config.write_text(_CONFIGURED + config.read_text())
    return config


def recorded(powered: Powered, seed: int) -> Recording:
    """Run a server under load, and change its keys meanwhile."""
    folder = powered.root / "iamd"
    other = powered.folder / "other.key"
    other.touch(0o600)
    other.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    clients = [Recorded(number, seed + number, powered) for number in range(CLIENTS)]
    recording = Recording(clients, other)
    environ = powered.environ | {"IAMD_OTHER_MASTER_KEY_FILE": str(other)}
    with serving(folder / "iamd.toml", environ=environ, seconds=3600) as server:
        keep_reading(server)
        stopping = threading.Event()
        threads = [
            threading.Thread(
                target=client.run, args=(_noting(server.url, folder, powered, recording), stopping)
            )
            for client in clients
        ]
        for thread in threads:
            thread.start()
        sts = root_client(server.url, folder)
        changes = iter([("rotate", "--now"), ("rotate-master",), ("rotate", "--now")])
        due = WRITES // 4
        while any(thread.is_alive() for thread in threads) and recording.acknowledged < WRITES:
            answer = sts.get_session_token()["Credentials"]
            recording.sessions.append((powered.position(), Credentials.of(answer)))
            if recording.acknowledged > due and (words := next(changes, None)):
                due += WRITES // 4
                _operate(server.url, folder, *words)
        stopping.set()
        for thread in threads:
            thread.join()
    recording.broken = [each for client in clients for each in client.broken]
    if recording.acknowledged < WRITES:
        recording.broken.append(f"no more than {recording.acknowledged} writes were acknowledged")
    return recording


def _noting(url: str, folder: Path, powered: Powered, recording: Recording) -> Any:
    """Return a client of boto3 that notes what was acknowledged."""
    iam = root_client(url, folder, "iam")

    def note(parsed: Any, **_: object) -> None:
        answer = parsed["ResponseMetadata"]
        if answer["HTTPStatusCode"] == 200:
            recording.requests.append((powered.position(), answer["RequestId"]))

    iam.meta.events.register("after-call.iam", note)
    return iam


def _operate(url: str, folder: Path, *words: str) -> None:
    """Run a command of `iamd keyring` as the operator does."""
    given = {name.upper(): value for name, value in root_profile(folder).items()}
    given |= {"AWS_ENDPOINT_URL": url, "XDG_STATE_HOME": str(folder.parent.parent / "state")}
    done = CliRunner().invoke(cli, ["keyring", *words], env=given)
    if done.exit_code != 0:
        raise RuntimeError(done.output) from done.exception


def wrong_after(
    folder: Path,
    loop: LoopThread,
    recording: Recording | None = None,
    position: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """
    Start what a loss of power has left in *folder*; yield what is wrong.

    Args:
        folder: That `iamd init` has made.
        loop: Where requests are answered.
        recording: What was promised.
        position: Where in the journal the power failed.
        environ: Variables of the server.
    """
    given = dict(environ or {})
    if recording is not None:
        given["IAMD_OTHER_MASTER_KEY_FILE"] = str(recording.other)
    try:
        settings = load_settings({}, given, file=folder / "iamd.toml")
        with closing(World(loop, settings)) as world:
            yield from world.app.store.read(lambda tx: tx.problems()).result()
            yield from _asked(world, Actor(world, root_credentials(folder)), recording, position)
    except (SettingsError, StoreError, OSError) as error:
        yield f"it does not start: {type(error).__name__}: {error}"
    else:
        if recording is not None:
            yield from _wrong_records(settings, recording, position)


def _asked(world: World, root: Actor, recording: Recording | None, position: int) -> Iterator[str]:
    try:
        root.sts.get_caller_identity()
        if recording is None:
            return
        clients = [client.at(position) for client in recording.clients]
        seen = look(root.iam, [name for client in clients for name in client.known])
        for client in clients:
            yield from client.settle(seen)
        sessions = [session for at, session in recording.sessions if at <= position]
        for session in [*sessions[:1], *sessions[-2:]]:
            Actor(world, session).sts.get_caller_identity()
        # And it takes writes; on a busy machine not at once, since a record that takes too long is a refusal.
        until(lambda: root.iam.update_account_password_policy(MinimumPasswordLength=9))
    except (ClientError, BotoCoreError) as error:
        yield str(error)


def _wrong_records(settings: Settings, recording: Recording, position: int) -> Iterator[str]:
    """Yield what is wrong with the file of records, with those that it has filled, and with the spool."""
    file, spool, archive = settings.audit_file, settings.audit_spool, settings.audit_archive
    assert file is not None
    assert spool is not None
    assert archive is not None
    paths = [*archive.glob("*.json.gz"), *file.parent.glob(f"{file.name}.[0-9]*"), file]
    reads = [each for path in paths for each in read_file(path)]
    yield from (f"{each.where}: no record" for each in reads if each.record is None)
    kept = [each.record for each in reads if each.record is not None]
    yield from verify(in_chains(kept)).problems
    spooled = [record_of_line(line) for path in spool.glob("*.jsonl") for line in path.open("rb")]
    promised = {request_id for at, request_id in recording.requests if at <= position}
    for where, found in (("the file", kept), ("the spool", spooled)):
        lost = promised - {each["requestID"] for each in found if each is not None}
        if lost:
            yield f"{len(lost)} of {len(promised)} records of acknowledged writes are not in {where}"
