"""Options that several commands have, so that they are described once; settings above all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from iamd.settings import SETTINGS, SettingInfo

_METAVARS = {"upstream": "[SERVICES=]URL", "trusted_proxies": "NETWORKS"}

F = TypeVar("F", bound=Callable[..., Any])


def config_option(function: F) -> F:
    """Give a command the option ``--config``, which it gets as a path or None."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The iamd.toml to read.  [default: the one of IAMD_CONFIG, or in the current folder]",
    )(function)


def settings_options(*names: str, defaults: bool = True) -> Callable[[F], F]:
    """
    Give a command an option for each of these settings.

    The command gets them as keyword arguments, None where one was not given, in the form that `load_settings` takes as
    its flags: texts stay texts, so that a wrong one is refused in the same words wherever it came from.  A secret has
    no option but that for the file that holds it (``--master-key-file``).  With *defaults* False none is told.
    """

    def decorate(function: F) -> F:
        for name in reversed(names):
            function = _option(SETTINGS[name], told=defaults)(function)
        return function

    return decorate


def _option(info: SettingInfo, *, told: bool) -> Callable[[F], F]:
    flag = "--" + info.name.replace("_", "-")
    default = "" if not told or info.default in {None, ()} else f"  [default: {info.default}]"
    text = info.description + default
    if info.secret:
        return click.option(
            f"{flag}-file",
            f"{info.name}_file",
            metavar="FILE",
            help=f"File that holds this: {info.description}",
        )
    if info.kind is bool:
        return click.option(f"{flag}/--no-{flag.removeprefix('--')}", info.name, default=None, help=text)
    if info.choices:
        return click.option(flag, info.name, type=click.Choice(info.choices), help=text)
    return click.option(
        flag,
        info.name,
        metavar=_METAVARS.get(info.name, getattr(info.kind, "__name__", "TEXT").upper()),
        help=text,
    )


def pairs(option: str, given: Sequence[str]) -> dict[str, list[str]]:
    """
    Return what was given as ``KEY=VALUE``: the values of each key, in their order.

    Raises:
        UsageError: Something was not of that form.
    """
    found: dict[str, list[str]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option} takes KEY=VALUE, and `{text}` is not of that form")
        found.setdefault(key, []).append(value)
    return found
