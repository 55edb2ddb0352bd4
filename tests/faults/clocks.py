"""
Set the time of day of a server wrong, forwards and backwards, by minutes and by years, and set it right again.

``python -m tests.faults.clocks [--database sqlite|postgres]``; needs a C compiler, and says so where there is none.

Each jump is past something: the fifteen minutes that a signature may be off, the life of a session, the lease of what is in
memory, the rotation of keys.  What must hold, under each jump and behind it:

* Who signs by the time that the server has is answered, reads and writes; who is too far off is refused, and never by a 5xx.
* A session is taken between its beginning, or a quarter of an hour before it, and its end, and at no other time: one that was
  made while the clock was ahead does not live on when that is set right, before its own time has come.
* The lease goes by a clock that does not jump: the server knows all the time that its database answers.
* When the clock is right, all works at once, without a restart.
"""

import argparse
import re
import struct
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from tests.faults.disk import compiled
from tests.faults.run import keep_reading, place
from tests.support.postgres import PostgresUnavailableError
from tests.support.serving import root_credentials, serving, signed_form
from tests.support.world import Credentials

SOURCE: Final = Path(__file__).with_name("clock.c")
_OFFSET: Final = struct.Struct("q")

MINUTE, HOUR, DAY = 60, 3600, 86_400
JUMPS: Final = (
    *(10 * MINUTE, -10 * MINUTE),
    *(30 * MINUTE, -30 * MINUTE),
    *(2 * HOUR, -2 * HOUR),
    *(3 * DAY, -3 * DAY),
    *(3650 * DAY, -3650 * DAY),
)
SKEW: Final = 15 * MINUTE
LIVES: Final = (15 * MINUTE, HOUR)
"""Of the sessions that are there before each jump."""
OK: Final = 200
REFUSED: Final = 403
FAULT: Final = 500


@dataclass(frozen=True)
class Session:
    """Temporary credentials, and when they live by the true time: seconds before or after now."""

    credentials: Credentials
    begins: float
    ends: float

    def lives(self, offset: float, passed: float) -> bool | None:
        """Tell whether a server whose clock is off by *offset* takes it; None where some seconds decide."""
        now = offset + passed
        for edge in (self.begins - SKEW, self.ends):
            if abs(now - edge) < MINUTE:
                return None
        return self.begins - SKEW < now < self.ends


class Clock:
    """What the shim is told."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "clock.so"
        self._file = folder / "offset"
        self._file.write_bytes(_OFFSET.pack(0))

    @property
    def environ(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "IAMD_TEST_CLOCK": str(self._file)}

    def set_off(self, seconds: int) -> None:
        # In place: the server has it mapped.
        with self._file.open("r+b") as file:
            file.write(_OFFSET.pack(seconds))


class Asker:
    """Ask a server, signing by any time."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self.root = root_credentials(folder)
        self.began = time.monotonic()

    @property
    def passed(self) -> float:
        return time.monotonic() - self.began

    def ask(
        self, action: str, credentials: Credentials, off: int, service: str = "sts", **more: str
    ) -> tuple[int, str]:
        """Return status and body of an answer; the signature is of a time that is *off* by so many seconds."""
        version = {"sts": "2011-06-15", "iam": "2010-05-08"}[service]
        body = urlencode({"Action": action, "Version": version, **more}).encode()
        at = datetime.now(UTC) + timedelta(seconds=off)
        headers = signed_form(self._url, body, credentials, service, at)
        return self._answer(urllib.request.Request(self._url, body, headers))  # noqa: S310  our own server

    def ready(self) -> bool:
        return self._answer(urllib.request.Request(f"{self._url}/_iamd/health/ready"))[0] == OK  # noqa: S310

    def session(self, seconds: int, off: int) -> Session | None:
        """Make a session of so many *seconds* at a server whose clock is off."""
        begins = off + self.passed
        status, body = self.ask("GetSessionToken", self.root, off, DurationSeconds=str(seconds))
        if status != OK:
            return None
        key, secret, token = (
            re.findall(f"<{name}>([^<]*)</{name}>", body)[0]
            for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
        )
        made = Credentials(key, secret, token)
        return Session(made, begins, begins + seconds)

    @staticmethod
    def _answer(request: urllib.request.Request) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  our own server
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def jump(asker: Asker, clock: Clock, off: int) -> Iterator[str]:
    """Let the clock jump and back; yield what did not hold."""
    before = [asker.session(seconds, 0) for seconds in LIVES]
    clock.set_off(off)
    yield from _works(asker, off)
    true, _ = asker.ask("GetCallerIdentity", asker.root, 0)
    if true != (OK if abs(off) < SKEW else REFUSED):
        yield f"a signature that is {-off} s off is answered by {true}"
    ahead = asker.session(LIVES[0], off)
    yield from _sessions(asker, [*before, ahead], off)
    clock.set_off(0)
    yield from _works(asker, 0)
    # One that was sealed before may be gone with its key, when that was changed long ago by the wrong clock.
    yield from _sessions(asker, [ahead, asker.session(LIVES[0], 0)], 0)
    if abs(off) < DAY:
        yield from _sessions(asker, before, 0)


def _works(asker: Asker, off: int) -> Iterator[str]:
    for service, action, more in (
        ("sts", "GetCallerIdentity", {}),
        ("iam", "ListUsers", {}),
        ("iam", "UpdateAccountPasswordPolicy", {"MinimumPasswordLength": "8"}),
    ):
        status, body = asker.ask(action, asker.root, off, service, **more)
        if status != OK:
            yield f"{action}, signed by the server's own time: {status} {body}"
    if not asker.ready():
        yield "the server says that it is not ready"


def _sessions(asker: Asker, sessions: list[Session | None], off: int) -> Iterator[str]:
    for session in sessions:
        if session is None:
            yield "no session was made"
            continue
        status, body = asker.ask("GetCallerIdentity", session.credentials, off)
        lives = session.lives(off, asker.passed)
        if status >= FAULT or (lives is not None and status != (OK if lives else REFUSED)):
            span = f"from {session.begins:.0f} to {session.ends:.0f} s"
            yield f"a session {span} is answered at {off + asker.passed:.0f} s by {status} {body}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    database = parser.parse_args().database
    wrong: list[str] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-clocks-")))
        clock = Clock(folder)
        missing = compiled(SOURCE, clock.library)
        if missing is not None:
            print(f"skipped: {missing}")
            return 0
        try:
            at = stack.enter_context(place(database))
        except PostgresUnavailableError as error:
            print(f"skipped: {error}")
            return 0
        server = stack.enter_context(serving(at.config, environ=clock.environ, seconds=3600))
        keep_reading(server)
        asker = Asker(server.url, at.folder)
        for off in JUMPS:
            found = [f"{off:+} s: {each}" for each in jump(asker, clock, off)]
            print(f"{off:+} s and back: {'all holds' if not found else f'{len(found)} broken'}", flush=True)
            wrong += found
        wrong += at.problems()
    print(f"{len(JUMPS)} jumps on {database}, {len(wrong)} promises broken", *wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
