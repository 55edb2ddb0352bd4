"""
The rules of the house that can be read off its source.

Each list of exceptions names what is excepted and why; one that is no longer needed fails too.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping

from tests.house.source import ROOT, Function, Source, dotted, sources

MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 60

# By path, with the reason.
LONG_FILES: Mapping[str, str] = {}
# By path and function.
LONG_FUNCTIONS: Mapping[str, str] = {}

CLOCK = "iamd/clock.py"
CHANCE = "iamd/domain/ids.py"
# By path and call.
TIME_AND_CHANCE: Mapping[str, str] = {
    "iamd/directory/epochs.py asyncio.sleep": "a request that waits for another node's change waits in the world's time",
    "iamd/enforcement/relay.py asyncio.sleep": "for no time at all: the others have their turn",
    "iamd/server/run.py asyncio.sleep": "looks every few milliseconds whether the last connections have gone",
    "iamd/server/refusal.py uuid.uuid4": "a request id of the door, which has no house to ask behind it",
    "iamd/sessions/keyring.py os.urandom": "nonces of AES-GCM: a seeded one would repeat under the same key",
    "iamd/store/encryption.py os.urandom": "nonces of AES-GCM: a seeded one would repeat under the same key",
}
# By path and function.
ALL_EXCEPTIONS: Mapping[str, str] = {
    "iamd/audit/entry.py Scribe._made": "one record that cannot be made must not keep all others from being written",
    "iamd/background.py _quietly": "the threads that no request waits for live on",
    "iamd/following.py Follower._look": "the thread that hears of changes lives on, and memory is believed no longer",
    "iamd/enforcement/doors.py Doors._finish": "likewise, of what enforcement points ask",
    "iamd/enforcement/gateway.py Gateway.__call__": "likewise, of what goes through the gateway",
    "iamd/road.py Road._finish": "whatever goes wrong becomes an honest 500 and a line in the log",
    "iamd/server/direct.py Rest.__await__": "handed to the coroutine that it is thrown into",
    "iamd/server/workers.py Workers._be_worker": "of a process that ends there, and says why",
    "iamd/server/run.py ServerThread._run": "of another thread: handed to the one that waits",
    "iamd/store/writer.py Writer._run": "of the writer's thread: handed to whoever waits for a future",
    "iamd/store/writer.py Writer._acknowledge": "a listener's bug is told to whoever waits; the writer lives on",
    "iamd/store/writer.py Writer._perform": "of a job: handed to whoever waits for its future",
}
# By path and pattern.
SEARCHES: Mapping[str, str] = {
    "iamd/enforcement/addressing.py _AMBIGUOUS": "looks for what is forbidden, wherever it stands",
    "iamd/enforcement/addressing.py _AMBIGUOUS_ELSEWHERE": "looks for what is forbidden, wherever it stands",
    "iamd/wire/dispatch.py _BAD_ESCAPE": "looks for what is forbidden, wherever it stands",
    "iamd/wire/dispatch.py NOT_XML": "looks for what is forbidden, wherever it stands",
    "iamd/wire/dispatch.py _SCOPE": "guesses the namespace of an error, and decides nothing",
    "iamd/wire/json_params.py NOT_XML": "looks for what is forbidden, wherever it stands",
    "iamd/cli/output.py expression": "of JMESPath, whose search is the evaluation",
    "iamd/domain/trust_policies.py _BLANK": "steps over white space from a position on",
}

_CLOCKS = frozenset(
    {
        "asyncio.sleep",
        "date.today",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.sleep",
        "time.time",
        "time.time_ns",
    }
)
_CHANCES = ("os.getrandom", "os.urandom", "random.", "secrets.", "uuid.uuid")
_SECRETIVE = re.compile(r"secret|signature|password|passphrase|token_code|seed", re.IGNORECASE)


def stale(exceptions: Mapping[str, str], used: set[str]) -> set[str]:
    return set(exceptions) - used


def lengths() -> Iterator[tuple[str, int]]:
    """Yield every program of the repository, by its path, with its number of lines."""
    yield from ((f"src/{source.path}", source.lines) for source in sources())
    for folder in ("bench", "tests", "tools"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), len(path.read_text().splitlines())


def imports(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_there_is_something_to_read() -> None:
    paths = {source.path for source in sources()}
    assert {"iamd/pipeline.py", "iampolicy/evaluate.py"} <= paths


def test_no_file_is_too_long() -> None:
    long = {path for path, lines in lengths() if lines > MOST_LINES}
    assert long - set(LONG_FILES) == set()
    assert stale(LONG_FILES, long) == set()


def test_no_function_is_too_long() -> None:
    long = {
        f"{source.path}:{name}"
        for source in sources()
        for name, function in source.functions
        if _length(function) > MOST_LINES_OF_A_FUNCTION
    }
    assert long - set(LONG_FUNCTIONS) == set()
    assert stale(LONG_FUNCTIONS, long) == set()


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_nothing_depends_on_assert() -> None:
    """R-63: ``python -O`` removes assertions, so no check may be one."""
    found = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "__debug__")
    ]
    assert found == []


def test_texts_are_matched_whole() -> None:
    """R-71: ``match`` stops where it likes and ``search`` begins there; ``$`` lets a line feed through."""
    used = set()
    found = []
    for source in sources():
        for name, call in source.calls:
            receiver, _, method = name.rpartition(".")
            if method == "match" or (method == "search" and receiver):
                used.add(f"{source.path} {receiver}")
                if f"{source.path} {receiver}" not in SEARCHES:
                    found.append(source.at(call))
    assert found == []
    assert stale(SEARCHES, used) == set()


def test_patterns_know_ascii_alone() -> None:
    r"""R-71: without ``re.ASCII`` both ``\d`` and ``\w`` take the digits and letters of every script."""
    found = []
    for source in sources():
        for name, call in source.calls:
            if name.split(".")[0] not in {"re", "regex"} or not call.args:
                continue
            pattern = call.args[0]
            text = pattern.value if isinstance(pattern, ast.Constant) else None
            if isinstance(text, bytes):
                text = text.decode("latin-1")
                flags = "re.ASCII"  # patterns of bytes are
            else:
                flags = " ".join(dotted(node) for arg in call.args[1:] for node in ast.walk(arg))
            if not isinstance(text, str):
                continue
            classes = re.search(r"\\[dwsb]", text, re.IGNORECASE) or "IGNORECASE" in flags
            if (classes and "re.ASCII" not in flags) or re.search(r"(?<!\\)\$(\)|$)", text):
                found.append(source.at(call))
    assert found == []


def test_digits_are_ascii() -> None:
    """R-71: ``isdigit`` and its kin hold for the digits of every script."""
    found = []
    for source in sources():
        for name, function in source.functions:
            asked = {called.rpartition(".")[2] for called, _ in _calls_in(function)}
            if asked & {"isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha"} and "isascii" not in asked:
                found.append(f"{source.path}:{name}")
    assert found == []


def _calls_in(function: Function) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def test_secrets_are_not_compared_with_equals() -> None:
    """The duration of ``==`` tells how many leading characters were right."""
    found = []
    for source in sources():
        for node in source.nodes:
            if not isinstance(node, ast.Compare):
                continue
            equals = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
            names = [dotted(side).rpartition(".")[2] for side in (node.left, *node.comparators)]
            # What is written in capitals is a constant: the name of a parameter, not its value.
            if equals and any(_SECRETIVE.search(name) and not name.isupper() for name in names):
                found.append(source.at(node))
    assert found == []


def test_time_and_chance_have_one_place_each() -> None:
    used = set()
    found = []
    for source in sources():
        for name, call in source.calls:
            of_time = name in _CLOCKS or (name == "time" and source.path != CLOCK)
            of_chance = name.startswith(_CHANCES)
            if (of_time and source.path == CLOCK) or (of_chance and source.path == CHANCE):
                continue
            if of_time or of_chance:
                used.add(f"{source.path} {name}")
                if f"{source.path} {name}" not in TIME_AND_CHANCE:
                    found.append(f"{source.at(call)} {name}")
    assert found == []
    assert stale(TIME_AND_CHANCE, used) == set()


def test_time_and_chance_are_not_imported_by_name() -> None:
    """What is imported by name would be called without the name of its module, and not be found above."""
    found = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and node.module in {"time", "random", "secrets", "uuid", "os"}
    ]
    assert found == []


def test_only_the_pipeline_and_the_ends_of_threads_catch_everything() -> None:
    used = set()
    found = []
    for source in sources():
        for node in source.nodes:
            # What is caught only to be raised again is not kept from anybody.
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node) and not _raises_again(node):
                where = f"{source.path} {source.around(node)}"
                used.add(where)
                if where not in ALL_EXCEPTIONS:
                    found.append(f"{source.at(node)} {where}")
    assert found == []
    assert stale(ALL_EXCEPTIONS, used) == set()


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or dotted(each) in {"Exception", "BaseException"} for each in caught)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_the_law_needs_the_standard_library_alone() -> None:
    found = {
        (source.path, name)
        for source in sources()
        if source.path.startswith("iampolicy/")
        for name in imports(source)
        if name.split(".")[0] not in sys.stdlib_module_names | {"iampolicy"}
    }
    assert found == set()


def test_sqlite_has_one_driver() -> None:
    """Two libraries that have a file open in one process take each other's locks away, and Python's knows no checksums."""
    assert [source.path for source in sources() if "sqlite3" in set(imports(source))] == []
    apsw = {
        source.path for source in sources() if any(name.split(".")[0] == "apsw" for name in imports(source))
    }
    assert apsw == {f"iamd/store/{name}.py" for name in ("checksums", "errors", "sqlite_driver")}


def test_the_law_asks_neither_the_time_nor_anybody_else() -> None:
    forbidden = {
        "asyncio",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "socket",
        "sqlite3",
        "subprocess",
    }
    forbidden |= {"threading", "time", "urllib", "uuid"}
    found = {
        (source.path, name)
        for source in sources()
        if source.path.startswith("iampolicy/")
        for name in imports(source)
        if name.split(".")[0] in forbidden
    }
    assert found == set()
