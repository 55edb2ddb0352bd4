"""Ids of accounts and of Organizations."""

import re

from iamd.domain.ids import Ids


def test_ids_of_organizations_are_lower_case_letters_and_digits() -> None:
    ids = Ids(1)
    made = {ids.lower_id("ou-root-", 8) for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch("ou-root-[a-z0-9]{8}", each) for each in made)
    assert Ids(1).lower_id("p-", 8) == Ids(1).lower_id("p-", 8)


def test_an_account_id_has_twelve_digits_and_does_not_begin_with_0() -> None:
    ids = Ids(1)
    made = {ids.account_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch("[1-9][0-9]{11}", each) for each in made)
