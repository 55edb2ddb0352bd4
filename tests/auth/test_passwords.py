"""Hashes of passwords."""

import pytest

from iamd.auth.passwords import Cost, Passwords
from iamd.secret import Secret

CHEAP = Cost(time=1, memory=8)
SALT = b"sixteen bytes..."


def test_a_hash_tells_how_it_was_made_and_not_of_what() -> None:
    made = Passwords(CHEAP).hash(Secret("correct horse"), SALT)

    assert made.reveal().startswith("$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcy4uLg$")
    assert "correct" not in made.reveal()
    assert repr(made) == "Secret(…)"


def test_the_default_costs_what_the_rfc_recommends() -> None:
    """RFC 9106, section 4."""
    made = Passwords().hash(Secret("correct horse"), SALT)
    assert made.reveal().startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_a_password_is_found_among_hashes() -> None:
    passwords = Passwords(CHEAP)
    hashes = [passwords.hash(Secret(text), SALT) for text in ("now", "before", "long ago")]

    found = [passwords.position(Secret(text), hashes) for text in ("now", "long ago", "Now", "now ", "")]
    assert found == [0, 2, None, None, None]
    assert passwords.position(Secret("now"), []) is None


def test_hashes_outlive_a_change_of_cost() -> None:
    old, new = Passwords(CHEAP), Passwords(Cost(time=2, memory=16))
    first = old.hash(Secret("first"), SALT)
    second = new.hash_again(Secret("second"), first)

    assert second.reveal().startswith("$argon2id$v=19$m=16,t=2,p=1$c2l4dGVlbiBieXRlcy4uLg$")
    assert new.position(Secret("first"), [second, first]) == 1
    assert new.position(Secret("second"), [second, first]) == 0


@pytest.mark.parametrize("text", ["ÿ\t\r\n ", "x" * 128])
def test_any_text_that_the_model_allows(text: str) -> None:
    passwords = Passwords(CHEAP)
    assert passwords.position(Secret(text), [passwords.hash(Secret(text), SALT)]) == 0


def test_two_salts_make_two_hashes() -> None:
    passwords = Passwords(CHEAP)
    one, other = (passwords.hash(Secret("same"), salt) for salt in (SALT, SALT[::-1]))
    assert not one.matches(other)
