"""Sign-in as an IAM user: password, MFA, expiry, throttle."""

import json
from datetime import timedelta

import pytest
from tests.support.browser import PASSWORD, Browser, said, with_device, with_password
from tests.support.world import ACCOUNT, Actor, World, allow

WRONG = "Your authentication information is incorrect. Please try again."


def asks_for_code(browser: Browser) -> bool:
    assert browser.last is not None
    return browser.last.status == 200 and json.loads(browser.last.body) == {"next": "mfa"}


def test_a_user_signs_in_and_calls_operations_as_itself(world: World) -> None:
    with_password(world, "bob", allow("iam:GetUser"))
    browser = Browser(world)
    assert browser.session() is None
    browser.sign_in("bob")
    assert browser.session()["arn"] == "arn:aws:iam::123456789012:user/bob"
    assert browser.result("iam", "GetUser")["User"]["UserName"] == "bob"
    status, code, message = browser.refused("iam", "ListUsers")
    assert (status, code) == (403, "AccessDenied")
    assert message.startswith(
        "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: iam:ListUsers"
    )


def test_the_account_may_be_named_by_its_alias(world: World) -> None:
    with_password(world, "bob")
    world.root.iam.create_account_alias(AccountAlias="acme")
    assert Browser(world).sign_in("bob", account="acme").status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong"},
        {"user": "nobody"},
        {"user": "keyless"},
        {"account": "000000000000"},
        {"account": "no-such-alias"},
    ],
    ids=["password", "user", "user without a password", "account", "alias"],
)
def test_every_refusal_has_the_same_words(world: World, changes: dict[str, str]) -> None:
    """R-76: nobody learns which of the three is wrong."""
    with_password(world, "bob")
    world.user("keyless")
    answer = Browser(world).sign_in("bob", **changes)
    assert said(answer) == (403, "AccessDenied", WRONG)


def test_names_of_users_are_written_in_any_case(world: World) -> None:
    with_password(world, "bob")
    assert Browser(world).sign_in("BOB").status == 200


def test_tries_are_counted_whatever_the_case_of_the_name(world: World) -> None:
    """R-77: nobody gets around the count by another spelling, nor by the account's other name (R-76)."""
    with_password(world, "bob")
    world.root.iam.create_account_alias(AccountAlias="acme")
    browser = Browser(world)
    for name, account in (
        ("bob", "acme"),
        ("BOB", "123456789012"),
        ("Bob", "acme"),
        ("bOb", "acme"),
        ("boB", "acme"),
    ):
        assert said(browser.sign_in(name, "wrong", account=account))[1] == "AccessDenied"
    assert said(browser.sign_in("bob"))[1] == "Throttling"
    assert Browser(world, peer="192.0.2.7").sign_in("bob").status == 200
    world.clock.advance(timedelta(seconds=31))
    assert browser.sign_in("bob").status == 200


def test_a_forwarded_address_changes_nothing(world: World) -> None:
    """R-76: what a client writes about where it comes from is not believed."""
    with_password(world, "bob")
    browser = Browser(world)
    for number in range(5):
        browser.headers = {"x-forwarded-for": f"192.0.2.{number}"}
        browser.sign_in("bob", "wrong")
    assert said(browser.sign_in("bob"))[1] == "Throttling"


def test_with_a_device_a_code_is_needed_and_conditions_see_it(world: World) -> None:
    with_password(
        world, "bob", allow("iam:GetUser", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    )
    codes = with_device(world, "bob")
    browser = Browser(world)
    browser.sign_in("bob")
    assert asks_for_code(browser)
    assert browser.session() is None
    world.clock.advance(timedelta(seconds=60))
    browser.sign_in("bob", code=codes.at(world.clock.now()))
    assert browser.session()["mfa"] is True
    assert browser.result("iam", "GetUser")["User"]["UserName"] == "bob"


def test_without_a_device_the_session_is_without_mfa(world: World) -> None:
    with_password(
        world, "bob", allow("iam:GetUser", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})
    )
    browser = Browser(world)
    browser.sign_in("bob")
    assert browser.result("iam", "GetUser")["User"]["UserName"] == "bob"


def test_the_code_is_not_asked_for_before_the_password_is_right(world: World) -> None:
    """R-76: that somebody has a device is told to nobody else."""
    with_password(world, "bob")
    with_device(world, "bob")
    assert said(Browser(world).sign_in("bob", "wrong"))[2] == WRONG


def test_a_code_works_once(world: World) -> None:
    """R-77."""
    with_password(world, "bob")
    codes = with_device(world, "bob")
    world.clock.advance(timedelta(seconds=60))
    code = codes.at(world.clock.now())
    assert Browser(world).sign_in("bob", code=code).status == 200
    assert said(Browser(world).sign_in("bob", code=code))[1] == "AccessDenied"


def test_wrong_codes_make_the_right_one_wait(world: World) -> None:
    """R-77."""
    with_password(world, "bob")
    codes = with_device(world, "bob")
    world.clock.advance(timedelta(seconds=60))
    for _ in range(5):
        assert said(Browser(world).sign_in("bob", code="000000"))[1] == "AccessDenied"
    assert said(Browser(world).sign_in("bob", code=codes.at(world.clock.now())))[1] == "AccessDenied"


def test_a_password_that_must_be_changed_is_good_for_that_alone(world: World, root: Actor) -> None:
    with_password(world, "bob", allow("iam:*"), PasswordResetRequired=True)
    browser = Browser(world)
    browser.sign_in("bob")
    assert browser.session()["mustChangePassword"] is True
    assert browser.refused("iam", "GetUser")[2] == "The password must be changed before anything else."
    assert browser.refused("sts", "GetCallerIdentity")[1] == "AccessDenied"
    pages = {
        "ListSessions": {},
        "EndSession": {"sessionId": "0" * 64},
        "SwitchRole": {"roleArn": "arn:aws:iam::123456789012:role/any"},
        "CheckPolicy": {"document": "{}"},
        "CompleteName": {"wanted": "action", "typed": "iam"},
    }
    for page, content in pages.items():
        assert said(browser.own(page, content))[2] == "The password must be changed before anything else."
    browser.result("iam", "ChangePassword", OldPassword=PASSWORD, NewPassword="another-Horse-8")
    # The session stays what it was: whoever has the new password signs in with it.
    assert browser.refused("iam", "GetUser")[1] == "AccessDenied"
    assert browser.own("SignOut").status == 200
    again = Browser(world)
    again.sign_in("bob", "another-Horse-8")
    assert again.session()["mustChangePassword"] is False


def test_a_sign_in_is_when_the_password_was_last_used(world: World, root: Actor) -> None:
    """AWS: *User*: "If a password is used more than once in a five-minute span, only the first use is returned"."""
    with_password(world, "bob")
    assert "PasswordLastUsed" not in root.iam.get_user(UserName="bob")["User"]
    assert Browser(world).own("SignIn", {"account": ACCOUNT, "user": "bob", "password": "x"}).status == 403
    assert "PasswordLastUsed" not in root.iam.get_user(UserName="bob")["User"]
    first = world.clock.now()
    Browser(world).sign_in("bob")
    used = root.iam.get_user(UserName="bob")["User"]["PasswordLastUsed"]
    assert first.replace(microsecond=0) <= used <= world.clock.now()
    world.clock.advance(timedelta(minutes=4))
    Browser(world).sign_in("bob")
    assert root.iam.get_user(UserName="bob")["User"]["PasswordLastUsed"] == used
    world.clock.advance(timedelta(minutes=1))
    Browser(world).sign_in("bob")
    again = root.iam.get_user(UserName="bob")["User"]["PasswordLastUsed"]
    assert again - used >= timedelta(minutes=5)


def test_a_password_alone_is_no_use_where_a_code_is_wanted(world: World, root: Actor) -> None:
    with_password(world, "bob")
    with_device(world, "bob")
    assert json.loads(Browser(world).sign_in("bob").body) == {"next": "mfa"}
    assert "PasswordLastUsed" not in root.iam.get_user(UserName="bob")["User"]


def test_a_password_that_has_expired_for_good_opens_nothing(world: World, root: Actor) -> None:
    with_password(world, "bob", allow("iam:*"))
    root.iam.update_account_password_policy(MaxPasswordAge=90, HardExpiry=True)
    world.clock.advance(timedelta(days=91))
    answer = Browser(world).sign_in("bob")
    assert said(answer)[2] == "Your password has expired. Ask your administrator to set another one."
    root.iam.update_account_password_policy(MaxPasswordAge=90, HardExpiry=False)
    browser = Browser(world)
    browser.sign_in("bob")
    assert browser.session()["mustChangePassword"] is True


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{",
        b'{"account":"1","user":"bob"}',
        b'{"account":"1","user":"bob","password":"x","more":1}',
        b'{"account":1,"user":"bob","password":"x"}',
        b"\xff",
    ],
)
def test_what_cannot_be_read_is_refused_and_repeats_no_password(world: World, content: bytes) -> None:
    answer = Browser(world).send(
        "POST", "/_iamd/api/console/SignIn", content, content_type="application/json"
    )
    assert answer.status == 400
    assert said(answer)[1] in {"InvalidInput", "MalformedInput"}


def test_a_sign_in_is_in_the_chronicle_and_the_password_is_not(world: World) -> None:
    """R-78."""
    with_password(world, "bob")
    browser = Browser(world)
    answer = browser.sign_in("bob")
    assert PASSWORD.encode() not in answer.body
    assert PASSWORD not in repr(answer)
