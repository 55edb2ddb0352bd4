"""The command `iamd account`: the accounts of the organization."""

import click

from iamd.cli import names, vpc_endpoints
from iamd.cli.org import connect
from iamd.cli.organization_tree import read_tree
from iamd.cli.output import Output, output_options

_port = click.option("--port", type=int, help="Which server, if several are running.")


@click.group(name="account", short_help="Make, list, move and close accounts.")
def command() -> None:
    """
    Make, list, move and close accounts.

    They are those of the organization that the server's account manages; `iamd org create` makes one.
    """


command.add_command(vpc_endpoints.command)


@command.command("list", short_help="List the accounts.")
@_port
@output_options
def list_(port: int | None, output: Output) -> None:
    """List the accounts: id, state, unit, name and email address."""
    tree = read_tree(connect(port))
    accounts = sorted(tree.accounts(), key=lambda pair: pair[1].id)
    members = [
        {
            "id": account.id,
            "name": account.name,
            "email": account.email or None,
            "state": account.state,
            "unit": unit.path,
        }
        for unit, account in accounts
    ]
    output.rows(
        members,
        {
            "account": lambda row: row["id"],
            "state": lambda row: row["state"],
            "unit": lambda row: f"/{row['unit']}",
            "name": lambda row: row["name"],
            "email": lambda row: row["email"] or "",
        },
    )


@command.command("create", short_help="Make an account.")
@_port
@click.option("--email", required=True, help="Of its owner; every account has another.")
@click.option("--unit", default="/", shell_complete=names.units, help="Where to put it.  [default: the root]")
@click.option("--role-name", help="What to call the role by which the management account reaches it.")
@click.argument("name")
def create(name: str, email: str, unit: str, role_name: str | None, port: int | None) -> None:
    """
    Make an account, and print its id and the role to enter it by.

    A user or a role of the management account may assume that role, if its own policies allow it.
    """
    client = connect(port)
    tree = read_tree(client)
    parent = tree.unit(unit)
    role = {} if role_name is None else {"RoleName": role_name}
    asked = client.create_account(AccountName=name, Email=email, **role)["CreateAccountStatus"]
    made = client.describe_create_account_status(CreateAccountRequestId=asked["Id"])["CreateAccountStatus"]
    if made["State"] != "SUCCEEDED":
        raise click.ClickException(f"the account was not made: {made['FailureReason']}")
    if parent.id != tree.root.id:
        client.move_account(
            AccountId=made["AccountId"], SourceParentId=tree.root.id, DestinationParentId=parent.id
        )
    entry = role_name or "OrganizationAccountAccessRole"
    click.echo(f"{made['AccountId']}  arn:aws:iam::{made['AccountId']}:role/{entry}")


@command.command("move", short_help="Move an account to a unit.")
@_port
@click.argument("account", shell_complete=names.accounts)
@click.argument("unit", shell_complete=names.units)
def move(account: str, unit: str, port: int | None) -> None:
    """Move ACCOUNT to UNIT; the root is /."""
    client = connect(port)
    tree = read_tree(client)
    wanted = tree.account(account)
    (source,) = [each for each, found in tree.accounts() if found.id == wanted.id]
    client.move_account(AccountId=wanted.id, SourceParentId=source.id, DestinationParentId=tree.unit(unit).id)


@command.command("close", short_help="Close an account.")
@_port
@click.argument("account", shell_complete=names.accounts)
def close(account: str, port: int | None) -> None:
    """Close ACCOUNT: from then on nobody of it can do anything."""
    client = connect(port)
    client.close_account(AccountId=read_tree(client).account(account).id)
