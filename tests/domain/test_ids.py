"""Ids: their forms, and that chance can be repeated in tests and nowhere else."""

import os
import uuid

import pytest

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


def test_the_ids_of_requests_are_uuids_that_do_not_repeat() -> None:
    """Also across those that are made at once."""
    ids = Ids()
    made = [ids.request_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(str(uuid.UUID(each)) == each, uuid.UUID(each).version) for each in made} == {(True, 4)}


# Of later versions of Python, and not to the point: the child does nothing else.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_the_ids_of_requests_do_not_repeat_in_a_forked_process() -> None:
    ids = Ids()
    ids.request_id()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, ids.request_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 36).decode() not in {ids.request_id() for _ in range(200)}
    os.close(reader)
    os.close(writer)


def test_a_seed_repeats_them() -> None:
    assert Ids(7).uuid() == Ids(7).uuid()
