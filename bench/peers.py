"""
The servers of the table, and what each is given: the same entities, made through its own API.

The common case and no special one: a hundred users, one of whom has an access key and a policy of its own, a role that
trusts the account, and one that trusts an identity provider.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.identity_provider import AUDIENCE, URL, IdentityProvider
from bench.servers import ACCESS_KEY, ACCOUNT, BIN, ROOT, Server, free_port, running, started
from bench.wire import USER, Client, Credentials, Load, client_of, requests_of

COMPILED: Final = ROOT / ".venv-compiled" / "bin"
MOTO: Final = ROOT / ".venv-clients" / "bin" / "moto_server"
MINIO: Final = ROOT / ".venv-minio" / "minio"

USERS: Final = 100
PEP_KEY: Final = "bench/key/of/an/enforcement/point/00000"
ASKING: Final = "user-000"
OTHER: Final = "user-001"
_HOST: Final = URL.removeprefix("https://")
_PATIENCE: Final = 120


@dataclass(frozen=True)
class Peer:
    """
    A server that can be started.

    Attributes:
        words: What is run; ``{port}`` stands for a free one.
        credentials: Of whoever sets it up.
        furnished: Whether it has an IAM that can be filled.
    """

    name: str
    words: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = USER
    account: str = ACCOUNT
    furnished: bool = True

    @contextmanager
    def running(self) -> Iterator[Server]:
        port = free_port()
        with running(self.name, self._words(port), port, self._environ(port)) as server:
            _until_it_answers(server, self.credentials, self.furnished)
            yield server

    def first_answer(self) -> float:
        """Return the seconds from exec to the first answer to a signed request; the server is stopped again."""
        port = free_port()
        server = Server(self.name, port, 0)
        began = time.perf_counter()
        with started(self._words(port), self._environ(port)):
            _until_it_answers(server, self.credentials, self.furnished)
            return time.perf_counter() - began

    def _words(self, port: int) -> list[str]:
        return [word.format(port=port) for word in self.words]

    def _environ(self, port: int) -> dict[str, str]:
        return {name: value.format(port=port) for name, value in self.environ.items()}


def peers(folder: Path, provider: IdentityProvider) -> tuple[list[Peer], list[str]]:
    """Return the servers that are here, and why others are not."""
    found, missing = list(_iamd(folder, provider)), []
    for name, program, peer, how in (
        (
            "iamd, compiled",
            COMPILED / "iamd",
            partial(_iamd, provider=provider, programs=COMPILED),
            "make compiled",
        ),
        ("moto_server", MOTO, _moto, "make clients"),
        ("MinIO", MINIO, _minio, "make bench-minio"),
    ):
        if program.exists():
            found += peer(folder)
        else:
            missing.append(f"{name} is left out: `{how}` installs it")
    return found, missing


def _iamd(folder: Path, provider: IdentityProvider, programs: Path = BIN) -> Iterator[Peer]:
    """Yield it as a developer runs it, and as an operator does."""
    kind = "" if programs == BIN else ", compiled"
    own = folder / f"iamd{kind}"
    own.mkdir()
    yield _dev(own, provider, programs, f"iamd dev{kind}")
    yield serve(own, provider, programs=programs, name=f"iamd serve{kind}")


def _of_iamd(folder: Path, provider: IdentityProvider) -> dict[str, str]:
    providers, key = folder / "providers.json", folder / "pep.key"
    providers.write_text(json.dumps(provider.file()))
    key.touch(0o600)
    key.write_text(PEP_KEY)
    return {
        "XDG_STATE_HOME": str(folder),
        "IAMD_IDENTITY_PROVIDERS": str(providers),
        "IAMD_PEP_KEY_FILE": str(key),
    }


def _dev(folder: Path, provider: IdentityProvider, programs: Path, name: str) -> Peer:
    environ = {"IAMD_ROOT_ACCESS_KEY_ID": ACCESS_KEY[0], "IAMD_ROOT_SECRET_ACCESS_KEY": ACCESS_KEY[1]}
    return Peer(
        name,
        [str(programs / "iamd"), "dev", "--port", "{port}", "--account-id", ACCOUNT],
        environ | _of_iamd(folder, provider),
    )


def serve(
    folder: Path,
    provider: IdentityProvider,
    *words: str | Path,
    programs: Path = BIN,
    name: str = "iamd serve",
) -> Peer:
    """What an operator runs: a durable database, and an audit trail of everything; *words* are for ``iamd init``."""
    home = folder / "serve"
    subprocess.run([programs / "iamd", "init", home, *words], check=True, stdout=subprocess.DEVNULL)
    found = dict(re.findall(r"^(\S+) = (\S+)$", (home / "root.credentials").read_text(), re.MULTILINE))
    told = re.search(r'^account_id = "(\d+)"$', (home / "iamd.toml").read_text(), re.MULTILINE)
    return Peer(
        name,
        [str(programs / "iamd"), "serve", "--config", str(home / "iamd.toml"), "--port", "{port}"],
        _of_iamd(folder, provider),
        (found["aws_access_key_id"], found["aws_secret_access_key"], None),
        account=told[1] if told else ACCOUNT,
    )


def _moto(_: Path) -> Iterator[Peer]:
    """Its defaults: it verifies no signatures, and lets everybody do everything."""
    yield Peer("moto_server", [str(MOTO), "-H", "127.0.0.1", "-p", "{port}"])


def _minio(folder: Path) -> Iterator[Peer]:
    """Its STS has one of these operations."""
    (folder / "minio").mkdir()
    yield Peer(
        "MinIO",
        [str(MINIO), "server", "--address", "127.0.0.1:{port}", str(folder / "minio")],
        {"MINIO_ROOT_USER": ACCESS_KEY[0], "MINIO_ROOT_PASSWORD": ACCESS_KEY[1], "MINIO_BROWSER": "off"},
        furnished=False,
    )


@dataclass(frozen=True)
class Furnished:
    """
    A server with something in it.

    Attributes:
        credentials: Of the user who asks.
        other: The access key id of another user.
    """

    peer: Peer
    server: Server
    credentials: Credentials
    other: str = ""

    def role(self, name: str) -> str:
        return f"arn:aws:iam::{self.peer.account}:role/{name}"


def furnish(peer: Peer, server: Server) -> Furnished:
    """Make the entities."""
    if not peer.furnished:
        return Furnished(peer, server, peer.credentials)
    iam = client_of(server, peer.credentials, "iam")
    everybody = {"AWS": f"arn:aws:iam::{peer.account}:root"}
    iam.create_role(RoleName="bench", AssumeRolePolicyDocument=_trust("sts:AssumeRole", everybody))
    iam.create_open_id_connect_provider(Url=URL, ClientIDList=[AUDIENCE], ThumbprintList=["a" * 40])
    iam.create_role(
        RoleName="bench-web",
        AssumeRolePolicyDocument=_trust(
            "sts:AssumeRoleWithWebIdentity",
            {"Federated": f"arn:aws:iam::{peer.account}:oidc-provider/{_HOST}"},
            Condition={
                "StringEquals": {f"{_HOST}:aud": AUDIENCE},
                "StringLike": {f"{_HOST}:sub": "system:serviceaccount:bench:*"},
            },
        ),
    )
    for number in range(USERS):
        iam.create_user(UserName=f"user-{number:03}")
    role = f"arn:aws:iam::{peer.account}:role/bench"
    statements = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role},
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::bench", "arn:aws:s3:::bench/*"],
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=ASKING, PolicyName="bench", PolicyDocument=policy)
    key, other = (iam.create_access_key(UserName=name)["AccessKey"] for name in (ASKING, OTHER))
    return Furnished(peer, server, (key["AccessKeyId"], key["SecretAccessKey"], None), other["AccessKeyId"])


def _trust(action: str, principal: Mapping[str, str], **more: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _until_it_answers(server: Server, credentials: Credentials, furnished: bool) -> None:
    if furnished:
        (request,) = requests_of(server, "get_caller_identity", [{}], credentials)
    else:
        asked = {"RoleArn": "arn:aws:iam::000000000000:role/none", "RoleSessionName": "bench"}
        (request,) = requests_of(server, "assume_role", [asked], credentials)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with Client(Load(server.name, server, [request])) as client:
                client.length()
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return
