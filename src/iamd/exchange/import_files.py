"""
Files to import: what each is, is told by what it holds, not by its name.

A file holds JSON: one value, several behind each other (pages of a list), or a list of them.  A key that occurs twice is
refused, as everywhere: of two ``Effect`` members, which one did the author mean?
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from iamd.exchange import authorization_details
from iamd.exchange.authorization_details import read_pages
from iamd.exchange.contents import Contents, ExportFile, merged
from iamd.exchange.problems import Note
from iamd.exchange.sources import Source
from iamd.exchange.strict_yaml import FileFormatError, no_constant, unique_members
from iamd.exchange.terraform_state import read_state

_JSON: Final = json.JSONDecoder(object_pairs_hook=unique_members, parse_constant=no_constant)
_BLANK: Final = " \t\r\n\ufeff"


class ImportedAccount(NamedTuple):
    """What all files hold of one account, and what they hold and cannot be carried over."""

    account_id: str
    contents: Contents
    notes: Sequence[Note]


def read_imports(paths: Iterable[Path]) -> list[ImportedAccount]:
    """
    Read files, and those of folders; several files may hold one account, and one file several.

    Raises:
        FileFormatError: One cannot be read, or is nothing that is known.
    """
    return imported([(path, value) for path in _files(paths) for value in json_values(path)])


def imported(values: Iterable[tuple[Path, Any]]) -> list[ImportedAccount]:
    """
    Sort out what *values*, each with its file, are, and put together what belongs to one account.

    Raises:
        FileFormatError: One is nothing that is known.
    """
    pages: list[tuple[str, Mapping[str, Any]]] = []
    sources: list[Source] = []
    for path, value in values:
        name = str(path)
        match kind_of(value):
            case "authorization details":
                pages.append((name, value))
            case "Terraform state":
                sources.append(read_state(name, value))
            case "export":
                sources.append(_export(name, value))
            case kind:
                raise FileFormatError(f"`{name}` {_WHAT_ELSE.get(kind, _UNKNOWN)}")
    sources += read_pages(pages)
    accounts: dict[str, list[Source]] = {}
    for source in sources:
        accounts.setdefault(source.account_id, []).append(source)
    return [
        ImportedAccount(
            account_id,
            merged([source.contents for source in each]),
            list(dict.fromkeys(note for source in each for note in source.notes)),
        )
        for account_id, each in sorted(accounts.items())
    ]


def kind_of(value: Any) -> str:
    """Say what a value of JSON is; an empty text for nothing that is known."""
    if not isinstance(value, Mapping):
        return ""
    if "iamd_export" in value:
        return "export"
    if not value.keys().isdisjoint(authorization_details.LISTS):
        return "authorization details"
    if "version" in value and "resources" in value:
        return "Terraform state"
    if "format_version" in value and ("values" in value or "planned_values" in value):
        return "Terraform JSON"
    return "seed" if "accounts" in value else ""


def json_values(path: Path) -> Iterator[Any]:
    """
    Yield the values in a file, those of lists one by one.

    Raises:
        FileFormatError: It cannot be read, or is no JSON.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"cannot read `{path}`: {error}") from error
    yield from json_values_of(text, str(path))


def json_values_of(text: str, name: str) -> Iterator[Any]:
    """
    Do what `json_values` does with the *text* of a file that is called *name*.

    Raises:
        FileFormatError: It is no JSON.
    """
    at = _skip(text, 0)
    if at == len(text):
        raise FileFormatError(f"`{name}` is empty")
    while at < len(text):
        try:
            value, at = _JSON.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise FileFormatError(f"`{name}` does not parse: {error}") from error
        yield from value if isinstance(value, list) else (value,)
        at = _skip(text, at)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.is_file() and each.name[:1] != ".")
        else:
            yield path


def _export(name: str, value: Mapping[str, Any]) -> Source:
    try:
        export = msgspec.convert(value, ExportFile)
    except msgspec.ValidationError as error:
        raise FileFormatError(f"`{name}`: {error}") from error
    return Source(name, export.account_id, export.contents, export.left_out)


_UNKNOWN: Final = (
    "is nothing that iamd can import: neither the output of `aws iam get-account-authorization-details`,"
    " nor Terraform state, nor an export"
)
_WHAT_ELSE: Final[Mapping[str, str]] = {
    "Terraform JSON": "is the output of `terraform show -json`; import the state itself: `terraform state pull`",
    "seed": "is a seed, and may hold several accounts and access keys: give it to `iamd dev --seed`",
}
