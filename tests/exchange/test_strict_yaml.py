"""YAML and JSON without guesses."""

from pathlib import Path
from typing import Any

import pytest

from iamd.exchange.strict_yaml import FileFormatError, read


def written(folder: Path, text: str, name: str = "file.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Version: 2012-10-17", {"Version": "2012-10-17"}),
        ("id: 012345670123", {"id": "012345670123"}),
        ("on: off", {"on": "off"}),
        ("a: [1, null, true, 1e3]", {"a": ["1", "null", "true", "1e3"]}),
        ("a: {b: c}", {"a": {"b": "c"}}),
    ],
)
def test_every_scalar_of_yaml_is_a_text(tmp_path: Path, text: str, expected: Any) -> None:
    assert read(written(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.yaml", "Effect: Deny\nEffect: Allow"),
        ("f.json", '{"Effect": "Deny", "Effect": "Allow"}'),
        ("f.yaml", "a: [{b: 1, b: 2}]"),
    ],
)
def test_a_key_that_occurs_twice_is_refused(tmp_path: Path, name: str, text: str) -> None:
    """R-68"""
    with pytest.raises(FileFormatError, match="occurs twice"):
        read(written(tmp_path, text, name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.yaml", "a: !!python/object/apply:os.system [id]"),
        ("f.yaml", "a: !!int 3"),
        ("f.yaml", "a: ["),
        ("f.yaml", "? [a]\n: b"),
        ("f.json", "{"),
        ("f.json", '{"a": NaN}'),
        ("f.json", "[" * 100_000),
    ],
)
def test_what_is_not_plain_data_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(FileFormatError):
        read(written(tmp_path, text, name))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"cannot read `.*gone.yaml`"):
        read(tmp_path / "gone.yaml")
