"""boto3's own models of IAM: what a test goes through, so that it forgets nothing of them."""

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import botocore


def model(name: str) -> Any:
    """Return a model of botocore or boto3, such as ``paginators-1``, of IAM."""
    for package in (botocore, boto3):
        folder = Path(str(package.__file__)).parent / "data" / "iam" / "2010-05-08"
        for path in (folder / f"{name}.json.gz", folder / f"{name}.json"):
            if path.exists():
                raw = path.read_bytes()
                return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    raise FileNotFoundError(name)
