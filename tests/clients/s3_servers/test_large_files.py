"""AWS's CLI with files of a size that nobody holds in memory: up, down, as a folder, and by a presigned URL."""

import hashlib
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.flows import flow
from tests.clients.lab import Member, allow
from tests.clients.s3_servers.conftest import Guarded
from tests.clients.toolchain import Program
from tests.clients.tools import AWS_S3

MEBIBYTE = 1024 * 1024
# moto holds in memory what it is given.
SIZES = {"versitygw": 1024 * MEBIBYTE, "moto": 64 * MEBIBYTE}
CLI_SECONDS = 900.0


@pytest.fixture
def large(guarded: Guarded, tmp_path: Path) -> Iterator[Path]:
    """Give a file of a gibibyte, no two mebibytes of which are the same."""
    path = tmp_path / "large"
    block = os.urandom(MEBIBYTE - 8)
    with path.open("wb") as file:
        for number in range(SIZES[guarded.name] // MEBIBYTE):
            file.write(number.to_bytes(8, "big") + block)
    yield path
    path.unlink()


@pytest.fixture
def uploader(guarded: Guarded) -> Member:
    return guarded.lab.user(
        "uploader",
        allow("s3:CreateBucket"),
        allow("s3:ListBucket", "arn:aws:s3:::large"),
        allow("s3:*Object", "arn:aws:s3:::large/mine/*"),
        allow("s3:*Multipart*", "arn:aws:s3:::large/mine/*"),
    )


def sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@flow("`cp` of a gibibyte, `sync`, `presign` and `rm` through the gateway", AWS_S3)
def test_a_gibibyte_there_and_back(
    guarded: Guarded, uploader: Member, large: Path, tmp_path: Path, program: Program
) -> None:
    def aws(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603  AWS's own program
            [*program.command, *words],
            env=guarded.lab.environ(uploader, HOME=str(tmp_path)),
            capture_output=True,
            text=True,
            check=False,
            timeout=CLI_SECONDS,
        )

    def worked(*words: str | Path) -> str:
        done = aws(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    worked("s3", "mb", "s3://large")
    worked("s3", "cp", "--no-progress", large, "s3://large/mine/large")
    back = tmp_path / "back"
    worked("s3", "cp", "--no-progress", "s3://large/mine/large", back)
    expected = sum_of(large)
    assert sum_of(back) == expected
    back.unlink()

    # By default this CLI presigns with the signature version that AWS gave up.
    worked("configure", "set", "default.s3.signature_version", "s3v4")
    url = worked("s3", "presign", "s3://large/mine/large").strip()
    digest = hashlib.sha256()
    with urllib.request.urlopen(url) as answer:  # noqa: S310  our own server
        while piece := answer.read(MEBIBYTE):
            digest.update(piece)
    assert digest.hexdigest() == expected

    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02} ü+.txt").write_text(f"file {number}\n" * (number + 1))
    worked("s3", "sync", folder, "s3://large/mine/folder")
    (folder / "00 ü+.txt").unlink()
    worked("s3", "sync", "--delete", folder, "s3://large/mine/folder")
    copied = tmp_path / "copied"
    worked("s3", "sync", "s3://large/mine/folder", copied)
    assert {each.name: each.read_bytes() for each in copied.iterdir()} == {
        each.name: each.read_bytes() for each in folder.iterdir()
    }

    denied = aws("s3", "cp", "--no-progress", large, "s3://large/yours/large")
    assert denied.returncode != 0
    assert "AccessDenied" in denied.stderr
    worked("s3", "rm", "--recursive", "s3://large/mine")
