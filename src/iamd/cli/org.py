"""The command `iamd org`: the organization of the server's account, looked at and changed."""

import os
from operator import itemgetter
from pathlib import Path

import click

from iamd.cli import names
from iamd.cli.aws_json import OrganizationsClient
from iamd.cli.organization_tree import POLICY_TYPES, as_json, drawn, read_tree
from iamd.cli.output import Output, output_options
from iamd.cli.servers import server_to_ask

_port = click.option("--port", type=int, help="Which server, if several are running.")
_type = click.option(
    "--type",
    "type_",
    type=click.Choice(list(POLICY_TYPES)),
    default="scp",
    show_default=True,
    help="A service control policy or a resource control policy.",
)


def connect(port: int | None) -> OrganizationsClient:
    """Return a client of the running server."""
    return OrganizationsClient(server_to_ask(os.environ, port))


@click.group(
    name="org", short_help="Show and change the organization of the account.", invoke_without_command=True
)
@_port
@output_options
@click.pass_context
def command(context: click.Context, port: int | None, output: Output) -> None:
    """
    Show and change the organization of the account.

    Without a command, show it as a tree: units, accounts, and the policies attached to them beyond those that allow
    everything. Units are named by path (workloads/prod), by name or by id; the root is /. Accounts are named by id,
    email or name.
    """
    if context.invoked_subcommand is None:
        tree = read_tree(connect(port))
        if not output.takes(as_json(tree)):
            click.echo("\n".join(drawn(tree)))


@command.command("create", short_help="Make an organization that the account manages.")
@_port
def create(port: int | None) -> None:
    """Make an organization that the account manages, with service control policies enabled."""
    client = connect(port)
    made = client.create_organization()["Organization"]
    (root,) = client.list_roots()["Roots"]
    client.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    click.echo(f"{made['Id']}  managed by account {made['MasterAccountId']}")


@command.command("add-unit", short_help="Make a unit.")
@_port
@click.argument("path")
def add_unit(path: str, port: int | None) -> None:
    """Make a unit: the last part of PATH, in what the rest names (workloads/prod)."""
    client = connect(port)
    parent, _, name = path.strip("/").rpartition("/")
    made = client.create_organizational_unit(ParentId=read_tree(client).unit(parent).id, Name=name)
    click.echo(made["OrganizationalUnit"]["Id"])


@command.command("remove-unit", short_help="Remove an empty unit.")
@_port
@click.argument("unit", shell_complete=names.units)
def remove_unit(unit: str, port: int | None) -> None:
    """Remove an empty unit."""
    client = connect(port)
    client.delete_organizational_unit(OrganizationalUnitId=read_tree(client).unit(unit).id)


@command.command("add-policy", short_help="Make a policy from a file.")
@_port
@_type
@click.option(
    "--attach",
    "targets",
    metavar="TARGET",
    multiple=True,
    shell_complete=names.targets,
    help="Attach it there, too.",
)
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add_policy(name: str, file: Path, type_: str, targets: tuple[str, ...], port: int | None) -> None:
    """
    Make the policy NAME with the document in FILE.

    The type is enabled first if it is not.
    """
    client = connect(port)
    tree = read_tree(client)
    ids = [tree.target(target) for target in targets]
    _enable(client, POLICY_TYPES[type_])
    made = client.create_policy(
        Name=name,
        Description="",
        Type=POLICY_TYPES[type_],
        Content=file.read_text(encoding="utf-8"),
    )
    policy_id = made["Policy"]["PolicySummary"]["Id"]
    for target in ids:
        client.attach_policy(PolicyId=policy_id, TargetId=target)
    click.echo(policy_id)


@command.command("policies", short_help="List the policies.")
@_port
@output_options
def policies(port: int | None, output: Output) -> None:
    """List the policies: id, type and name."""
    client = connect(port)
    found = [
        {"id": policy["Id"], "type": short, "name": policy["Name"]}
        for short, type_ in POLICY_TYPES.items()
        for policy in client.pages("list_policies", "Policies", Filter=type_)
    ]
    output.rows(found, {name: itemgetter(name) for name in ("id", "type", "name")})


@command.command("attach", short_help="Attach a policy.")
@_port
@click.argument("policy", shell_complete=names.organization_policies)
@click.argument("target", shell_complete=names.targets)
def attach(policy: str, target: str, port: int | None) -> None:
    """Attach POLICY (its name or id) to TARGET: a unit, an account, or / for the root."""
    client = connect(port)
    client.attach_policy(PolicyId=_policy_id(client, policy), TargetId=read_tree(client).target(target))


@command.command("detach", short_help="Detach a policy.")
@_port
@click.argument("policy", shell_complete=names.organization_policies)
@click.argument("target", shell_complete=names.targets)
def detach(policy: str, target: str, port: int | None) -> None:
    """Detach POLICY (its name or id) from TARGET: a unit, an account, or / for the root."""
    client = connect(port)
    client.detach_policy(PolicyId=_policy_id(client, policy), TargetId=read_tree(client).target(target))


def _enable(client: OrganizationsClient, type_: str) -> None:
    (root,) = client.list_roots()["Roots"]
    if type_ not in {each["Type"] for each in root["PolicyTypes"]}:
        client.enable_policy_type(RootId=root["Id"], PolicyType=type_)


def _policy_id(client: OrganizationsClient, text: str) -> str:
    """Return the id of the policy that a person means, by id or by name."""
    found = [
        policy["Id"]
        for type_ in POLICY_TYPES.values()
        for policy in client.pages("list_policies", "Policies", Filter=type_)
        if text in {policy["Id"], policy["Name"]}
    ]
    if len(found) != 1:
        raise click.UsageError(f"{'several policies are' if found else 'no policy is'} called `{text}`")
    return str(found[0])
