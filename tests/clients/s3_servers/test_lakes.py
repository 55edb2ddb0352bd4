"""Libraries that keep files and tables in S3, each on an SDK of its own, as a role whose session policy leaves it one folder."""

import json
import re
from typing import Any, Final

import boto3
import pytest
from tests.clients.flows import flow
from tests.clients.lab import AccessKey, allow, document
from tests.clients.s3_servers.conftest import Guarded
from tests.clients.terminal import run
from tests.clients.toolchain import Program
from tests.clients.tools import DELTALAKE, PYARROW, S3FS

THROUGH: Final = "S3 through the gateway, as a role whose session policy leaves it one folder"


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


def steps(guarded: Guarded, who: AccessKey, program: Program, bucket: str) -> list[dict[str, Any]]:
    done = run([*program.command, bucket], guarded.lab.environ(who))
    assert done.status == 0, done.err
    client, *others = [json.loads(line) for line in done.out.splitlines()]
    assert client["version"] == program.version
    last = others[-1]
    assert last["step"] == "write elsewhere"
    assert re.search(r"access.?denied|not authorized|forbidden", last["error"], re.IGNORECASE), last["error"]
    return others[:-1]


@flow(THROUGH, S3FS)
def test_s3fs(guarded: Guarded, narrowed: AccessKey, bucket: str, program: Program) -> None:
    names = [f"{bucket}/mine/a b/ü.bin", f"{bucket}/mine/copy"]
    assert steps(guarded, narrowed, program, bucket) == [
        {"step": "read", "same": True},
        {"step": "seek", "same": True},
        {"step": "list", "names": names},
        {"step": "remove", "names": []},
    ]


@flow(THROUGH, PYARROW)
def test_pyarrow(guarded: Guarded, narrowed: AccessKey, bucket: str, program: Program) -> None:
    assert steps(guarded, narrowed, program, bucket) == [
        {"step": "read", "same": True},
        {"step": "parts", "size": True},
        {"step": "list", "names": [f"{bucket}/mine/parts", f"{bucket}/mine/t.parquet"]},
        {"step": "remove", "names": []},
    ]


@flow(THROUGH, DELTALAKE)
def test_deltalake(guarded: Guarded, narrowed: AccessKey, bucket: str, program: Program) -> None:
    assert steps(guarded, narrowed, program, bucket) == [
        {"step": "read", "same": True, "commits": 2},
        {"step": "delete", "rows": 10},
    ]
