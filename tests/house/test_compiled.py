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
BEGINS_FIRST = {
    "sealed[_HEAD:_HEAD + _NONCE]": "a nonce has a length",
    "sealed[1:_HEAD]": "a head is longer",
    "plain[_LENGTH:_LENGTH + length]": "no length is negative",
    "raw[_AT_ACCESS_KEY_ID:end]": "it is asked before",
    "raw[end:digits]": "it is asked before",
}
"""What is sliced at both ends, and why the slice begins before it ends."""
BUILT_IN = {"bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}


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


def without_types(base: ast.expr) -> ast.expr:
    """Return ``list`` for ``list[str]``."""
    return base.value if isinstance(base, ast.Subscript) else base


def last_name(node: ast.expr | None) -> str:
    """Return ``limits`` for ``self.limits``, without an underscore before it."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lstrip("_")


def named_as(node: ast.AST, classes: set[str]) -> Iterator[str]:
    """Yield what *node* declares or makes that is, or may be, one of *classes*."""
    match node:
        case ast.arg(name, ast.expr() as annotation) if classes & words(annotation):
            yield name.lstrip("_")
        case ast.AnnAssign(target=target, annotation=annotation) if classes & words(annotation):
            yield last_name(target)
        case ast.Assign(targets=[target], value=ast.Call(func=function)) if last_name(function) in classes:
            yield last_name(target)


def words(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def asked_whether(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield whatever is asked for its truth."""
    for each in ast.walk(tree):
        match each:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
                yield test
            case ast.BoolOp(values=values) | ast.comprehension(ifs=values):
                yield from values
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield operand
            case ast.Call(func=ast.Name("bool"), args=[argument]):
                yield argument


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


def test_slices_of_compiled_modules_begin_before_they_end() -> None:
    # Of bytes, another one is a SystemError instead of none of them.
    assert {
        ast.unparse(each)
        for module in MODULES
        for each in ast.walk(tree_of(module))
        if isinstance(each, ast.Subscript)
        and isinstance(each.slice, ast.Slice)
        and each.slice.lower is not None
        and each.slice.upper is not None
        and each.slice.step is None
    } == BEGINS_FIRST.keys()


@pytest.mark.parametrize("module", MODULES)
def test_generators_of_compiled_modules_leave_nothing_open(module: str) -> None:
    # What is dropped before its end is not closed: nothing is done that was to be done in any case.
    assert [
        ast.unparse(each)
        for each in ast.walk(tree_of(module))
        if isinstance(each, ast.With) or (isinstance(each, ast.Try) and each.finalbody)
        if any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(each))
    ] == []


def test_nothing_overrides_what_built_in_classes_do() -> None:
    # Compiled code that has been promised a list calls what a list does, whatever it is given.
    assert [
        (path.name, one.name)
        for path in SOURCES.rglob("*.py")
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in BUILT_IN for base in map(without_types, one.bases))
        and any(isinstance(each, ast.FunctionDef) for each in one.body)
    ] == []


def test_what_has_a_length_is_asked_for_it() -> None:
    # Its truth is true in compiled code, also where it is empty.
    sized = {
        one.name
        for module in MODULES
        for one in tree_of(module).body
        if isinstance(one, ast.ClassDef)
        and {"__len__"} == {"__len__", "__bool__"} & {getattr(each, "name", "") for each in one.body}
    }
    assert "Directory" in sized
    for module in MODULES:
        tree = tree_of(module)
        names = {name for each in ast.walk(tree) for name in named_as(each, sized)}
        assert [ast.unparse(each) for each in asked_whether(tree) if last_name(each) in names] == []


@pytest.mark.skipif(
    "IAMD_TEST_COMPILED" not in os.environ, reason="`make test-compiled` asks for the compiled modules"
)
def test_the_compiled_modules_are_those_that_are_tested() -> None:
    origins = {module: str(spec.origin) for module in MODULES if (spec := find_spec(module))}
    assert [module for module in MODULES if not origins[module].endswith(".so")] == []
