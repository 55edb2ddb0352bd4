"""
Deactivate and activate an access key through boto3's resources; say what the key is good for after each.

Usage: access_key_resource.py USER-NAME ACCESS-KEY-ID SECRET-ACCESS-KEY
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def main(user: str, key_id: str, secret: str) -> None:
    key = boto3.resource("iam").User(user).AccessKey(key_id)
    sts = boto3.client("sts", aws_access_key_id=key_id, aws_secret_access_key=secret)

    def say(step: str) -> None:
        try:
            answer = sts.get_caller_identity()["Arn"]
        except ClientError as error:
            answer = error.response["Error"]["Code"]
        listed = {entry.id: entry.status for entry in boto3.resource("iam").User(user).access_keys.all()}
        print(json.dumps({"step": step, "status": listed[key_id], "caller": answer}))

    say("as created")
    key.deactivate()
    say("deactivated")
    key.deactivate()
    say("deactivated again")
    key.activate()
    say("activated")
    key.delete()
    try:
        key.activate()
    except key.meta.client.exceptions.NoSuchEntityException as error:
        print(json.dumps({"step": "deleted", "error": error.response["Error"]["Message"]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
