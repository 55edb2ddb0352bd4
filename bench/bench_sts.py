"""
Server CPU per request of STS, beside a bare hello of the same server and beside moto_server, as ratios.

AssumeRole, AssumeRoleWithWebIdentity, and GetCallerIdentity signed with the credentials of a session.  See README.md.
``bench_sts.py [--rounds N] [--without-moto]``
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.bench_requests import DIFFERENT, NAMES, measure, report
from bench.identity_provider import IdentityProvider
from bench.servers import MOTO, WEB_ROLE_ARN, Server, hello, iamd, moto
from bench.wire import Client, Load, requests_of, session_of


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--without-moto", action="store_true")
    options = parser.parse_args()
    provider = IdentityProvider()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(iamd(folder, provider))
        loads = list(_loads(server, provider))
        with Client(loads[-1]) as client:
            length = client.length()
        bare = stack.enter_context(hello(length))
        loads.insert(0, Load("hello", bare, requests_of(bare, "get_caller_identity", [{}] * DIFFERENT)))
        if options.without_moto or not MOTO.exists():
            print("moto_server is left out" + ("" if MOTO.exists() else ": `make clients` installs it"))
        else:
            loads += _loads(stack.enter_context(moto()), provider)
        report(measure(stack, loads, options.rounds), options.rounds)


def _loads(server: Server, provider: IdentityProvider) -> Iterator[Load]:
    yield Load(f"{server.name} AssumeRole", server, requests_of(server, "assume_role", NAMES))
    tokens = [
        {
            "RoleArn": WEB_ROLE_ARN,
            "RoleSessionName": f"session-{number:03}",
            "WebIdentityToken": provider.token(number),
        }
        for number in range(DIFFERENT)
    ]
    yield Load(
        f"{server.name} AssumeRoleWithWebIdentity",
        server,
        requests_of(server, "assume_role_with_web_identity", tokens),
    )
    made = [requests_of(server, "get_caller_identity", [{}], session_of(server, each)) for each in NAMES]
    yield Load(f"{server.name} GetCallerIdentity, session", server, [request for (request,) in made])


if __name__ == "__main__":
    main()
