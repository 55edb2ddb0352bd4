"""
Hold the engine against its judge.

As a program: ``python -m tests.iampolicy.differential --pairs 10000000`` (see ``--help``).
"""

import argparse
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from random import Random
from typing import Any, Final

from tests.iampolicy.generate import REQUESTS, make_world
from tests.iampolicy.judge.decide import Verdict, judge
from tests.iampolicy.shrink import shrink

from iampolicy import (
    Outcome,
    Policy,
    PolicyError,
    PolicyKind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    evaluate,
    parse,
)

Json = dict[str, Any]

_BATCH: Final = 500
"""Worlds that a process takes at once."""


def compile_world(world: Json) -> tuple[Principal, PolicySet]:
    """Make of a world what the engine takes."""
    resource = world["resource"]
    return Principal(**{**world["principal"], "kind": PrincipalKind(world["principal"]["kind"])}), PolicySet(
        identity=tuple(_policy(document, "identity") for document in world["identity"]),
        boundary=None if world["boundary"] is None else _policy(world["boundary"], "boundary"),
        session=None
        if world["session"] is None
        else tuple(_policy(document, "session") for document in world["session"]),
        resource=None
        if resource is None
        else _policy(resource["document"], resource["kind"], resource["bindings"]),
        resource_must_allow=world["resource_must_allow"],
        scps=tuple(tuple(_policy(document, "scp") for document in level) for level in world["scps"]),
        rcps=tuple(tuple(_policy(document, "rcp") for document in level) for level in world["rcps"]),
        endpoint=None if world["endpoint"] is None else _policy(world["endpoint"], "endpoint"),
    )


def _policy(document: Json, kind: str, bindings: Mapping[str, str] | None = None) -> Policy:
    return parse(json.dumps(document), PolicyKind(kind), bindings=bindings)


def engine_says(principal: Principal, policies: PolicySet, request: Json) -> tuple[str, str, str]:
    """Return the engine's outcome, its layer, and what went wrong in it."""
    context = {
        key: value if isinstance(value, str) else tuple(value) for key, value in request["context"].items()
    }
    decision = evaluate(
        Request(
            principal=principal,
            action=request["action"],
            resource=request["resource"],
            resource_account=request["resource_account"],
            context=context,
        ),
        policies,
    )
    return decision.outcome.value, decision.layer.value, decision.fault


def difference(said: tuple[str, str, str], verdict: Verdict) -> str:
    """Say in what an answer of the engine differs from the verdict; nothing if it does not."""
    outcome, layer, fault = said
    if fault:
        return f"the engine fails: {fault}"
    if outcome != verdict.outcome:
        return f"outcome: the engine says {outcome}, the judge {verdict.outcome}"
    if outcome != Outcome.ALLOW.value and layer not in verdict.layers:
        return f"layer: the engine says {layer}, the judge {' or '.join(sorted(verdict.layers))}"
    return ""


@dataclass
class Tally:
    """What a run has seen."""

    pairs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    different: list[tuple[str, Json]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.pairs += other.pairs
        self.outcomes += other.outcomes
        self.different += other.different


def worlds(seed: int, first: int, count: int) -> Iterator[Json]:
    """Return worlds of a seed; each depends on its number alone."""
    for number in range(first, first + count):
        yield make_world(Random(seed * 1_000_000_007 + number))  # noqa: S311  to be repeated, not to be secret


def run(seed: int, first: int, count: int, *, most: int = 1) -> Tally:
    """Compare on *count* worlds, and stop when *most* of them differ."""
    tally = Tally()
    for world in worlds(seed, first, count):
        principal, policies = compile_world(world)
        for request in world["requests"]:
            verdict = judge(world, request)
            tally.pairs += 1
            tally.outcomes[verdict.outcome] += 1
            found = difference(engine_says(principal, policies, request), verdict)
            if found:
                tally.different.append((found, {**world, "requests": [request]}))
                break
        if len(tally.different) >= most:
            break
    return tally


def small(found: str, world: Json) -> Json:
    """Return a smaller world that differs in the same way."""

    def differs(candidate: Json) -> bool:
        verdict = _compare(candidate)
        return verdict is not None and verdict.partition(":")[0] == found.partition(":")[0]

    return shrink(world, differs)


def _compare(world: Json) -> str | None:
    """Return in what engine and judge differ about the first request; None when this is no world."""
    try:
        principal, policies = compile_world(world)
        request = world["requests"][0]
        return difference(engine_says(principal, policies, request), judge(world, request))
    except (PolicyError, KeyError, TypeError, AttributeError, ValueError):
        return None


def is_world(world: Json) -> bool:
    """Tell whether *world* has all that it takes; shrinking makes many that have not."""
    return _compare(world) is not None


def readable(found: str, world: Json) -> str:
    """Write a difference for a person: what differs, and a small world where it does."""
    return f"{found}\n{json.dumps(small(found, world), indent=2, ensure_ascii=False)}"


def _batch(task: tuple[int, int, int]) -> Tally:
    return run(*task)


def _progress(tally: Tally, pairs: int, seconds: float) -> str:
    rate = tally.pairs / seconds
    shares = "  ".join(f"{name} {count / tally.pairs:.0%}" for name, count in sorted(tally.outcomes.items()))
    left = max(pairs - tally.pairs, 0) / rate
    return f"{tally.pairs:>12,} pairs  {rate:,.0f}/s  {left:,.0f} s left  {shares}  {len(tally.different)} different"


def _first(seed: int, count: int) -> int:
    """Print after how many pairs the two differ first, and in what."""
    pairs = 0
    for number in range(count):
        try:
            tally = run(seed, number, 1)
        except Exception as error:  # noqa: BLE001  whatever a mutant may raise
            tally = Tally(pairs=1, different=[(f"the engine raises {error!r}", {})])
        pairs += tally.pairs
        if tally.different:
            print(pairs, tally.different[0][0])
            return 1
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Hold the policy engine against its judge on random worlds.")
    parser.add_argument("--pairs", type=int, default=100_000, help="of a world and a request")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**31), help="default: another one each time"
    )
    parser.add_argument("--processes", type=int, default=None, help="default: one for each core")
    parser.add_argument("--most", type=int, default=5, help="stop after so many differences")
    parser.add_argument(
        "--first", action="store_true", help="one process; only say what the first difference is"
    )
    asked = parser.parse_args(arguments)
    count = -(-asked.pairs // REQUESTS)
    if asked.first:
        return _first(asked.seed, count)
    tasks = ((asked.seed, first, min(_BATCH, count - first)) for first in range(0, count, _BATCH))
    print(f"seed {asked.seed}", flush=True)
    tally, start, shown = Tally(), time.monotonic(), 0.0
    with get_context("spawn").Pool(asked.processes) as pool:
        for part in pool.imap_unordered(_batch, tasks):
            tally.add(part)
            seconds = time.monotonic() - start
            if seconds - shown >= 10:
                shown = seconds
                print(_progress(tally, asked.pairs, seconds), flush=True)
            if len(tally.different) >= asked.most:
                break
    print(_progress(tally, asked.pairs, time.monotonic() - start))
    for found, world in tally.different:
        print(readable(found, world))
    return 1 if tally.different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
