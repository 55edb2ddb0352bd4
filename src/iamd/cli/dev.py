"""
The command `iamd dev`: a server to develop and test against.

Nothing is kept after exit unless ``--data`` names a file.  Enforcement is on, as everywhere.  Secrets are shown on a
terminal only; otherwise they are in the state file, which only its owner may read, and `iamd env` prints them.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from iamd.assemble import Application
from iamd.cli.configuration import is_loopback_host
from iamd.cli.connect import variables
from iamd.cli.doors import door_of
from iamd.cli.logs import log_to_stderr
from iamd.cli.options import settings_options
from iamd.cli.state import SeededKey, ServerState, published
from iamd.clock import SystemClock
from iamd.exchange.strict_yaml import FileFormatError
from iamd.server.reset import PATH as RESET_PATH
from iamd.server.reset import reset_route
from iamd.server.run import ListenError, serve
from iamd.setting_sources import load_settings
from iamd.settings import Settings, SettingsError
from iamd.store.errors import StoreError


@click.command(short_help="Run a development server: nothing is kept after exit.")
@settings_options(
    "host",
    "port",
    "public_url",
    "account_id",
    "region",
    "seed",
    "data",
    "upstream",
    "gateway_mode",
    "sessions_end_with_their_key",
    "audit_file",
    "audit_archive",
    "audit_database",
    "log_level",
)
def command(**flags: Any) -> None:
    """
    Run a development server: nothing is kept after exit, unless --data names a file.

    The root user of the account gets a fresh access key, or the one of IAMD_ROOT_ACCESS_KEY_ID and
    IAMD_ROOT_SECRET_ACCESS_KEY. Every setting can also be given in the environment: IAMD_PORT=5001.

    \b
    In another terminal:
      eval "$(iamd env)" && aws sts get-caller-identity
      iamd exec -- aws sts get-caller-identity
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    clock = SystemClock()
    started = clock.monotonic()
    try:
        settings = load_settings(flags, os.environ)
        log_to_stderr(settings.log_level)
        application = Application(settings, clock=clock)
    except (SettingsError, FileFormatError, StoreError) as error:
        raise click.ClickException(str(error)) from None
    try:
        _run(application, started)
    except ListenError as error:
        raise click.ClickException(error.said) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None
    finally:
        application.close()


def _run(application: Application, started: float) -> None:
    settings = application.settings
    door = door_of(application, {("POST", RESET_PATH.encode()): reset_route(application.reset)})
    with ExitStack() as stack:

        def ready(url: str) -> None:
            application.tools.public_url.listening_at(url)
            state = _state(application, url)
            path = stack.enter_context(published(state, os.environ))
            click.echo(_banner(application, state, path, application.clock.monotonic() - started))

        serve(
            door,
            settings.host,
            settings.port,
            listeners=application.listeners,
            beside=application.beside,
            on_ready=ready,
        )


def _state(application: Application, url: str) -> ServerState:
    settings, key = application.settings, application.root_access_key
    if key is None:
        raise click.ClickException(f"the root of account {settings.account_id} has no access key")
    return ServerState(
        endpoint=url,
        region=settings.region,
        account_id=settings.account_id,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret,
        pid=os.getpid(),
        seeded=tuple(
            SeededKey(
                account_id=each.account_id,
                owner=each.owner,
                access_key_id=each.access_key.access_key_id,
                secret_access_key=each.access_key.secret,
            )
            for each in application.planted
        ),
    )


def _banner(application: Application, state: ServerState, path: Path, seconds: float) -> str:
    settings = application.settings
    lines = [f"iamd {version('iamd')} development server", ""]
    if sys.stdout.isatty():
        lines += [f"  export {name}={value}" for name, value in variables(state).items()]
        if state.seeded:
            lines += ["", "  Access keys of the seed:", *_seeded(state)]
    else:
        lines += ['  eval "$(iamd env)"    sets endpoint and credentials of the root user']
        lines += [f"  {path}    holds all access keys, for your eyes only"]
    lines += ["", "  try: aws sts get-caller-identity", ""]
    if sys.stdout.isatty():
        lines += ["  console, signed in as the root user (once, within 15 minutes; then `iamd login`):"]
        lines += [f"  {state.endpoint}{application.root_link()}", ""]
    else:
        lines += [
            "  iamd login           prints a link that opens the console, signed in as the root user",
            "",
        ]
    for name, value in _facts(application, settings).items():
        lines.append(f"  {name:<12} {value}")
    lines += ["", f"Ready in {seconds:.2f} s at {state.endpoint} (stop with Ctrl-C)"]
    return "\n".join(lines)


def _facts(application: Application, settings: Settings) -> Mapping[str, str]:
    policies = (
        "installed"
        if application.tools.catalogue.available
        else ("not installed: pip install 'iamd[managed-policies]'")
    )
    facts = {
        "account": settings.account_id,
        "enforcement": "on, always",
        "data": f"kept in {settings.data}" if settings.data else "nothing is kept after exit",
        "AWS policies": policies,
    }
    for upstream in settings.upstream:
        facts["gateway"] = ", ".join(filter(None, (facts.get("gateway"), upstream.shown)))
    if settings.upstream and settings.gateway_mode == "soft":
        facts["gateway"] += "; SOFT: what is not allowed is let through and noted"
    if points := settings.enforcement_points():
        facts["points"] = ", ".join(f"{point.name} ({point.service})" for point in points)
    for each in application.beside:
        facts["ext_authz"] = f"gRPC at {_shown((settings.host, each.port))}"
    if application.listeners:
        facts["endpoints"] = "at " + ", ".join(map(_shown, application.listeners))
    if settings.seed:
        facts["seed"] = str(settings.seed)
    if not is_loopback_host(settings.host):
        facts["warning"] = f"{settings.host} can be reached by other machines, in clear text"
    return facts


def _seeded(state: ServerState) -> list[str]:
    """Return the access keys that the seed has made: shown once, on a terminal only."""
    return [
        f"  {key.account_id} {key.owner:<16} {key.access_key_id} {key.secret_access_key.reveal()}"
        for key in state.seeded
    ]


def _shown(listener: tuple[str, int]) -> str:
    host, port = listener
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
