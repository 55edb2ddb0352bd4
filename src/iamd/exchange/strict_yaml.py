"""
YAML and JSON as seed files are written in: no guessing, nothing said twice.

Every plain scalar of YAML is a text: otherwise ``2012-10-17`` would be a date, ``012345670123`` an octal number and
``on`` a truth value.  Whoever needs a number reads it from the text.  Duplicate keys are refused, in JSON too: of two
``Effect`` members, which one did the author mean?
"""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NoReturn

import yaml


class FileFormatError(Exception):
    """The file cannot be read; the text says where, for the operator."""


class _Loader(yaml.SafeLoader):
    """Sequences, mappings with unique keys, and texts; nothing else."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", key_node.start_mark)
        if key in keys:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key `{key}` occurs twice", key_node.start_mark
            )
        keys.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.yaml_implicit_resolvers = {}
_Loader.yaml_constructors = {
    "tag:yaml.org,2002:str": yaml.SafeLoader.construct_yaml_str,
    "tag:yaml.org,2002:seq": lambda loader, node: loader.construct_sequence(node, deep=True),
    "tag:yaml.org,2002:map": _mapping,
    None: yaml.SafeLoader.construct_undefined,  # without it, an unknown tag would be read as if it were not there
}


def read(path: Path) -> Any:
    """
    Read *path*, as JSON when its name ends so, as YAML otherwise.

    Raises:
        FileFormatError: It cannot be read or parsed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"cannot read `{path}`: {error}") from error
    try:
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=unique_members, parse_constant=no_constant)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  our loader makes texts, lists and mappings only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileFormatError(f"`{path}` does not parse: {error}") from error


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(
            name for index, (name, _) in enumerate(pairs) if name in {key for key, _ in pairs[:index]}
        )
        raise ValueError(f"the key `{twice}` occurs twice")
    return members


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is no JSON")
