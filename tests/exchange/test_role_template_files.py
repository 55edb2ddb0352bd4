"""The operator's directory of role templates."""

import json
from pathlib import Path
from typing import Any

import pytest

from iamd.exchange.role_templates import read_role_templates
from iamd.exchange.strict_yaml import FileFormatError

ARN = "arn:aws:iam::aws:role-template/example/Worker:7"
VERSION: dict[str, Any] = {
    "TemplateArn": ARN,
    "DefaultMinorVersion": 2,
    "MinorVersion": 2,
    "RoleNamePattern": "Worker-@{Name}",
    "AssumeRolePolicyDocumentTemplate": {
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    },
    "ParametersDefinition": [{"Name": "Name", "Type": "String"}],
}


def write(folder: Path, **files: dict[str, Any]) -> Path:
    for name, version in files.items():
        (folder / f"{name}.json").write_text(json.dumps({"RoleTemplateVersion": version}))
    return folder


def test_versions_are_found_by_number_and_by_default(tmp_path: Path) -> None:
    write(tmp_path, one=VERSION | {"MinorVersion": 1}, two=VERSION)
    (tmp_path / "notes.txt").write_text("not a template")
    found = read_role_templates(tmp_path)
    default = found.find(ARN)
    assert default is not None
    assert (default.name, default.major_version, default.minor_version) == ("Worker", 7, 2)
    older = found.find(ARN, 1)
    assert older is not None
    assert older.minor_version == 1
    assert found.find(ARN, 3) is None
    assert found.find(ARN.replace("Worker", "Other")) is None


def test_an_empty_directory_has_none(tmp_path: Path) -> None:
    assert read_role_templates(tmp_path).versions == {}


def test_there_must_be_a_directory(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="is no directory of role templates"):
        read_role_templates(tmp_path / "absent")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Nonsense": 1}, "Object contains unknown field `Nonsense`"),
        ({"TemplateArn": "arn:aws:iam::aws:policy/x"}, "ARN arn:aws:iam::aws:policy/x is not valid."),
        ({"TemplateName": "Other"}, "TemplateName or MajorVersion is not that of TemplateArn."),
        ({"MajorVersion": 8}, "TemplateName or MajorVersion is not that of TemplateArn."),
        ({"RoleNamePattern": "@{Unknown}"}, "the parameter `Unknown` is not defined"),
        ({"RolePathPattern": "no/path"}, "Expected `str` matching regex"),
        ({"MaxSessionDuration": 60}, "Expected `int` >= 3600"),
        ({"CreateTimestamp": "2026-01-01T00:00:00"}, "Expected `datetime` with a timezone component"),
        (
            {"ParametersDefinition": [{"Name": "Name", "Type": "String"}] * 2},
            "the parameter `Name` is defined twice",
        ),
        (
            {"ParametersDefinition": [{"Name": "Name", "Type": "Number", "DefaultValue": "x"}]},
            "The default value of the parameter Name is not of the type Number.",
        ),
        ({"ParametersDefinition": [{"Name": "Name", "Type": "Text"}]}, "Invalid enum value 'Text'"),
        ({"DefaultMinorVersion": 5}, f"there is no version 5 of {ARN}, its default one"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changed: dict[str, Any], expected: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_role_templates(write(tmp_path, one=VERSION | changed))
    assert expected in str(caught.value)


def test_versions_must_go_together(tmp_path: Path) -> None:
    write(tmp_path, one=VERSION, two=VERSION)
    with pytest.raises(FileFormatError, match=f"the version 2 of {ARN} occurs twice"):
        read_role_templates(tmp_path)
    write(tmp_path, two=VERSION | {"MinorVersion": 3, "Enabled": False})
    with pytest.raises(FileFormatError, match=f"enabled is not that of another version of {ARN}"):
        read_role_templates(tmp_path)
