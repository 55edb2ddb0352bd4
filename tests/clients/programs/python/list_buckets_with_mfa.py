"""
List the buckets that a role may list which wants to see an MFA device.

What AWS's documentation shows as `list_buckets_from_assumed_role_with_mfa` (the Python examples of *Assume an IAM role that
requires an MFA token with AWS STS using an AWS SDK*), call for call.  With the path of that example as a fourth word, its own
function is called instead of ours.

    list_buckets_with_mfa.py ROLE-ARN SERIAL-NUMBER CODE [EXAMPLE]
"""

import importlib.util
import sys
from typing import Any

import boto3


def list_buckets_from_assumed_role_with_mfa(
    assume_role_arn: str, session_name: str, mfa_serial_number: str, mfa_totp: str, sts_client: Any
) -> None:
    credentials = sts_client.assume_role(
        RoleArn=assume_role_arn,
        RoleSessionName=session_name,
        SerialNumber=mfa_serial_number,
        TokenCode=mfa_totp,
    )["Credentials"]
    s3 = boto3.resource(
        "s3",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    for bucket in s3.buckets.all():
        print(bucket.name)


def main() -> None:
    role, serial, code, *example = sys.argv[1:]
    shown: Any = list_buckets_from_assumed_role_with_mfa
    if example:
        spec = importlib.util.spec_from_file_location("example", example[0])
        if spec is None or spec.loader is None:
            raise SystemExit(f"not a program: {example[0]}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        shown = module.list_buckets_from_assumed_role_with_mfa
    shown(role, "sts-demo-session", serial, code, boto3.client("sts"))


if __name__ == "__main__":
    main()
