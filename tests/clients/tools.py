"""
The tools: programs that others built on AWS's SDKs, where each is, and which version it is.

Some are in no registry that every machine has.  They are an `UnavailableError`, skipped even in CI, and the summary says
so; whoever has them says where they are.
"""

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.clients.toolchain import (
    AWS_CLI_1,
    PROGRAMS,
    Client,
    MissingError,
    Program,
    execute,
    need,
    node_with_modules,
    version_of_module,
)


class UnavailableError(MissingError):
    """The machine does not have a tool, and no registry to get it from."""


@dataclass(frozen=True, kw_only=True)
class Terraform(Program):
    """
    Terraform and a provider for AWS.

    Attributes:
        mirror: The provider, in a folder such as ``terraform providers mirror`` makes.
        source: The provider's address in it.
        is_first: Whether it is the provider of 2019, which understands less, and asks AWS's STS for roles.
    """

    mirror: Path
    source: str
    is_first: bool = False


_FIRST_VERSION: Final = "1.60.0"


def _terraform() -> str:
    try:
        return need("terraform", "Terraform 1.1 or newer")
    except MissingError as error:
        raise UnavailableError(str(error)) from None


def _platform(go: str) -> str:
    return "_".join(execute(go, "env", "GOOS", "GOARCH").split())


@cache
def _first_provider() -> Program:
    terraform = _terraform()
    go = need("go", "Go 1.24 or newer")
    folder = PROGRAMS / "terraform"
    mirror, source = folder / "build" / "mirror", "example.com/iamd/aws"
    program = mirror / source / _FIRST_VERSION / _platform(go) / f"terraform-provider-aws_v{_FIRST_VERSION}"
    execute(go, "build", "-o", str(program), ".", cwd=folder)
    return Terraform(command=(terraform,), mirror=mirror, source=source, is_first=True)


@cache
def _current_provider() -> Program:
    terraform = _terraform()
    given = os.environ.get("IAMD_TEST_TERRAFORM_MIRROR")
    mirror = Path(given) if given else _mirrored(terraform)
    return Terraform(command=(terraform,), mirror=mirror, source="hashicorp/aws")


def _mirrored(terraform: str) -> Path:
    """Take the provider of today from where Terraform itself would take it."""
    folder = PROGRAMS / "terraform" / "build"
    wanted = folder / "wanted"
    wanted.mkdir(parents=True, exist_ok=True)
    (wanted / "versions.tf").write_text(required("hashicorp/aws"))
    try:
        execute(terraform, f"-chdir={wanted}", "providers", "mirror", str(folder / "registry"))
    except RuntimeError as error:
        why = " ".join(str(error).split())[-300:]
        raise UnavailableError(
            "Terraform cannot have the provider hashicorp/aws here"
            f" (IAMD_TEST_TERRAFORM_MIRROR may name a folder of `terraform providers mirror`): {why}"
        ) from None
    return folder / "registry"


def required(source: str) -> str:
    """Return the text of a configuration that needs the provider of that address."""
    return (
        f'terraform {{\n  required_providers {{\n    aws = {{\n      source = "{source}"\n    }}\n  }}\n}}\n'
    )


def _own(variable: str, folder: str, program: str, target: str) -> str:
    """Return a program of a virtual environment that a target of make fills."""
    found = Path(os.environ.get(variable, folder)).absolute() / program
    if not found.exists():
        raise MissingError(f"there is no {found} (`make {target}` installs it)")
    return str(found)


@cache
def _ansible() -> Program:
    playbook = _own("IAMD_TEST_ANSIBLE", ".venv-ansible/bin", "ansible-playbook", "ansible")
    version = re.search(r"\[core ([^\]]+)\]", execute(playbook, "--version"))
    (manifest,) = (
        Path(playbook)
        .parents[1]
        .glob("lib/python3*/site-packages/ansible_collections/amazon/aws/MANIFEST.json")
    )
    collection = json.loads(manifest.read_text())["collection_info"]["version"]
    return Program((playbook,), f"{version[1] if version else ''}, amazon.aws {collection}")


def _auditor(program: str) -> str:
    return _own("IAMD_TEST_AUDITORS", ".venv-auditors/bin", program, "auditors")


def _version(distribution: str) -> str:
    asked = f"from importlib.metadata import version; print(version('{distribution}'))"
    return execute(_auditor("python"), "-c", asked).strip()


@cache
def _cloudsplaining() -> Program:
    return Program((_auditor("cloudsplaining"),), _version("cloudsplaining"))


@cache
def _pmapper() -> Program:
    program = (_auditor("python"), str(PROGRAMS / "pmapper" / "pmapper.py"))
    return Program(program, _version("principalmapper"))


@cache
def _aws_nuke() -> Program:
    try:
        command = need("aws-nuke", "its releases are in no package registry")
    except MissingError as error:
        raise UnavailableError(str(error)) from None
    said = execute(command, "--version").split()
    return Program((command,), said[-1] if said else "")


def _identity_provider(script: str, package: str) -> Program:
    folder = "identity_providers"
    command = (node_with_modules(folder), str(PROGRAMS / folder / script))
    return Program(command, version_of_module(package, folder))


@cache
def _oidc_provider() -> Program:
    return _identity_provider("openid.js", "oidc-provider")


@cache
def _samlp() -> Program:
    return _identity_provider("saml.js", "samlp")


def _lake(library: str) -> Program:
    python = _own("IAMD_TEST_S3_SERVERS", ".venv-s3-servers/bin", "python", "s3-servers")
    asked = f"from importlib.metadata import version; print(version('{library}'))"
    script = str(PROGRAMS / "python" / "lakes.py")
    command = (python, "-W", "ignore", script, library)
    return Program(command, execute(python, "-c", asked).strip())


@cache
def _s3fs() -> Program:
    return _lake("s3fs")


@cache
def _pyarrow() -> Program:
    return _lake("pyarrow")


@cache
def _deltalake() -> Program:
    return _lake("deltalake")


TERRAFORM: Final = Client("Terraform", _current_provider)
TERRAFORM_FIRST: Final = Client("Terraform, the provider of 2019", _first_provider)

ANSIBLE: Final = Client("Ansible", _ansible)
CLOUDSPLAINING: Final = Client("cloudsplaining", _cloudsplaining)
PMAPPER: Final = Client("Principal Mapper", _pmapper)
AWS_NUKE: Final = Client("aws-nuke", _aws_nuke)

OIDC_PROVIDER: Final = Client("oidc-provider", _oidc_provider)
SAMLP: Final = Client("samlp", _samlp)

# Through the gateway.
AWS_S3: Final = Client("AWS CLI 1, `aws s3`", AWS_CLI_1.prepare)
S3FS: Final = Client("s3fs", _s3fs)
PYARROW: Final = Client("pyarrow", _pyarrow)
DELTALAKE: Final = Client("deltalake", _deltalake)

TOOLS: Final = (
    TERRAFORM,
    TERRAFORM_FIRST,
    ANSIBLE,
    CLOUDSPLAINING,
    PMAPPER,
    AWS_NUKE,
    OIDC_PROVIDER,
    SAMLP,
    AWS_S3,
    S3FS,
    PYARROW,
    DELTALAKE,
)
"""In the order of the table."""
