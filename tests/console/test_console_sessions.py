"""Console sessions: how long they live, and who ends them."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.support.browser import Browser, root_in, said, set_cookies, signed_in, with_password
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, World, allow

from iamd.secret import Secret
from iamd.settings import Settings
from iamd.store.interface import Transaction


@pytest.fixture
def bob(world: World) -> Browser:
    return signed_in(world, "bob", allow(["iam:*", "sts:*"]))


def works(browser: Browser) -> bool:
    answer = browser.call("iam", "GetUser")
    if answer.status != 200:
        assert said(answer)[1] in {"ExpiredToken", "InvalidClientTokenId"}
    return answer.status == 200


def listed(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(browser.own("ListSessions").body)["sessions"]
    return found


def test_an_idle_session_is_over(world: World, bob: Browser) -> None:
    """R-82: an hour without use ends it."""
    world.clock.advance(timedelta(minutes=59))
    assert works(bob)
    world.clock.advance(timedelta(minutes=59))
    assert works(bob)
    world.clock.advance(timedelta(minutes=60))
    assert not works(bob)
    assert json.loads(bob.own("ListSessions").body)["code"] == "ExpiredToken"


def test_a_used_session_gets_a_new_cookie_now_and_then(world: World, bob: Browser) -> None:
    before = dict(bob.cookies)
    assert set_cookies(bob.call("iam", "GetUser")) == []
    world.clock.advance(timedelta(minutes=4))
    csrf = bob.csrf
    assert len(set_cookies(bob.call("iam", "GetUser"))) == 1
    assert bob.cookies != before
    # The same session, and so the same token.
    assert works(bob)
    bob.session()
    assert bob.csrf == csrf


def test_no_session_lasts_longer_than_twelve_hours(world: World, bob: Browser) -> None:
    """R-82: however much it is used."""
    for _ in range(13):
        world.clock.advance(timedelta(minutes=55))
        assert works(bob)
    world.clock.advance(timedelta(minutes=6))
    assert not works(bob)


def test_a_sign_in_makes_a_new_session_and_ends_the_one_before(world: World, bob: Browser) -> None:
    """R-82: fixation: who planted a cookie, or has copied one, is not signed in by it afterwards."""
    planted = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert works(planted)
    before = dict(bob.cookies)
    bob.sign_in("bob")
    assert bob.cookies != before
    assert works(bob)
    assert not works(planted)


def test_signing_out_ends_it_on_the_server(world: World, bob: Browser) -> None:
    """R-82: a copy of the cookie is worth nothing afterwards."""
    copied = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert works(copied)
    assert bob.own("SignOut").status == 200
    assert bob.cookies == {}
    assert not works(copied)


def test_somebody_sees_and_ends_their_own_sessions(world: World, bob: Browser) -> None:
    elsewhere = Browser(world, peer="192.0.2.7")
    elsewhere.sign_in("bob")
    eve = signed_in(world, "eve", allow("*"))
    assert {each["sourceIp"]: each["own"] for each in listed(bob)} == {"127.0.0.1": True, "192.0.2.7": False}
    (other,) = [each for each in listed(bob) if not each["own"]]
    assert said(eve.own("EndSession", {"sessionId": other["sessionId"]}))[1] == "NoSuchEntity"
    assert works(elsewhere)
    assert bob.own("EndSession", {"sessionId": other["sessionId"]}).status == 200
    assert not works(elsewhere)
    assert works(bob)


def test_the_root_user_sees_all_of_the_account(world: World, bob: Browser) -> None:
    assert {each["arn"] for each in listed(root_in(world))} == {
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/bob",
    }


def test_a_deleted_user_is_signed_out(world: World, root: Actor, bob: Browser) -> None:
    """R-41."""
    root.iam.delete_login_profile(UserName="bob")
    (key,) = root.iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]
    root.iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    root.iam.delete_user_policy(UserName="bob", PolicyName="test")
    root.iam.delete_user(UserName="bob")
    assert not works(bob)


def test_a_session_is_ended_as_temporary_credentials_are(world: World, bob: Browser) -> None:
    """What ends sessions of an account, or one by its access key id, ends those of the console."""
    who = world.app.store.read(
        lambda tx: tx.console_sessions.of_account("123456789012", world.clock.now())
    ).result()
    from iamd.domain.session_revocations import RevocationKind, SessionRevocation  # noqa: PLC0415

    revocation = SessionRevocation(RevocationKind.SESSION, who[0].access_key_id, world.clock.now())

    def end(transaction: Transaction) -> None:
        transaction.session_revocations.put(revocation)

    world.app.store.write(end).result()
    assert not works(bob)


def test_policies_can_deny_older_sessions(world: World, root: Actor, bob: Browser) -> None:
    """AWSRevokeOlderSessions: a console session has ``aws:TokenIssueTime``."""
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "DateLessThan": {
                    "aws:TokenIssueTime": (world.clock.now() + timedelta(seconds=1)).strftime(
                        "%Y-%m-%dT%H:%M:%SZ"
                    )
                }
            },
        },
    }
    root.iam.put_user_policy(UserName="bob", PolicyName="revoke", PolicyDocument=json.dumps(policy))
    assert bob.refused("iam", "GetUser")[1] == "AccessDenied"


# Roles.


def trusted_by_bob(world: World) -> str:
    bob = "arn:aws:iam::123456789012:user/bob"
    return world.role("reader", {"AWS": bob}, allow(["iam:GetRole", "sts:AssumeRole"]))


def test_a_role_is_switched_to_and_back(world: World, bob: Browser) -> None:
    arn = trusted_by_bob(world)
    before = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert bob.own("SwitchRole", {"roleArn": arn}).status == 200
    session = bob.session()
    assert session["arn"] == "arn:aws:sts::123456789012:assumed-role/reader/bob"
    assert session["switched"] is True
    assert bob.result("iam", "GetRole", RoleName="reader")["Role"]["Arn"] == arn
    assert bob.refused("iam", "ListUsers")[1] == "AccessDenied"
    role = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert bob.own("SwitchBack").status == 200
    assert bob.session()["arn"] == "arn:aws:iam::123456789012:user/bob"
    assert works(bob)
    # Both cookies of before are worth nothing now.
    assert role.refused("iam", "GetRole", RoleName="reader")[1] == "ExpiredToken"
    assert not works(before)


def test_the_trust_policy_decides_about_switching(world: World, bob: Browser) -> None:
    arn = world.role("closed", {"AWS": "arn:aws:iam::123456789012:root"})
    world.root.iam.put_user_policy(
        UserName="bob",
        PolicyName="none",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}}',
    )
    assert said(bob.own("SwitchRole", {"roleArn": arn}))[1] == "AccessDenied"
    assert (
        said(bob.own("SwitchRole", {"roleArn": "arn:aws:iam::123456789012:role/none"}))[1] == "AccessDenied"
    )
    assert said(bob.own("SwitchRole", {"roleArn": "x"}))[1] == "ValidationError"
    assert works(bob)


def test_a_role_ends_with_the_session_it_was_switched_to_from(world: World, bob: Browser) -> None:
    """R-12: no chain of roles outlives its beginning; and who signs out is out of all of it."""
    arn = trusted_by_bob(world)
    world.root.iam.update_role(RoleName="reader", MaxSessionDuration=43200)
    for _ in range(12):
        world.clock.advance(timedelta(minutes=57))
        assert works(bob)
    bob.own("SwitchRole", {"roleArn": arn})
    left = bob.session()["expiresAt"] - world.clock.now().timestamp()
    assert left <= 37 * 60
    role = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    bob.own("SignOut")
    assert role.refused("iam", "GetRole", RoleName="reader")[1] == "ExpiredToken"


def test_there_is_no_way_back_from_where_nobody_switched(world: World, bob: Browser) -> None:
    assert said(bob.own("SwitchBack"))[1] == "AccessDenied"


def test_who_signs_out_is_out_of_the_roles_between_too(world: World, bob: Browser) -> None:
    """R-41: a role that was switched to from a role ends with the session that it all began with."""
    first = trusted_by_bob(world)
    second = world.role("second", {"AWS": first}, allow("iam:GetRole"))
    user = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert bob.own("SwitchRole", {"roleArn": first}).status == 200
    bob.session()
    between = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert bob.own("SwitchRole", {"roleArn": second}).status == 200
    bob.session()
    (own,) = (each for each in listed(user) if each["own"])
    assert between.refused("iam", "GetRole", RoleName="reader")[1] == "ExpiredToken"
    last = Browser(world, cookies=dict(bob.cookies), csrf=bob.csrf)
    assert user.own("EndSession", {"sessionId": own["sessionId"]}).status == 200
    assert last.refused("iam", "GetRole", RoleName="reader")[1] == "ExpiredToken"


def test_the_way_back_leads_to_where_it_began(world: World, bob: Browser) -> None:
    """AWS: *Switch from a user to an IAM role (console)*: whoever stops using a role is the user again."""
    first = trusted_by_bob(world)
    second = world.role("second", {"AWS": first})
    for arn in (first, second):
        assert bob.own("SwitchRole", {"roleArn": arn}).status == 200
        bob.session()
    assert bob.own("SwitchBack").status == 200
    assert bob.session()["arn"] == "arn:aws:iam::123456789012:user/bob"


def test_strangers_do_not_reach_the_writer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-84: there is one, and whoever shows nothing must not keep it from its work."""
    written: list[object] = []
    monkeypatch.setattr(world.app.store, "write", written.append)
    for page, content in (
        ("RedeemLink", {"token": "A" * 400}),
        ("SignOut", {}),
        ("SwitchBack", {}),
        ("EndSession", {"sessionId": "0" * 64}),
    ):
        for cookies in ({}, {"iamd-console": "A" * 100}):
            status, code, _ = said(Browser(world, cookies=cookies, csrf="x").own(page, content))
            assert status in {400, 403}
            assert code in {"AccessDenied", "ExpiredToken", "MissingAuthenticationToken"}
    assert written == []
    monkeypatch.undo()


# What the operator sets.


@pytest.fixture
def strict(loop: LoopThread) -> Iterator[World]:
    """Give a server whose console sessions are shorter and fewer than by default."""
    settings = Settings(
        account_id=ACCOUNT,
        root_access_key_id="AKIAROOTEXAMPLE00000",
        root_secret_access_key=Secret("root/secret/access/key/of/the/tests/0000"),
        console_idle_minutes=10,
        console_session_minutes=30,
        console_sessions_at_once=2,
    )
    world = World(loop, settings)
    with_password(world, "bob", allow(["iam:*", "sts:*"]))
    yield world
    world.close()


def visit(world: World, name: str = "bob") -> Browser:
    browser = Browser(world)
    assert browser.sign_in(name).status == 200
    browser.session()
    return browser


def test_the_operator_says_how_long_a_session_lasts(strict: World) -> None:
    """R-82: unused, and in any case."""
    used, unused = visit(strict), visit(strict)
    assert used.session()["idleSeconds"] == 600
    for _ in range(3):
        strict.clock.advance(timedelta(minutes=9))
        assert works(used)
    assert not works(unused)
    strict.clock.advance(timedelta(minutes=3))
    assert not works(used)


def test_one_session_more_than_may_be_ends_the_first(strict: World) -> None:
    """A new one is never refused: whoever holds the others could keep somebody out."""
    with_password(strict, "eve", allow("iam:GetUser"))
    eve = visit(strict, "eve")
    first = visit(strict)
    strict.clock.advance(timedelta(seconds=1))
    second = visit(strict)
    strict.clock.advance(timedelta(seconds=1))
    third = visit(strict)
    assert [works(each) for each in (first, second, third, eve)] == [False, True, True, True]
    # Whoever signs in anew in the same browser replaces that session, and no other.
    third.sign_in("bob")
    assert [works(each) for each in (second, third)] == [True, True]


def test_a_role_that_is_switched_to_does_not_end_where_it_comes_from(strict: World) -> None:
    arn = trusted_by_bob(strict)
    strict.root.iam.update_assume_role_policy(
        RoleName="reader",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            }
        ),
    )
    bob = visit(strict)
    for _ in range(3):
        strict.clock.advance(timedelta(seconds=1))
        assert bob.own("SwitchRole", {"roleArn": arn}).status == 200
        bob.session()
        assert bob.result("iam", "GetRole", RoleName="reader")["Role"]["Arn"] == arn
    assert bob.own("SwitchBack").status == 200
    bob.session()
    assert works(bob)
