"""
Server CPU per request, beside a bare hello of the same server and beside moto_server.

See README.md.  ``bench_requests.py [--rounds N] [--without-moto]``
"""

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.servers import MOTO, ROLE_ARN, hello, iamd, moto
from bench.wire import Client, Load, requests_of

REQUESTS = 1600
"""In a round, of each of ours; of moto's a twentieth."""
DIFFERENT = 64

NAMES = [{"RoleArn": ROLE_ARN, "RoleSessionName": f"session-{number:03}"} for number in range(DIFFERENT)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--without-moto", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(iamd(folder))
        loads = [
            Load(
                "iamd GetCallerIdentity", server, requests_of(server, "get_caller_identity", [{}] * DIFFERENT)
            ),
            Load("iamd AssumeRole", server, requests_of(server, "assume_role", NAMES)),
        ]
        with Client(loads[0]) as client:
            length = client.length()
        bare = stack.enter_context(hello(length))
        loads.insert(0, Load("hello", bare, requests_of(bare, "get_caller_identity", [{}] * DIFFERENT)))
        if options.without_moto or not MOTO.exists():
            print("moto_server is left out" + ("" if MOTO.exists() else ": `make clients` installs it"))
        else:
            other = stack.enter_context(moto())
            loads += [
                Load(
                    "moto GetCallerIdentity",
                    other,
                    requests_of(other, "get_caller_identity", [{}] * DIFFERENT),
                ),
                Load("moto AssumeRole", other, requests_of(other, "assume_role", NAMES)),
            ]
        report(measure(stack, loads, options.rounds), options.rounds)


def measure(stack: ExitStack, loads: Sequence[Load], rounds: int) -> dict[str, list[float]]:
    """Return microseconds of server CPU per request: one figure for each round, the loads taking turns."""
    clients = {load.name: stack.enter_context(Client(load)) for load in loads}
    counts = {load.name: REQUESTS // 20 if load.server.name == "moto" else REQUESTS for load in loads}
    for name, client in clients.items():
        client.microseconds(counts[name])  # To be warm.
    figures: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(rounds):
        for name, client in clients.items():
            figures[name].append(client.microseconds(counts[name]))
    return figures


def report(figures: Mapping[str, Sequence[float]], rounds: int) -> None:
    print(
        f"server CPU per request in microseconds, {rounds} rounds in turn; ratios are medians of ratios of a round"
    )
    print(f"{'':32}{'median':>9}{'lowest':>9}{'highest':>9}{'x hello':>9}{'moto / iamd':>13}")
    for name, values in figures.items():
        theirs = figures.get(name.replace("iamd", "moto")) if name.startswith("iamd") else None
        less = f"{_ratio(theirs, values):>13.1f}" if theirs else ""
        print(
            f"{name:32}{statistics.median(values):>9.1f}{min(values):>9.1f}{max(values):>9.1f}"
            f"{_ratio(values, figures['hello']):>9.2f}{less}"
        )


def _ratio(over: Sequence[float], under: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


if __name__ == "__main__":
    main()
