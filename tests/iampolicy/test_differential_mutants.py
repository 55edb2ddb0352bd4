"""A mistake in the engine, or in its judge, is found by comparing the two; `make mutants` tries many more."""

import ast
from typing import Final

import pytest
from tests.iampolicy.mutants import Mutant, attempt
from tests.iampolicy.mutants_list import MUTANTS

_SOME: Final = (
    "a missing key matches",
    "ForAllValues fails without values",
    "NotResource is not heard",
    "the boundary is dropped",
    "names of roles have case",
    "the judge: short ARNs are cut",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutant", [mutant for mutant in MUTANTS if mutant.name in _SOME], ids=lambda m: m.name
)
def test_a_mistake_is_found(mutant: Mutant) -> None:
    trial = attempt(mutant)
    assert (trial.caught, "raises" in trial.said) == (True, False), trial


def test_there_are_many_mutants_and_each_can_be_made() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 100
    assert set(_SOME) <= set(names)
    for mutant in MUTANTS:
        ast.parse(mutant.mutated())
