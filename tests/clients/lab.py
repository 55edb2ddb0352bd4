"""The account in which the clients are tried: who is there, and the environment in which a client is one of them."""

import itertools
import json
import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

ACCOUNT = "123456789012"

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class AccessKey:
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of the environment from which every SDK takes its credentials."""
        named = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        return named | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})


@dataclass(frozen=True)
class Member:
    """A user with one access key."""

    name: str
    key: AccessKey

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:user/{self.name}"


@dataclass
class Lab:
    """
    A running server with one account.

    Attributes:
        found_by: The environment in which `iamd env` finds the server.
        root: What `iamd env` says of it.
        home: An empty home folder for the clients that a test gives none of their own.
    """

    found_by: Mapping[str, str]
    root: Mapping[str, str]
    home: Path
    iam: Any = field(init=False)

    def __post_init__(self) -> None:
        self.iam = boto3.client(
            "iam",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.root["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.root["AWS_SECRET_ACCESS_KEY"],
        )

    @property
    def endpoint(self) -> str:
        return self.root["AWS_ENDPOINT_URL"]

    def environ(self, who: Member | AccessKey | None, **more: str) -> dict[str, str]:
        """Return the whole environment of a client that acts as *who*: nothing of the machine's own AWS settings."""
        key = who.key if isinstance(who, Member) else who
        return (
            {
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "LANG": "C.UTF-8",
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                # A failure must not be hidden by a second try.
                "AWS_MAX_ATTEMPTS": "1",
            }
            | (key.variables if key else {})
            | more
        )

    def reset(self) -> None:
        """Forget everything but root's access key."""
        request = urllib.request.Request(f"{self.endpoint}/_iamd/reset", method="POST")  # noqa: S310  our own server
        urllib.request.urlopen(request).close()  # noqa: S310  likewise

    def unique(self, name: str) -> str:
        return f"{name}-{next(_NUMBERS)}"

    def user(self, name: str, *statements: Mapping[str, Any]) -> Member:
        """Make a user with an access key and an inline policy of *statements* (none: no policies)."""
        name = self.unique(name)
        self.iam.create_user(UserName=name)
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        return Member(name, AccessKey(made["AccessKeyId"], made["SecretAccessKey"]))

    def role(self, name: str, trusted: str | Mapping[str, Any], *statements: Mapping[str, Any]) -> str:
        """Make a role that trusts an ARN, or as the statement *trusted* says; return its ARN."""
        if isinstance(trusted, str):
            trusted = {"Principal": {"AWS": trusted}}
        name = self.unique(name)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole"} | dict(trusted)
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(role["Arn"])


def allow(action: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def assumed(role_arn: str, session: str) -> str:
    """Return the ARN of a session of a role."""
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_arn.rpartition('/')[2]}/{session}"
