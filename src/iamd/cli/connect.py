"""
What connects a client to a server: variables of the environment, and the same for other formats.

An AWS SDK takes its settings from many places; those that would win over ours, or contradict them, are cleared.
"""

import os
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Final

from iamd.cli.state import ServerState

if TYPE_CHECKING:
    from iamd.cli.aws import Aws
    from iamd.cli.credential_cache import TemporaryCredentials

_OF_ENDPOINTS: Final = (
    # Would make the SDKs leave our endpoint aside and ask AWS.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    # Exclude an endpoint of one's own.
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
CLEARED: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    # When the credentials that we replace would have expired.
    "AWS_CREDENTIAL_EXPIRATION",
    # The account of the credentials that we replace.
    "AWS_ACCOUNT_ID",
    *_OF_ENDPOINTS,
)


def session_variables(aws: "Aws", credentials: "TemporaryCredentials") -> dict[str, str]:
    """
    Return the variables of whoever has *credentials*; secrets are among them.

    Where the server is none of AWS's, it is named, too, unless the environment does so already: what it has given is good for
    nothing at AWS.
    """
    found = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal(),
        "AWS_SESSION_TOKEN": credentials.session_token.reveal(),
        "AWS_CREDENTIAL_EXPIRATION": f"{credentials.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
    }
    if aws.own_endpoint is not None and (aws.names_server or not os.environ.get("AWS_ENDPOINT_URL")):
        found |= dict.fromkeys(
            ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"), aws.own_endpoint
        )
    return found


def cleared(variables: Mapping[str, str]) -> list[str]:
    """Return what has to be taken away where *variables* are set: those of an endpoint only where they name one."""
    own = "AWS_ENDPOINT_URL" in variables
    return [name for name in CLEARED if name not in variables and (own or name not in _OF_ENDPOINTS)]


def variables(server: ServerState) -> dict[str, str]:
    """
    Return the variables to set; the secret access key is among them.

    The endpoint is that of every service: what iamd does not answer must not go to AWS instead.
    """
    return {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ENDPOINT_URL_IAM": server.endpoint,
        "AWS_ENDPOINT_URL_STS": server.endpoint,
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key.reveal(),
        "AWS_REGION": server.region,
        "AWS_DEFAULT_REGION": server.region,
    }


def connected(environ: Mapping[str, str], server: ServerState) -> dict[str, str]:
    """Return *environ* as a program needs it to use *server*."""
    kept = {name: value for name, value in environ.items() if name not in CLEARED}
    # An endpoint of a single service wins over that of all.
    kept = {name: value for name, value in kept.items() if not name.startswith("AWS_ENDPOINT_URL_")}
    return kept | variables(server)
