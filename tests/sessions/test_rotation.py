"""The life of a sealing key: when it is announced, seals, only opens, and goes."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamd.domain.sealing_keys import SealingKey, SealingKeyState
from iamd.secret import Secret
from iamd.sessions.keyring import Keyring, new_sealing_key_material
from iamd.sessions.rotation import (
    MOST_KEYS,
    RETIRED_FOR,
    STAGED_FOR,
    Keys,
    Rotation,
    TooManyKeysError,
    differences,
    rotated,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(days=30)
MONTHLY = Rotation(INTERVAL)
NEVER = Rotation(None)
STAGED, PRIMARY, RETIRED = SealingKeyState.STAGED, SealingKeyState.PRIMARY, SealingKeyState.RETIRED


def key(number: int, state: SealingKeyState = PRIMARY, at: datetime = BEGIN) -> SealingKey:
    material = Secret(new_sealing_key_material(number.to_bytes(32, "big")))
    return SealingKey(key_id=f"{number:08x}", state=state, material=material, created_at=at, changed_at=at)


class Ring:
    """A ring and its clock."""

    def __init__(self, rotation: Rotation) -> None:
        self.rotation = rotation
        self.now = BEGIN
        self._numbers = itertools.count(1)
        self.keys: Keys = (self.make(PRIMARY),)

    def make(self, state: SealingKeyState) -> SealingKey:
        return key(next(self._numbers), state, self.now)

    def turn(self, by: timedelta) -> list[str]:
        self.now += by
        due = self.rotation.due(self.keys, self.now)
        before = self.keys
        self.keys = self.rotation.turned(self.keys, self.now, self.make)
        assert due == any(differences(before, self.keys))
        return self.shown()

    def rotate(self, *, at_once: bool = False) -> list[str]:
        self.keys = rotated(self.keys, self.now, self.make, at_once=at_once)
        return self.shown()

    def shown(self) -> list[str]:
        return [f"{int(each.key_id, 16)} {each.state.value}" for each in self.keys]


def test_a_key_lives_through_all_its_states() -> None:
    ring = Ring(MONTHLY)
    moment = timedelta(seconds=1)
    assert ring.turn(INTERVAL - moment) == ["1 primary"]
    assert ring.turn(moment) == ["1 primary", "2 staged"]
    assert ring.turn(STAGED_FOR - moment) == ["1 primary", "2 staged"]
    assert ring.turn(moment) == ["1 retired", "2 primary"]
    assert ring.turn(RETIRED_FOR - moment) == ["1 retired", "2 primary"]
    assert ring.turn(moment) == ["2 primary"]
    assert [ring.keys[0].created_at, ring.keys[0].changed_at] == [
        BEGIN + INTERVAL,
        BEGIN + INTERVAL + STAGED_FOR,
    ]


def test_without_an_interval_only_the_operator_rotates() -> None:
    ring = Ring(NEVER)
    assert ring.turn(100 * INTERVAL) == ["1 primary"]
    assert ring.rotate() == ["1 primary", "2 staged"]
    assert ring.rotate() == ["1 primary", "2 staged"]
    assert ring.turn(STAGED_FOR) == ["1 retired", "2 primary"]
    assert ring.turn(RETIRED_FOR) == ["2 primary"]


def test_at_once_takes_the_key_that_is_staged() -> None:
    ring = Ring(NEVER)
    assert ring.rotate(at_once=True) == ["1 retired", "2 primary"]
    assert ring.rotate() == ["1 retired", "2 primary", "3 staged"]
    assert ring.rotate(at_once=True) == ["1 retired", "2 retired", "3 primary"]


def test_there_are_not_ever_more_keys() -> None:
    ring = Ring(NEVER)
    for _ in range(MOST_KEYS - 1):
        ring.rotate(at_once=True)
    with pytest.raises(TooManyKeysError):
        ring.rotate()
    assert ring.turn(RETIRED_FOR) == [f"{MOST_KEYS} primary"]


def test_ids_that_meet_again_are_made_again() -> None:
    taken = [key(1), key(1, STAGED), key(2, STAGED)]
    made = iter(taken[1:])
    assert [each.key_id for each in rotated(taken[:1], BEGIN, lambda _: next(made), at_once=False)] == [
        "00000001",
        "00000002",
    ]


def test_what_was_done_is_told() -> None:
    before = (key(1), key(2, RETIRED))
    after = (key(1, RETIRED), key(3))
    added, changed, dropped = differences(before, after)
    assert [[each.key_id[-1] for each in keys] for keys in (added, changed, dropped)] == [["3"], ["1"], ["2"]]


def test_until_says_when_a_state_ends() -> None:
    assert MONTHLY.until(key(1)) == BEGIN + INTERVAL
    assert NEVER.until(key(1)) is None
    assert NEVER.until(key(1, STAGED)) == BEGIN + STAGED_FOR
    assert NEVER.until(key(1, RETIRED)) == BEGIN + RETIRED_FOR


_DOINGS = st.one_of(st.timedeltas(timedelta(0), timedelta(days=40)), st.sampled_from([True, False]))


@given(st.lists(_DOINGS, max_size=20))
def test_a_ring_always_seals_and_opens_what_may_still_be_out_there(doings: list[timedelta | bool]) -> None:
    """Whatever happens when: exactly one key is primary, and what was sealed opens for as long as a session lasts."""
    ring = Ring(MONTHLY)
    sealed: list[tuple[datetime, bytes]] = []
    for doing in doings:
        if isinstance(doing, timedelta):
            ring.turn(doing)
        elif len(ring.keys) < MOST_KEYS:
            ring.rotate(at_once=doing)
        keyring = Keyring("cluster", ring.keys)
        for at, blob in sealed:
            if ring.now < at + timedelta(hours=36):
                assert keyring.open(b"session", blob) == b"text"
        sealed.append((ring.now, keyring.seal(b"session", b"text")))
