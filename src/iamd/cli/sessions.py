"""The command `iamd sessions`: end sessions before their time."""

import json
import os
from datetime import datetime
from typing import Any, Final

import click

from iamd.cli import names
from iamd.cli.aws_query import QueryClient
from iamd.cli.own_pages import ask_as_root
from iamd.cli.servers import server_to_ask
from iamd.cli.state import ServerState
from iamd.clock import SystemClock

PATH: Final = "/_iamd/sessions/revoke"
POLICY_NAME: Final = "AWSRevokeOlderSessions"
"""AWS: *Revoke IAM role temporary security credentials*: what the console calls the policy that it attaches."""


@click.group(name="sessions", short_help="End sessions before their time.")
def command() -> None:
    """
    End sessions before their time.

    A session is what temporary credentials stand for: those of AssumeRole and its kin, GetSessionToken and
    GetFederationToken.
    """


@command.command("revoke", short_help="End the sessions of a role, a user or an account, or a single one.")
@click.option("--port", type=int, help="Which server, if several are running.")
@click.option("--role", metavar="NAME", shell_complete=names.roles_of_server, help="All sessions of a role.")
@click.option(
    "--user",
    metavar="NAME",
    shell_complete=names.users_of_server,
    help="All sessions of a user; its access keys go on.",
)
@click.option("--account", metavar="ID", help="All sessions in an account, those of its root user included.")
@click.option("--session", metavar="ASIA…", help="The session of this access key id, and no other.")
def revoke(
    port: int | None, role: str | None, user: str | None, account: str | None, session: str | None
) -> None:
    """
    End the sessions of a role, a user or an account, or a single one, from the next request on.

    For a role or a user of the server's account this writes the inline policy that the console of AWS writes:
    AWSRevokeOlderSessions, which denies everything to sessions that were begun before. A session that is begun afterwards is
    not concerned, and the policy may stay. Sessions of an account, and single ones, are refused as expired.

    Access keys are no sessions: deactivate them, too, if they have leaked.
    """
    named = {"role": role, "user": user, "account": account, "session": session}
    chosen = {name: value for name, value in named.items() if value is not None}
    if len(chosen) != 1:
        raise click.UsageError("name one of --role, --user, --account and --session")
    server = server_to_ask(os.environ, port)
    if account is not None or session is not None:
        page = ask_as_root(server, "POST", PATH, chosen)
        click.echo(f"ended: {_what(page)} ({_time(datetime.fromisoformat(page['at']))})")
        return
    kind, name = ("Role", role) if role is not None else ("User", user)
    at = SystemClock().now()
    _client(server).ask(
        "iam",
        f"put_{kind.lower()}_policy",
        {f"{kind}Name": name or "", "PolicyName": POLICY_NAME, "PolicyDocument": policy(at)},
    )
    click.echo(f"ended: the sessions of the {kind.lower()} {name} that were begun before {_time(at)}")


def policy(at: datetime) -> str:
    """Return the policy that denies everything to sessions begun before *at*, as the console of AWS writes it."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Action": ["*"],
                    "Resource": ["*"],
                    "Condition": {"DateLessThan": {"aws:TokenIssueTime": _time(at)}},
                }
            ],
        },
        indent=4,
    )


def _client(server: ServerState) -> QueryClient:
    return QueryClient(
        endpoint=server.endpoint,
        region=server.region,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
        session_token=server.session_token,
    )


def _what(page: dict[str, Any]) -> str:
    if page["kind"] == "session":
        return f"the session of {page['subject']}"
    return f"the sessions of the account {page['subject']} that were begun before"


def _time(at: datetime) -> str:
    """Return *at* to the millisecond, as the console does."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
