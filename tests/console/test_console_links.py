"""Sign-in tokens: by `iamd login` and by the federation endpoint, traded in once."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.browser import Browser, federation, said, token_of, with_device
from tests.support.delegation import delegation_world
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, ENDPOINT, Actor, Credentials, World, allow

from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials as Signing
from iamd.sigv4.sign import sign


def link_of(world: World, actor: Actor | None) -> tuple[int, Any]:
    """Ask for a link with the credentials of somebody, as `iamd login` does."""
    request = Request(
        method="POST",
        raw_path=b"/_iamd/console-link",
        headers=((b"host", ENDPOINT.removeprefix("http://").encode()),),
    )
    if actor is not None and actor.credentials is not None:
        given = actor.credentials
        token = Secret(given.session_token) if given.session_token else None
        signing = Signing(
            access_key_id=given.access_key_id,
            secret_access_key=Secret(given.secret_access_key),
            session_token=token,
        )
        request = sign(request, signing, region="us-east-1", service="iam", at=world.clock.real())
    answer = world.loop.run(world.app.console.routes()["POST", b"/_iamd/console-link"](request))
    return answer.status, json.loads(answer.body)


def token(world: World, actor: Actor) -> str:
    status, page = link_of(world, actor)
    assert status == 200
    return str(page["path"]).removeprefix("/_iamd/console/#/sign-in/")


def role_session(world: World, **more: Any) -> Actor:
    bob = world.user("bob", allow("sts:*"))
    arn = world.role("reader", {"AWS": "arn:aws:iam::123456789012:user/bob"}, allow("iam:GetRole"))
    return bob.assume(arn, **more)


def wire(actor: Actor) -> str:
    given = actor.credentials
    assert isinstance(given, Credentials)
    return json.dumps(
        {
            "sessionId": given.access_key_id,
            "sessionKey": given.secret_access_key,
            "sessionToken": given.session_token,
        }
    )


def test_a_link_signs_in_whoever_has_asked_for_it(world: World, root: Actor) -> None:
    bob = world.user("bob", allow("iam:GetUser"))
    browser = Browser(world)
    browser.redeem(token(world, bob))
    assert browser.session()["arn"] == "arn:aws:iam::123456789012:user/bob"
    assert browser.result("iam", "GetUser")["User"]["UserName"] == "bob"
    assert browser.refused("iam", "ListUsers")[1] == "AccessDenied"
    browser.redeem(token(world, root))
    assert browser.session()["arn"] == "arn:aws:iam::123456789012:root"
    assert browser.result("iam", "ListUsers")["Users"][0]["UserName"] == "bob"


def test_a_link_wants_a_signature_and_no_denial(world: World) -> None:
    assert link_of(world, None)[1]["__type"] == "MissingAuthenticationTokenException"
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert link_of(world, world.user("shut", deny))[0] == 200


def test_a_link_is_good_once(world: World, root: Actor) -> None:
    """R-82: whoever finds one in a history cannot use it, also when the session that it made has ended."""
    text = token(world, root)
    browser = Browser(world)
    assert browser.redeem(text).status == 200
    assert said(Browser(world).redeem(text))[2] == "The sign-in link was used before."
    browser.own("SignOut")
    assert said(Browser(world).redeem(text))[1] == "AccessDenied"


def test_a_link_is_good_for_fifteen_minutes(world: World, root: Actor) -> None:
    text = token(world, root)
    world.clock.advance(timedelta(minutes=15))
    assert said(Browser(world).redeem(text))[1] == "AccessDenied"


def test_tokens_of_other_kinds_are_no_links(world: World, root: Actor) -> None:
    """R-17: one key for each purpose."""
    session = role_session(world)
    assert session.credentials is not None
    browser = Browser(world)
    browser.redeem(token(world, root))
    (cookie,) = browser.cookies.values()
    for text in (session.credentials.session_token, cookie, "x", "A" * 400):
        assert said(Browser(world).redeem(text or ""))[1] == "AccessDenied"


def test_mfa_is_kept(world: World) -> None:
    bob = world.user("bob", allow("*"))
    codes = with_device(world, "bob")
    world.clock.advance(timedelta(seconds=60))
    answer = bob.sts.get_session_token(
        SerialNumber="arn:aws:iam::123456789012:mfa/bob", TokenCode=codes.at(world.clock.now())
    )
    browser = Browser(world)
    browser.redeem(token(world, Actor(world, Credentials.of(answer["Credentials"]))))
    assert browser.session()["mfa"] is True


def test_a_session_without_mfa_does_not_get_more_by_it(world: World) -> None:
    """GetSessionToken without MFA opens no operation of IAM, and its console session neither."""
    bob = world.user("bob", allow("*"))
    session = Actor(world, Credentials.of(bob.sts.get_session_token()["Credentials"]))
    status, page = link_of(world, session)
    assert (status, page["__type"]) == (400, "UnrecognizedClientException")


@pytest.mark.parametrize("approving", ["user", "role", "root at the console"])
def test_delegated_access_does_not_sign_in(loop: LoopThread, tmp_path: Path, approving: str) -> None:
    """R-22: the session that stands behind it is the approver's, whose rights are more than what was approved."""
    with delegation_world(loop, tmp_path) as world:
        approver = world.user("asker", allow("*"))
        if approving == "role":
            approver = approver.assume(world.role("approving", {"AWS": ACCOUNT}, allow("*")))
        if approving == "root at the console":
            browser = Browser(world)
            browser.redeem(token(world, world.root))
            request_id = world.ask()
            for operation in ("Associate", "Accept"):
                browser.result("iam", f"{operation}DelegationRequest", DelegationRequestId=request_id)
            browser.result("iam", "SendDelegationToken", DelegationRequestId=request_id)
            (exchange,) = (each["ExchangeToken"] for each in world.told() if "ExchangeToken" in each)
        else:
            exchange = world.token(approver)
        delegated = world.trade(exchange)
        delegated.iam.list_groups()
        status, page = link_of(world, delegated)
        assert (status, page["__type"]) == (400, "AccessDeniedException")
        assert page["message"] == "Delegated access does not sign in to the console."


def test_a_role_of_delegated_access_ends_with_it_at_the_console(loop: LoopThread, tmp_path: Path) -> None:
    with delegation_world(loop, tmp_path) as world:
        role = world.role("chained", {"AWS": ACCOUNT}, allow("iam:ListUsers"))
        delegated = world.trade(world.token(world.user("asker", allow("*")), SessionDuration=900))
        browser = Browser(world)
        browser.redeem(token(world, delegated.assume(role)))
        browser.result("iam", "ListUsers")
        world.clock.advance(timedelta(seconds=900))
        assert browser.refused("iam", "ListUsers")[1] == "ExpiredToken"


def test_the_federation_endpoint_signs_in_as_awss_does(world: World) -> None:
    """AWS: *Enable custom identity broker access to the AWS console*, the example in Python."""
    session = role_session(world)
    browser = Browser(world)
    answer = browser.send(
        "GET", federation(Action="getSigninToken", SessionDuration="43200", Session=wire(session))
    )
    given = json.loads(answer.body)
    assert list(given) == ["SigninToken"]
    login = browser.send(
        "GET",
        federation(
            Action="login",
            Issuer="Example.org",
            Destination="https://console.aws.amazon.com/",
            SigninToken=given["SigninToken"],
        ),
    )
    assert token_of(login) == given["SigninToken"]
    browser.redeem(token_of(login))
    assert browser.session()["arn"] == "arn:aws:sts::123456789012:assumed-role/reader/session"
    assert browser.result("iam", "GetRole", RoleName="reader")["Role"]["RoleName"] == "reader"


def test_a_console_session_ends_with_its_credentials(world: World) -> None:
    """R-12: ``SessionDuration`` makes nothing last longer."""
    session = role_session(world, DurationSeconds=900)
    browser = Browser(world)
    answer = browser.form(
        "/_iamd/federation",
        {"Action": "getSigninToken", "SessionDuration": "43200", "Session": wire(session)},
    )
    browser.redeem(json.loads(answer.body)["SigninToken"])
    world.clock.advance(timedelta(minutes=14))
    assert browser.call("iam", "GetRole", RoleName="reader").status == 200
    world.clock.advance(timedelta(minutes=1))
    assert browser.refused("iam", "GetRole", RoleName="reader")[1] == "ExpiredToken"


def changed(session: Actor, **changes: str) -> str:
    return json.dumps(json.loads(wire(session)) | changes)


def test_credentials_that_are_none_get_no_token(world: World, root: Actor) -> None:
    """R-35: the secret must be the session's own, and the session a living one."""
    session = role_session(world)
    bob_key = world.user("eve").credentials
    assert bob_key is not None
    refused = {
        changed(session, sessionKey="x" * 40): "InvalidClientTokenId",
        changed(session, sessionId="ASIAAAAAAAAAAAAAAAAA"): "InvalidClientTokenId",
        changed(session, sessionToken="AAAA"): "InvalidClientTokenId",
        json.dumps(
            {"sessionId": bob_key.access_key_id, "sessionKey": bob_key.secret_access_key, "sessionToken": ""}
        ): "InvalidClientTokenId",
        "{}": "MalformedInput",
        "x": "MalformedInput",
        # in a member that nobody asks for, too.
        '{"deep":' + "[" * 100_000: "MalformedInput",
    }
    for text, code in refused.items():
        answer = Browser(world).form("/_iamd/federation", {"Action": "getSigninToken", "Session": text})
        assert said(answer)[1] == code
    world.clock.advance(timedelta(hours=1))
    answer = Browser(world).send("GET", federation(Action="getSigninToken", Session=wire(session)))
    assert said(answer)[1] == "ExpiredToken"


def test_sessions_of_users_sign_in_elsewhere(world: World) -> None:
    bob = world.user("bob", allow("*"))
    session = Actor(world, Credentials.of(bob.sts.get_session_token()["Credentials"]))
    answer = Browser(world).send("GET", federation(Action="getSigninToken", Session=wire(session)))
    assert said(answer)[1] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "InvalidParameterValue"),
        ({"Action": "logout"}, "InvalidParameterValue"),
        ({"Action": "getSigninToken"}, "MissingParameter"),
        ({"Action": "getSigninToken", "Session": "{}", "SessionDuration": "1e3"}, "InvalidParameterValue"),
        ({"Action": "getSigninToken", "Session": "{}", "SessionDuration": "899"}, "InvalidParameterValue"),
        ({"Action": "getSigninToken", "Session": "{}", "SessionDuration": "٩٠٠٠"}, "InvalidParameterValue"),
        ({"Action": "login"}, "MissingParameter"),
        ({"Action": "login", "SigninToken": "x\r\nset-cookie: a=b"}, "InvalidParameterValue"),
        ({"Action": "login", "SigninToken": "<script>"}, "InvalidParameterValue"),
    ],
)
def test_bad_requests_to_the_endpoint_are_refused(world: World, fields: dict[str, str], code: str) -> None:
    assert said(Browser(world).send("GET", federation(**fields)))[1] == code


def test_a_login_goes_nowhere_else(world: World) -> None:
    """R-81: a link to this server cannot send anybody to another."""
    answer = Browser(world).send(
        "GET", federation(Action="login", SigninToken="AAAA", Destination="https://evil.example/")
    )
    assert token_of(answer) == "AAAA"
