"""
What ends a command, and how that is told: to people with what to do next, to programs by the exit status.

The statuses are those of docs/reference/exit-codes.md.
"""

from typing import Final

import click

from iamd.cli.terminal import printable

NO_CREDENTIALS: Final = 3
DENIED: Final = 4
NO_SERVER: Final = 5

_DENIED_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED_CODES: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_CREDENTIAL_CODES: Final = _EXPIRED_CODES | {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


class RefusedError(click.ClickException):
    """
    The server's answer is an error.

    Attributes:
        code: Of the error, as the service calls it.
        advice: What to do next; may be empty.
    """

    def __init__(self, code: str, message: str, advice: str = "") -> None:
        # What a server says may steer no terminal.
        super().__init__(printable(f"{code}: {message}" if message else code))
        self.code: Final = code
        self.advice = advice

    def format_message(self) -> str:
        """Return what is shown."""
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class DeniedError(RefusedError):
    """The server's answer is that the caller may not."""

    exit_code = DENIED


class BadCredentialsError(RefusedError):
    """The server's answer is that the credentials are none, or no longer."""

    exit_code = NO_CREDENTIALS


class CredentialsError(click.ClickException):
    """There are no credentials to ask with, or they have expired; the text says what to do."""

    exit_code = NO_CREDENTIALS


class NoServerError(click.ClickException):
    """There is no server to connect to, or it cannot be told which; the text says what to do."""

    exit_code = NO_SERVER


def refusal(code: str, message: str, decision_id: str | None = None) -> RefusedError:
    """Return the error for an answer; *decision_id* is the one that iamd has put into its headers."""
    if code in _DENIED_CODES:
        return DeniedError(code, message, _advice(code, decision_id))
    if code in _CREDENTIAL_CODES:
        return BadCredentialsError(code, message, _advice(code, None))
    return RefusedError(code, message)


def _advice(code: str, decision_id: str | None) -> str:
    if code in _DENIED_CODES:
        return f"why, and what would allow it: iamd explain {printable(decision_id)}" if decision_id else ""
    if code in _EXPIRED_CODES:
        return "get new credentials: with `iamd assume`, or where these came from"
    if code in {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}:
        return (
            "the server does not know the access key: it may be another server's (AWS_ENDPOINT_URL, --endpoint-url),"
            " deleted or inactive"
        )
    if code == "SignatureDoesNotMatch":
        return "the secret access key is not the one of the access key id"
    return ""
