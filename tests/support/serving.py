"""`iamd serve` as a process of its own, and the files that it needs."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import botocore.config
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.support.world import Credentials

from iamd.cli.main import cli
from iamd.http import Request

IAMD: Final = Path(sys.executable).parent / "iamd"
_READY: Final = re.compile(rb"iamd serves (\S+) with")
_PATIENCE: Final = 60


def init(folder: Path, *words: str) -> Path:
    """Set a server up in *folder*, on a free port; return its configuration."""
    done = CliRunner().invoke(cli, ["init", str(folder), "--port", "0", *words])
    assert done.exit_code == 0, done.output
    return folder / "iamd.toml"


def root_profile(folder: Path) -> dict[str, str]:
    """Return the credentials of the root user that `init` has made, by their names in a file of profiles."""
    text = (folder / "root.credentials").read_text()
    return dict(re.findall(r"^(aws_[a-z_]+) = (\S+)$", text, re.MULTILINE))


def root_credentials(folder: Path) -> Credentials:
    found = root_profile(folder)
    return Credentials(found["aws_access_key_id"], found["aws_secret_access_key"])


def signed_form(
    url: str, body: bytes, credentials: Credentials, service: str, at: datetime | None = None
) -> dict[str, str]:
    """Return the headers with which *body* is posted to a server, signed as of now or of another time."""
    headers = (
        (b"host", urlsplit(url).netloc.encode()),
        (b"content-type", b"application/x-www-form-urlencoded"),
    )
    request = Request(method="POST", raw_path=b"/", headers=headers, body=body)
    signed = credentials.sign(request, service, at=at)
    return {name.decode(): value.decode() for name, value in signed.headers}


def root_client(url: str, folder: Path, service: str = "sts", *, patience: int = 60, **more: Any) -> Any:
    """Return a client of the root user that `init` has made, who waits so many seconds for an answer."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=patience),
        **root_profile(folder),
        **more,
    )


@dataclass
class Serving:
    """
    A server.

    Attributes:
        said: On both of its outputs, so far.
    """

    process: "subprocess.Popen[bytes]"
    url: str
    said: list[bytes] = field(default_factory=list)

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return its exit code, and what it said after it was ready."""
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        return self.process.wait(_PATIENCE), rest.decode()


@contextmanager
def serving(
    config: Path,
    *words: str,
    environ: Mapping[str, str] | None = None,
    seconds: float = _PATIENCE,
    within: Sequence[str] = (),
) -> Iterator[Serving]:
    """
    Run `iamd serve` until the end of a ``with``, and no longer than *seconds*; it is ready when that begins.

    With *within*, a program and its words, that program starts it and becomes it: one that sets limits, for instance.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("IAMD_", "AWS_"))
    }
    process = subprocess.Popen(  # noqa: S603  our own program
        [*within, IAMD, "serve", "--config", config, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment | dict(environ or {}),
    )
    deadline = threading.Timer(seconds, process.kill)
    deadline.start()
    try:
        assert process.stdout is not None
        lines = []
        while line := process.stdout.readline():
            lines.append(line)
            if found := _READY.match(line):
                yield Serving(process, found[1].decode(), lines)
                break
        else:
            raise AssertionError(b"".join(lines).decode())
    finally:
        deadline.cancel()
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)
        process.stdout and process.stdout.close()


def certificate_files(
    folder: Path, *, days: int = 90, name: str = "tls", since: int = -1, subject: str = "localhost"
) -> tuple[Path, Path]:
    """Write a certificate of this machine that ends in so many *days*, and its key; return where."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=since))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].touch(mode=0o600)
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
