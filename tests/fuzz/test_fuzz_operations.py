"""
Every operation of IAM, STS and Organizations, asked for what nobody would ask for by mistake.

A failure names the seed and the command that does it again.
"""

import os
from typing import Final

import pytest
from tests.fuzz.run import CASES, Fuzzer, fuzz, fuzz_along, fuzzer
from tests.house.sender import OPERATIONS, name_of
from tests.support.shaking import first_seed

_CASES: Final = int(os.environ.get("IAMD_TEST_FUZZ_CASES", CASES))
_PARTS: Final = 16
"""What the long profile is split into, for the processes that share it."""


def nothing_is_wrong(asking: Fuzzer, seed: int) -> None:
    if asking.found:
        listed = "\n".join(map(str, asking.found[:20]))
        pytest.fail(f"python -m tests.fuzz.run --seed {seed}\n{listed}", pytrace=False)


@pytest.mark.slow
def test_every_operation_a_few_times() -> None:
    seed = 5
    with fuzzer(seed) as asking:
        fuzz_along(asking, cases=4)
    nothing_is_wrong(asking, seed)
    # That the requests mean something: most operations are done at least once.
    assert len(asking.done) > len(OPERATIONS) // 2


@pytest.mark.deep
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_operation(part: int) -> None:
    seed = first_seed(31) + part
    with fuzzer(seed) as asking:
        fuzz(asking, OPERATIONS[part::_PARTS], _CASES)
    nothing_is_wrong(asking, seed)
    assert asking.asked == _CASES * len(OPERATIONS[part::_PARTS])
    assert any(name_of(operation) in asking.done for operation in OPERATIONS[part::_PARTS])
