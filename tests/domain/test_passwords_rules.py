"""What passwords must be like, and how long they last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iamd.domain.accounts import Account
from iamd.domain.ids import AccountId, UniqueId
from iamd.domain.login_profiles import LoginProfile, PasswordState
from iamd.domain.password_policy import PasswordPolicy, check_password
from iamd.errors import PasswordPolicyViolation
from iamd.secret import Secret

AT = datetime(2026, 11, 21, tzinfo=UTC)
ACCOUNT = Account(
    account_id=AccountId("123456789012"), name="Acme-Corp", created_at=AT, email="Me1@acme.example"
)


def policy(**changes: Any) -> PasswordPolicy:
    return PasswordPolicy(account_id=ACCOUNT.account_id, **changes)


def profile(**changes: Any) -> LoginProfile:
    values: dict[str, Any] = {
        "account_id": ACCOUNT.account_id,
        "user_id": UniqueId("AIDA"),
        "created_at": AT,
        "password": Secret("hash 0"),
        "changed_at": AT,
    }
    return LoginProfile(**{**values, **changes})


def violation(own: PasswordPolicy | None, password: str) -> str | None:
    with pytest.raises(PasswordPolicyViolation) as caught:
        check_password(own, Secret(password), ACCOUNT)
    return caught.value.message


@pytest.mark.parametrize("password", ["Abcdef12", "abcdef1!", "ABCDEF1!", "Abcdef!!", "Ab1" + "x" * 125])
def test_what_the_default_takes(password: str) -> None:
    check_password(None, Secret(password), ACCOUNT)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("Abcd12!", "Password should have a minimum length of 8"),
        ("abcdefgh12", "three of the following"),
        ("Äbcdefgh12", "three of the following"),
        ("abcd efgh~1", "three of the following"),
        ("Me1@acme.example", "Password should not be identical to the account name or email address"),
        ("Acme-Corp", "Password should not be identical to the account name or email address"),
    ],
)
def test_what_the_default_refuses(password: str, message: str) -> None:
    assert message in str(violation(None, password))


def test_a_policy_of_one_s_own_replaces_the_default() -> None:
    check_password(policy(), Secret("aaaaaa"), ACCOUNT)
    check_password(policy(), Secret("Acme-Corp"), ACCOUNT)
    assert violation(policy(), "aaaaa") == "Password should have a minimum length of 6"
    assert violation(policy(minimum_length=20), "a" * 19) == "Password should have a minimum length of 20"


@pytest.mark.parametrize(
    ("rule", "lacking", "word"),
    [
        ("require_uppercase", "abc123!é", "uppercase letter"),
        ("require_lowercase", "ABC123!É", "lowercase letter"),
        ("require_numbers", "abcABC!²", "number"),
        ("require_symbols", "abcABC1~ ", "symbol"),
    ],
)
def test_each_kind_of_character(rule: str, lacking: str, word: str) -> None:
    assert violation(policy(**{rule: True}), lacking) == f"Password should have at least one {word}"
    check_password(policy(**{rule: True}), Secret("abcABC1!"), ACCOUNT)


@pytest.mark.parametrize("symbol", "!@#$%^&*()_+-=[]{}|'")
def test_every_symbol_of_the_documentation_is_one(symbol: str) -> None:
    check_password(policy(require_symbols=True), Secret("abcdef" + symbol), ACCOUNT)


def test_a_password_expires_at_the_end_of_its_days() -> None:
    own = policy(max_age_days=90)
    end = AT + timedelta(days=90)

    assert own.expiry_of(AT) == end
    assert policy().expiry_of(AT) is None
    assert profile().state(own, end - timedelta(microseconds=1)) is PasswordState.VALID
    assert profile().state(own, end) is PasswordState.MUST_CHANGE
    assert profile().state(policy(max_age_days=90, hard_expiry=False), end) is PasswordState.MUST_CHANGE
    assert profile().state(policy(max_age_days=90, hard_expiry=True), end) is PasswordState.EXPIRED
    assert profile().state(policy(hard_expiry=True), end) is PasswordState.VALID
    assert profile().state(None, end) is PasswordState.VALID


def test_a_password_of_an_administrator_must_be_changed() -> None:
    own = policy(max_age_days=1, hard_expiry=True)
    assert profile(reset_required=True).state(None, AT) is PasswordState.MUST_CHANGE
    assert profile(reset_required=True).state(own, AT) is PasswordState.MUST_CHANGE
    assert profile(reset_required=True).state(own, AT + timedelta(days=2)) is PasswordState.EXPIRED


def test_as_many_passwords_are_remembered_as_can_be_asked_about() -> None:
    kept = profile()
    for number in range(1, 31):
        kept = kept.with_password(Secret(f"hash {number}"), AT + timedelta(days=number))

    assert (kept.password.reveal(), kept.changed_at) == ("hash 30", AT + timedelta(days=30))
    assert [each.reveal() for each in kept.previous] == [f"hash {number}" for number in range(29, 6, -1)]
    assert kept.created_at == AT
