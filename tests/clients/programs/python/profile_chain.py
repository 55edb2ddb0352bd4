"""
Say who the caller is with each of the profiles named, as boto3's credential chain resolves them.

Usage: profile_chain.py PROFILE...
"""

import json
import sys

import boto3


def main(*profiles: str) -> None:
    for profile in profiles:
        sts = boto3.Session(profile_name=profile).client("sts")
        print(json.dumps({"profile": profile, "arn": sts.get_caller_identity()["Arn"]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
