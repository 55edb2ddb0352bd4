"""
Temporary credentials that stay good: asked for again before they expire.

SDKs ask for new credentials when theirs are good for less than a quarter of an hour; so what they are given lasts longer
than that, where it can.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import click

from iamd.cli.aws import Client
from iamd.clock import Clock
from iamd.secret import Secret
from iamd.server.container_credentials import ContainerCredentials, NoCredentialsError

_SPARE: Final = timedelta(minutes=16)


class Assumed:
    """
    Credentials of a role, or of a plain session of the caller.

    Several threads may ask at once; one of them asks the server.

    Args:
        sts: Makes the client to ask with, each time.
    """

    def __init__(
        self,
        sts: Callable[[], Client],
        clock: Clock,
        *,
        role_arn: str | None = None,
        session_name: str = "iamd",
        seconds: int | None = None,
    ) -> None:
        self._sts: Final = sts
        self._clock: Final = clock
        self._role_arn: Final = role_arn
        self._session_name: Final = session_name
        self._seconds: Final = seconds
        self._lock: Final = threading.Lock()
        self._found: ContainerCredentials | None = None
        self._renew_at: datetime | None = None

    def current(self) -> ContainerCredentials:
        """
        Return credentials that are good; blocks while new ones are asked for.

        Raises:
            NoCredentialsError: The server refuses or does not answer, and those at hand have expired.
        """
        with self._lock:
            now = self._clock.real()
            if self._found is not None and self._renew_at is not None and now < self._renew_at:
                return self._found
            try:
                found = self._ask()
            except click.ClickException as error:
                if self._found is not None and now < self._found.expires_at:
                    return self._found
                raise NoCredentialsError(error.message) from error
            life = found.expires_at - now
            self._found, self._renew_at = found, found.expires_at - min(_SPARE, life / 2)
            return found

    def _ask(self) -> ContainerCredentials:
        sts = self._sts()
        if self._role_arn is None:
            said = sts.get_session_token(DurationSeconds=self._seconds)
        else:
            said = sts.assume_role(
                RoleArn=self._role_arn, RoleSessionName=self._session_name, DurationSeconds=self._seconds
            )
        try:
            found = said["Credentials"]
            return ContainerCredentials(
                access_key_id=found["AccessKeyId"],
                secret_access_key=Secret(found["SecretAccessKey"]),
                session_token=Secret(found["SessionToken"]),
                expires_at=found["Expiration"],
                role_arn=self._role_arn,
            )
        except KeyError:
            raise click.ClickException("the server's answer holds no credentials") from None
