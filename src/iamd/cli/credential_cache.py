"""
Temporary credentials, kept until shortly before they expire, so that nobody is asked for a code of an MFA device twice an hour.

They are in files of their user's alone (mode 0600, in a folder of mode 0700) below ``~/.cache/iamd``, as the AWS CLI keeps
its own below ``~/.aws/cli/cache``, and in the same form.  A file that others could have read or written counts as none.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from iamd.secret import Secret

_SPARE: Final = timedelta(minutes=16)
"""SDKs ask anew for what is good for less than a quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    """
    Temporary credentials of a role, or of a session of one's own.

    Attributes:
        arn: Of the session, where it is one of a role.
        issued_at: When they were asked for.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expires_at: datetime
    issued_at: datetime
    arn: str | None

    def fresh(self, now: datetime) -> bool:
        """Say whether they are good for long enough to be handed out."""
        return now < self.expires_at - min(_SPARE, (self.expires_at - self.issued_at) / 2)


class CredentialCache:
    """What is kept, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> "CredentialCache":
        """Return that of whoever runs the command."""
        return cls(cache_folder(environ) / "credentials")

    def find(self, key: str, now: datetime) -> TemporaryCredentials | None:
        """Return what is kept under *key*, if it is still good."""
        try:
            with (self._folder / f"{key}.json").open("rb") as file:
                about = os.fstat(file.fileno())
                if about.st_uid != os.geteuid() or about.st_mode & 0o077:
                    return None
                found = _read(json.load(file))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.fresh(now) else None

    def keep(self, key: str, credentials: TemporaryCredentials) -> None:
        """
        Keep *credentials* under *key*, and forget what has expired.

        Raises:
            ClickException: Others may write to the folder, or it cannot be written to.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            about = self._folder.stat()
            if about.st_uid != os.geteuid() or about.st_mode & 0o022:
                raise click.ClickException(f"{self._folder} is open to others than you: chmod 700 it")
            self._forget(credentials.issued_at)
            # A temporary file has mode 0600 from the start; renamed, it is there as a whole or not at all.
            descriptor, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(_written(credentials), file)
            Path(temporary).replace(self._folder / f"{key}.json")
        except OSError as error:
            raise click.ClickException(f"{self._folder} cannot be written to: {error.strerror}") from None

    def _forget(self, now: datetime) -> None:
        for path in self._folder.glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                if _read(json.loads(path.read_bytes())).expires_at <= now:
                    path.unlink(missing_ok=True)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of what may be forgotten; it may not exist yet."""
    # XDG Base Directory Specification: a relative path there is invalid and ignored.
    named = Path(environ.get("XDG_CACHE_HOME", ""))
    home = named if named.is_absolute() else Path(environ.get("HOME") or Path.home()) / ".cache"
    return home / "iamd"


def key_of(description: Mapping[str, Any]) -> str:
    """Return the key for credentials that were asked for like this; no secrets are in it."""
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def _written(credentials: TemporaryCredentials) -> dict[str, Any]:
    return {
        "Credentials": {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.reveal(),
            "SessionToken": credentials.session_token.reveal(),
            "Expiration": credentials.expires_at.astimezone(UTC).isoformat(),
        },
        "AssumedRoleUser": {"Arn": credentials.arn},
        "Issued": credentials.issued_at.astimezone(UTC).isoformat(),
    }


def _read(kept: Mapping[str, Any]) -> TemporaryCredentials:
    """Return what was written; raises KeyError, TypeError or ValueError for anything else."""
    inner = kept["Credentials"]
    expires_at, issued_at = (datetime.fromisoformat(text) for text in (inner["Expiration"], kept["Issued"]))
    if expires_at.tzinfo is None or issued_at.tzinfo is None:
        raise ValueError("a time without a zone")
    texts = [inner["AccessKeyId"], inner["SecretAccessKey"], inner["SessionToken"]]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("credentials are texts")
    return TemporaryCredentials(
        access_key_id=texts[0],
        secret_access_key=Secret(texts[1]),
        session_token=Secret(texts[2]),
        expires_at=expires_at,
        issued_at=issued_at,
        arn=kept["AssumedRoleUser"]["Arn"],
    )
