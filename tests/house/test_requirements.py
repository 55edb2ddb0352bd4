"""The pinned requirements: whole, hashed, and silent about where they came from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))


def pins(name: str) -> dict[str, str]:
    """Return the version of each distribution in a file; fails on a line of another form."""
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", "")
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([a-z0-9-]+)==(\S+)( ; [^#]+?)?((\s+--hash=sha256:[0-9a-f]{64})+)", line)
        assert match, line
        found[match[1]] = match[2]
    return found


def names(requirements: list[str]) -> set[str]:
    found = [re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements]
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def project() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_line_is_a_pin_with_its_hashes(file: Path) -> None:
    assert pins(file.name)


def test_the_files_are_these() -> None:
    assert [file.name for file in FILES] == [
        "ansible.txt",
        "auditors.txt",
        "bench.txt",
        "browser.txt",
        "clients.txt",
        "compiled.txt",
        "dev.txt",
        "docs.txt",
        "envoy.txt",
        "managed-policies.txt",
        "run.txt",
        "s3-servers.txt",
        "uv.txt",
    ]


def test_what_the_project_names_is_pinned() -> None:
    data = project()
    dependencies = data["project"]["dependencies"]
    extras = data["project"]["optional-dependencies"]
    groups = data["dependency-groups"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    assert isinstance(groups["dev"], list)
    run = names(dependencies) | names(extras["envoy"]) | names(extras["postgres"])
    assert run - set(pins("run.txt")) == set()
    assert (run | names(groups["dev"])) - set(pins("dev.txt")) == set()
    assert names(extras["managed-policies"]) == set(pins("managed-policies.txt"))


def test_tests_run_with_the_versions_that_are_deployed() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev[name] for name in run} == run
