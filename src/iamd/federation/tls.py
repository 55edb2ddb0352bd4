"""
Which certificates of identity providers are believed.

AWS: "AWS secures communication with OIDC identity providers using our library of trusted root certificate authorities
to verify the JSON Web Key Set endpoint's TLS certificate.  If your OIDC IdP relies on a certificate that is not signed
by one of these trusted CAs, only then we secure communication using the thumbprints set in the IdP's configuration."
"""

import hashlib
import socket
import ssl
from collections.abc import Collection, Sequence
from typing import Any


def known_authorities() -> ssl.SSLContext:
    """Return what believes the machine's certificate authorities, or those of ``SSL_CERT_FILE``."""
    return ssl.create_default_context()


def pinned(chain: Sequence[bytes], thumbprints: Collection[str]) -> ssl.SSLContext | None:
    """
    Return what believes only the certificate of *chain* that has one of *thumbprints*, and those that it has signed.

    The name of the host and the times are checked as ever.

    Args:
        chain: What a server has shown, in DER; nothing of it is believed yet.
        thumbprints: SHA-1 in lower-case hexadecimal digits.

    Returns:
        None when no certificate has one of them.
    """
    for certificate in chain:
        # AWS: a thumbprint is a SHA-1.  It picks a certificate out; to forge another one of the same is out of reach.
        if hashlib.sha1(certificate, usedforsecurity=False).hexdigest() in thumbprints:
            context = ssl.create_default_context(cadata=certificate)
            # The certificate may be the server's own, or an intermediate authority's: it need not be a root.
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            return context
    return None


def shown_chain(connection: socket.socket, host: str) -> list[bytes]:
    """
    Return the certificates, in DER, that the server at the other end of *connection* shows for *host*.

    Nothing is checked, so nothing may be sent to it or believed of it afterwards: *connection* is closed.

    Raises:
        OSError: There was no handshake.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connection, server_hostname=host) as wrapped:
        # Public since Python 3.13; before that the object beneath has it.
        chain: Any = getattr(wrapped, "get_unverified_chain", None) or wrapped._sslobj.get_unverified_chain  # type: ignore[attr-defined]  # noqa: SLF001
        return [
            each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes())
            for each in chain() or ()
        ]
