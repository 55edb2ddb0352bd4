"""Libraries that keep files and tables in S3, each on an SDK of its own, as a role whose session policy leaves it one folder."""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from tests.clients.lab import AccessKey, allow, document
from tests.clients.s3_servers.conftest import Guarded
from tests.clients.terminal import run
from tests.clients.toolchain import PROGRAMS, MissingError

LAKES: Final = Path(os.environ.get("IAMD_TEST_S3_SERVERS", ".venv-s3-servers/bin")).absolute()


def python() -> str:
    if not (LAKES / "python").exists():
        raise MissingError(f"there is no {LAKES / 'python'} (`make s3-servers` installs it)")
    return str(LAKES / "python")


@pytest.fixture(scope="module")
def bucket(guarded: Guarded) -> str:
    lab = guarded.lab
    boto3.client(
        "s3",
        endpoint_url=lab.endpoint,
        region_name="us-east-1",
        aws_access_key_id=lab.root["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=lab.root["AWS_SECRET_ACCESS_KEY"],
    ).create_bucket(Bucket="lake")
    return "lake"


@pytest.fixture
def narrowed(guarded: Guarded, bucket: str) -> AccessKey:
    """Give a session of a role that may do anything in S3, narrowed by its policy to one folder."""
    lab = guarded.lab
    ana = lab.user("ana", allow("sts:AssumeRole"))
    role = lab.role("lake", ana.arn, allow("s3:*"))
    policy = document(
        allow("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
        allow("s3:*", f"arn:aws:s3:::{bucket}/mine*"),
    )
    sts = boto3.client(
        "sts",
        endpoint_url=lab.endpoint,
        region_name="us-east-1",
        aws_access_key_id=ana.key.access_key_id,
        aws_secret_access_key=ana.key.secret_access_key,
    )
    made = sts.assume_role(RoleArn=role, RoleSessionName="lake", Policy=policy)["Credentials"]
    return AccessKey(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def steps(guarded: Guarded, who: AccessKey, library: str, bucket: str) -> list[dict[str, Any]]:
    script = str(PROGRAMS / "python" / "lakes.py")
    done = run([python(), "-W", "ignore", script, library, bucket], guarded.lab.environ(who))
    assert done.status == 0, done.err
    client, *others = [json.loads(line) for line in done.out.splitlines()]
    assert client["version"]
    last = others[-1]
    assert last["step"] == "write elsewhere"
    assert re.search(r"access.?denied|not authorized|forbidden", last["error"], re.IGNORECASE), last["error"]
    return others[:-1]


def test_s3fs(guarded: Guarded, narrowed: AccessKey, bucket: str) -> None:
    names = [f"{bucket}/mine/a b/ü.bin", f"{bucket}/mine/copy"]
    assert steps(guarded, narrowed, "s3fs", bucket) == [
        {"step": "read", "same": True},
        {"step": "seek", "same": True},
        {"step": "list", "names": names},
        {"step": "remove", "names": []},
    ]


def test_pyarrow(guarded: Guarded, narrowed: AccessKey, bucket: str) -> None:
    assert steps(guarded, narrowed, "pyarrow", bucket) == [
        {"step": "read", "same": True},
        {"step": "parts", "size": True},
        {"step": "list", "names": [f"{bucket}/mine/parts", f"{bucket}/mine/t.parquet"]},
        {"step": "remove", "names": []},
    ]


def test_deltalake(guarded: Guarded, narrowed: AccessKey, bucket: str) -> None:
    assert steps(guarded, narrowed, "deltalake", bucket) == [
        {"step": "read", "same": True, "commits": 2},
        {"step": "delete", "rows": 10},
    ]
