"""
What a development server starts with: seed files, and everything that can be imported.

A path is a file or a folder of files.  What a file is, is told by what it holds; at most one is a seed file
(`iamd.exchange.seed`), which alone gives access keys and organizations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from iamd.exchange.import_files import ImportedAccount, imported, json_values, kind_of
from iamd.exchange.seed import SeedFile, read_seed
from iamd.exchange.strict_yaml import FileFormatError

_YAML: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed file, which may be empty, and accounts from other files, which are made first."""

    file: SeedFile
    imports: tuple[ImportedAccount, ...] = ()


def read_seeds(path: Path) -> Seed:
    """
    Read the file, or all files of the folder, *path*.

    Raises:
        FileFormatError: One cannot be read, or is nothing that is known; or several are seeds.
    """
    seeds: list[SeedFile] = []
    values: list[tuple[Path, Any]] = []
    for each in _files(path):
        found = list(json_values(each)) if _is_json(each) else None
        if found is None or (len(found) == 1 and kind_of(found[0]) == "seed"):
            seeds.append(read_seed(each))
        else:
            values += [(each, value) for value in found]
    if len(seeds) > 1:
        raise FileFormatError(f"`{path}` holds {len(seeds)} seed files; one can hold all accounts")
    return Seed(seeds[0] if seeds else SeedFile(accounts=[]), tuple(imported(values)))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(each for each in path.iterdir() if each.is_file() and each.name[:1] != ".")


def _is_json(path: Path) -> bool:
    """Say whether a file is JSON: YAML can be, too, and is told by its name."""
    if path.suffix in _YAML:
        return False
    if path.suffix == ".json":
        return True
    try:
        with path.open(encoding="utf-8") as file:
            begin = file.read(4096).lstrip("\ufeff \t\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"cannot read `{path}`: {error}") from error
    return begin.startswith(("{", "["))
