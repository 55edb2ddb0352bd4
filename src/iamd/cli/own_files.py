"""Files with something secret in them, for the eyes of whoever runs a command."""

import os
from pathlib import Path

from iamd.durable import sync_folder
from iamd.secret import Secret


def write_own(path: Path, text: str) -> None:
    """
    Write a file that is not there yet, for its owner's eyes only, whole or not at all, and for good.

    Raises:
        OSError: It is there, or cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Not `rename`, which would replace what somebody else has just made.
        os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def root_credentials(access_key_id: str, secret: Secret, region: str) -> str:
    """Return the file that AWS's SDKs and CLI read (``AWS_SHARED_CREDENTIALS_FILE``)."""
    return (
        "# The root user's access key. Make an administrator with it, and then delete it, here and there:\n"
        "# aws iam delete-access-key\n"
        "[default]\n"
        f"aws_access_key_id = {access_key_id}\n"
        f"aws_secret_access_key = {secret.reveal()}\n"
        f"region = {region}\n"
    )
