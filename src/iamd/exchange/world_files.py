"""
Policy test files on disk: `iampolicy.worlds` in YAML or JSON, and the documents they name.

A path in a file starts from the file's own folder.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from iamd.catalogue.managed_policies import AwsManagedPolicies, PolicyTextUnavailableError
from iamd.catalogue.rcp_services import supports_rcps
from iamd.exchange import strict_yaml
from iamd.exchange.strict_yaml import FileFormatError
from iampolicy.worlds import WorldError, WorldFile, read_worlds

SUFFIXES: Final = (".test.yaml", ".test.yml", ".test.json")
"""How the names of files end that are found in folders."""


class FileLibrary:
    """Documents beside a world's file, and AWS's managed policies."""

    def __init__(self, folder: Path, managed: AwsManagedPolicies) -> None:
        self._folder = folder
        self._managed = managed

    def read(self, file: str) -> tuple[str, str]:
        """Return the path from here, and the document as JSON: as it is written, if it is."""
        path = (self._folder / file).resolve()
        label = os.path.relpath(path)
        try:
            if path.suffix == ".json":
                return label, path.read_text(encoding="utf-8")
            return label, json.dumps(strict_yaml.read(path), indent=2, ensure_ascii=False)
        except UnicodeDecodeError as error:
            raise ValueError(f"cannot read `{path}`: {error}") from None
        except FileFormatError as error:
            raise ValueError(str(error)) from None

    def managed(self, arn: str) -> str:
        try:
            found = self._managed.find(arn)
        except PolicyTextUnavailableError as error:
            raise ValueError(str(error)) from None
        if found is None:
            raise ValueError(f"there is no AWS managed policy `{arn}`")
        return found.document


def find_world_files(path: Path) -> Iterator[Path]:
    """Yield *path*, or the files in that folder and below whose names end in one of `SUFFIXES`, in order."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(SUFFIXES))


def read_world_file(path: Path, managed: AwsManagedPolicies) -> WorldFile:
    """
    Read a policy test file.

    Raises:
        WorldError: It cannot be read, or is none.
    """
    try:
        data = strict_yaml.read(path)
    except FileFormatError as error:
        raise WorldError("", str(error)) from None
    return read_worlds(data, FileLibrary(path.parent, managed), source=str(path), supports_rcps=supports_rcps)
