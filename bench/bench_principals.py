"""
What a request costs among a thousand accounts with a hundred thousand principals, beside one among a single one.

See README.md.  ``bench_principals.py [--accounts N] [--principals N] [--rounds N]``
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.peers import COMPILED
from bench.principals import Somebody, read
from bench.servers import Server, free_port, running
from bench.wire import Client, Load
from tests.house.sender import request_to

from iamd.hmac_key import HmacKey
from iamd.sigv4.sign import sign
from iamd.wire.model import load

FEW: Final = 64
MANY: Final = 20_000
REQUESTS: Final = 1000
"""In a round."""
BESIDE: Final = (0, 0, 0, 1)
"""Of the four cases, which one each is compared with: one that sends as many different requests."""
TEXT: Final = bytes(180)
"""As long as what is signed of a request."""


@dataclass
class Case:
    """Requests that are sent in turn."""

    name: str
    client: Client
    requests: Sequence[bytes]
    sent: int = 0

    def microseconds(self) -> float:
        """Send some, and return the server's CPU time of one."""
        some = [self.requests[(self.sent + each) % len(self.requests)] for each in range(REQUESTS)]
        self.sent += REQUESTS
        return self.client.ask(some).cpu / REQUESTS * 1e6


@dataclass
class Least:
    """
    What nobody does without who verifies signatures of many: a key is looked up and used, and its owner told.

    That shows what the memory of so many costs anybody: a processor has few of them in its caches.
    """

    name: str
    keys: Mapping[str, "LeastKey"]
    asked: Sequence[bytes]
    sent: int = 0

    def microseconds(self) -> float:
        """See `Case`."""
        some = [self.asked[(self.sent + each) % len(self.asked)] for each in range(REQUESTS)]
        self.sent += REQUESTS
        began = time.process_time()
        for access_key_id in some:
            found = self.keys[access_key_id.decode()]
            found.key.digest(TEXT).hex()
            f"{found.arn} {found.user_id} {found.account_id}".encode()
        return (time.process_time() - began) / REQUESTS * 1e6


@dataclass(slots=True)
class LeastKey:
    """An access key, and whose it is."""

    key: HmacKey
    arn: str
    user_id: str
    account_id: str


def least(number: int) -> list[Least]:
    """Return what is measured of so many access keys, as `main` measures it of principals."""
    keys = {}
    for each in range(number):
        account_id, user_id = f"{200_000_000_000 + each % 1000}", f"AIDA{each:017}"
        arn = f"arn:aws:iam::{account_id}:user/user-{each}"
        keys[f"AKIA{each:016}"] = LeastKey(HmacKey(f"{each:032}".encode()), arn, user_id, account_id)
    ids = [each.encode() for each in keys]
    many = ids[:: max(1, number // MANY)]
    some = ids[:: max(1, number // FEW)][:FEW]
    return [
        Least(f"the least, {name}", keys, asked)
        for name, asked in (
            ("one", ids[:1] * FEW),
            (f"one, {len(many)} times", [bytes(bytearray(ids[0])) for _ in many]),
            (f"{len(some)} of them", some),
            (f"{len(many)} of them", many),
        )
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--principals", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for name, python in (("iamd", Path(sys.executable)), ("iamd, compiled", COMPILED / "python")):
        if python.exists():
            compare(name, python, options.accounts, options.principals, options.rounds)
        else:
            print(f"{name} is left out: `make compiled` installs it")
    report(least(options.principals), BESIDE, options.rounds)


def compare(name: str, python: Path, accounts: int, principals: int, rounds: int) -> None:
    """Print what requests to two servers of *python* cost, one of which has much in it."""
    with ExitStack() as stack:
        one, (alone,) = stack.enter_context(serving(python, 1, 1))
        before = one.memory_mebibytes()
        large, everybody = stack.enter_context(serving(python, accounts, principals))
        many = everybody[:: max(1, len(everybody) // MANY)]
        groups = [
            ("one of one", one, [alone] * FEW),
            (f"one of one, {len(many)} requests", one, [alone] * len(many)),
            (f"{FEW} of them", large, everybody[:: max(1, len(everybody) // FEW)][:FEW]),
            (f"{len(many)} of them", large, many),
        ]
        for operation in ("GetCallerIdentity", "AssumeRole"):
            cases = [
                Case(
                    f"{name}, {operation}, {group}",
                    stack.enter_context(Client(Load(group, server, ()))),
                    made,
                )
                for group, server, some in groups
                for made in [[signed(operation, each, number) for number, each in enumerate(some)]]
            ]
            report(cases, BESIDE, rounds)
        print(
            f"{name}, memory: {before:.0f} MiB with one, {large.memory_mebibytes():.0f} MiB with all that was asked for"
        )


@contextmanager
def serving(python: Path, accounts: int, principals: int) -> Iterator[tuple[Server, list[Somebody]]]:
    """Run `bench.principals`."""
    port = free_port()
    with tempfile.NamedTemporaryFile() as file:
        words = [str(python), "-m", "bench.principals", str(port), str(accounts), str(principals), file.name]
        with running("iamd", words, port) as server:
            yield server, read(Path(file.name))


def signed(operation: str, somebody: Somebody, number: int) -> bytes:
    """Return a request that was signed some seconds ago, so that those of one principal are not all the same."""
    asked: Mapping[str, str] = {}
    if operation == "AssumeRole":
        asked = {"RoleArn": f"arn:aws:iam::{somebody.account_id}:role/bench", "RoleSessionName": "bench"}
    made = sign(
        request_to(load("sts").operations[operation], asked),
        somebody.key,
        region="us-east-1",
        service="sts",
        at=datetime.now(UTC) - timedelta(seconds=number % FEW),
    )
    lines = [
        b"POST / HTTP/1.1",
        *(b"%b: %b" % each for each in made.headers),
        b"Content-Length: %d" % len(made.body),
    ]
    return b"\r\n".join([*lines, b"", made.body])


def report(cases: Sequence[Case | Least], beside: Sequence[int], rounds: int) -> None:
    """
    Let the cases take turns, once everybody has been asked about, and print a line for each.

    Args:
        cases: What is measured.
        beside: The place of the case that each is compared with.
        rounds: How often each has its turn.
    """
    for case in cases:
        for _ in range(0, MANY, REQUESTS):
            case.microseconds()
    figures: list[list[float]] = [[] for _ in cases]
    for _ in range(rounds):
        for figure, case in zip(figures, cases, strict=True):
            figure.append(case.microseconds())
    for case, figure, other in zip(cases, figures, beside, strict=True):
        ratio = statistics.median(here / one for here, one in zip(figure, figures[other], strict=True))
        print(f"{case.name:64}{statistics.median(figure):>9.1f} µs{ratio:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
