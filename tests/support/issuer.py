"""An OpenID Connect issuer on loopback, with or without TLS."""

import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from tests.support.jose import claims_of, ec_key, jwk, rsa_key, signed

KID = "key-1"


@dataclass
class Answer:
    """What the issuer says under one path."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Issuer:
    """
    The issuer, and what it says.

    Attributes:
        answers: By path; changes hold from the next request on.
        asked: The paths, queries included, in the order in which they were asked for.
    """

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def say(self, path: str, document: Any, **more: Any) -> None:
        self.answers[path] = Answer(json.dumps(document).encode(), **more)

    def publish(self, *keys: dict[str, Any]) -> None:
        """Offer the discovery document and the key set."""
        self.say(
            "/.well-known/openid-configuration", {"issuer": self.url, "jwks_uri": f"{self.url}/keys.json"}
        )
        self.say("/keys.json", {"keys": list(keys) or [jwk(rsa_key(), KID)]})

    def token(self, **claims: Any) -> str:
        return signed({"alg": "RS256", "kid": KID}, claims_of(self.url, **claims), rsa_key())

    def write_token(self, path: Path, **claims: Any) -> Path:
        path.write_text(self.token(**claims))
        return path


@contextmanager
def issuer(*, tls: Path | None = None, name: str = "127.0.0.1") -> Iterator[Issuer]:
    """Run an issuer; with the folder *tls* for its self-signed certificate, over TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.headers.append(dict(self.headers.items()))
            answer = made.answers.get(self.path.partition("?")[0], Answer(b"{}", status=404))
            self.send_response(answer.status)
            for header, value in answer.headers:
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def do_POST(self) -> None:
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Quiet(("127.0.0.1", 0), Handler)
    scheme = "http"
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(tls, name))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    made = Issuer(f"{scheme}://{name}:{server.server_address[1]}")
    made.publish()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that do not believe a certificate hang up."""


def certificate(folder: Path, name: str) -> Path:
    """Write a self-signed certificate for *name* with its key, and return where."""
    key = ec_key("P-256", "tls")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
