"""
Names for the completion of a shell, from the server that the command line being typed would ask.

Nothing is said about what goes wrong: a shell that completes has no place for it, and no name is an answer, too.  Names are kept
for a minute, so that the next press of the key is quick.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from iamd.cli.credential_cache import cache_folder
from iamd.clock import SystemClock

_SPECIAL: Final = frozenset("`$\\\"'();&|<>*?!#{}[]~")
"""What a shell would take for more than a name, once it has been completed."""

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Ask = Callable[[click.Context], Iterable[str]]

_SECONDS: Final = 60
_MOST: Final = 1000
_PLACE: Final = ("port", "profile", "endpoint_url", "user")
_VARIABLES: Final = (
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_CONFIG_FILE",
)


def _names(kind: str, ask: Ask) -> Complete:
    """Return a completion for click: of what *ask* finds, or has found within the last minute."""

    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            found = _kept(kind, context, ask)
        except (click.ClickException, OSError, ValueError):
            return []
        return [CompletionItem(name) for name in found if name.startswith(incomplete)]

    return complete


def _kept(kind: str, context: click.Context, ask: Ask) -> list[str]:
    where = [context.params.get(name) for name in _PLACE] + [os.environ.get(name) for name in _VARIABLES]
    # Two commands may mean different servers by the same words.
    described = json.dumps([kind, context.command_path.split()[1:2], *where])
    path = cache_folder(os.environ) / "names" / f"{hashlib.sha256(described.encode()).hexdigest()}.json"
    now = SystemClock().real().timestamp()
    try:
        with path.open("rb") as file:
            if 0 <= now - os.fstat(file.fileno()).st_mtime < _SECONDS:
                found = json.load(file)
                if isinstance(found, list):
                    return [str(name) for name in found]
    except (OSError, ValueError):
        pass
    names = sorted({name for name in ask(context) if name.isprintable() and not _SPECIAL & set(name)})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in path.parent.glob("*.json"):
        if now - old.stat().st_mtime >= _SECONDS:
            old.unlink(missing_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(names, file)
    Path(temporary).replace(path)
    return names


def _asked(context: click.Context) -> Any:
    """Return IAM as the commands for people ask it; a development server where nothing else is configured."""
    from iamd.cli.aws import Aws
    from iamd.cli.failures import CredentialsError
    from iamd.cli.state import known_servers

    given = {name: context.params.get(name) for name in ("profile", "region", "endpoint_url", "port")}
    try:
        return Aws(**given).client("iam")
    except CredentialsError:
        servers = known_servers(os.environ)
        if not servers or any(given.values()):
            raise
        return Aws(port=servers[0].port).client("iam")


def _asked_by_operators(context: click.Context) -> Any:
    """Return IAM of the server that the commands of operators ask."""
    from iamd.cli.aws import Aws
    from iamd.cli.servers import server_to_ask

    server = server_to_ask(os.environ, context.params.get("port"))
    named = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") == server.endpoint
    return (Aws() if named else Aws(port=server.port)).client("iam")


def _listed(iam: Any, operation: str, member: str, name: str) -> list[str]:
    found: Sequence[dict[str, Any]] = getattr(iam, operation)(MaxItems=_MOST)[member]
    return [each[name] for each in found]


def _role_names(context: click.Context) -> Iterable[str]:
    found = _asked(context).list_roles(MaxItems=_MOST)["Roles"]
    # As `iamd assume` takes them: with the path, and without a slash before it.
    return [each["Arn"].partition(":role/")[2] for each in found if "/aws-service-role/" not in each["Arn"]]


def _own_keys(context: click.Context) -> Iterable[str]:
    found = _asked(context).list_access_keys(UserName=context.params.get("user"))["AccessKeyMetadata"]
    return [each["AccessKeyId"] for each in found]


def _profiles(_context: click.Context) -> Iterable[str]:
    from iamd.cli.aws import profiles

    return profiles()


def _accounts(context: click.Context) -> Iterable[str]:
    return [text for _, account in _tree(context).accounts() for text in (account.id, account.name)]


def _units(context: click.Context) -> Iterable[str]:
    return [unit.path or "/" for unit in _tree(context).root.walk()]


def _tree(context: click.Context) -> Any:
    from iamd.cli.org import connect
    from iamd.cli.organization_tree import read_tree

    return read_tree(connect(context.params.get("port")))


def _policies(context: click.Context) -> Iterable[str]:
    from iamd.cli.org import connect
    from iamd.cli.organization_tree import POLICY_TYPES

    client = connect(context.params.get("port"))
    return [
        policy["Name"]
        for type_ in POLICY_TYPES.values()
        for policy in client.pages("list_policies", "Policies", Filter=type_)
    ]


roles: Final = _names("roles", _role_names)
users: Final = _names("users", lambda context: _listed(_asked(context), "list_users", "Users", "UserName"))
access_keys: Final = _names("access keys", _own_keys)
profiles: Final = _names("profiles", _profiles)
accounts: Final = _names("accounts", _accounts)
units: Final = _names("units", _units)
targets: Final = _names("targets", lambda context: [*_units(context), *_accounts(context)])
organization_policies: Final = _names("organization policies", _policies)
roles_of_server: Final = _names(
    "roles of the server",
    lambda context: _listed(_asked_by_operators(context), "list_roles", "Roles", "RoleName"),
)
users_of_server: Final = _names(
    "users of the server",
    lambda context: _listed(_asked_by_operators(context), "list_users", "Users", "UserName"),
)
