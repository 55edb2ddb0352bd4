"""Policy test files on disk; `tests/cli` has the rest."""

import json
from pathlib import Path

import pytest

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.exchange.world_files import FileLibrary, read_world_file
from iampolicy.worlds import WorldError

DOCUMENT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}


def test_json_is_kept_as_it_is_written_and_yaml_becomes_json(tmp_path: Path) -> None:
    library = FileLibrary(tmp_path, AwsManagedPolicies(None))
    written = json.dumps(DOCUMENT, indent=7)
    (tmp_path / "a.json").write_text(written)
    (tmp_path / "b.yaml").write_text(
        "Version: 2012-10-17\nStatement: {Effect: Allow, Action: 's3:*', Resource: '*'}\n"
    )
    assert library.read("a.json")[1] == written
    assert json.loads(library.read("b.yaml")[1]) == DOCUMENT
    assert (
        library.read("a.json")[0]
        == FileLibrary(tmp_path / "x", AwsManagedPolicies(None)).read("../a.json")[0]
    )


def test_texts_that_are_not_installed_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(
        "{principal: 'arn:aws:iam::111122223333:user/b', action: 's3:Get', expect: allow, "
        "identity_policies: 'arn:aws:iam::aws:policy/ReadOnlyAccess'}"
    )
    with pytest.raises(WorldError, match="install the extra"):
        read_world_file(file, AwsManagedPolicies(None))
