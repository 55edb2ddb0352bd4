"""The command `iamd credential-process`: credentials in the form that SDKs ask programs for."""

import json
import os
from datetime import UTC
from typing import Final

import click

from iamd.cli import names
from iamd.cli.aws import Aws, aws_options
from iamd.cli.failures import CredentialsError
from iamd.cli.role_sessions import Asked, session_options

_ASKING: Final = "_IAMD_CREDENTIAL_PROCESS"
"""A variable with the profiles that this command is being asked for, with commas between them."""


@click.command(name="credential-process", short_help="Print credentials for ~/.aws/config.")
@session_options
@aws_options
@click.argument("role", required=False, shell_complete=names.roles)
def command(aws: Aws, asked: Asked) -> None:
    """
    Print credentials in the form that SDKs and the AWS CLI ask programs for: those of ROLE, or of a session of your own.

    They are kept as those of `iamd assume` are, and asked for anew in time. --profile names whose credentials are asked
    with; it must be another than the one that this command stands in.

    \b
    [profile reader]
    credential_process = iamd credential-process reader --profile work --mfa
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    profile = aws.profile or os.environ.get("AWS_PROFILE") or "default"
    asking = [name for name in os.environ.get(_ASKING, "").split(",") if name]
    if profile in asking:
        raise CredentialsError(
            f"the credential_process of the profile `{profile}` asks for itself: name another with --profile"
        )
    os.environ[_ASKING] = ",".join([*asking, profile])
    found, _ = asked.credentials(aws)
    click.echo(
        # AWS: "Sourcing credentials with an external process in the AWS SDKs".
        json.dumps(
            {
                "Version": 1,
                "AccessKeyId": found.access_key_id,
                "SecretAccessKey": found.secret_access_key.reveal(),
                "SessionToken": found.session_token.reveal(),
                "Expiration": f"{found.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            }
        )
    )
