"""
The command `iamd serve`: a server to depend on.

It refuses an unsafe set-up with the reasons, and shows no secrets.  With several `workers` it is one process that listens
and others that answer.
"""

import ctypes
import errno
import os
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from iamd.assemble import Application
from iamd.cli.configuration import CLOCK, look_at_configuration
from iamd.cli.doors import door_of
from iamd.cli.findings import Level
from iamd.cli.logs import log_to_stderr
from iamd.cli.options import config_option, settings_options
from iamd.clock import SystemClock
from iamd.exchange.endpoint_routes import read_endpoint_routes
from iamd.exchange.strict_yaml import FileFormatError
from iamd.server.limits import Limits
from iamd.server.metrics import Shared
from iamd.server.proxies import Proxies
from iamd.server.run import ListenError, listen_on, serve_on, url_of
from iamd.server.tls import TLS, TLSError
from iamd.server.workers import Workers
from iamd.setting_sources import load
from iamd.settings import Settings, SettingsError
from iamd.store.errors import StoreError

# sysexits.h; systemd is told not to try again after the first.
EX_CONFIG: Final = 78
EX_TEMPFAIL: Final = 75

# Somebody else listens there, or the interface is not up yet.
_PASSES: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})

_PR_SET_DUMPABLE: Final = 4
"""Of <linux/prctl.h>."""
_SPARE_FILES: Final = 256
"""Database, audit trail, pipes, and connections that are being refused."""
_MOST_FILES: Final = 1024 * 1024
"""Where the system sets no limit."""
_LAST_SECONDS: Final = 0.25
"""How long after the signal a request on a connection that is there already may begin to arrive."""
_TO_DIE_SECONDS: Final = 15
"""How long a process may take to end after its last request."""


class UnsafeError(click.ClickException):
    """The server is not started; trying again changes nothing."""

    exit_code = EX_CONFIG


class NotNowError(click.ClickException):
    """The server is not started; trying again may change that."""

    exit_code = EX_TEMPFAIL


@click.command(short_help="Run a server to depend on.")
@config_option
@settings_options(
    "host",
    "port",
    "workers",
    "public_url",
    "data",
    "tls_certificate",
    "tls_key",
    "trusted_proxies",
    "drain_seconds",
    "audit_file",
    "metrics_key",
    "log_level",
)
def command(config: Path | None, **flags: Any) -> None:
    """
    Run a server to depend on, with the settings of iamd.toml; `iamd init` writes one.

    It does not start with settings that are not safe, and says why. SIGTERM stops it: new connections are refused, requests
    in flight go on to their end, and it exits with 0. SIGHUP has it read its TLS certificate anew.

    Exit codes: 0 after SIGTERM or SIGINT, 78 when the settings or the database are not in order, 75 when the database
    cannot be reached, the address cannot be listened on, or the clock is behind iamd's own files, just now, 1 when something
    else failed.
    """
    try:
        loaded = load(flags, os.environ, file=config)
    except SettingsError as error:
        raise UnsafeError(str(error)) from None
    log_to_stderr(loaded.settings.log_level)
    refused = [
        finding
        for finding in look_at_configuration(loaded, SystemClock().real())
        if finding.level is Level.FAILURE
    ]
    if refused:
        lines = "".join(f"\n  {finding.about}: {finding.said}" for finding in refused)
        kind = NotNowError if {finding.about for finding in refused} == {CLOCK} else UnsafeError
        raise kind(f"iamd does not serve like this:{lines}")
    _keep_to_itself()
    try:
        code = _Server(loaded.settings).run()
    except (TLSError, FileFormatError) as error:
        raise UnsafeError(str(error)) from None
    except ListenError as error:
        refusal = NotNowError if error.errno in _PASSES else UnsafeError
        raise refusal(error.said) from None
    sys.exit(code)


class _Server:
    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        certificate, key = settings.tls_certificate, settings.tls_key
        self._tls: Final = TLS(certificate, key) if certificate and key else None
        self._clock: Final = SystemClock()
        self._started: Final = self._clock.monotonic()
        own = settings.host, settings.port
        others = read_endpoint_routes(settings.vpc_endpoint_routes).listeners()
        self._sockets: Final = listen_on([own, *(each for each in others if each != own)])
        self._url: Final = url_of(self._sockets[0], settings.scheme)
        # Made before there are several processes, so that they all know it.
        several = settings.workers > 1 and settings.metrics_key is not None
        self._scratch: Final = Path(tempfile.mkdtemp(prefix="iamd-")) if several else None

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        try:
            return self._run()
        finally:
            for each in self._sockets:
                each.close()
            if self._scratch is not None:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _run(self) -> int:
        settings = self._settings
        if settings.workers == 1:
            return self._work(self._ready)
        stop_seconds = timedelta(seconds=settings.drain_seconds + _TO_DIE_SECONDS).total_seconds()
        return Workers(
            settings.workers,
            self._sockets,
            self._work,
            on_ready=self._ready,
            stop_seconds=stop_seconds,
            clock=self._clock,
        ).run()

    def _work(self, ready: Callable[[], None]) -> int:
        """Answer requests in this process until it is told to stop; return its exit code."""
        settings = self._settings
        try:
            application = Application(settings, clock=self._clock, makes_root_key=False)
        except (SettingsError, FileFormatError, StoreError) as error:
            click.echo(f"Error: {error}", err=True)
            return EX_TEMPFAIL if isinstance(error, StoreError) and error.transient else EX_CONFIG
        shared: Shared | None = None
        try:
            application.tools.public_url.listening_at(self._url)
            if application.metrics is not None and self._scratch is not None:
                shared = Shared(application.metrics, self._scratch)
            proxies = (
                Proxies(settings.trusted_proxies, alone=self._tls is None)
                if settings.trusted_proxies
                else None
            )
            serve_on(
                self._sockets,
                door_of(application, proxies=proxies, shared=shared),
                beside=application.beside,
                tls=self._tls,
                on_ready=ready,
                on_hangup=self._reload,
                limits=Limits(connections=connections_allowed(settings), last_request_seconds=_LAST_SECONDS),
                shutdown_seconds=settings.drain_seconds,
            )
        finally:
            if shared is not None:
                shared.close()
            application.close()
        return 0

    def _ready(self) -> None:
        settings = self._settings
        count = f"{settings.workers} workers" if settings.workers > 1 else "1 process"
        seconds = self._clock.monotonic() - self._started
        click.echo(
            f"iamd serves {self._url} with {count}, ready in {seconds:.2f} s (account {settings.account_id})",
            # Standard output may be for records alone, and somebody reads each line of it as one.
            err=settings.audit_stdout,
        )
        _notify("READY=1")

    def _reload(self) -> None:
        """Read the certificate anew; one that cannot be read leaves the one that there is."""
        if self._tls is None:
            return
        import structlog

        log = structlog.get_logger("iamd")
        try:
            self._tls.reload()
        except TLSError as error:
            log.error("TLS certificate not read", error=str(error))  # noqa: TRY400  it is said
        else:
            log.info("TLS certificate read")


def connections_allowed(settings: Settings) -> int:
    """
    Open as many files as the system lets this process; return for how many connections that is enough.

    Who would be one too many is told so, which takes a file, too.  Without that, a process that cannot open any more can
    neither answer nor write.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        most = _MOST_FILES
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # What passes a gateway has a second connection behind it.
    each = 2 if settings.upstream else 1
    return max(allowed - _SPARE_FILES, allowed // 2) // each


def _keep_to_itself() -> None:
    """Leave nothing that others could read: no core dump, no memory, no file that is made for everybody."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # A program that takes core dumps (core(5)) is given one whatever the limit says; nor may others of the same user look
        # into the process.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(0o077)


def _notify(state: str) -> None:
    """Tell systemd, if it has started us; see sd_notify(3)."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path[:1] not in {"/", "@"}:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker, suppress(OSError):
        speaker.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)
