"""
One table: what requests cost here, beside a bare hello of the same server and beside others that answer the same.

See README.md.  ``bench_requests.py [--rounds N] [--starts N] [--only TEXT]``
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from bench.identity_provider import IdentityProvider
from bench.peers import OTHER, PEP_KEY, Furnished, Peer, furnish, peers
from bench.servers import Server, hello
from bench.wire import CONNECTIONS, Client, Credentials, Figures, Load, client_of, requests_of

DIFFERENT: Final = 64
"""How many different requests there are of those that can be sent again."""
REQUESTS: Final = 400
"""In a round; of those that take a millisecond and more for each, a twentieth."""
SLOW: Final = frozenset({"moto_server"})
FRESH: Final = 300.0
"""Seconds after which requests are signed anew."""
NUMBERS: Final = itertools.count()

Make = Callable[[Furnished, int], list[bytes]]


@dataclass
class Row:
    """An operation of one server, and what has been measured of it."""

    operation: str
    server: Server
    requests: Callable[[int], list[bytes]]
    count: int
    figures: list[Figures] = field(default_factory=list)

    def round(self) -> None:
        """Measure over new connections, since idle ones are closed, once each has been answered."""
        requests = self.requests(self.count + CONNECTIONS)
        with Client(Load(f"{self.server.name} {self.operation}", self.server, requests)) as client:
            client.ask(requests[:CONNECTIONS])
            self.figures.append(client.ask(requests[CONNECTIONS:]))

    @property
    def cpu(self) -> list[float]:
        """Microseconds of a request, for each round."""
        return [each.cpu / len(each.latencies) * 1e6 for each in self.figures]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    provider = IdentityProvider()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found, missing = peers(folder, provider)
        rows, memory = list(_rows(stack, found, provider, options.only.lower())), {}
        for row in rows:
            row.round()  # To be warm.
            row.figures.clear()
        for _ in range(options.rounds):
            for row in rows:
                row.round()
        for row in rows:
            memory[row.server.name] = row.server.resident_mebibytes()
        stack.pop_all().close()
    _report(rows, options.rounds)
    with tempfile.TemporaryDirectory() as other:
        found, _ = peers(Path(other), provider)
        _report_servers(found, memory, options.starts)
    print(*missing, sep="\n")


def _rows(stack: ExitStack, found: Sequence[Peer], provider: IdentityProvider, only: str) -> Iterator[Row]:
    """Start all servers, and yield what each of them is asked."""
    bare: Server | None = None
    for peer in found:
        server = stack.enter_context(peer.running())
        has = furnish(peer, server)
        for operation, make in _operations(has, provider):
            if bare is None:
                first = Load(server.name, server, make(has, 1))
                with Client(first) as client:
                    bare = stack.enter_context(hello(client.length()))
                yield _row("GetCallerIdentity", Furnished(peer, bare, has.credentials), who_am_i)
            if only in operation.lower():
                yield _row(operation, has, make)


def _row(operation: str, has: Furnished, make: Make) -> Row:
    count = REQUESTS // 20 if has.server.name in SLOW else REQUESTS
    requests = _kept(has, make) if operation != "CreateUser" else lambda number: make(has, number)
    return Row(operation, has.server, requests, count)


def _kept(has: Furnished, make: Make) -> Callable[[int], list[bytes]]:
    """Make requests that can be sent again, and make them anew before their signatures are too old."""
    kept: list[bytes] = []
    made_at = 0.0

    def requests(number: int) -> list[bytes]:
        nonlocal made_at
        if not kept or time.monotonic() - made_at > FRESH:
            kept[:] = make(has, DIFFERENT)
            made_at = time.monotonic()
        return list(itertools.islice(itertools.cycle(kept), number))

    return requests


def _operations(has: Furnished, provider: IdentityProvider) -> Iterator[tuple[str, Make]]:
    """Yield what a server can be asked."""
    if not has.peer.furnished:
        yield "AssumeRole", assume_role
        return
    yield "GetCallerIdentity", who_am_i
    yield "GetCallerIdentity, session", who_am_i_in_a_session
    yield "AssumeRole", assume_role
    yield "AssumeRoleWithWebIdentity", lambda here, number: _assume_by_token(here, number, provider)
    yield "ListUsers (100)", list_users
    yield "CreateUser", _create_user
    yield "UpdateAccessKey", update_access_key
    if has.server.name.startswith("iamd"):
        yield "ext_authz check", _check


def who_am_i(has: Furnished, number: int) -> list[bytes]:
    return requests_of(has.server, "get_caller_identity", [{}] * number, has.credentials)


def who_am_i_in_a_session(has: Furnished, number: int) -> list[bytes]:
    sts = client_of(has.server, has.credentials)
    made = [sts.assume_role(**asked)["Credentials"] for asked in _names(has, number)]
    sessions: list[Credentials] = [
        (each["AccessKeyId"], each["SecretAccessKey"], each["SessionToken"]) for each in made
    ]
    return [
        request for each in sessions for request in requests_of(has.server, "get_caller_identity", [{}], each)
    ]


def assume_role(has: Furnished, number: int) -> list[bytes]:
    return requests_of(has.server, "assume_role", _names(has, number), has.credentials)


def _names(has: Furnished, number: int) -> list[dict[str, Any]]:
    return [{"RoleArn": has.role("bench"), "RoleSessionName": f"session-{each:03}"} for each in range(number)]


def _assume_by_token(has: Furnished, number: int, provider: IdentityProvider) -> list[bytes]:
    asked = [
        {**each, "RoleArn": has.role("bench-web"), "WebIdentityToken": provider.token(place)}
        for place, each in enumerate(_names(has, number))
    ]
    return requests_of(has.server, "assume_role_with_web_identity", asked)


def list_users(has: Furnished, number: int) -> list[bytes]:
    return requests_of(has.server, "list_users", [{"MaxItems": 100}] * number, has.credentials, "iam")


def _create_user(has: Furnished, number: int) -> list[bytes]:
    names = [{"UserName": f"made-{next(NUMBERS)}"} for _ in range(number)]
    return requests_of(has.server, "create_user", names, has.credentials, "iam")


def update_access_key(has: Furnished, number: int) -> list[bytes]:
    asked = [
        {"UserName": OTHER, "AccessKeyId": has.other, "Status": status}
        for status in itertools.islice(itertools.cycle(("Inactive", "Active")), number)
    ]
    return requests_of(has.server, "update_access_key", asked, has.credentials, "iam")


def _check(has: Furnished, number: int) -> list[bytes]:
    """What Envoy asks over HTTP of a signed GetObject."""
    made = []
    signer: Any = botocore.auth.S3SigV4Auth(
        botocore.credentials.Credentials(*has.credentials), "s3", "us-east-1"
    )
    for each in range(number):
        path = f"/bench/object-{each:03}"
        asked: Any = botocore.awsrequest.AWSRequest("GET", f"http://store.example{path}")
        signer.add_auth(asked)
        lines = [
            f"GET /_iamd/authz/envoy{path} HTTP/1.1",
            "Host: store.example",
            f"x-iamd-pep-key: {PEP_KEY}",
            "x-forwarded-for: 10.0.0.1",
            "x-forwarded-proto: http",
            *(f"{name}: {value}" for name, value in asked.headers.items()),
        ]
        made.append("\r\n".join([*lines, "", ""]).encode())
    return made


def _report(rows: Sequence[Row], rounds: int) -> None:
    print(
        f"{rounds} rounds in turn, eight connections.  CPU is the server's, microseconds of a request; ratios are medians of"
        " ratios of a round.  'moto x' is how many times as much moto_server takes."
    )
    print(
        f"{'':28}{'':22}{'CPU':>8}{'x hello':>9}{'moto x':>8}{'requests/s':>12}{'p50, ms':>9}{'p99, ms':>9}"
    )
    bare = rows[0]
    for operation in dict.fromkeys(row.operation for row in rows):
        here = [row for row in rows if row.operation == operation]
        moto = next((row for row in here if row.server.name == "moto_server"), None)
        for row in here:
            _line(row, bare, moto)


def _line(row: Row, bare: Row, moto: Row | None) -> None:
    latencies = sorted(each * 1e3 for figures in row.figures for each in figures.latencies)
    rate = statistics.median(len(each.latencies) / each.seconds for each in row.figures)
    beside = "" if moto is None or row is moto else f"{_ratio(moto.cpu, row.cpu):.1f}"
    print(
        f"{row.operation:28}{row.server.name:22}{statistics.median(row.cpu):>8.1f}{_ratio(row.cpu, bare.cpu):>9.1f}"
        f"{beside:>8}{rate:>12,.0f}{latencies[len(latencies) // 2]:>9.2f}"
        f"{latencies[len(latencies) * 99 // 100]:>9.2f}",
        flush=True,
    )


def _report_servers(found: Sequence[Peer], memory: Mapping[str, float], starts: int) -> None:
    """Say how long each takes from exec to its first signed answer, taking turns, and how much memory it has had."""
    figures: dict[str, list[float]] = {peer.name: [] for peer in found}
    for _ in range(starts):
        for peer in found:
            figures[peer.name].append(peer.first_answer())
    print(f"\n{'':22}{'first signed answer, s':>24}{'quickest':>10}{'most memory, MiB':>18}")
    for name, each in figures.items():
        print(f"{name:22}{statistics.median(each):>24.2f}{min(each):>10.2f}{memory[name]:>18.0f}")


def _ratio(over: Sequence[float], under: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


if __name__ == "__main__":
    main()
