"""Connections to a server, as every command makes them."""

import http.client
import os
import ssl
from urllib.parse import urlsplit

import click


def connection_to(endpoint: str, seconds: float) -> http.client.HTTPConnection:
    """
    Return a connection to the server at *endpoint*, which is not open yet.

    Not urllib's: it would ask the proxies of the environment for a server of this machine.  A certificate must be one that
    the system trusts, or that is in the file of ``AWS_CA_BUNDLE``, as for AWS's own tools.

    Raises:
        ClickException: That file cannot be read.
    """
    url = urlsplit(endpoint)
    if url.scheme != "https":
        return http.client.HTTPConnection(url.hostname or "", url.port, timeout=seconds)
    bundle = os.environ.get("AWS_CA_BUNDLE") or None
    try:
        trusted = ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise click.ClickException(f"AWS_CA_BUNDLE `{bundle}` cannot be read: {error}") from None
    return http.client.HTTPSConnection(url.hostname or "", url.port, timeout=seconds, context=trusted)
