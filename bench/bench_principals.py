"""
What a request costs among a thousand accounts with a hundred thousand principals, beside one among a single one.

See README.md.  ``bench_principals.py [--accounts N] [--principals N] [--rounds N]``
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from tests.house.sender import request_to
from tests.support.loops import loop_thread
from tests.support.world import World

from iamd.domain.access_keys import PREFIX as KEY_PREFIX
from iamd.domain.access_keys import AccessKey
from iamd.domain.accounts import Account
from iamd.domain.ids import AccountId
from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.roles import PREFIX as ROLE_PREFIX
from iamd.domain.roles import Role
from iamd.domain.users import PREFIX, User
from iamd.hmac_key import HmacKey
from iamd.http import Request
from iamd.sigv4.sign import Credentials, sign
from iamd.store.interface import Transaction
from iamd.store.policies_interface import OwnerKind
from iamd.wire.model import load

FEW: Final = 64
MANY: Final = 20_000
REQUESTS: Final = 1000
"""In a round."""
BESIDE: Final = (0, 0, 0, 1)
"""Of the four cases, which one each is compared with: one that sends as many different requests."""
TEXT: Final = bytes(180)
"""As long as what is signed of a request."""
BATCH: Final = 1000
"""Principals in one transaction."""


@dataclass(frozen=True)
class Somebody:
    """A principal and its access key."""

    account_id: AccountId
    key: Credentials


@dataclass
class Case:
    """Requests that are sent in turn."""

    name: str
    world: World
    requests: Sequence[Request]
    sent: int = 0

    def microseconds(self) -> float:
        """Send some, and return the CPU time of one."""
        some = [self.requests[(self.sent + each) % len(self.requests)] for each in range(REQUESTS)]
        self.sent += REQUESTS
        handle = self.world.app.pipeline.handle

        async def answered() -> float:
            began = time.process_time()
            for request in some:
                response = await handle(request)
                if response.status != HTTPStatus.OK:
                    raise RuntimeError(f"{self.name}: {response.body.decode()}")
            return time.process_time() - began

        seconds: float = self.world.loop.run(answered())
        return seconds / REQUESTS * 1e6


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
    with loop_thread() as loop:
        one, large = World(loop), World(loop)
        try:
            (alone,) = filled(one, 1, 1)
            began, memory = time.perf_counter(), resident()
            everybody = filled(large, options.accounts, options.principals)
            print(
                f"{options.accounts} accounts with {options.principals} users, filled in {time.perf_counter() - began:.0f} s"
            )
            many = everybody[:: max(1, len(everybody) // MANY)]
            groups = [
                ("one of one", one, [alone] * FEW),
                (f"one of one, {len(many)} requests", one, [alone] * len(many)),
                (f"{FEW} of them", large, everybody[:: max(1, len(everybody) // FEW)][:FEW]),
                (f"{len(many)} of them", large, many),
            ]
            for operation, make in (("GetCallerIdentity", who_am_i), ("AssumeRole", assume_role)):
                cases = [
                    Case(f"{operation}, {name}", world, [make(each, n) for n, each in enumerate(some)])
                    for name, world, some in groups
                ]
                report(cases, BESIDE, options.rounds)
            report(least(options.principals), BESIDE, options.rounds)
            print(f"memory: {memory:.0f} MiB before, {resident():.0f} MiB with all that was asked for")
        finally:
            large.close()
            one.close()


def filled(world: World, accounts: int, principals: int) -> list[Somebody]:
    """Make accounts that have as many users each, every user with an access key and a policy, and a role for them."""
    ids, now = world.app.ids, datetime.now(UTC)
    made: list[Somebody] = []

    def account(transaction: Transaction, number: int) -> AccountId:
        account_id = AccountId(f"{200_000_000_000 + number}")
        transaction.accounts.add(Account(account_id=account_id, name=f"account {number}", created_at=now))
        trust = statement("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{account_id}:root"})
        transaction.roles.add(
            Role(
                account_id=account_id,
                role_id=ids.unique_id(ROLE_PREFIX),
                name="bench",
                path="/",
                trust_policy=trust,
                created_at=now,
            )
        )
        return account_id

    def user(transaction: Transaction, account_id: AccountId, number: int) -> None:
        user_id = ids.unique_id(PREFIX)
        transaction.users.add(
            User(account_id=account_id, user_id=user_id, name=f"user-{number}", path="/", created_at=now)
        )
        key = AccessKey(
            account_id=account_id,
            access_key_id=ids.access_key_id(KEY_PREFIX, account_id),
            owner_id=user_id,
            secret=ids.secret_access_key(),
            created_at=now,
        )
        transaction.access_keys.add(key)
        policy = statement("sts:AssumeRole", Resource=f"arn:aws:iam::{account_id}:role/bench")
        transaction.inline_policies.put(
            OwnerKind.USER, InlinePolicy(owner_id=user_id, name="bench", document=policy)
        )
        made.append(
            Somebody(account_id, Credentials(access_key_id=key.access_key_id, secret_access_key=key.secret))
        )

    def job(first: int, last: int) -> Callable[[Transaction], None]:
        def run(transaction: Transaction) -> None:
            del made[first:]  # A job can be run again.
            for number in range(first, last):
                if number < accounts:
                    account(transaction, number)
                user(transaction, AccountId(f"{200_000_000_000 + number % accounts}"), number)

        return run

    for first in range(0, principals, BATCH):
        world.app.store.write(job(first, min(first + BATCH, principals))).result()
    return made


def statement(action: str, **more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]})


def who_am_i(somebody: Somebody, number: int) -> Request:
    return signed("GetCallerIdentity", {}, somebody, number)


def assume_role(somebody: Somebody, number: int) -> Request:
    role = f"arn:aws:iam::{somebody.account_id}:role/bench"
    return signed("AssumeRole", {"RoleArn": role, "RoleSessionName": "bench"}, somebody, number)


def signed(operation: str, asked: Mapping[str, str], somebody: Somebody, number: int) -> Request:
    """Return a request that was signed some seconds ago, so that those of one principal are not all the same."""
    return sign(
        request_to(load("sts").operations[operation], asked),
        somebody.key,
        region="us-east-1",
        service="sts",
        at=datetime.now(UTC) - timedelta(seconds=number % FEW),
    )


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
        print(f"{case.name:52}{statistics.median(figure):>9.1f} µs{ratio:>8.2f}", flush=True)


def resident() -> float:
    """Return how much memory this process has, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


if __name__ == "__main__":
    main()
