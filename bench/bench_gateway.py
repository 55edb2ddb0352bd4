"""
Objects of S3 through the gateway, beside the same objects without it.

Requests in a second and processor time for each at 64 KiB, bytes in a second at 64 MiB, with stores of others behind, and beside a
proxy that only passes on (Debian's haproxy, where it is installed); and how much memory the gateway has had when five gibibytes
have gone through it each way.  See README.md.
``bench_gateway.py [--rounds N] [--gibibytes N]``
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import boto3
import botocore.config
from bench.servers import ACCESS_KEY, Server, endless, gateway
from bench.stores import HAPROXY, STORES, Run, haproxy
from bench.wire import Client, Load, exchange

SMALL: Final = 64 * 1024
LARGE: Final = 64 * 1024 * 1024
OBJECTS: Final = 64
REQUESTS: Final = 800

Measure = Callable[[], tuple[float, float]]
"""Returns the seconds of an exchange, and those of the processor of the server that was asked."""


class Way(NamedTuple):
    """
    How a store is asked.

    Attributes:
        server: That is asked.
        signed_for: That requests are signed for: whatever only passes them on sees to no signatures.
    """

    server: Server
    signed_for: Server


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--gibibytes", type=int, default=5)
    options = parser.parse_args()
    print(f"{options.rounds} rounds, all taking turns; a rate is the median of the ratios of a round")
    for name, store in STORES.items():
        if store.program.exists():
            rates(name, store.run, options.rounds)
        else:
            print(f"{name} is left out: `{store.target}` brings it")
    memory(options.gibibytes)


def rates(name: str, run: Run, rounds: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "store").mkdir()
        store = stack.enter_context(run(folder / "store"))
        ways = {name: Way(store, store)}
        if HAPROXY is not None:
            ways["haproxy"] = Way(stack.enter_context(haproxy(folder, store)), store)
        through = stack.enter_context(gateway(folder / "iamd", store))
        ways["iamd"] = Way(through, through)
        client_of(store).create_bucket(Bucket="bench")
        print(f"\n{'':12}{'':12}{'ms':>10}{'rate':>8}{'its CPU, us':>14}")
        for title, prepare in (("64 KiB", small), ("64 MiB", large)):
            for method in ("put", "get"):
                asked = {each: prepare(stack, way, f"{method}_object") for each, way in ways.items()}
                report(f"{method.upper()} {title}", in_turn(asked, rounds))


def report(title: str, figures: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    direct = next(iter(figures.values()))
    for name, each in figures.items():
        seconds, cpu = (statistics.median(column) for column in zip(*each, strict=True))
        ratio = statistics.median(one[0] / other[0] for one, other in zip(direct, each, strict=True))
        rate = "" if each is direct else f"{ratio:.2f}"
        print(f"{title:12}{name:12}{seconds * 1e3:>10.2f}{rate:>8}{cpu * 1e6:>14.0f}")


def in_turn(measures: Mapping[str, Measure], rounds: int) -> dict[str, list[tuple[float, float]]]:
    for measure in measures.values():
        measure()  # To be warm.
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
    return figures


def small(stack: ExitStack, way: Way, operation: str) -> Measure:
    body = bytes(SMALL) if operation == "put_object" else b""
    requests = [
        head(way.signed_for, operation, f"small-{number}", len(body)) + body for number in range(OBJECTS)
    ]
    client = stack.enter_context(Client(Load(f"{way.server.name} {operation}", way.server, requests)))

    def measure() -> tuple[float, float]:
        began = time.perf_counter()
        cpu = client.microseconds(REQUESTS) / 1e6
        return (time.perf_counter() - began) / REQUESTS, cpu

    return measure


def large(_stack: ExitStack, way: Way, operation: str) -> Measure:
    size = LARGE if operation == "put_object" else 0
    request = head(way.signed_for, operation, "large", size)

    def measure() -> tuple[float, float]:
        cpu, began = way.server.cpu_seconds(), time.perf_counter()
        exchange(way.server, request, size)
        return time.perf_counter() - began, way.server.cpu_seconds() - cpu

    return measure


def memory(gibibytes: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(endless())
        server = stack.enter_context(gateway(folder / "iamd", store))
        size = gibibytes * 2**30
        exchange(server, head(server, "get_object", "1000"), 0)
        before = server.resident_mebibytes()
        for operation, sent in (("get_object", 0), ("put_object", size)):
            began = time.perf_counter()
            exchange(server, head(server, operation, str(size), sent), sent)
            seconds = time.perf_counter() - began
            print(
                f"{gibibytes} GiB {operation}: {size / seconds / 2**20:.0f} MiB/s; "
                f"most memory {before:.1f} MiB before, {server.resident_mebibytes():.1f} MiB after"
            )


def head(server: Server, operation: str, key: str, length: int = 0) -> bytes:
    """Return a request that its URL signs, but for its body."""
    url = client_of(server).generate_presigned_url(
        operation, Params={"Bucket": "bench", "Key": key}, ExpiresIn=86400
    )
    parts = urlsplit(url)
    method = operation.partition("_")[0].upper()
    told = f"Content-Length: {length}\r\n" if method == "PUT" else ""
    return f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n{told}\r\n".encode()


def client_of(server: Server) -> Any:
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id=ACCESS_KEY[0],
        aws_secret_access_key=ACCESS_KEY[1],
        config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


if __name__ == "__main__":
    main()
