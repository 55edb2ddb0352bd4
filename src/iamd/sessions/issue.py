"""Issue temporary credentials: an access key id, a secret access key, and the session token that carries the session."""

from datetime import datetime
from typing import Final

from iamd.secret import Secret
from iamd.sessions import token
from iamd.sessions.keyring import Keyring
from iamd.sessions.session import Session


class TemporaryCredentials:
    """Shown once, in the answer of the operation that issued them."""

    __slots__ = ("access_key_id", "expires_at", "secret_access_key", "session_token")

    def __init__(
        self, access_key_id: str, secret_access_key: Secret, session_token: Secret, expires_at: datetime
    ) -> None:
        self.access_key_id: Final = access_key_id
        self.secret_access_key: Final = secret_access_key
        self.session_token: Final = session_token
        self.expires_at: Final = expires_at

    @property
    def wire(self) -> dict[str, object]:
        """The ``Credentials`` of an answer: the one place where these secrets are shown."""
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key.reveal(),
            "SessionToken": self.session_token.reveal(),
            "Expiration": self.expires_at,
        }

    @property
    def token_size(self) -> dict[str, int]:
        """How long the session token is, in characters and in percent of the longest, rounded up."""
        length = len(self.session_token.reveal())
        return {
            "SessionTokenSize": length,
            "SessionTokenUtilization": -(-length * 100 // token.MAX_TOKEN_LENGTH),
        }


def issue(keyring: Keyring, session: Session, minimum_token_size: int = 0) -> TemporaryCredentials:
    """
    Seal *session* into credentials.

    AWS: ``MinimumSessionTokenSize``, "at least this size, regardless of its actual content".

    Raises:
        PackedTooLargeError: Session policies and tags do not fit.
    """
    session_token, secret_access_key = token.seal(keyring, session, minimum_token_size)
    return TemporaryCredentials(session.access_key_id, secret_access_key, session_token, session.expires_at)
