"""The command `iamd simulate`: what policies decide about some actions, without a server."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.catalogue.rcp_services import supports_rcps
from iamd.cli.explanation import plain, reasons
from iamd.cli.options import pairs
from iamd.cli.output import Output, output_options
from iamd.cli.terminal import printable
from iamd.exchange.world_files import FileLibrary
from iampolicy import explain, report, suggest
from iampolicy.worlds import Result, WorldError, read_worlds, run

F = TypeVar("F", bound=Callable[..., Any])

_DENIED: Final = 1
_UNREADABLE: Final = 2
_COLORS: Final = {"Allow": "green", "ImplicitDeny": "yellow", "ExplicitDeny": "red"}


def _policies(name: str, help_: str) -> Callable[[F], F]:
    return click.option(
        f"--{name}", f"{name.replace('-', '_')}_files", metavar="FILE", multiple=True, help=help_
    )


@click.command(short_help="Say what policies decide about some actions, without a server.")
@click.option("--principal", required=True, help="The ARN of whoever asks; a service; or anonymous.")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag of the principal.")
@click.option("--action", "actions", required=True, multiple=True, help="An action, such as s3:GetObject.")
@click.option("--resource", "resources", multiple=True, default=("*",), show_default=True, help="An ARN.")
@click.option(
    "--resource-account",
    metavar="ID",
    help="Whose the resources are.  [default: as their ARNs say, or the principal's]",
)
@click.option(
    "--context",
    metavar="KEY=VALUE",
    multiple=True,
    help="A context key; given again, one more of its values.",
)
@click.option("--absent", metavar="KEY", multiple=True, help="A context key that the request has not.")
@_policies("policy", "An identity-based policy: a file, or the ARN of an AWS managed policy.")
@_policies("boundary", "The permissions boundary.")
@_policies("session-policy", "A session policy.")
@_policies("resource-policy", "The policy of the resource; for sts:AssumeRole the trust policy.")
@_policies("scp", "A level of service control policies: files, with commas between them.")
@_policies("rcp", "A level of resource control policies, likewise.")
@_policies("endpoint-policy", "The policy of the VPC endpoint.")
@click.option(
    "--explain", "explained", is_flag=True, help="Show what each policy said, and what would allow it."
)
@output_options
def command(output: Output, *, explained: bool, **flags: Any) -> None:
    """
    Say what policies decide about some actions, without a server.

    A FILE is a policy document in JSON or YAML; FullAWSAccess, the policy that AWS attaches, is known by its name. Every
    action is asked about every resource.

    Exit status: 0 when all is allowed, 1 when something is denied, 2 when it cannot be asked.
    """
    library = FileLibrary(Path(), AwsManagedPolicies.load())
    try:
        file = read_worlds(_world(**flags), library, supports_rcps=supports_rcps)
    except WorldError as error:
        click.echo(f"iamd simulate: {printable(str(error))}", err=True)
        sys.exit(_UNREADABLE)
    results = list(run(file.cases))
    if not output.takes([_json(result, explained=explained) for result in results]):
        _table(results, explained=explained)
    if not all(result.decision.allowed for result in results):
        sys.exit(_DENIED)


def _world(
    *,
    principal: str,
    tags: Sequence[str],
    actions: Sequence[str],
    resources: Sequence[str],
    resource_account: str | None,
    context: Sequence[str],
    absent: Sequence[str],
    **files: Sequence[str],
) -> Mapping[str, Any]:
    """Return the world that the command line describes."""
    who: dict[str, Any] = {"arn": principal} if principal.startswith("arn:") else {"service": principal}
    if tags:
        who["tags"] = {key: values[-1] for key, values in pairs("--tag", tags).items()}
    given = {
        key: values if len(values) > 1 else values[0] for key, values in pairs("--context", context).items()
    }
    world: dict[str, Any] = {
        "principal": who if tags or principal.startswith("arn:") else principal,
        "action": list(actions),
        "resource": list(resources),
        "context": given,
        "absent": list(absent),
        # Nothing is expected; the member is needed.
        "expect": "allow",
    }
    if resource_account:
        world["resource_account"] = resource_account
    for member, flag in _MEMBERS.items():
        documents = files[f"{flag}_files"]
        if documents and flag in {"scp", "rcp"}:
            world[member] = [_references(level.split(",")) for level in documents]
        elif documents:
            world[member] = _references(documents)
    return world


_MEMBERS: Final = {
    "identity_policies": "policy",
    "permissions_boundary": "boundary",
    "session_policies": "session_policy",
    "resource_policy": "resource_policy",
    "service_control_policies": "scp",
    "resource_control_policies": "rcp",
    "endpoint_policies": "endpoint_policy",
}
_KNOWN: Final = ("FullAWSAccess", "RCPFullAWSAccess")


def _references(files: Iterable[str]) -> list[Any]:
    return [file if file in _KNOWN or file.startswith("arn:") else {"file": file} for file in files]


def _json(result: Result, *, explained: bool) -> dict[str, Any]:
    decision, request = result.decision, result.request
    told: dict[str, Any] = {
        "action": request.action,
        "resource": request.resource,
        "outcome": decision.outcome.value,
        "layer": decision.layer.value,
        "reason": decision.reason,
        "matched": [
            {
                "layer": matched.layer.value,
                "effect": matched.effect.value,
                "policy": matched.policy,
                "statement": matched.index,
                "sid": matched.sid,
            }
            for matched in decision.matched
        ],
    }
    if explained:
        told["explanation"] = _report(result)
    return told


def _report(result: Result) -> dict[str, Any]:
    suggestions = () if result.decision.allowed else suggest(result.request, result.policies)
    return report(explain(result.request, result.policies), suggestions)


def _table(results: Sequence[Result], *, explained: bool) -> None:
    rows = [
        (printable(r.request.action), printable(r.request.resource), r.decision.outcome.value, _why(r))
        for r in results
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for result, (action, resource, outcome, why) in zip(results, rows, strict=True):
        styled = click.style(outcome.ljust(widths[2]), fg=_COLORS[outcome])
        click.echo(f"{action.ljust(widths[0])}  {resource.ljust(widths[1])}  {styled}  {why}".rstrip())
        if explained:
            click.echo(f"\n{plain(reasons(_report(result)))}\n")


def _why(result: Result) -> str:
    """Return the statements that decided, or the layer that is silent."""
    decision = result.decision
    deciding = [m for m in decision.matched if (m.effect.value == "Allow") == decision.allowed]
    named = [f"statement {m.index + 1}{f' ({m.sid})' if m.sid else ''} of {m.policy}" for m in deciding]
    if decision.reason and not named:
        return decision.reason
    return printable(f"{decision.layer}: {', '.join(named)}" if named else f"{decision.layer}")
