"""What the test of every SDK asks: see ../README.md.  Usage: program.py [USER-NAME ROLE-ARN]."""

import json
import sys
from collections.abc import Callable

import boto3
from botocore.exceptions import ClientError


def say(step: str, **values: str) -> None:
    print(json.dumps({"step": step, **values}))


def code(call: Callable[[], object]) -> str:
    """Return the code of the error that a call must end with."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def main(user: str = "", role: str = "") -> None:
    # Endpoint, region and credentials come from the environment.
    iam = boto3.client("iam")
    sts = boto3.client("sts")
    say("client", version=boto3.__version__)
    say("who-am-i", arn=sts.get_caller_identity()["Arn"])
    if not user:
        return

    say("create-user", arn=iam.create_user(UserName=user)["User"]["Arn"])
    try:
        iam.create_user(UserName=user)
    except iam.exceptions.EntityAlreadyExistsException:
        say("create-user-again", error="EntityAlreadyExists")

    key = iam.create_access_key(UserName=user)["AccessKey"]
    key_id = key["AccessKeyId"]
    own = boto3.Session(aws_access_key_id=key_id, aws_secret_access_key=key["SecretAccessKey"])
    sts_as_user = own.client("sts")
    iam_as_user = own.client("iam")

    def status() -> str:
        listed = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        return ",".join(entry["Status"] for entry in listed if entry["AccessKeyId"] == key_id)

    say("use-key", arn=sts_as_user.get_caller_identity()["Arn"])
    say("act-without-policy", error=code(iam_as_user.list_users))
    iam.update_access_key(UserName=user, AccessKeyId=key_id, Status="Inactive")
    say("deactivate", status=status())
    say("use-inactive-key", error=code(sts_as_user.get_caller_identity))
    iam.update_access_key(UserName=user, AccessKeyId=key_id, Status="Active")
    say("activate", status=status())
    say("use-key-again", arn=sts_as_user.get_caller_identity()["Arn"])

    assumed = sts.assume_role(RoleArn=role, RoleSessionName="program")
    say("assume-role", arn=assumed["AssumedRoleUser"]["Arn"])
    temporary = assumed["Credentials"]
    sts_as_role = boto3.client(
        "sts",
        aws_access_key_id=temporary["AccessKeyId"],
        aws_secret_access_key=temporary["SecretAccessKey"],
        aws_session_token=temporary["SessionToken"],
    )
    say("who-am-i-as-role", arn=sts_as_role.get_caller_identity()["Arn"])
    refused = code(lambda: sts_as_user.assume_role(RoleArn=role, RoleSessionName="program"))
    say("assume-role-without-policy", error=refused)

    iam.delete_access_key(UserName=user, AccessKeyId=key_id)
    say("use-deleted-key", error=code(sts_as_user.get_caller_identity))
    iam.delete_user(UserName=user)
    say("get-deleted-user", error=code(lambda: iam.get_user(UserName=user)))


if __name__ == "__main__":
    main(*sys.argv[1:])
