"""The policy test files of the documentation pass, and the JSON schema describes what is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support.json_schema import complaints
from tests.support.pages import PAGES, ROOT, Block, blocks

from iamd.cli.main import cli
from iamd.exchange import strict_yaml
from iampolicy import Layer
from iampolicy.world_principals import _MEMBERS as PRINCIPAL_MEMBERS
from iampolicy.world_principals import _SESSION_MEMBERS as SESSION_MEMBERS
from iampolicy.worlds import _CASE_MEMBERS as CASE_MEMBERS
from iampolicy.worlds import _FILE_MEMBERS as FILE_MEMBERS
from iampolicy.worlds import EXPECTED

SCHEMA = json.loads((ROOT / "docs" / "reference" / "policy-test.schema.json").read_text(encoding="utf-8"))


def worlds(page: Path) -> list[Block]:
    return [block for block in blocks(page, "yaml") if block.policy_test]


PAGES_WITH_WORLDS = [page for page in PAGES if worlds(page)]


def test_there_is_a_page_with_policy_tests() -> None:
    assert PAGES_WITH_WORLDS


@pytest.mark.parametrize("page", PAGES_WITH_WORLDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_policy_tests_of_a_page_pass(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(worlds(page)):
        file = tmp_path / f"{number}.test.yaml"
        file.write_text(block.text, encoding="utf-8")
        assert complaints(SCHEMA, strict_yaml.read(file)) == []
    done = CliRunner().invoke(cli, ["test", "--verbose", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_schema_knows_the_members_that_are_read() -> None:
    definitions = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == set(FILE_MEMBERS)
    assert set(definitions["case"]["properties"]) == set(CASE_MEMBERS)
    assert set(definitions["principal"]["properties"]) == set(PRINCIPAL_MEMBERS)
    assert set(definitions["principal"]["properties"]["session"]["properties"]) == set(SESSION_MEMBERS)
    assert definitions["case"]["properties"]["expect"]["enum"] == list(EXPECTED)
    assert set(definitions["case"]["properties"]["because"]["enum"]) == set(Layer)


@pytest.mark.parametrize(
    ("world", "wrong"),
    [
        ({"expect": "deny"}, "/expect: not one of ['allow', 'implicit_deny', 'explicit_deny']"),
        ({"cases": []}, "/cases: too few items"),
        ({"cases": [{"acton": "x"}]}, "/cases/0/acton: not known"),
        ({"resource_account": "12"}, "/resource_account: does not match ^[0-9]{12}$"),
        ({"context": {"a:b": {}}}, "/context/a:b: none of"),
        ({"policies": {"x": {}}}, "/policies/x: none of"),
        ({"name": 1}, "/name: not of type ['string']"),
    ],
)
def test_the_schema_refuses(world: Any, wrong: str) -> None:
    (complaint,) = complaints(SCHEMA, world)
    assert complaint.startswith(wrong)
