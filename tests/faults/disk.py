"""
Let each write of a server to its SQLite files fail, one after the other: I/O errors, a full disk, a read-only one.

``python -m tests.faults.disk [--steps 60]``; needs a C compiler, and says so where there is none.

One `iamd serve` lives through all of it.  For each kind of failure and each step of a write, with one call that fails or
all from then on: the client that writes is answered by success or by a failure of the server, never by anything else;
requests that are verified from memory, and reads, go on; and when the disk is well again the next write works.
"""

import argparse
import errno
import shutil
import struct
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.load import Client, look
from tests.faults.run import keep_reading, place
from tests.support.serving import root_client, serving

SOURCE: Final = Path(__file__).with_name("io.c")
KINDS: Final = {"I/O error": errno.EIO, "disk full": errno.ENOSPC, "read-only": errno.EROFS}
_PLAN: Final = struct.Struct("iiii")


def compiled(source: Path, library: Path) -> str | None:
    """Compile what a server is to load; return why that is not possible."""
    compiler = shutil.which("cc")
    if compiler is None:
        return "there is no C compiler (Debian: apt-get install gcc libc6-dev)"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
    return done.stderr if done.returncode else None


class Disk:
    """What the shim is told."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "io.so"
        self._plan = folder / "plan"
        self.heal()

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "IAMD_TEST_FAULTS": str(self._plan)}

    def break_(self, step: int, error: int, *, sticky: bool) -> None:
        """Let the call after *step* others fail, and all behind it if *sticky*."""
        self._plan.write_bytes(_PLAN.pack(0, step + 1, error, sticky))

    def heal(self) -> int:
        """Let nothing fail; return how many calls there were since it was last said what should."""
        calls = _PLAN.unpack(self._plan.read_bytes())[0] if self._plan.exists() else 0
        self._plan.write_bytes(_PLAN.pack(0, 0, 0, 0))
        return int(calls)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=60)
    steps = parser.parse_args().steps
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-disk-")))
        disk = Disk(folder)
        missing = compiled(SOURCE, disk.library)
        if missing is not None:
            print(f"skipped: {missing}")
            return 0
        at = stack.enter_context(place("sqlite"))
        server = stack.enter_context(serving(at.config, environ=disk.environ, seconds=3600))
        keep_reading(server)
        iam, sts = (root_client(server.url, at.folder, service) for service in ("iam", "sts"))
        client, wrong = Client(0, seed=7), []
        for kind, error in KINDS.items():
            for sticky in (False, True):
                failed = touched = 0
                for step in range(steps):
                    disk.break_(step, error, sticky=sticky)
                    answered = client.once(iam)
                    wrong += [f"{kind}, step {step}: {each}" for each in _asks(iam, sts)]
                    touched += disk.heal() > step
                    failed += not answered
                    wrong += [
                        f"{kind}, step {step}: {each}"
                        for each in client.settle(look(iam, list(client.known)))
                    ]
                    # Well again, and nobody has started it anew.
                    if not client.once(iam):
                        wrong.append(f"{kind}, step {step}: no write works when the disk is well again")
                        client.settle(look(iam, list(client.known)))
                print(
                    f"{kind}, {'for good' if sticky else 'once'}: {steps} steps, {touched} broken, {failed} writes refused",
                    flush=True,
                )
        wrong += at.problems()
    print(f"{len(wrong)} promises broken", *wrong[:20], sep="\n")
    return 1 if wrong else 0


def _asks(iam: Any, sts: Any) -> list[str]:
    """Ask for what needs no write; return what went wrong."""
    wrong = []
    for ask in (sts.get_caller_identity, iam.list_users):
        try:
            ask()
        except (ClientError, BotoCoreError) as error:
            wrong.append(str(error))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
