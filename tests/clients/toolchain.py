"""
The clients: where each is, how it is got ready, and which version it is.

A client that the machine lacks is a `MissingError` with what to do about it; in CI (``CI=true``) Debian's packages are
installed first.  A program that does not build is no missing client: it fails.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path(__file__).resolve().parent / "programs"
IN_CI: Final = os.environ.get("CI") == "true"
CLIENTS: Final = Path(os.environ.get("IAMD_TEST_CLIENTS", ".venv-clients/bin")).absolute()
"""The programs of `make clients`' own virtual environment."""

BUILD_SECONDS: Final = 1200.0


class MissingError(Exception):
    """The machine does not have what a client needs; the text says what, and how to get it."""


@dataclass(frozen=True)
class Program:
    """
    A client that can be run.

    Attributes:
        version: As the client says; empty where its own program says it when it runs.
    """

    command: tuple[str, ...]
    version: str = ""


@dataclass(frozen=True)
class Client:
    """A client by the name that the compatibility table has for it."""

    name: str
    prepare: Callable[[], Program]


def execute(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603  programs of this file
        words,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))} failed:\n{done.stdout[-4000:]}")
    return done.stdout


@cache
def _debian(*packages: str) -> None:
    """Install packages where that is wanted and can be done."""
    if IN_CI and os.geteuid() == 0 and shutil.which("apt-get"):
        execute("apt-get", "-qq", "update")
        execute(
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-qq",
            "--yes",
            "--no-install-recommends",
            "install",
            *packages,
        )


def need(program: str, hint: str, *packages: str) -> str:
    if not shutil.which(program) and packages:
        _debian(*packages)
    found = shutil.which(program)
    if not found:
        raise MissingError(f"there is no `{program}` here ({hint})")
    return found


def own(program: str) -> str:
    if not (CLIENTS / program).exists():
        raise MissingError(f"there is no {CLIENTS / program} (`make clients` installs it)")
    return str(CLIENTS / program)


def _cli_version(command: str) -> str:
    said = re.match(r"aws-cli/(\S+)", execute(command, "--version"))
    return said.group(1) if said else ""


@cache
def _cli_1() -> Program:
    command = own("aws")
    return Program((command,), _cli_version(command))


def _find_cli_2() -> Program | None:
    for folder in ("/usr/bin", "/usr/local/bin", *os.environ["PATH"].split(os.pathsep)):
        command = Path(folder, "aws")
        if command.exists() and os.access(command, os.X_OK):
            done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
            version = re.match(r"aws-cli/(2\.\S+)", done.stdout)
            if version:
                return Program((str(command),), version.group(1))
    return None


@cache
def _cli_2() -> Program:
    found = _find_cli_2()
    if not found:
        _debian("awscli")
        found = _find_cli_2()
    if not found:
        raise MissingError("there is no AWS CLI 2 here (Debian: apt-get install awscli)")
    return found


@cache
def _boto3() -> Program:
    python = own("python")
    return Program((python,), execute(python, "-c", "import boto3; print(boto3.__version__)").strip())


@cache
def node_with_modules(program: str = "javascript") -> str:
    """Return Node.js, with the packages of a folder of programs there."""
    node = need("node", "Node.js 20 or newer")
    npm = need("npm", "it comes with Node.js")
    folder = PROGRAMS / program
    wanted, stamp = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < wanted.stat().st_mtime:
        execute(npm, "ci", "--no-progress", cwd=folder)
        stamp.touch()
    return node


def version_of_module(package: str, program: str = "javascript") -> str:
    about = PROGRAMS / program / "node_modules" / package / "package.json"
    return str(json.loads(about.read_text())["version"])


@cache
def _javascript_2() -> Program:
    return Program(
        (node_with_modules(), str(PROGRAMS / "javascript" / "v2.js")), version_of_module("aws-sdk")
    )


@cache
def _javascript_3() -> Program:
    node = node_with_modules()
    return Program((node, str(PROGRAMS / "javascript" / "v3.js")), version_of_module("@aws-sdk/client-iam"))


@cache
def _java() -> Program:
    maven = need("mvn", "Debian: apt-get install maven", "maven", "default-jdk-headless")
    java = need("java", "Debian: apt-get install default-jdk-headless", "default-jdk-headless")
    folder = PROGRAMS / "java"
    execute(maven, "--batch-mode", "--quiet", "--no-transfer-progress", "process-classes", cwd=folder)
    classes = f"{folder / 'target' / 'classes'}:{folder / 'target' / 'jars'}/*"
    return Program((java, "-classpath", classes, "Program"))


@cache
def _go() -> Program:
    go = need("go", "Go 1.24 or newer")
    execute(go, "build", "-o", "build/program", ".", cwd=PROGRAMS / "go")
    return Program((str(PROGRAMS / "go" / "build" / "program"),))


@cache
def _rust() -> Program:
    cargo = need("cargo", "a current Rust")
    execute(cargo, "build", "--quiet", "--target-dir", "target", cwd=PROGRAMS / "rust")
    return Program((str(PROGRAMS / "rust" / "target" / "debug" / "iamd-client-program"),))


@cache
def _ruby() -> Program:
    hint = "Debian: apt-get install ruby ruby-aws-sdk-core ruby-aws-sdk"
    need("ruby", hint, "ruby", "ruby-aws-sdk-core", "ruby-aws-sdk")
    ruby = need("ruby", hint)
    wanted = [ruby, "-e", 'require "aws-sdk-core"; require "aws-sdk-v1"']
    if subprocess.run(wanted, capture_output=True, check=False).returncode:  # noqa: S603
        _debian("ruby", "ruby-aws-sdk-core", "ruby-aws-sdk")
        if subprocess.run(wanted, capture_output=True, check=False).returncode:  # noqa: S603
            raise MissingError(f"Ruby has no AWS SDK here ({hint})")
    return Program((ruby, str(PROGRAMS / "ruby" / "program.rb")))


AWS_CLI_1: Final = Client("AWS CLI 1", _cli_1)
AWS_CLI_2: Final = Client("AWS CLI 2", _cli_2)
BOTO3: Final = Client("boto3", _boto3)
JAVASCRIPT_2: Final = Client("AWS SDK for JavaScript 2", _javascript_2)
JAVASCRIPT_3: Final = Client("AWS SDK for JavaScript 3", _javascript_3)
JAVA: Final = Client("AWS SDK for Java 2", _java)
GO: Final = Client("AWS SDK for Go 2", _go)
RUST: Final = Client("AWS SDK for Rust", _rust)
RUBY: Final = Client("AWS SDK for Ruby", _ruby)

ALL: Final = (AWS_CLI_1, AWS_CLI_2, BOTO3, JAVASCRIPT_2, JAVASCRIPT_3, JAVA, GO, RUST, RUBY)
"""In the order of the table."""
