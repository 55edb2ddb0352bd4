"""
What an operation costs in a large account, beside the same in a small one.

See README.md.  ``python -m bench.bench_size [--rounds N] [--only TEXT]``
"""

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from bench.size_cases import CASES, POPULAR, READ, Case, Step
from msgspec.structs import replace
from tests.house.sender import request_to, signed
from tests.support.accounts import AccountMaker, Size
from tests.support.exchange import contents_of, made
from tests.support.loops import loop_thread
from tests.support.world import ACCOUNT, Credentials, World

from iamd.domain.access_keys import PREFIX, AccessKey
from iamd.domain.ids import AccountId
from iamd.domain.login_profiles import LoginProfile
from iamd.domain.mfa_devices import MFADevice
from iamd.exchange.contents import (
    Attachment,
    Contents,
    Group,
    InlinePolicy,
    InstanceProfile,
    Membership,
    OIDCProvider,
    PasswordPolicy,
    Policy,
    PolicyVersion,
    Role,
    User,
    merged,
)
from iamd.http import Response
from iamd.secret import Secret
from iamd.store.interface import Transaction
from iamd.wire.model import load

SMALL: Final = Size(users=120, groups=20, roles=120, policies=120)
"""A page of everything, so that a list answers with as much as in a large account."""
LARGE: Final = Size(users=4990, groups=290, roles=4990, policies=1490)
"""As much as an account may have, but for what the operations make."""
MOST: Final = 2.0

ROOT: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass
class Place:
    """A world, and the keys of those who act in it."""

    world: World
    keys: Mapping[str, Credentials]

    def measure(self, case: Case, number: int) -> float:
        """Return the microseconds of CPU time that the measured step of *case* takes."""
        answer = ""
        taken = 0.0
        for step in (*case.first, case.measured, *case.then):
            microseconds, answer = self._answer(case, step, number, answer)
            if step is case.measured:
                taken = microseconds
        return taken

    def _answer(self, case: Case, step: Step, number: int, before: str) -> tuple[float, str]:
        service, _, operation = step.operation.partition(":")
        model = load(service).operations[operation]
        request = signed(request_to(model, step.params(number, before)), service, self.keys[case.actor])

        async def answered() -> tuple[float, Response]:
            begun = time.process_time()
            response = await self.world.app.pipeline.handle(request)
            return time.process_time() - begun, response

        taken, response = self.world.loop.run(answered())
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"{case.name}: {step.operation}: {response.body.decode()}")
        return taken * 1e6, response.body.decode()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only.lower() in case.name.lower()]
    with loop_thread() as loop:
        places = [founded(World(loop), size) for size in (SMALL, LARGE)]
        try:
            report(cases, [measured(places, case, options.rounds) for case in cases])
        finally:
            for place in places:
                place.world.close()


def founded(world: World, size: Size) -> Place:
    """Fill the account: what chance makes, what all of it has in common, and what the cases name."""
    by_chance = contents_of(AccountMaker(1, ACCOUNT, size).details())
    common = Contents(
        policies=tuple(
            Policy(name=name, versions=(PolicyVersion(number=1, document=READ),))
            for name in ("popular", "mine")
        ),
        groups=(Group(name="everybody"), Group(name="mine")),
        users=(User(name="mine", path="/rare/"), User(name="worker")),
        roles=(Role(name="mine", path="/rare/", trust_policy=ROOT), Role(name="free", trust_policy=ROOT)),
        instance_profiles=(InstanceProfile(name="mine", role="mine"), InstanceProfile(name="free")),
        memberships=(
            Membership(user="mine", group="mine"),
            *(Membership(user=each.name, group="everybody") for each in by_chance.users),
        ),
        attachments=(
            *(Attachment(kind="user", owner=each.name, policy=POPULAR) for each in by_chance.users),
            *(Attachment(kind="role", owner=each.name, policy=POPULAR) for each in by_chance.roles),
            Attachment(kind="user", owner="mine", policy=POPULAR),
            Attachment(kind="group", owner="mine", policy=POPULAR),
            Attachment(kind="role", owner="mine", policy=POPULAR),
        ),
        inline_policies=(
            InlinePolicy(kind="user", owner="worker", name="all", document=READ.replace("s3:GetObject", "*")),
            InlinePolicy(kind="user", owner="mine", name="own", document=READ),
            InlinePolicy(kind="group", owner="mine", name="own", document=READ),
            InlinePolicy(kind="role", owner="mine", name="own", document=READ),
        ),
        oidc_providers=(OIDCProvider(url="https://mine.example.com"),),
        password_policy=PasswordPolicy(minimum_length=8),
    )
    bounded = tuple(replace(each, permissions_boundary=POPULAR) for each in by_chance.roles)
    made(world, merged([replace(by_chance, roles=bounded), common]))
    world.app.store.write(lambda transaction: equip(transaction, world)).result()
    iam = world.root.iam
    iam.create_login_profile(UserName="mine", Password="correct horse battery staple")
    keys = {
        name: Credentials.of(iam.create_access_key(UserName=name)["AccessKey"]) for name in ("mine", "worker")
    }
    if world.root.credentials is None:
        raise RuntimeError("the root has no access key")
    return Place(world, {"root": world.root.credentials, **keys})


def equip(transaction: Transaction, world: World) -> None:
    """Give each user of chance what imports cannot carry: two access keys, a password and an MFA device."""
    account_id, now, ids = AccountId(ACCOUNT), world.clock.now(), world.app.ids
    for user in transaction.users.page(account_id, "/", None, 1_000_000):
        if user.name in {"mine", "worker"}:
            continue
        for _ in range(2):
            access_key_id = ids.access_key_id(PREFIX, account_id)
            transaction.access_keys.add(
                AccessKey(
                    account_id=account_id,
                    access_key_id=access_key_id,
                    owner_id=user.user_id,
                    secret=ids.secret_access_key(),
                    created_at=now,
                )
            )
        transaction.mfa_devices.add(
            MFADevice(
                account_id=account_id,
                name=user.name,
                path="/",
                seed=Secret("JBSWY3DPEHPK3PXP"),
                created_at=now,
                owner_id=user.user_id,
                enabled_at=now,
            )
        )
        transaction.login_profiles.add(
            LoginProfile(
                account_id=account_id,
                user_id=user.user_id,
                created_at=now,
                password=Secret("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$none"),
                changed_at=now,
            ),
            user.name,
        )


def measured(places: Sequence[Place], case: Case, rounds: int) -> tuple[float, float]:
    """Return the median in each place; they take turns, after one round that warms up."""
    figures: list[list[float]] = [[] for _ in places]
    for number in range(rounds + 1):
        for figure, place in zip(figures, places, strict=True):
            figure.append(place.measure(case, number))
    small, large = (statistics.median(figure[1:]) for figure in figures)
    return small, large


def report(cases: Sequence[Case], figures: Sequence[tuple[float, float]]) -> None:
    print(f"CPU microseconds of an operation\n  small: {SMALL}\n  large: {LARGE}\n")
    print(f"{'':44}{'small':>9}{'large':>9}{'ratio':>8}")
    ranked = sorted(zip(cases, figures, strict=True), key=lambda pair: -pair[1][1] / pair[1][0])
    for case, (small, large) in ranked:
        print(f"{case.name:44}{small:>9.0f}{large:>9.0f}{large / small:>8.2f}")
    slower = sum(large / small > MOST for _, (small, large) in ranked)
    print(f"\n{slower} of {len(cases)} take more than {MOST:g} times as long")


if __name__ == "__main__":
    main()
