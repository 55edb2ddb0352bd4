"""
The server's certificate: TLS 1.2 and 1.3, HTTP/1.1, and a new certificate without a restart.

There is no setting for ciphers or versions: those of OpenSSL's defaults for servers are good, and what is weaker is off.
"""

import ssl
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final


class TLSError(Exception):
    """A certificate or a key cannot be used; the text is for the operator, and shows nothing of the key."""


class TLS:
    """
    What connections are encrypted with.

    Attributes:
        context: Stays the same for as long as the server runs.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """
        Read the files.

        Args:
            certificate: The server's and its chain, in PEM.
            key: Its private key, in PEM, unencrypted.

        Raises:
            TLSError: They cannot be read, or do not belong together.
        """
        self._certificate: Final = certificate
        self._key: Final = key
        self.context: Final = _context()
        self.reload()

    def reload(self) -> None:
        """
        Read the files anew; connections that there are go on with what they have.

        Raises:
            TLSError: They cannot be read, or do not belong together; then nothing changes.
        """
        # Tried elsewhere first: a pair of which only one half was taken would serve nobody.
        self._load(_context())
        self._load(self.context)

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except _EncryptedError:
            raise TLSError(f"the private key in `{self._key}` is encrypted") from None
        except OSError as error:  # SSLError is one
            said = getattr(error, "reason", None) or error.strerror or str(error)
            raise TLSError(
                f"`{self._certificate}` and `{self._key}` are no certificate and its private key: {said}"
            ) from None


def validity(certificate: Path) -> tuple[datetime, datetime]:
    """
    Return from when until when the first certificate of a file is valid.

    Raises:
        TLSError: It cannot be read.
    """
    # Imported when asked: connections need none of it.
    from cryptography import x509  # noqa: PLC0415

    try:
        first = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise TLSError(f"`{certificate}` cannot be read: {error}") from None
    return first.not_valid_before_utc, first.not_valid_after_utc


class _EncryptedError(Exception):
    """Somebody would have to type a password."""


def _no_password() -> str:
    raise _EncryptedError


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # One client in many would otherwise make the server do the costly half of a handshake again and again.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


_VERSIONS: Final[Mapping[str | None, int]] = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


def encryption(connection: ssl.SSLObject | None) -> dict[str, dict[object, object]]:
    """Return what ASGI's extension for TLS tells of *connection*; nothing of one in clear text."""
    version = None if connection is None else _VERSIONS.get(connection.version())
    return {} if version is None else {"tls": {"tls_version": version}}
