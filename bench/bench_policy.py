"""
Measure the policy engine, beside others where they are installed.

    make bench-policy            with the others
    python -m bench.bench_policy [--seconds 3]

Prints figures, asserts nothing but that the engines agree on the answers.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

from bench.policy_engines import BOB, ENGINES, Ask, Ours, simulate_in_node
from bench.policy_workload import ACCOUNT, CONTEXT, Workload, dense, mixed

from iampolicy import PolicyKind, PolicySet, Request, evaluate, parse
from iampolicy.wildcard import compile_pattern

ROUNDS = 21


def per_call(ask: Callable[[], object], seconds: float) -> float:
    """Return microseconds of CPU time, since the machine may be shared: the mean of as many calls as fit."""
    calls, spent = 1, 0.0
    while spent < seconds:
        # Twice as many each time, so that at most half of the time is not counted.
        calls *= 2
        before = time.thread_time()
        for _ in range(calls):
            ask()
        spent = time.thread_time() - before
    return spent / calls * 1e6


def compare(workload: Workload, seconds: float) -> None:
    """Print the median of rounds in which the engines take turns."""
    print(f"\n{workload.name}")
    prepared: dict[str, list[Ask]] = {}
    for engine in ENGINES:
        try:
            prepared[engine.name] = engine.prepare(workload)
        except ImportError:
            print(f"  {engine.name:<36} not installed")
    figures: dict[str, list[float]] = {name: [] for name in prepared}
    share = seconds / ROUNDS / len(prepared) / len(workload.questions)
    for _ in range(ROUNDS):
        for name, asks in prepared.items():
            figures[name].append(statistics.mean(per_call(ask, share) for ask in asks))
    ours = statistics.median(figures[Ours.name])
    for name, found in figures.items():
        wrong = sum(
            ask() is not question.allowed
            for ask, question in zip(prepared[name], workload.questions, strict=True)
        )
        _line(name, statistics.median(found), ours, wrong)
    node = simulate_in_node(workload, seconds / 4)
    if node is None:
        print(f"  {'@cloud-copilot/iam-simulate':<36} not installed")
    else:
        _line("@cloud-copilot/iam-simulate", node["microseconds"], ours, node["wrong"])


def _line(name: str, figure: float, ours: float, wrong: int) -> None:
    note = f"   {wrong} answers differ" if wrong else ""
    print(f"  {name:<36} {figure:10.2f} µs  {figure / ours:8.1f} x{note}")


def flat(seconds: float) -> None:
    """Print what ten thousand statements cost beside twenty."""
    print("\nmany statements, in five policies")
    asked: dict[int, list[Ask]] = {}
    for statements in (20, 200, 2_000, 10_000):
        asked[statements] = Ours().prepare(mixed(5, statements // 5))
    figures: dict[int, list[float]] = {statements: [] for statements in asked}
    for _ in range(ROUNDS):
        for statements, asks in asked.items():
            share = seconds / ROUNDS / len(asked) / len(asks)
            figures[statements].append(statistics.mean(per_call(ask, share) for ask in asks))
    few = statistics.median(figures[20])
    for statements, found in figures.items():
        median = statistics.median(found)
        print(f"  {statements:>6} statements {median:10.2f} µs  {median / few:6.2f} x twenty")


def first() -> None:
    """Print what the first decision of freshly compiled policies costs, and compiling them."""
    print("\nthe first decision")
    for statements in (20, 1_000, 10_000):
        workload = mixed(5, statements // 5)
        texts = [json.dumps(each) for each in workload.documents()]
        compiling, deciding = [], []
        for _ in range(9 if statements == 20 else 3):
            before = time.thread_time()
            policies = PolicySet(identity=tuple(parse(text, PolicyKind.IDENTITY) for text in texts))
            between = time.thread_time()
            question = workload.questions[0]
            request = Request(
                principal=BOB,
                action=question.action,
                resource=question.resource,
                resource_account=ACCOUNT,
                context=CONTEXT,
            )
            evaluate(request, policies)
            compiling.append((between - before) * 1e6)
            deciding.append((time.thread_time() - between) * 1e6)
        print(
            f"  {statements:>6} statements: compiling {statistics.median(compiling):12.0f} µs, "
            f"deciding {statistics.median(deciding):8.0f} µs"
        )


def hostile(seconds: float) -> None:
    """Print what patterns cost that are exponential or quadratic elsewhere."""
    print("\nhostile patterns, 20,000 characters")
    for name, pattern, text in (
        ("`*a` a thousand times, no match", "*a" * 1000 + "*b*", "a" * 20_000),
        ("`*a` a thousand times, a match", "*a" * 1000, "a" * 20_000),
        ("`*a?a` two hundred times", "*a?a" * 200 + "*b*", "a" * 20_000),
    ):
        matches = compile_pattern(pattern)
        found = [per_call(lambda: matches(text), seconds / 60) for _ in range(5)]  # noqa: B023  called in this round
        print(f"  {name:<36} {statistics.median(found) / 1e3:10.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each table")
    seconds = parser.parse_args().seconds
    compare(mixed(), seconds)
    compare(dense(), seconds)
    flat(seconds)
    first()
    hostile(seconds)


if __name__ == "__main__":
    main()
