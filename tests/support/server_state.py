"""What `iamd dev` publishes about itself, for the tests of the commands that look for it."""

from iamd.cli.state import ServerState
from iamd.secret import Secret


def state_at(port: int, pid: int, secret: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") -> ServerState:
    return ServerState(
        endpoint=f"http://127.0.0.1:{port}",
        region="eu-central-1",
        account_id="123456789012",
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        secret_access_key=Secret(secret),
        pid=pid,
    )
