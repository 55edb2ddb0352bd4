"""What settings and their files tell of an installation before anything is opened; see `iamd.cli.findings`."""

import ipaddress
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from iamd.cli.findings import Finding, failure, ok, own_file, secret_file, warning
from iamd.exchange.endpoint_routes import read_endpoint_routes
from iamd.exchange.strict_yaml import FileFormatError
from iamd.secret import Secret
from iamd.server.tls import TLS, TLSError, validity
from iamd.setting_sources import Loaded
from iamd.settings import SETTINGS, Settings
from iamd.store.errors import StoreError
from iamd.store.master_key_file import beside

CLOCK: Final = "clock"
"""What is found wrong with this may be right in a moment."""
_SKEW: Final = timedelta(seconds=60)
_EXPIRES_SOON: Final = timedelta(days=14)


def look_at_configuration(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Yield what is found; *now* is real time."""
    yield from _file(loaded)
    yield from _database(loaded)
    yield from _secrets(loaded)
    yield from _doors(loaded.settings)
    yield from _tls(loaded.settings, now)
    yield from _enforcement(loaded.settings)
    yield from _rest(loaded.settings)
    yield _clock(now)


def is_loopback_host(host: str) -> bool:
    """Say whether only this machine reaches what listens on *host*; of a name that cannot be told, but for ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _file(loaded: Loaded) -> Iterator[Finding]:
    if loaded.file is None:
        yield warning("configuration", "there is no iamd.toml; `iamd init` writes one")
        return
    written = [
        name
        for name, origin in loaded.origins.items()
        if origin.written_in is not None
        and (SETTINGS[name].secret or name in {"upstream", "enforcement_point"})
    ]
    yield (secret_file if written else own_file)("configuration", loaded.file)


def _database(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings
    if settings.database_url is not None:
        yield _on_postgres(settings.database_url)
        return
    data = settings.data
    if data is None:
        yield failure(
            "database",
            "none is set, and nothing would be kept: set `data` (SQLite) or `database_url`"
            + ("" if loaded.file else "; no iamd.toml is here that could say so: name one with --config"),
        )
        return
    yield own_file("data folder", data.parent)
    if data.exists():
        yield secret_file("database", data)


def _on_postgres(url: Secret) -> Finding:
    from iamd.store.engines import is_overheard

    """Say whether others could listen to what is said to the database, or answer in its place."""
    try:
        if is_overheard(url.reveal(), os.environ):
            return warning(
                "database",
                "PostgreSQL, over a connection that may be in clear text, or end elsewhere: add `?sslmode=verify-full` to its"
                " URL, and `sslrootcert` where an authority of your own has signed its certificate",
            )
    except StoreError as error:
        return failure("database", str(error))
    return ok("database", "PostgreSQL")


def _secrets(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings
    for name in ("master_key", "other_master_key", "database_url", "root_secret_access_key", "pep_key"):
        origin = loaded.origins.get(name)
        if origin is not None and origin.file is not None:
            yield secret_file(name, origin.file)
        elif origin is not None and origin.written_in is None:
            yield warning(
                name,
                f"it is in the environment, which leaks easily: name a file instead ({origin.said}_FILE)",
            )
    if settings.root_secret_access_key is not None:
        yield warning("root key", "the settings hold one, which is of use at the first start only: remove it")
    if settings.master_key is not None:
        return
    if settings.database_url is not None:
        yield failure("master_key", "none is set, and every node needs the same: set `master_key_file`")
    elif settings.data is not None:
        kept = beside(settings.data)
        if kept.exists() or settings.data.exists():
            yield secret_file("master_key", kept)
        else:
            yield failure("master_key", "none is set: `iamd init` makes one")


def _doors(settings: Settings) -> Iterator[Finding]:
    addresses = [(settings.host, settings.port)]
    try:
        addresses += read_endpoint_routes(settings.vpc_endpoint_routes).listeners()
    except FileFormatError as error:
        yield failure("VPC endpoints", str(error))
    for host, port in addresses:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if settings.tls_certificate is not None:
            yield ok("listens", f"{where}, TLS")
        elif is_loopback_host(host):
            yield ok("listens", f"{where}, this machine only")
        elif settings.trusted_proxies:
            yield ok("listens", f"{where}, clear text, for the proxies {', '.join(settings.trusted_proxies)}")
        else:
            yield failure(
                "listens",
                f"{where} can be reached by other machines, in clear text: set `tls_certificate` and `tls_key`, or"
                " `trusted_proxies` where a proxy ends TLS",
            )
    in_clear_text = settings.tls_certificate is None and not is_loopback_host(settings.host)
    if settings.ext_authz_port is not None and in_clear_text:
        yield warning(
            "ext_authz_port", "Envoy's questions, and the keys of enforcement points, come in clear text"
        )
    if (settings.public_url or "").startswith("http://"):
        yield warning("public_url", f"{settings.public_url} is not encrypted")


def _tls(settings: Settings, now: datetime) -> Iterator[Finding]:
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return
    yield secret_file("TLS key", key)
    try:
        TLS(certificate, key)
        begins, ends = validity(certificate)
    except TLSError as error:
        yield failure("TLS certificate", str(error))
        return
    if now < begins:
        yield failure("TLS certificate", f"`{certificate}` is valid from {begins:%Y-%m-%d %H:%M}Z on only")
    elif now >= ends:
        yield failure("TLS certificate", f"`{certificate}` has expired on {ends:%Y-%m-%d %H:%M}Z")
    elif ends - now < _EXPIRES_SOON:
        yield warning("TLS certificate", f"`{certificate}` expires on {ends:%Y-%m-%d %H:%M}Z")
    else:
        yield ok("TLS certificate", f"{certificate}, until {ends:%Y-%m-%d}")


def _enforcement(settings: Settings) -> Iterator[Finding]:
    yield ok("enforcement", "on, always")
    if settings.upstream and settings.gateway_mode == "soft":
        yield warning(
            "gateway", "in soft mode what is not allowed is let through: set `gateway_mode` to `enforce`"
        )
    if settings.allow_private_issuers:
        yield warning(
            "allow_private_issuers", "identity providers may be on private networks, and without TLS"
        )


def _rest(settings: Settings) -> Iterator[Finding]:
    if settings.seed is not None:
        yield failure(
            "seed",
            "a seed is for `iamd dev`: its secrets stand in a file; `iamd import` brings an account into a server",
        )
    if settings.audit_file is None and not (
        settings.audit_database or settings.audit_stdout or settings.audit_webhook
    ):
        yield warning("audit_file", "none is set: who did what is recorded nowhere")
    if settings.audit_file is not None:
        yield own_file("audit folder", settings.audit_file.parent)
    webhook = urlsplit(settings.audit_webhook or "")
    if webhook.scheme == "http" and not is_loopback_host(webhook.hostname or ""):
        yield warning(
            "audit_webhook",
            f"records, and their key, go to {webhook.hostname} in clear text: post them by https",
        )
    if os.geteuid() == 0:
        yield warning("user", "this is root: run the server as a user of its own")


def _clock(now: datetime) -> Finding:
    # The program was there before it runs: a clock that is behind its own files is wrong.
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < installed - _SKEW:
        return failure(
            CLOCK, f"it is {now:%Y-%m-%d %H:%M}Z here, and iamd was installed on {installed:%Y-%m-%d %H:%M}Z"
        )
    return ok(CLOCK, f"{now:%Y-%m-%d %H:%M:%S}Z; signatures may be 15 minutes off")
