"""
The engine agrees with its judge: a second evaluator in `judge/`, slow and literal, that shares no code with it.

What they are asked is random and always the same; `make judge` asks more.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.iampolicy.differential import Json, is_world, readable, run, worlds
from tests.iampolicy.generate import REQUESTS
from tests.iampolicy.generate_conditions import OPERATORS
from tests.iampolicy.shrink import shrink

_SEED: Final = 20_120_101
_PARTS: Final = 4
_PAIRS: Final = 100_000
_WORLDS: Final = _PAIRS // REQUESTS // _PARTS


@pytest.mark.parametrize("part", range(_PARTS))
def test_the_engine_agrees_with_its_judge(part: int) -> None:
    """Semantics 1-65: outcomes, and the layers of denials where the list determines them."""
    tally = run(_SEED, part * _WORLDS, _WORLDS)
    assert [readable(found, world) for found, world in tally.different] == []
    assert tally.pairs == _WORLDS * REQUESTS
    assert sorted(tally.outcomes) == ["Allow", "ExplicitDeny", "ImplicitDeny"]
    assert min(tally.outcomes.values()) > tally.pairs * 0.15


def test_worlds_have_everything_often() -> None:
    """Hold the generator to its task: a difference in what it never makes would not be found."""
    seen: Counter[str] = Counter()
    for world in worlds(_SEED, 0, 4_000):
        seen.update(_features(world))
    operators = [name for names in OPERATORS.values() for name in names]
    wanted = {
        **dict.fromkeys(operators, 60),
        **dict.fromkeys((f"ForAllValues:{name}" for name in operators), 15),
        **dict.fromkeys((f"ForAnyValue:{name}" for name in operators), 15),
        **dict.fromkeys((f"{name}IfExists" for name in operators), 15),
        **dict.fromkeys(("Null", "Action", "NotAction", "Resource", "NotResource", "Condition"), 150),
        **dict.fromkeys(("Principal", "NotPrincipal", "Version", "no Version", "2008-10-17"), 150),
        **dict.fromkeys(("variable", "default", "short ARN", "bindings", "AWS", "Service", "Federated"), 100),
        **dict.fromkeys(("User", "AssumedRole", "FederatedUser", "Root", "FederatedRoot", "Anonymous"), 100),
        **dict.fromkeys(("WebIdentity", "SAML", "same account", "other account", "CanonicalUser"), 100),
        **dict.fromkeys(
            ("identity", "boundary", "session", "resource", "trust", "scp", "rcp", "endpoint"), 200
        ),
        **dict.fromkeys(("resource_must_allow", "list", "empty list", "absent key", "two spellings"), 100),
    }
    assert {name: seen[name] for name, count in wanted.items() if seen[name] < count} == {}


def test_what_differs_is_shown_small() -> None:
    """As if the engine did not know NotAction: what is left of a large world is one statement with it."""
    large = next(
        world for world in worlds(_SEED, 0, 4_000) if _uses(world, "NotAction") and len(str(world)) > 5_000
    )
    left = shrink(large, lambda world: is_world(world) and _uses(world, "NotAction"))
    documents = list(_documents(left))
    assert sum("NotAction" in str(document) for _, document in documents) == len(documents) == 1
    (statement,) = _listed(documents[0][1]["Statement"])
    assert statement["NotAction"] == "*"
    assert not {"Condition", "Resource", "NotResource"} & set(statement)
    assert left["requests"][0]["context"] == {}


def _uses(world: Json, element: str) -> bool:
    return any(
        element in statement
        for _, document in _documents(world)
        for statement in _listed(document.get("Statement", []))
    )


def _features(world: Json) -> Iterator[str]:
    yield world["principal"]["kind"]
    for kind, document in _documents(world):
        yield kind
        yield "Version" if "Version" in document else "no Version"
        yield document.get("Version", "")
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            yield from statement
            yield from _in_elements(statement)
            for operator, keys in statement.get("Condition", {}).items():
                yield from _in_operator(operator)
                present = {key.lower() for key in world["requests"][0]["context"]}
                yield from ("absent key" for key in keys if key.lower() not in present)
    yield from (name for name in ("resource_must_allow",) if world["resource_must_allow"])
    for request in world["requests"]:
        same = request["resource_account"] == world["principal"]["account"]
        yield "same account" if same else "other account"
        values = list(request["context"].values())
        yield from ("list" if value else "empty list" for value in values if isinstance(value, list))
        yield from ["two spellings"] * (len({key.lower() for key in request["context"]}) < len(values))


def _in_operator(operator: str) -> Iterator[str]:
    yield operator
    quantifier, _, name = operator.rpartition(":")
    if name.endswith("IfExists"):
        yield name
    name = name.removesuffix("IfExists")
    yield name
    yield f"{quantifier}:{name}"


def _in_elements(statement: Json) -> Iterator[str]:
    for element, value in statement.items():
        text = str(value)
        if "Resource" in element and any(entry.count(":") in {1, 2, 3, 4} for entry in _listed(value)):
            yield "short ARN"
        if element.endswith("Principal") and isinstance(value, dict):
            yield from value
        if "${" in text:
            yield "variable"
        if ", '" in text and "${" in text:
            yield "default"


def _documents(world: Json) -> Iterator[tuple[str, Json]]:
    yield from (("identity", document) for document in world["identity"])
    yield from (("session", document) for document in world["session"] or [])
    yield from ((kind, world[kind]) for kind in ("boundary", "endpoint") if world[kind])
    if world["resource"]:
        yield world["resource"]["kind"], world["resource"]["document"]
        yield from (("bindings", {"Statement": []}) for _ in world["resource"]["bindings"])
    for kind in ("scp", "rcp"):
        yield from ((kind, document) for level in world[kind + "s"] for document in level)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
