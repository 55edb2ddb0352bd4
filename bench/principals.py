"""
A server with many accounts and principals, as a program: ``python -m bench.principals PORT ACCOUNTS PRINCIPALS FILE``.

It is filled first; what its principals sign with is then in the file, and it listens until it is ended.
"""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
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
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.run import ServerThread
from iamd.sigv4.sign import Credentials
from iamd.store.interface import Transaction
from iamd.store.policies_interface import OwnerKind

BATCH: Final = 1000
"""Principals in one transaction."""


@dataclass(frozen=True)
class Somebody:
    """A principal and its access key."""

    account_id: AccountId
    key: Credentials


def main() -> None:
    port, accounts, principals, file = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with loop_thread() as loop:
        world = World(loop)
        made = [
            (each.account_id, each.key.access_key_id, each.key.secret_access_key.reveal())
            for each in filled(world, int(accounts), int(principals))
        ]
        Path(file).write_bytes(msgspec.json.encode(made))
        server = ServerThread(Door(world.app.pipeline.handle), port=int(port))
        server.start()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        server.stop()
        world.close()


def read(file: Path) -> list[Somebody]:
    """Return who is in a server, from the file that it was given."""
    return [
        Somebody(
            AccountId(account_id), Credentials(access_key_id=access_key_id, secret_access_key=Secret(secret))
        )
        for account_id, access_key_id, secret in json.loads(file.read_bytes())
    ]


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


if __name__ == "__main__":
    main()
