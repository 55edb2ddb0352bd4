"""
Sessions that are ended before their time.

R-41: as on AWS by the policy AWSRevokeOlderSessions; and, beyond AWS, one alone, or all of an account.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.cli.sessions import POLICY_NAME, policy
from iamd.directory.directory import FreshView
from iamd.domain.session_revocations import RevocationKind, SessionRevocation
from iamd.secret import Secret
from iamd.sessions.rotation import RETIRED_FOR
from iamd.sessions.token import open_token
from iamd.settings import Settings

EXPIRED = ("ExpiredToken", "The security token included in the request is expired")
SECOND = timedelta(seconds=1)


def end(world: World, kind: RevocationKind, subject: str) -> None:
    revocation = SessionRevocation(kind, subject, world.clock.now())
    world.app.store.write(lambda transaction: transaction.session_revocations.put(revocation)).result()


def end_session(actor: Actor) -> None:
    assert actor.credentials is not None
    end(actor.world, RevocationKind.SESSION, actor.credentials.access_key_id)


@pytest.fixture
def bob(world: World) -> Actor:
    return world.user("bob", allow("*"))


@pytest.fixture
def role(world: World, bob: Actor) -> str:
    assert bob
    return world.role("worker", {"AWS": arn("user/bob")}, allow("*"))


def sessions_of(world: World, bob: Actor, role: str) -> dict[str, Actor]:
    """Return one session of each kind."""
    tokens = {
        "user": bob.sts.get_session_token(),
        "federated": bob.sts.get_federation_token(Name="guest", Policy=document(allow("*"))),
        "root": world.root.sts.get_session_token(),
    }
    found = {name: Actor(world, Credentials.of(answer["Credentials"])) for name, answer in tokens.items()}
    return {"role": bob.assume(role), **found}


def test_one_session_ends_and_no_other(world: World, bob: Actor, role: str) -> None:
    """R-41: the very next request."""
    ended = sessions_of(world, bob, role)
    going_on = sessions_of(world, bob, role)
    for name, actor in ended.items():
        actor.sts.get_caller_identity()
        end_session(actor)
        assert (name, refusal(actor.sts.get_caller_identity)) == (name, EXPIRED)
    for actor in going_on.values():
        actor.sts.get_caller_identity()


def test_all_sessions_of_an_account_end_and_later_ones_do_not(world: World, bob: Actor, role: str) -> None:
    before = sessions_of(world, bob, role)
    world.clock.advance(SECOND)
    end(world, RevocationKind.ACCOUNT, ACCOUNT)
    assert {name: refusal(actor.sts.get_caller_identity) for name, actor in before.items()} == dict.fromkeys(
        before, EXPIRED
    )
    bob.sts.get_caller_identity()
    world.clock.advance(SECOND)
    for actor in sessions_of(world, bob, role).values():
        actor.sts.get_caller_identity()
    assert refusal(before["role"].sts.get_caller_identity) == EXPIRED


def test_sessions_of_the_very_second_end_with_the_others(world: World, bob: Actor, role: str) -> None:
    """A session knows the second that it was begun in, and no more."""
    session = bob.assume(role)
    end(world, RevocationKind.ACCOUNT, ACCOUNT)
    assert refusal(session.sts.get_caller_identity) == EXPIRED


def test_an_earlier_end_does_not_bring_later_sessions_back(world: World, bob: Actor, role: str) -> None:
    session = bob.assume(role)
    world.clock.advance(10 * SECOND)
    end(world, RevocationKind.ACCOUNT, ACCOUNT)
    world.app.directory.revocations.note(
        SessionRevocation(RevocationKind.ACCOUNT, ACCOUNT, world.clock.now() - timedelta(hours=1))
    )
    assert refusal(session.sts.get_caller_identity) == EXPIRED


def test_sessions_of_other_accounts_go_on(world: World, bob: Actor, role: str) -> None:
    session = bob.assume(role)
    world.clock.advance(SECOND)
    end(world, RevocationKind.ACCOUNT, "999999999999")
    session.sts.get_caller_identity()


def test_who_has_no_valid_signature_does_not_learn_that_a_session_was_ended(
    world: World, bob: Actor, role: str
) -> None:
    session = bob.assume(role)
    end_session(session)
    assert session.credentials is not None
    forged = Actor(
        world, Credentials(session.credentials.access_key_id, "x" * 40, session.credentials.session_token)
    )
    assert refusal(forged.sts.get_caller_identity)[0] == "SignatureDoesNotMatch"


def test_an_ended_session_changes_nothing_any_more_also_in_the_same_batch(
    world: World, bob: Actor, role: str
) -> None:
    """R-38: memory learns of it after the commit, and a write asks the transaction."""
    session = bob.assume(role)
    session.iam.create_user(UserName="before")
    writer = world.app.store
    seen: list[bool] = []

    def job(transaction: Any) -> None:
        assert session.credentials is not None
        revocation = SessionRevocation(
            RevocationKind.SESSION, session.credentials.access_key_id, world.clock.now()
        )
        opened, _ = open_token(world.app.keyring, Secret(session.credentials.session_token or ""))
        view = FreshView(world.app.directory, transaction)
        seen.append(view.ended(opened))
        transaction.session_revocations.put(revocation)
        seen.append(view.ended(opened))
        # Memory does not know of it yet.
        seen.append(world.app.directory.revocations.ended(opened))

    writer.write(job).result()
    assert seen == [False, True, False]
    assert refusal(session.iam.create_user, UserName="after") == EXPIRED


@contextmanager
def node(loop: LoopThread, data: Path) -> Iterator[World]:
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        data=data,
    )
    world = World(loop, settings)
    world.app._background.stop()
    try:
        yield world
    finally:
        world.close()


def test_other_nodes_hear_of_it_and_it_outlives_a_restart(loop: LoopThread, tmp_path: Path) -> None:
    with node(loop, tmp_path / "iamd.db") as first:
        bob = first.user("bob", allow("*"))
        role = first.role("worker", {"AWS": arn("user/bob")})
        one, other = bob.assume(role), bob.assume(role)
        with node(loop, tmp_path / "iamd.db") as second:
            there = Actor(second, one.credentials)
            there.sts.get_caller_identity()
            end_session(one)
            second.app.store.poll()
            assert refusal(there.sts.get_caller_identity) == EXPIRED
            Actor(second, other.credentials).sts.get_caller_identity()
    with node(loop, tmp_path / "iamd.db") as later:
        assert refusal(Actor(later, one.credentials).sts.get_caller_identity) == EXPIRED
        Actor(later, other.credentials).sts.get_caller_identity()


def test_what_nobody_can_use_any_more_is_forgotten(loop: LoopThread, tmp_path: Path) -> None:
    def kept(world: World) -> list[str]:
        stored = world.app.store.read(lambda transaction: transaction.session_revocations.all()).result()
        return [revocation.subject for revocation in stored]

    with node(loop, tmp_path / "iamd.db") as world:
        end(world, RevocationKind.SESSION, "ASIAOLD")
        world.clock.advance(RETIRED_FOR + SECOND)
        end(world, RevocationKind.SESSION, "ASIANEW")
        memory = world.app.directory.revocations
        assert (list(memory._sessions), kept(world)) == (["ASIANEW"], ["ASIAOLD", "ASIANEW"])
        world.app._background._forget()
        assert kept(world) == ["ASIANEW"]


def test_a_reset_forgets_it(world: World) -> None:
    end(world, RevocationKind.ACCOUNT, ACCOUNT)
    world.app.reset()
    assert world.app.directory.revocations._accounts == {}


def put_for_role(world: World, text: str) -> None:
    world.root.iam.put_role_policy(RoleName="worker", PolicyName=POLICY_NAME, PolicyDocument=text)


def put_for_user(world: World, text: str) -> None:
    world.root.iam.put_user_policy(UserName="bob", PolicyName=POLICY_NAME, PolicyDocument=text)


@pytest.mark.parametrize(
    ("put", "concerned"),
    [(put_for_role, {"role"}), (put_for_user, {"user", "federated"})],
    ids=["role", "user"],
)
def test_the_policy_of_aws_ends_the_sessions_that_there_were(
    world: World, bob: Actor, role: str, put: Callable[[World, str], None], concerned: set[str]
) -> None:
    """R-41; AWS: *Revoke IAM role temporary security credentials*."""

    def denied(sessions: dict[str, Actor]) -> set[str]:
        answers = {
            name: refusal(actor.organizations.describe_organization) for name, actor in sessions.items()
        }
        return {name for name, (code, _) in answers.items() if code == "AccessDeniedException"}

    before = sessions_of(world, bob, role)
    assert denied(before) == set()
    world.clock.advance(SECOND)
    put(world, policy(world.clock.now()))
    assert denied(before) == concerned
    bob.iam.list_users()
    world.clock.advance(SECOND)
    assert denied(sessions_of(world, bob, role)) == set()
