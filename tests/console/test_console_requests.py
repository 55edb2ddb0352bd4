"""Requests of the console's pages: the same road as the wire's, behind the gate."""

import json
from typing import Any

import pytest
from tests.support.browser import HOST, Browser, header, said, set_cookies, signed_in, with_password
from tests.support.world import World, allow

from iamd.http import Request


@pytest.fixture
def bob(world: World) -> Browser:
    return signed_in(world, "bob", allow(["iam:Get*", "iam:List*", "iam:CreateUser", "sts:*"]))


def test_parameters_are_typed_and_checked_as_on_the_wire(bob: Browser) -> None:
    made = bob.result("iam", "CreateUser", UserName="eve", Tags=[{"Key": "team", "Value": "a"}])
    assert made["User"]["Tags"] == [{"Key": "team", "Value": "a"}]
    assert isinstance(made["User"]["CreateDate"], int | float)
    assert bob.refused("iam", "CreateUser", UserName="no spaces")[1] == "ValidationError"
    assert bob.refused("iam", "CreateUser", UserName=7)[1] == "MalformedInput"
    assert bob.refused("iam", "CreateUser", UserNames="eve")[1] == "InvalidParameterValue"
    assert bob.refused("iam", "CreateUser", UserName="eve")[:2] == (409, "EntityAlreadyExists")
    assert bob.refused("iam", "GetUser", UserName="nobody")[:2] == (404, "NoSuchEntity")
    assert bob.refused("iam", "NoSuchOperation")[1] == "InvalidAction"
    assert bob.refused("s3", "ListBuckets")[1] == "InvalidAction"


def test_a_denial_has_the_id_that_explains_it(bob: Browser) -> None:
    answer = bob.call("iam", "DeleteUser", UserName="bob")
    assert said(answer)[1] == "AccessDenied"
    assert header(answer, "x-iamd-decision-id")


def test_identity_is_that_of_temporary_credentials(bob: Browser) -> None:
    who = bob.result("sts", "GetCallerIdentity")
    assert who["Arn"] == "arn:aws:iam::123456789012:user/bob"
    assert bob.refused("sts", "GetSessionToken") == (
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_the_wire_knows_no_cookie(world: World, bob: Browser) -> None:
    """R-82: what a browser adds by itself proves nothing to the AWS wire."""
    cookie = "; ".join(f"{name}={value}" for name, value in bob.cookies.items())
    answer = world.send(
        Request(
            method="POST",
            raw_path=b"/",
            headers=(
                (b"host", HOST.encode()),
                (b"cookie", cookie.encode()),
                (b"x-iamd-csrf", (bob.csrf or "").encode()),
                (b"content-type", b"application/x-www-form-urlencoded"),
            ),
            body=b"Action=ListUsers&Version=2010-05-08",
        )
    )
    assert answer.status == 403
    assert b"MissingAuthenticationToken" in answer.body


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"origin": None}, 403, "AccessDenied"),
        ({"origin": "null"}, 403, "AccessDenied"),
        ({"origin": "https://evil.example"}, 403, "AccessDenied"),
        ({"origin": f"https://{HOST}"}, 403, "AccessDenied"),
        ({"origin": "http://127.0.0.1:4264"}, 403, "AccessDenied"),
        ({"origin": f"http://{HOST}.evil.example"}, 403, "AccessDenied"),
        ({"sec-fetch-site": "cross-site"}, 403, "AccessDenied"),
        ({"sec-fetch-site": "same-site"}, 403, "AccessDenied"),
        ({"x-iamd-csrf": None}, 403, "AccessDenied"),
        ({"x-iamd-csrf": ""}, 403, "AccessDenied"),
        ({"x-iamd-csrf": "A" * 43}, 403, "AccessDenied"),
        ({"cookie": None}, 403, "MissingAuthenticationToken"),
        ({"cookie": "iamd-console="}, 403, "ExpiredToken"),
        ({"cookie": "iamd-console=" + "A" * 100}, 403, "ExpiredToken"),
        ({"content-type": "text/plain"}, 400, "MalformedInput"),
        ({"content-type": "application/x-www-form-urlencoded"}, 400, "MalformedInput"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=x"}, 400, "MalformedInput"),
        ({"host": "evil.example"}, 421, "MisdirectedRequest"),
        ({"host": "evil.example:4263", "origin": "http://evil.example:4263"}, 421, "MisdirectedRequest"),
        ({"host": "127.0.0.1:1"}, 421, "MisdirectedRequest"),
        ({"host": None}, 421, "MisdirectedRequest"),
    ],
    ids=str,
)
def test_what_another_page_can_make_a_browser_send_is_refused(
    bob: Browser, headers: dict[str, str | None], status: int, code: str
) -> None:
    """R-81, R-82: another origin, a missing token, a stranger's cookie, a name that was rebound."""
    bob.headers = headers
    assert bob.refused("iam", "ListUsers")[:2] == (status, code)
    bob.headers = {}
    assert bob.call("iam", "ListUsers").status == 200


def test_a_strangers_cookie_and_token_do_not_go_together(world: World, bob: Browser) -> None:
    """R-82: a token is good with its own cookie only, and neither opens another installation."""
    eve = signed_in(world, "eve", allow("iam:*"))
    eve.csrf = bob.csrf
    assert eve.refused("iam", "ListUsers")[1] == "AccessDenied"
    other = World(world.loop)
    try:
        stranger = Browser(other, cookies=dict(bob.cookies), csrf=bob.csrf)
        assert stranger.refused("iam", "ListUsers")[1] == "ExpiredToken"
        assert stranger.session() is None
    finally:
        other.close()


def test_every_byte_of_the_cookie_matters(bob: Browser) -> None:
    """R-15."""
    (name,) = bob.cookies
    good = bob.cookies[name]
    for at in range(0, len(good) - 2, 7):
        changed = "A" if good[at] != "A" else "B"
        bob.cookies[name] = good[:at] + changed + good[at + 1 :]
        assert bob.refused("iam", "ListUsers")[1] == "ExpiredToken"


def test_two_cookies_are_none(bob: Browser) -> None:
    """R-82: a neighbor of the same site may have planted one of them."""
    (value,) = bob.cookies.values()
    bob.headers = {"cookie": f"iamd-console=x; iamd-console={value}"}
    assert bob.refused("iam", "ListUsers")[1] == "ExpiredToken"


def test_a_query_is_refused(bob: Browser) -> None:
    assert said(bob.post("/_iamd/api/iam/ListUsers?MaxItems=1"))[1] == "MalformedInput"


def test_a_form_of_another_site_changes_nothing(bob: Browser) -> None:
    """R-82: the simplest of forgeries, with the cookie that the browser would not even send."""
    answer = bob.form(
        "/_iamd/api/iam/CreateUser", {'{"UserName":"eve","x': '":1}'}, origin="https://evil.example"
    )
    assert answer.status == 403


def test_the_cookie_is_for_this_server_alone(world: World) -> None:
    """R-82: its flags, with TLS and without."""
    with_password(world, "bob")
    plain = set_cookies(Browser(world).sign_in("bob"))
    (flags,) = [text.partition(";")[2] for text in plain]
    assert flags == " Path=/_iamd/; HttpOnly; SameSite=Strict"
    secure = Browser(world, secure=True)
    (text,) = set_cookies(secure.sign_in("bob"))
    assert text.startswith("__Host-iamd-console=")
    assert text.partition(";")[2] == " Path=/; Secure; HttpOnly; SameSite=Strict"
    assert secure.session()["name"] == "bob"


def test_with_tls_a_cookie_of_the_plain_name_is_none(world: World) -> None:
    """R-82: who is between a browser and a page in clear text can plant that one."""
    with_password(world, "bob")
    secure = Browser(world, secure=True)
    secure.sign_in("bob")
    (value,) = secure.cookies.values()
    secure.cookies = {"iamd-console": value}
    assert secure.session() is None


def test_every_answer_has_the_headers(world: World, bob: Browser) -> None:
    """R-80: nothing inline, nothing from elsewhere, no frame; also on refusals."""
    answers = [
        bob.call("iam", "ListUsers"),
        bob.send("GET", "/_iamd/console/"),
        bob.send("GET", "/_iamd/console/no-such-file.js"),
        bob.send("GET", "/_iamd/api/console/Session"),
        bob.send("GET", "/_iamd/console/", host="evil.example"),
        bob.form("/_iamd/saml", {"SAMLResponse": "PHg+"}),
        bob.send("GET", "/_iamd/federation?Action=login&SigninToken=x"),
    ]
    for answer in answers:
        policy = header(answer, "content-security-policy") or ""
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert header(answer, "x-content-type-options") == "nosniff"
        assert header(answer, "x-frame-options") == "DENY"


def test_without_a_session_nothing_is_answered_but_what_brings_its_own_proof(world: World) -> None:
    anonymous = Browser(world)
    assert anonymous.refused("sts", "GetCallerIdentity")[1] == "MissingAuthenticationToken"
    # These two bring a proof of their own, or none.
    assert anonymous.refused("sts", "AssumeRoleWithSAML")[1] == "ValidationError"
    assert anonymous.refused("sts", "AssumeRoleWithWebIdentity")[1] == "ValidationError"


@pytest.mark.parametrize("body", [b"[]", b'{"a":1,"a":2}', b"{", b"NaN", b"\xff", b"[" * 5000])
def test_bad_json_is_refused(bob: Browser, body: bytes) -> None:
    answer: Any = bob.send("POST", "/_iamd/api/iam/ListUsers", body, content_type="application/json")
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "MalformedInput")
