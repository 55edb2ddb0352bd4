"""The command `iamd keys`: the access keys of users, made, watched, changed for new ones and deleted."""

from contextlib import suppress
from datetime import UTC
from typing import Any

import click

from iamd.cli import key_rotation, names
from iamd.cli.access_keys import AccessKey, columns, keys_of, keys_of_all
from iamd.cli.aws import Aws, Client, aws_options
from iamd.cli.failures import RefusedError
from iamd.cli.output import Output, output_options
from iamd.cli.terminal import agreed, on_a_terminal
from iamd.clock import SystemClock

_key = click.argument("access_key_id", metavar="ACCESS_KEY_ID", shell_complete=names.access_keys)
_user = click.option(
    "--user",
    metavar="NAME",
    shell_complete=names.users,
    help="Whose it is.  [default: whoever the server says]",
)
_yes = click.option("--yes", "sure", is_flag=True, help="Do not ask.")


@click.group(name="keys", short_help="List, make, rotate and delete access keys.")
def command() -> None:
    """
    List, make, rotate and delete access keys, of iamd and of AWS.

    A user has at most two. A secret access key is shown when it is made, and never again.
    """


@command.command("list", short_help="List access keys: age, status, last use.")
@aws_options
@output_options
@click.option("--all", "everybody", is_flag=True, help="Those of all users of the account.")
@click.argument("user", required=False, shell_complete=names.users)
def list_(aws: Aws, output: Output, user: str | None, *, everybody: bool) -> None:
    """
    List the access keys of USER, or your own: age, status, and when and where they were last used.

    \b
    iamd keys list --all
    iamd keys list --all --output json --query "[?LastUsedDate==null].AccessKeyId"
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    if everybody and user is not None:
        raise click.UsageError("--all and USER exclude each other")
    iam = aws.client("iam")
    found = keys_of_all(iam) if everybody else keys_of(iam, user)
    output.rows([key.as_json() for key in found], columns(), empty="there are no access keys")


@command.command("create", short_help="Make an access key, and show its secret once.")
@aws_options
@output_options
@click.argument("user", required=False, shell_complete=names.users)
def create(aws: Aws, output: Output, user: str | None) -> None:
    """Make an access key for USER, or for yourself, and show its secret access key: now, and never again."""
    show_made(output, aws.client("iam").create_access_key(UserName=user)["AccessKey"])


@command.command("activate", short_help="Let an access key sign again.")
@aws_options
@_user
@_key
def activate(aws: Aws, user: str | None, access_key_id: str) -> None:
    """Let an access key sign again."""
    iam = aws.client("iam")
    owner = _owner(iam, access_key_id, user)
    iam.update_access_key(UserName=owner, AccessKeyId=access_key_id, Status="Active")


@command.command("deactivate", short_help="Let an access key sign no more; it can be activated again.")
@aws_options
@_user
@_yes
@_key
def deactivate(aws: Aws, user: str | None, access_key_id: str, *, sure: bool) -> None:
    """Let an access key sign no more, from the next request on; it can be activated again."""
    if access_key_id == aws.source.access_key_id:
        _confirm(
            "It is the access key that you ask with: you could not activate it again yourself.", sure=sure
        )
    iam = aws.client("iam")
    owner = _owner(iam, access_key_id, user)
    iam.update_access_key(UserName=owner, AccessKeyId=access_key_id, Status="Inactive")


@command.command("delete", short_help="Delete an access key for good.")
@aws_options
@_user
@_yes
@_key
def delete(aws: Aws, user: str | None, access_key_id: str, *, sure: bool) -> None:
    """
    Delete an access key for good, after a question that says whose it is and when it was last used.

    Deactivate it first, and see whether anybody misses it.
    """
    iam = aws.client("iam")
    owner = _owner(iam, access_key_id, user)
    if not sure:
        _confirm(_about(iam, owner, access_key_id), sure=False)
    iam.delete_access_key(UserName=owner, AccessKeyId=access_key_id)


@command.command("rotate", short_help="Change a user's access key for a new one, step by step.")
@aws_options
@output_options
@_yes
@click.option(
    "--watch",
    metavar="SECONDS",
    type=click.IntRange(min=0),
    help="How long to wait for a use of the new key, once the old one is inactive.  [default: 300; 0 without a terminal]",
)
@click.argument("user", required=False, shell_complete=names.users)
def rotate(aws: Aws, output: Output, user: str | None, watch: int | None, *, sure: bool) -> None:
    """
    Change the access key of USER, or your own, for a new one, step by step:

    \b
    1. make a new key, and show its secret access key once
    2. deactivate the old one, when you say that the new one is in place
    3. watch until the new one is used
    4. delete the old one, after a question

    Stop wherever you like: run again, it goes on where it was, since the keys themselves tell how far it is. Without a
    terminal, one run does one step, and 2 and 4 take --yes. No key takes over in the run that has made it unless somebody
    says so.
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    person = on_a_terminal()
    seconds = watch if watch is not None else (300 if person else 0)
    rotation = key_rotation.Rotation(aws, user, show=lambda made: show_made(output, made))
    rotation.run(sure=sure, person=person, seconds=seconds)


def show_made(output: Output, made: dict[str, Any]) -> None:
    """Show an access key with its secret, and say that it is the only time."""
    record = {
        "UserName": made.get("UserName"),
        "AccessKeyId": made["AccessKeyId"],
        "SecretAccessKey": made["SecretAccessKey"],
        "Status": made["Status"],
        "CreateDate": made["CreateDate"].astimezone(UTC).isoformat(),
    }
    output.record(
        record,
        [
            ("user", record["UserName"] or "(root user)"),
            ("access key id", record["AccessKeyId"]),
            ("secret access key", record["SecretAccessKey"]),
        ],
    )
    click.echo("keep the secret access key now: it is never shown again", err=True)


def _owner(iam: Client, access_key_id: str, user: str | None) -> str | None:
    """
    Return whose the key is, where nobody says it; None means the caller's own.

    Whoever may not ask whose it is may still change their own; what there is not, is refused then.
    """
    if user is not None:
        return user
    with suppress(RefusedError):
        # The root user's come first: by name they are those of the account's alias, which is no user.
        own = iam.pages("list_access_keys", "AccessKeyMetadata")
        if access_key_id in {each["AccessKeyId"] for each in own}:
            return None
    with suppress(RefusedError):
        said: str | None = iam.get_access_key_last_used(AccessKeyId=access_key_id).get("UserName")
        return said
    return None


def _about(iam: Client, owner: str | None, access_key_id: str) -> str:
    named = [key for key in keys_of(iam, owner) if key.access_key_id == access_key_id]
    if not named:
        whose = f" of {owner}" if owner else ""
        raise click.ClickException(
            f"there is no access key `{access_key_id}`{whose}; name its user with --user"
        )
    return told(named[0])


def told(key: AccessKey) -> str:
    """Return a line about a key, for a question."""
    state = "active" if key.active else "inactive"
    return f"{key.access_key_id} of {key.user or 'the root user'} is {state}, last used: {key.use(SystemClock().real())}"


def _confirm(about: str, *, sure: bool) -> None:
    if not agreed(f"{about}\nGo on?", sure=sure):
        raise click.Abort
