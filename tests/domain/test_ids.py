"""Ids: their forms, and that chance can be repeated in tests and nowhere else."""

import uuid

from iamd.domain.ids import Ids


def test_a_uuid_is_of_version_4() -> None:
    """RFC 9562, section 5.4; read back by the standard library."""
    for seed in range(200):
        text = Ids(seed).uuid()
        read = uuid.UUID(text)
        assert (str(read), read.version, read.variant) == (text, 4, uuid.RFC_4122)


def test_uuids_do_not_repeat_without_a_seed() -> None:
    ids = Ids()
    assert len({ids.uuid() for _ in range(1000)}) == 1000


def test_a_seed_repeats_them() -> None:
    assert Ids(7).uuid() == Ids(7).uuid()
