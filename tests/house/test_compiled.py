"""What is compiled: what may stand in it, that it comes to an end, and that `make test-compiled` tests it."""

import ast
import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from tools.compiled import MODULES

SOURCES = Path(__file__).parents[2] / "src"
WITH_AN_END = {
    "iamd.server.protocol": "a timer that sets itself anew is called by the loop",
    "iamd.wire.query": "a form is at most ten levels deep",
    "iamd.wire.constraints": "parameters are as deep as the model, or as a form may be",
    "iamd.wire.xml": "an answer is as deep as its model",
}
"""Modules that go in circles, and why there is an end to it that is nearer than that of the stack."""


def tree_of(module: str) -> ast.Module:
    return ast.parse((SOURCES / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))


def definitions(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield what has a name at the top of a module, methods as attributes."""
    for statement in module.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield statement.name, statement
            case ast.ClassDef():
                for each in statement.body:
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield f".{each.name}", each
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                yield name, statement


def mentioned(node: ast.AST) -> Iterator[str]:
    own = {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    for each in ast.walk(node):
        match each:
            case ast.Name(name, ast.Load()) if name not in own:
                yield name
            case ast.Attribute(ast.Name("self" | "cls"), name, ast.Load()):
                yield f".{name}"


def in_circles(graph: Mapping[str, set[str]]) -> set[str]:
    """Return the names from which a way leads back to themselves."""
    found = set()
    for start in graph:
        seen, ahead = set[str](), list(graph[start])
        while ahead:
            name = ahead.pop()
            if name in graph and name not in seen:
                seen.add(name)
                ahead += graph[name]
        if start in seen:
            found.add(start)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_no_compiled_module_calls_itself_without_end(module: str) -> None:
    # The interpreter counts the calls of what it interprets and no others: without an end they end in a crash.
    graph: dict[str, set[str]] = {}
    for name, node in definitions(tree_of(module)):
        graph.setdefault(name, set()).update(mentioned(node))
    assert (in_circles(graph) != set()) == (module in WITH_AN_END), in_circles(graph)


@pytest.mark.parametrize("module", MODULES)
def test_compiled_modules_hold_functions_and_plain_classes(module: str) -> None:
    # Words behind the bases, as of a msgspec.Struct, are lost on the way; and what is frozen is not any more.
    found = [
        statement.name
        for statement in tree_of(module).body
        if isinstance(statement, ast.ClassDef)
        and (
            statement.keywords
            or [ast.unparse(each) for each in statement.decorator_list] not in ([], ["final"])
        )
    ]
    assert found == []


@pytest.mark.parametrize("module", MODULES)
def test_methods_of_compiled_modules_have_one_name(module: str) -> None:
    # Another one, given in the class, is lost on the way: making an instance is then a SystemError.
    classes = [each for each in ast.walk(tree_of(module)) if isinstance(each, ast.ClassDef)]
    assert [
        ast.unparse(each)
        for one in classes
        for each in one.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Name)
    ] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_compiled_module_waits_amid_an_exception(module: str) -> None:
    # What is being handled then stays the context of every later exception, and is held in memory with all that it holds.
    waiting = ast.Await | ast.Yield | ast.YieldFrom | ast.AsyncWith | ast.AsyncFor
    handlers = [
        body
        for each in ast.walk(tree_of(module))
        if isinstance(each, ast.Try)
        for body in (*(handler.body for handler in each.handlers), each.finalbody)
    ]
    assert [
        each for body in handlers for part in body for each in ast.walk(part) if isinstance(each, waiting)
    ] == []
    assert [
        each for each in ast.walk(tree_of(module)) if isinstance(each, ast.AsyncWith | ast.AsyncFor)
    ] == []


@pytest.mark.skipif(
    "IAMD_TEST_COMPILED" not in os.environ, reason="`make test-compiled` asks for the compiled modules"
)
def test_the_compiled_modules_are_those_that_are_tested() -> None:
    origins = {module: str(spec.origin) for module in MODULES if (spec := find_spec(module))}
    assert [module for module in MODULES if not origins[module].endswith(".so")] == []
