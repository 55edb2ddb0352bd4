"""
Look after a large installation: back it up and restore it within a minute, and change its master key while it is killed.

``python -m tests.faults.large [--only backup|keys] [--megabytes 1000] [--secrets 100000] [--kills 5]``

* *backup*: a SQLite database of so many megabytes (users with inline policies of ten kilobytes each, none like another) is backed up
  and restored elsewhere; what is measured is how long it takes from the restore's beginning to the first answer of a server.
* *keys*: so many access keys are sealed under another master key, while the server is killed again and again, and each time the
  command is run anew, which goes on where it was.  In the end nothing is left under the old key, and a server that has the new one
  alone opens all of it.  Then, back again, in peace, which is measured.
"""

import argparse
import base64
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import insert
from tests.faults.run import Place, keep_reading
from tests.support.serving import IAMD, init, root_client, serving

from iamd.store import schema
from iamd.store.engines import sqlite_database
from iamd.store.reading import writing

WITHIN: Final = 60.0
"""Seconds, on a machine that does nothing else; what is slower is said, and is no broken promise on one that is busy."""
_DOCUMENT: Final = 10_000
_AT_ONCE: Final = 1_000


def iamd(*words: object, **environ: str) -> str:
    """Run a command as a process of its own; return what it says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_"))}
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, *map(str, words)], env=clean | environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"iamd {words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def said(what: str, seconds: float) -> None:
    print(f"{what}: {seconds:.1f} s{'' if seconds <= WITHIN else ', which is too long'}", flush=True)


def backup(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    config = init(folder / "iamd")
    users = -(-asked.megabytes * 10**6 // (_DOCUMENT * _AT_ONCE)) * _AT_ONCE
    fill(folder / "iamd" / "iamd.db", users)
    size = (folder / "iamd" / "iamd.db").stat().st_size
    print(f"{users:,} users, {size:,} bytes", flush=True)
    began = time.monotonic()
    print(iamd("backup", "--config", config, folder / "backup").strip(), flush=True)
    said("backed up and read back", time.monotonic() - began)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for name in ("iamd.toml", "master.key", "root.credentials"):
        shutil.copy2(config.parent / name, elsewhere / name)
    shutil.rmtree(config.parent)
    began = time.monotonic()
    print(iamd("restore", "--config", elsewhere / "iamd.toml", folder / "backup").splitlines()[0])
    said("restored", time.monotonic() - began)
    with serving(elsewhere / "iamd.toml", seconds=3600) as server:
        iam = root_client(server.url, elsewhere, "iam")
        last = iam.get_user_policy(UserName=f"filler-{users - 1:07}", PolicyName="filler")
        said("answering again", time.monotonic() - began)
    if len(str(last["PolicyDocument"])) < _DOCUMENT - 1_000:
        yield "the last policy is not what it was"
    began = time.monotonic()
    found = iamd_doctor(elsewhere / "iamd.toml")
    said("looked through", time.monotonic() - began)
    yield from (line for line in found.splitlines() if line.startswith("FAILURE"))


def iamd_doctor(config: Path) -> str:
    # Its exit codes are those of monitoring: 1 for a warning.
    done = subprocess.run(  # noqa: S603  our own program
        [IAMD, "doctor", "--config", config], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def fill(path: Path, users: int) -> None:
    """Write users with a policy each, as rows: through the writer it would take an hour."""
    database = sqlite_database(path, durable=False, readers=1)
    chance = random.Random(1)  # noqa: S311  no secret
    with writing(database) as connection:
        account = connection.execute(schema.accounts.select()).one().account_id
        for first in range(0, users, _AT_ONCE):
            ids = [(f"AIDA{number:017}", f"filler-{number:07}") for number in range(first, first + _AT_ONCE)]
            connection.execute(
                insert(schema.owners),
                [{"owner_id": owner, "account_id": account, "owner_kind": "user"} for owner, _ in ids],
            )
            connection.execute(
                insert(schema.users),
                [
                    {
                        "user_id": owner,
                        "account_id": account,
                        "name": name,
                        "name_key": name,
                        "path": "/",
                        "created_at": 0,
                        "tags": "[]",
                    }
                    for owner, name in ids
                ],
            )
            connection.execute(
                insert(schema.inline_policies),
                [
                    {"owner_id": owner, "name": "filler", "document": _document(name, chance)}
                    for owner, name in ids
                ],
            )
        counts = schema.entity_counts
        connection.execute(insert(counts), [{"account_id": account, "collection": "users", "number": users}])
    database.dispose()


def _document(name: str, chance: random.Random) -> str:
    # Half of it is like nothing else, as names and ids are.
    buckets = ",".join(f'"arn:aws:s3:::{name}-{chance.getrandbits(160):040x}/*"' for _ in range(125))
    return f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":[{buckets}]}}}}'


def keys(folder: Path, asked: argparse.Namespace) -> Iterator[str]:
    config = init(folder / "iamd")
    at = Place(folder / "iamd", config, str(folder / "iamd" / "iamd.db"))
    began = time.monotonic()
    at.fill(asked.secrets)
    print(f"{asked.secrets:,} access keys made in {time.monotonic() - began:.0f} s", flush=True)
    chance = random.Random(asked.seed)  # noqa: S311  the same moments each time
    old, new = config.parent / "master.key", folder / "new.key"
    new.touch(0o600)
    new.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    environ = {"IAMD_OTHER_MASTER_KEY_FILE": str(new)}
    began, interrupted = time.monotonic(), 0
    while not changed(at, environ, chance.uniform(0.5, 4) if interrupted < asked.kills else None):
        interrupted += 1
        if interrupted > asked.kills:
            yield "it is not done by a run in peace"
            return
    said(f"changed, with {interrupted} kills", time.monotonic() - began)
    shutil.copy2(new, old)
    yield from at.problems()
    with serving(config, seconds=3600) as server:
        root_client(server.url, config.parent).get_caller_identity()
    # And back, in peace.
    again = folder / "again.key"
    again.touch(0o600)
    again.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    began = time.monotonic()
    if not changed(at, {"IAMD_OTHER_MASTER_KEY_FILE": str(again)}, None):
        yield "it is not done in peace"
    said("changed in peace", time.monotonic() - began)


def changed(at: Place, environ: dict[str, str], killed_after: float | None) -> bool:
    """Run the command that changes the key; kill the server after some seconds; tell whether it was done."""
    with serving(at.config, environ=environ, seconds=3600) as server:
        keep_reading(server)
        text = (at.folder / "root.credentials").read_text()
        found = dict(re.findall(r"^(aws_[a-z_]+) = (\S+)$", text, re.MULTILINE))
        given = {name.upper(): value for name, value in found.items()} | {"AWS_ENDPOINT_URL": server.url}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        command = subprocess.Popen(  # noqa: S603  our own program
            [IAMD, "keyring", "rotate-master"],
            env=clean | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            output, _ = command.communicate(timeout=killed_after)
        except subprocess.TimeoutExpired:
            server.process.kill()
            output, _ = command.communicate()
            print(
                f"killed after {killed_after:.1f} s: {output.decode().strip().splitlines()[-1]}", flush=True
            )
            return False
    print(output.decode().strip().splitlines()[-1], flush=True)
    return command.returncode == 0


WAYS: Final[tuple[Callable[[Path, argparse.Namespace], Iterator[str]], ...]] = (backup, keys)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--secrets", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", choices=[way.__name__ for way in WAYS])
    asked = parser.parse_args()
    wrong: list[str] = []
    for way in WAYS:
        if asked.only in {None, way.__name__}:
            with tempfile.TemporaryDirectory(prefix="iamd-large-") as where:
                wrong += way(Path(where), asked)
    print(f"{len(wrong)} promises broken", *wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
