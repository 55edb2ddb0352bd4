"""
A large account behind ``iamd serve``: how soon it answers after its start, how late its slowest answers are, and how long somebody
who signs in waits for the first page.

See README.md.  ``bench_start.py [--starts N] [--rounds N]``.  Beside it, in turn, one with a hundred users.
"""

import argparse
import base64
import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final

from bench.bench_requests import assume_role, update_access_key, who_am_i
from bench.identity_provider import IdentityProvider
from bench.peers import ASKING, USERS, Furnished, Peer, furnish, serve
from bench.wire import CONNECTIONS, Client, Load, client_of

from iamd.domain.access_keys import PREFIX as KEY_PREFIX
from iamd.domain.access_keys import AccessKey
from iamd.domain.ids import AccountId, Ids
from iamd.domain.managed_policies import PREFIX as POLICY_PREFIX
from iamd.domain.managed_policies import ManagedPolicy
from iamd.domain.roles import PREFIX as ROLE_PREFIX
from iamd.domain.roles import Role
from iamd.domain.users import PREFIX as USER_PREFIX
from iamd.domain.users import User
from iamd.store.interface import Transaction
from iamd.store.open import open_store

# With those that `furnish` makes, as much as an account may have.
ROLES: Final = 4_998
POLICIES: Final = 1_500
LONGEST: Final = 6_144
REQUESTS: Final = 2_000
"""In a round."""
PASSWORD: Final = "correct-Horse-7-battery"
API: Final = "/_iamd/api/"


@dataclass
class Place:
    """A server, and what has been measured of it: seconds, but milliseconds of answers, for each round."""

    name: str
    home: Path
    peer: Peer
    has: Furnished
    starts: list[float]
    logins: list[float]
    answers: dict[str, list[tuple[float, float]]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with ExitStack() as stack:
        places = []
        for name in ("small", "large"):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            peer = serve(folder, IdentityProvider(), name=name)
            with peer.running() as server:
                has = furnish(peer, server)
                iam = client_of(server, peer.credentials, "iam")
                iam.create_login_profile(UserName=ASKING, Password=PASSWORD)
            places.append(Place(name, folder / "serve", peer, has, [], [], {}))
        fill(places[1])
        for _ in range(options.starts):
            for place in places:
                place.starts.append(place.peer.first_answer())
        for place in places:
            server = stack.enter_context(place.peer.running())
            place.has = Furnished(place.peer, server, place.has.credentials, place.has.other)
        for measured in range(options.rounds + 1):  # The first is to be warm.
            for place in places:
                measure(place)
                if not measured:
                    place.logins.clear()
                    place.answers.clear()
        stack.pop_all().close()
    report(places)


def fill(place: Place) -> None:
    """Make an account as large as it may be, in the store itself."""
    key = base64.b64decode((place.home / "master.key").read_text().strip())
    ids, now = Ids(), datetime.now(UTC)
    account_id = AccountId(place.peer.account)
    pieces = [f"arn:aws:s3:::bucket-{each:04}/*" for each in range(170)]
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": pieces}],
        },
        separators=(",", ":"),
    )
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})

    def common(number: int) -> dict[str, Any]:
        return {
            "account_id": account_id,
            "name": f"filler-{number:04}",
            "path": "/",
            "created_at": now,
        }

    def user(tx: Transaction, number: int) -> None:
        made = User(user_id=ids.unique_id(USER_PREFIX), **common(number))
        tx.users.add(made)
        tx.access_keys.add(
            AccessKey(
                account_id=account_id,
                access_key_id=ids.access_key_id(KEY_PREFIX, account_id),
                owner_id=made.user_id,
                secret=ids.secret_access_key(),
                created_at=now,
            )
        )

    def role(tx: Transaction, number: int) -> None:
        tx.roles.add(Role(role_id=ids.unique_id(ROLE_PREFIX), trust_policy=trust, **common(number)))

    def policy(tx: Transaction, number: int) -> None:
        made = ManagedPolicy(policy_id=ids.unique_id(POLICY_PREFIX), updated_at=now, **common(number))
        tx.managed_policies.add(made, document[:-1].ljust(LONGEST - 1) + "}")

    store = open_store(str(place.home / "iamd.db"), master_key=key, ids=ids)
    try:
        for make, number in ((user, 5_000 - USERS), (role, ROLES), (policy, POLICIES)):
            store.write(_all_of(make, number)).result()
    finally:
        store.close()


def _all_of(make: Callable[[Transaction, int], None], number: int) -> Callable[[Transaction], None]:
    def job(tx: Transaction) -> None:
        for each in range(number):
            make(tx, each)

    return job


def measure(place: Place) -> None:
    place.logins.append(login(place))
    for name, make in (
        ("GetCallerIdentity", who_am_i),
        ("AssumeRole", assume_role),
        ("UpdateAccessKey", update_access_key),
    ):
        requests = (make(place.has, 64) * (REQUESTS // 64))[:REQUESTS]
        with Client(Load(name, place.has.server, requests)) as client:
            client.ask(requests[:CONNECTIONS])
            took = sorted(each * 1e3 for each in client.ask(requests[CONNECTIONS:]).latencies)
        p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
        place.answers.setdefault(name, []).append((p50, p99))


def login(place: Place) -> float:
    """Return how many seconds pass from a name and a password to what the first page, and the first list, show."""
    connection = http.client.HTTPConnection("127.0.0.1", place.has.server.port, timeout=60)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{place.has.server.port}"}

    def ask(method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        body = None if content is None else json.dumps(content)
        connection.request(method, path, body, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        read = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {read.decode()}")
        for name, morsel in SimpleCookie(answer.getheader("Set-Cookie", "")).items():
            headers["Cookie"] = f"{name}={morsel.value}"
        return json.loads(read) if "json" in answer.getheader("Content-Type", "") else None

    began = time.perf_counter()
    who = {"account": place.peer.account, "user": ASKING, "password": PASSWORD}
    ask("POST", f"{API}console/SignIn", who)
    headers["X-Iamd-Csrf"] = ask("GET", f"{API}console/Session")["session"]["csrf"]
    ask("GET", "/_iamd/console/")
    ask("POST", f"{API}iam/GetAccountSummary", {})
    if len(ask("POST", f"{API}iam/ListUsers", {})["Users"]) != USERS:
        raise RuntimeError("the first page is not full")
    took = time.perf_counter() - began
    connection.close()
    return took


def report(places: Sequence[Place]) -> None:
    print(f"{'':44}{'small':>9}{'large':>9}{'ratio':>8}")
    small, large = places
    _line("first signed answer after exec, s", small.starts, large.starts)
    _line("from a password to the first page, s", small.logins, large.logins)
    for name in small.answers:
        for place, what in enumerate(("p50", "p99")):
            _line(
                f"{name}, {what}, ms",
                [each[place] for each in small.answers[name]],
                [each[place] for each in large.answers[name]],
            )


def _line(what: str, small: Sequence[float], large: Sequence[float]) -> None:
    ratio = statistics.median(a / b for a, b in zip(large, small, strict=True))
    print(
        f"{what:44}{statistics.median(small):>9.2f}{statistics.median(large):>9.2f}{ratio:>8.2f}", flush=True
    )


if __name__ == "__main__":
    main()
