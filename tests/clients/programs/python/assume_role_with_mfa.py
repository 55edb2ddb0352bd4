"""
Make a virtual MFA device, give it to the caller, and assume a role that demands one.

Usage: assume_role_with_mfa.py DEVICE-NAME USER-NAME ROLE-ARN
"""

import json
import sys
import time
from typing import Any

import boto3
import pyotp
from botocore.exceptions import ClientError

STEP_SECONDS = 30
ROOM_SECONDS = 10


def say(step: str, **values: object) -> None:
    print(json.dumps({"step": step, **values}))


def main(device_name: str, user: str, role: str) -> None:
    iam = boto3.client("iam")
    sts = boto3.client("sts")

    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=device_name)["VirtualMFADevice"]
    serial = device["SerialNumber"]
    say("create", serial=serial, picture=device["QRCodePNG"][:8].hex())

    # The codes of three steps are used below; they must all be within one step of drift when they arrive.
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < ROOM_SECONDS:
        time.sleep(left)
    now = int(time.time())
    totp = pyotp.TOTP(device["Base32StringSeed"].decode())
    before, current, after = (totp.at(now + offset * STEP_SECONDS) for offset in (-1, 0, 1))

    def enable(first: str, second: str) -> None:
        iam.enable_mfa_device(
            UserName=user, SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second
        )

    def assume(**mfa: Any) -> Any:
        return sts.assume_role(RoleArn=role, RoleSessionName="mfa", **mfa)

    def refused(step: str, call: Any, *words: str, **parameters: str) -> None:
        try:
            call(*words, **parameters)
        except ClientError as error:
            say(step, error=error.response["Error"]["Code"])
        else:
            say(step, error="no error")

    refused("enable with the same code twice", enable, current, current)
    enable(before, current)
    say("enable", devices=[entry["SerialNumber"] for entry in iam.list_mfa_devices(UserName=user)["MFADevices"]])

    refused("assume without a code", assume)
    refused("assume with a used code", assume, SerialNumber=serial, TokenCode=current)
    temporary = assume(SerialNumber=serial, TokenCode=after)["Credentials"]
    as_role = boto3.client(
        "sts",
        aws_access_key_id=temporary["AccessKeyId"],
        aws_secret_access_key=temporary["SecretAccessKey"],
        aws_session_token=temporary["SessionToken"],
    )
    say("before", arn=sts.get_caller_identity()["Arn"])
    say("after", arn=as_role.get_caller_identity()["Arn"])
    refused("assume with the same code", assume, SerialNumber=serial, TokenCode=after)


if __name__ == "__main__":
    main(*sys.argv[1:])
