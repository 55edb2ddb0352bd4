"""
The tools: programs that others built on AWS's SDKs, where each is, and which version it is.

Some are in no registry that every machine has.  They are an `UnavailableError`, skipped even in CI, and the summary says
so; whoever has them says where they are.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.clients.toolchain import PROGRAMS, Client, MissingError, Program, execute, need


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


TERRAFORM: Final = Client("Terraform", _current_provider)
TERRAFORM_FIRST: Final = Client("Terraform, the provider of 2019", _first_provider)

TOOLS: Final = (TERRAFORM, TERRAFORM_FIRST)
"""In the order of the table."""
