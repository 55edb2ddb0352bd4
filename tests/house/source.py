"""The source and the repository as a reader of the text sees them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """
    A module of ``src/``.

    Attributes:
        path: From ``src/`` on, with slashes.
    """

    path: str
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of them, in the order of `ast.walk`."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def functions(self) -> tuple[tuple[str, Function], ...]:
        """Every function and method with its dotted name."""
        return tuple(_functions(self.tree, ""))

    @cached_property
    def calls(self) -> tuple[tuple[str, ast.Call], ...]:
        """All calls, with the dotted name of what is called."""
        return tuple((dotted(node.func), node) for node in self.nodes if isinstance(node, ast.Call))

    def around(self, node: ast.stmt | ast.ExceptHandler) -> str:
        """Return the name of the innermost function that *node* is in; an empty text outside of all."""
        names = [
            name
            for name, function in self.functions
            if function.lineno <= node.lineno <= (function.end_lineno or 0)
        ]
        return names[-1] if names else ""

    def at(self, node: ast.AST) -> str:
        """Say where *node* is, for the report of a test."""
        return f"{self.path}:{getattr(node, 'lineno', 0)}"


def _functions(node: ast.AST, above: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            name = f"{above}{child.name}"
            if isinstance(child, Function):
                yield name, child
            yield from _functions(child, f"{name}.")
        else:
            yield from _functions(child, above)


@cache
def sources() -> tuple[Source, ...]:
    """Return every module of ``src/``, in the order of paths."""
    found = []
    for path in sorted(SRC.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Source(path.relative_to(SRC).as_posix(), text, ast.parse(text)))
    return tuple(found)


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for such an expression, and an empty text for any other."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            above = dotted(node.value)
            return f"{above}.{node.attr}" if above else f".{node.attr}"
        case _:
            return ""


def tracked_files() -> list[Path]:
    """Return what git keeps of this repository, and is there."""
    listed = subprocess.run(  # our own words
        ["git", "ls-files", "-z"],  # noqa: S607  git of the machine
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file()]
