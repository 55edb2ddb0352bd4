"""
What connects a client to a server: variables of the environment, and the same for other formats.

An AWS SDK takes its settings from many places; those that would win over ours, or contradict them, are cleared.
"""

from collections.abc import Mapping
from typing import Final

from iamd.cli.state import ServerState

CLEARED: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    # When the credentials that we replace would have expired.
    "AWS_CREDENTIAL_EXPIRATION",
    # The account of the credentials that we replace.
    "AWS_ACCOUNT_ID",
    # Would make the SDKs leave our endpoint aside and ask AWS.
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    # Exclude an endpoint of one's own.
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)


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
