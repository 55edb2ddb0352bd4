"""A folder in which Terraform works: configuration, keys and certificates, and what Terraform answers."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tests.clients.server import IAMD
from tests.clients.tools import Terraform, required
from tests.support import key_material
from tests.support.saml_metadata import metadata

HERE: Final = Path(__file__).resolve().parent
SECONDS: Final = 600.0
_USED: Final = re.compile(r'^(resource|data) "(aws_\w+)"', re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def planned(self) -> list[str]:
        """Return the addresses for which the plan has something to do."""
        changes = r"^  # (\S+) (?:will be (?:created|destroyed|updated in-place)|must be replaced)"
        return re.findall(changes, self.text, re.MULTILINE)

    @property
    def is_empty_plan(self) -> bool:
        """Return whether this is the answer to a ``plan -detailed-exitcode`` that found nothing to do."""
        return self.status == 0 and "No changes." in self.text


class Workspace:
    """A folder with our configuration as far as the provider understands it, or with another."""

    def __init__(
        self,
        folder: Path,
        terraform: Terraform,
        found_by: Mapping[str, str],
        configuration: str | None = None,
    ) -> None:
        self.folder = folder
        self.terraform = terraform
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "CHECKPOINT_DISABLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        (folder / "versions.tf").write_text(required(terraform.source))
        said = self("init", "-plugin-dir", str(terraform.mirror))
        assert said.status == 0, said.text
        self._write_provider(found_by)
        if configuration is not None:
            (folder / "main.tf").write_text(configuration)
            return
        _write_keys(folder)
        for source in self.sources:
            (folder / source.name).write_bytes(source.read_bytes())

    def __call__(self, command: str, *words: str) -> Answer:
        """Run a command of Terraform; what it writes to either side is its text."""
        done = subprocess.run(  # noqa: S603  the client
            [*self.terraform.command, command, *words, "-no-color"],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        return Answer(done.returncode, done.stdout)

    @cached_property
    def version(self) -> str:
        said = json.loads(self("version", "-json").text)
        (provider,) = said["provider_selections"].values()
        return f"{said['terraform_version']}, provider {provider}"

    @cached_property
    def _schema(self) -> Any:
        (schema,) = json.loads(self("providers", "schema", "-json").text)["provider_schemas"].values()
        return schema

    @cached_property
    def known(self) -> Mapping[str, frozenset[str]]:
        """Return the types that the provider knows, of resources and of data sources."""
        kinds = {"resource": "resource_schemas", "data": "data_source_schemas"}
        return {kind: frozenset(self._schema[member]) for kind, member in kinds.items()}

    @cached_property
    def sources(self) -> list[Path]:
        """Return the files whose types the provider knows, all of them."""
        return [
            each for each in self._files if all(type_ in self.known[kind] for kind, type_ in used([each]))
        ]

    @property
    def left_out(self) -> list[str]:
        """Return the names of the files that are for other providers."""
        return sorted(each.name for each in {*self._files} - {*self.sources} if each.suffix == ".tf")

    def outputs(self) -> dict[str, Any]:
        """Return what the applied configuration says of what it found."""
        return {name: each["value"] for name, each in json.loads(self("output", "-json").text).items()}

    @property
    def _files(self) -> list[Path]:
        folders = [HERE / "configuration"]
        if not self.terraform.is_first:
            folders.append(HERE / "configuration" / "current")
        return [each for folder in folders for each in sorted(folder.iterdir()) if each.is_file()]

    def _write_provider(self, found_by: Mapping[str, str]) -> None:
        words = [str(IAMD), "env", "--format", "terraform"]
        said = subprocess.run(words, env=found_by, capture_output=True, text=True, check=True).stdout  # noqa: S603
        endpoints = self._schema["provider"]["block"]["block_types"]["endpoints"]["block"]["attributes"]
        if "organizations" not in endpoints:
            said = re.sub(r"^ +organizations = .*\n", "", said, flags=re.MULTILINE)
        if not self.terraform.is_first:
            said += "\n" + _in_a_role(said)
        (self.folder / "provider.tf").write_text(said)


def _in_a_role(provider: str) -> str:
    """Return the provider block for the seed's role, which the seed's user assumes."""
    for name, value in (
        ("access_key", "AKIAKEPTEXAMPLE00000"),
        ("secret_key", "the-secret-of-somebody-who-was-there-before"),
    ):
        provider = re.sub(rf"^  {name} = .*$", f'  {name} = "{value}"', provider, flags=re.MULTILINE)
    role = "arn:aws:iam::123456789012:role/kept"
    more = f'  alias = "in_a_role"\n\n  assume_role {{\n    role_arn     = "{role}"\n    session_name = "terraform"\n  }}\n'
    return provider.replace("{\n", "{\n" + more + "\n", 1)


def used(files: Iterable[Path]) -> set[tuple[str, str]]:
    """Return what *files* are about: pairs of ``resource`` or ``data``, and a type."""
    return {
        (kind, type_)
        for each in files
        if each.suffix == ".tf"
        for kind, type_ in _USED.findall(each.read_text(encoding="utf-8"))
    }


def _write_keys(folder: Path) -> None:
    (folder / "certificate.pem").write_text(key_material.certificate())
    (folder / "private_key.pem").write_text(key_material.pem_private_key())
    (folder / "ssh_public_key").write_text(key_material.ssh_public_key())
    (folder / "saml_metadata.xml").write_text(metadata("https://first.example.com"))
    (folder / "saml_metadata_second.xml").write_text(metadata("https://second.example.com"))
