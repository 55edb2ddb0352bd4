"""Decisions as policy test files: what was decided is decided again by the file."""

from collections import Counter
from typing import Any

import pytest
from tests.iampolicy.cases import HOME, allow, policy, root, user
from tests.iampolicy.differential import compile_world, worlds

from iampolicy import Outcome, PolicySet, Request, evaluate
from iampolicy.world_shapes import WorldError
from iampolicy.world_writing import write_world
from iampolicy.worlds import NoLibrary, read_worlds, run

SEED = 7


def decided(written: dict[str, Any], *, rcps: bool) -> tuple[bool, Outcome]:
    """Run a file; return whether it passed, and what it decided."""
    (result,) = run(read_worlds(written, NoLibrary(), supports_rcps=lambda _: rcps).cases)
    return result.passed, result.decision.outcome


def test_random_decisions_are_decided_alike_by_their_files() -> None:
    """Those that no file can tell are said to be none, and never told wrongly."""
    told: Counter[tuple[Outcome, bool]] = Counter()
    for world in worlds(SEED, 0, 400):
        principal, policies = compile_world(world)
        given = world["requests"][0]
        request = Request(
            principal=principal,
            action=given["action"],
            resource=given["resource"],
            resource_account=given["resource_account"],
            context={
                key: value if isinstance(value, str) else tuple(value)
                for key, value in given["context"].items()
            },
        )
        decision = evaluate(request, policies)
        written = write_world(request, policies, decision)
        told[decision.outcome, written is not None] += 1
        if written is not None:
            assert decided(written, rcps=bool(policies.rcps)) == (True, decision.outcome)
    for outcome in Outcome:
        assert told[outcome, True] > 5


def test_a_decision_that_a_file_would_decide_otherwise_is_not_told() -> None:
    request = Request(
        principal=user(), action="s3:GetObject", resource="arn:aws:s3:::b/k", resource_account=HOME
    )
    policies = PolicySet(identity=(policy(allow("s3:GetObject")),))
    other = evaluate(request, PolicySet())
    assert write_world(request, policies, evaluate(request, policies)) is not None
    assert write_world(request, policies, other) is None


@pytest.mark.parametrize("document", [{"file": "policy.json"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"])
def test_where_there_is_no_library_documents_stand_in_the_world(document: object) -> None:
    world = {
        "principal": {"arn": root().arn},
        "action": "s3:GetObject",
        "resource": "*",
        "identity_policies": [document],
        "cases": [{"expect": "allow"}],
    }
    with pytest.raises(WorldError, match="there is no"):
        read_worlds(world, NoLibrary())
