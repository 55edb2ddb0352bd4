"""`iamd.toml` as `iamd init` writes it: every setting with its description, those that are set without a mark before them."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from iamd.settings import SETTINGS, SettingInfo

_WIDTH: Final = 100
_HEAD: Final = """\
# The settings of iamd.
#
# What stands behind a mark is the default, or an example where there is none. A flag or a variable of the environment
# (IAMD_PORT=4264) goes before what stands here; `iamd config print` shows what holds, and where it comes from.
# Relative paths start from the folder of this file.
"""
_EXAMPLES: Final[Mapping[str, str]] = {
    "tls_certificate": '"tls/certificate.pem"',
    "tls_key": '"tls/key.pem"',
    "trusted_proxies": '["10.0.0.0/8"]',
    "data": '"iamd.db"',
    "root_access_key_id": '"AKIA…"',
    "root_secret_access_key": '"root-secret"',
    "master_key": '"master.key"',
    "other_master_key": '"new-master.key"',
    "seed": '"seed.yaml"',
    "public_url": '"https://iamd.example.com"',
    "ext_authz_port": "9001",
    "saml_endpoint": '"https://iamd.example.com/saml"',
    "metrics_key": '"metrics.key"',
    "audit_webhook": '"https://collector.example.com/"',
    "audit_webhook_key": '"collector.key"',
    "audit_spool": '"spool"',
    "audit_file": '"audit.jsonl"',
    "audit_archive": '"audit"',
}
_TABLES: Final[Mapping[str, str]] = {
    "upstream": """\
[[upstream]]
services = ["s3"]
url = "http://127.0.0.1:9000"
access_key_id = "…"
secret_access_key_file = "upstream.key"
""",
    "enforcement_point": """\
[[enforcement_point]]
name = "nginx"
service = "s3"
key_file = "nginx.key"
""",
}


def commented_file(values: Mapping[str, object]) -> str:
    """
    Return the text of the file.

    Args:
        values: Of settings by name; that of a secret is the name of its file.
    """
    plain = [info for info in SETTINGS.values() if info.name not in _TABLES]
    tables = [info for info in SETTINGS.values() if info.name in _TABLES]
    parts = [_HEAD, *("\n".join(_setting(info, values)) + "\n" for info in plain)]
    # Tables come last: what stands behind one belongs to it.
    parts += ["\n".join([*_comment(info), *_marked(_TABLES[info.name])]) + "\n" for info in tables]
    return "\n".join(parts)


def _setting(info: SettingInfo, values: Mapping[str, object]) -> Iterator[str]:
    yield from _comment(info)
    name = f"{info.name}_file" if info.secret else info.name
    if info.name in values:
        yield f"{name} = {toml_value(values[info.name])}"
    elif info.default in {None, ()}:
        yield f"# {name} = {_EXAMPLES.get(info.name) or toml_value(info.name.replace('_', '-'))}"
    else:
        yield f"# {name} = {toml_value(info.default)}"


def _comment(info: SettingInfo) -> list[str]:
    text = info.description
    if info.choices:
        text += " One of " + ", ".join(f"`{word}`" for word in info.choices) + "."
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]


def _marked(table: str) -> list[str]:
    return [f"# {line}" for line in table.splitlines()]


def toml_value(value: object) -> str:
    """Return *value* as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list() | tuple():
            return "[" + ", ".join(map(toml_value, value)) + "]"
        case str() | Path():
            # What JSON escapes, TOML reads alike (TOML 1.0, "Basic strings").
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            raise TypeError(f"a setting is no {type(value).__name__}")
