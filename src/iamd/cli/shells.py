"""Variables of the environment, written for the programs that are to have them: shells, and what reads files of them."""

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Variables = Mapping[str, str]
Form = Callable[[Variables, Sequence[str]], str]


def sh(variables: Variables, cleared: Sequence[str]) -> str:
    """Return what a POSIX shell evaluates: what to set, and which variables to take away."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join([*lines, "unset " + " ".join(cleared)] if cleared else lines)


def _fish(variables: Variables, cleared: Sequence[str]) -> str:
    def quote(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = [f"set -gx {name} {quote(value)}" for name, value in variables.items()]
    return "\n".join([*lines, *(f"set -e {name}" for name in cleared)])


def _powershell(variables: Variables, cleared: Sequence[str]) -> str:
    def quote(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    lines = [f"$env:{name} = {quote(value)}" for name, value in variables.items()]
    return "\n".join([*lines, *(f"Remove-Item Env:{name} -ErrorAction SilentlyContinue" for name in cleared)])


def _dotenv(variables: Variables, _cleared: Sequence[str]) -> str:
    def quote(text: str) -> str:
        # Some readers of such files keep quotes, so they are only there where they must be.
        if re.fullmatch(r"[A-Za-z0-9_./:+=@,%-]*", text, re.ASCII):
            return text
        return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'

    return "\n".join(f"{name}={quote(value)}" for name, value in variables.items())


def _json(variables: Variables, _cleared: Sequence[str]) -> str:
    return json.dumps(variables, indent=2)


FORMS: Final[Mapping[str, Form]] = {
    "sh": sh,
    "fish": _fish,
    "powershell": _powershell,
    "dotenv": _dotenv,
    "json": _json,
}
