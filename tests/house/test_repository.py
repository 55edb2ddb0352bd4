"""What the repository must not say: where it was made, and where its dependencies were fetched."""

import re

from tests.house.source import ROOT, tracked_files

# Put together from pieces, so that this file does not say it either.
_SLASH = "/"
MACHINE_PATHS = re.compile(
    "|".join(
        [
            re.escape(_SLASH.join(("", "work", ""))),
            re.escape(_SLASH.join(("..", "shared"))),
            _SLASH.join(("", "home", "[a-z]")),
            _SLASH.join(("", "Users", "[A-Za-z]")),
            _SLASH.join(("", "tmp", "brief")),
        ]
    )
)
_HOSTS = (
    r"pypi\.org/simple",
    r"files\.pythonhosted",
    r"registry\.npmjs",
    r"registry\.yarnpkg",
    r"index\.crates",
    r"static\.crates",
    r"proxy\.golang",
    r"rubygems\.org",
    r"repo1?\.maven",
)
REGISTRIES = re.compile(rf"(?:https?://|index-url|registry\s*[=:])\S*(?:{'|'.join(_HOSTS)})")
TEXTS_UP_TO = 4_000_000


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files():
        raw = path.read_bytes()
        if b"\0" in raw[:8192] or len(raw) > TEXTS_UP_TO:
            continue
        for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return found


def test_the_patterns_find_what_they_are_for() -> None:
    registry = "https://" + "pypi.org" + "/simple"
    assert MACHINE_PATHS.search(f"see {_SLASH}home{_SLASH}alice")
    assert REGISTRIES.search(f"--index-url {registry}")


def test_no_path_of_a_machine_is_named() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_package_registry_is_named() -> None:
    assert lines_with(REGISTRIES) == []


def test_nothing_is_tracked_that_is_made() -> None:
    made = re.compile(
        r"(^|/)(__pycache__|\.venv[^/]*|node_modules|\.mypy_cache|\.hypothesis)/|\.(pyc|sqlite3?|db)$"
    )
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked_files()
        if made.search(path.relative_to(ROOT).as_posix())
    ]
    assert found == []
