"""
The documentation's pages that come from the code, and a check of every link between pages.

usage: python -m tools.docs --write | --check

``--write`` (`make docs`) writes the pages anew; ``--check`` (a test) fails when that would change one.  Both fail when a
relative link leads nowhere, and where no index names a page.
"""  # noqa: INP001  a program, not a package

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools.navigation import FENCE, LINK, ROOT, orphans
from tools.reference_commands import command_page
from tools.reference_errors import error_page
from tools.reference_operations import operation_pages
from tools.reference_semantics import PAGE as SEMANTICS
from tools.reference_semantics import semantics_page, unheld

from iamd.settings import SETTINGS, SettingInfo
from iampolicy.lint import RULES, Rule

_LONGEST_SHOWN: Final = 2_000
_HEADING: Final = re.compile(r"^#+ +(.*)$", re.MULTILINE)

_SETTINGS_HEAD: Final = """\
# Settings

<!-- Written by `make docs` from src/iamd/settings.py. -->

For each setting the first of these that names it wins:

1. a flag of the command line, where the command has one: `--log-level debug`;
2. the environment: `IAMD_LOG_LEVEL=debug`;
3. `iamd.toml`: `log_level = "debug"`;
4. the default.

`iamd.toml` is the one in the current folder, or the one that `IAMD_CONFIG` names. Relative paths in it start from its own
folder, others from the current one.

A value that does not parse, an unknown name in `iamd.toml`, and an unknown variable that begins with `IAMD_` are errors: iamd
does not start with a setting that it did not understand. It leaves `IAMD_TEST_*` alone, and the variables that Kubernetes
makes for a Service named `iamd` (`IAMD_SERVICE_HOST`, `IAMD_PORT=tcp://…` and the like). Booleans are `true` or `false`; in
variables also `yes`, `no`, `on`, `off`, `1` and `0`.

A secret can be named by a file instead, which a final line break does not belong to: `IAMD_MASTER_KEY_FILE`, `master_key_file`
or `--master-key-file`. There are no flags for the secrets themselves, since every process of a machine can read those.

| setting | variable | default | |
|---|---|---|---|
"""


def _row(info: SettingInfo) -> str:
    default = (
        ""
        if info.default is None
        else f"`{str(info.default).lower() if info.kind is bool else info.default}`"
    )
    text = info.description
    if info.choices:
        text += " One of " + ", ".join(f"`{word}`" for word in info.choices) + "."
    if info.secret:
        text += f" A secret; or `{info.variable}_FILE`."
    return f"| `{info.name}` | `{info.variable}` | {default} | {text} |\n"


_RULES_HEAD: Final = """\
# Lint rules

<!-- Written by `make docs` from src/iampolicy/lints. -->

What `iamd lint` says of policy documents; see [lint policies](../howto/lint-policies.md). Each section has a document with the
finding and one without it. Codes are those of AWS's validators (IAM Access Analyzer's ValidatePolicy, and the console's editor)
for the same.
"""


def _rule(rule: Rule) -> str:
    codes = ", ".join(f"`{code}`" for code in rule.aws)
    lines = [
        f"\n## {rule.id}\n",
        f"{rule.title}. *{rule.severity.replace('_', ' ').capitalize()}*"
        + (f"; AWS: {codes}.\n" if codes else ".\n"),
        f"{rule.why}\n",
        *(f"{label}:\n\n```json\n{_shown(text)}\n```\n" for label, text in _examples(rule)),
    ]
    return "\n".join(lines)


def _examples(rule: Rule) -> Iterator[tuple[str, str]]:
    yield f"With the finding ({rule.kind} policy)", rule.bad
    yield "Without it", rule.good


def _shown(example: str) -> str:
    shown = example
    if len(shown) > _LONGEST_SHOWN:
        shown = re.sub(r"(.)\1{20,}", r"\1…", shown)
    try:
        return json.dumps(json.loads(shown, object_pairs_hook=_once), indent=2, ensure_ascii=False)
    except ValueError:
        return shown


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("an example that only its text can show")
    return dict(pairs)


def pages() -> dict[Path, str]:
    """Return the pages that come from the code."""
    settings = _SETTINGS_HEAD + "".join(_row(info) for info in SETTINGS.values())
    rules = _RULES_HEAD + "".join(map(_rule, RULES.values()))
    reference = ROOT / "docs" / "reference"
    return {
        reference / "settings.md": settings,
        reference / "lint-rules.md": rules,
        reference / "commands.md": command_page(),
        reference / "errors.md": error_page(),
        **{reference / name: text for name, text in operation_pages()},
    }


def broken_links() -> Iterator[str]:
    """Yield each relative link that leads to no file, or to no heading of one."""
    for page in sorted(ROOT.rglob("*.md")):
        if any(part.startswith(".") or part == "node_modules" for part in page.relative_to(ROOT).parts):
            continue
        for _, link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not target.exists():
                yield f"{page.relative_to(ROOT)}: {link} leads to no file"
            elif anchor and anchor not in _anchors(target):
                yield f"{page.relative_to(ROOT)}: {link} leads to no heading"


def _anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def main(words: list[str]) -> int:
    """Do what the command line says, and return the exit status."""
    if words not in (["--write"], ["--check"]):
        sys.stderr.write("usage: python -m tools.docs --write | --check\n")
        return 2
    wrong = []
    for page, text in pages().items():
        if words == ["--write"]:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            wrong.append(f"{page.relative_to(ROOT)} is not what the code says; run `make docs`")
    if words == ["--write"]:
        SEMANTICS.write_text(semantics_page(), encoding="utf-8")
    wrong += broken_links()
    wrong += orphans()
    wrong += unheld()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
