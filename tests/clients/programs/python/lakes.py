"""
Keep files and tables in S3 as a role: with s3fs (aiobotocore), pyarrow (AWS's SDK for C++) and deltalake (object_store, in Rust).

Credentials (a role's), region and endpoint come from the environment.  One line of JSON for each step; `error` is what the
library says where it is refused.

    lakes.py s3fs|pyarrow|deltalake BUCKET
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

BODY = bytes(range(256)) * 50_000


def say(step: str, **values: object) -> None:
    print(json.dumps({"step": step, **values}))


def refused(step: str, call: Callable[[], Any]) -> None:
    try:
        call()
    except Exception as error:
        say(step, error=f"{type(error).__name__}: {error}")
    else:
        say(step, error="")


def s3fs(bucket: str) -> None:
    import s3fs

    say("client", version=s3fs.__version__)
    files = s3fs.S3FileSystem(endpoint_url=os.environ["AWS_ENDPOINT_URL"], skip_instance_cache=True)
    with files.open(f"{bucket}/mine/a b/ü.bin", "wb", block_size=5 * 2**20) as file:
        file.write(BODY)
    say("read", same=files.cat(f"{bucket}/mine/a b/ü.bin") == BODY)
    files.copy(f"{bucket}/mine/a b/ü.bin", f"{bucket}/mine/copy")
    with files.open(f"{bucket}/mine/copy") as file:
        file.seek(1000)
        say("seek", same=file.read(10) == BODY[1000:1010])
    say("list", names=sorted(files.find(f"{bucket}/mine")))
    files.rm(f"{bucket}/mine", recursive=True)
    say("remove", names=files.find(f"{bucket}/mine"))
    refused("write elsewhere", lambda: files.pipe(f"{bucket}/yours/x", b"x"))


def pyarrow(bucket: str) -> None:
    import pyarrow
    import pyarrow.dataset
    from pyarrow import fs, parquet

    say("client", version=pyarrow.__version__)
    url = os.environ["AWS_ENDPOINT_URL"]
    files = fs.S3FileSystem(endpoint_override=url.partition("://")[2], scheme="http", region="us-east-1")
    table = pyarrow.table({"n": list(range(1000)), "word": ["w"] * 1000})
    parquet.write_table(table, f"{bucket}/mine/t.parquet", filesystem=files)
    read = parquet.read_table(f"{bucket}/mine/t.parquet", filesystem=files, columns=["n"])
    say("read", same=read["n"].to_pylist() == list(range(1000)))
    with files.open_output_stream(f"{bucket}/mine/parts") as stream:
        for _ in range(4):
            stream.write(BODY)
    say("parts", size=files.get_file_info(f"{bucket}/mine/parts").size == 4 * len(BODY))
    found = files.get_file_info(fs.FileSelector(f"{bucket}/mine", recursive=True))
    say("list", names=sorted(each.path for each in found))
    files.delete_dir_contents(f"{bucket}/mine")
    say("remove", names=[each.path for each in files.get_file_info(fs.FileSelector(f"{bucket}/mine"))])
    refused(
        "write elsewhere", lambda: parquet.write_table(table, f"{bucket}/yours/t.parquet", filesystem=files)
    )


def deltalake(bucket: str) -> None:
    import deltalake
    import pyarrow

    say("client", version=deltalake.__version__)
    options = {
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_ALLOW_HTTP": "true",
        "conditional_put": "etag",
    }
    url = f"s3://{bucket}/mine/table"
    for start in (0, 10):
        rows = pyarrow.table({"n": list(range(start, start + 10))})
        deltalake.write_deltalake(url, rows, mode="append", storage_options=options)
    table = deltalake.DeltaTable(url, storage_options=options)
    numbers = pyarrow.table(table.to_pyarrow_table())["n"].to_pylist()
    say("read", same=sorted(numbers) == list(range(20)), commits=table.version() + 1)
    table.delete("n >= 10")
    say("delete", rows=deltalake.DeltaTable(url, storage_options=options).to_pyarrow_table().num_rows)
    refused(
        "write elsewhere",
        lambda: deltalake.write_deltalake(
            f"s3://{bucket}/yours/table", pyarrow.table({"n": [1]}), storage_options=options
        ),
    )


if __name__ == "__main__":
    {"s3fs": s3fs, "pyarrow": pyarrow, "deltalake": deltalake}[sys.argv[1]](sys.argv[2])
