"""Accounts made by chance, in the shape of ``aws iam get-account-authorization-details``; the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2019, 3, 1, 12, 0, 0, tzinfo=UTC)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PATHS = ("/", "/", "/", "/team/red/", "/team/blue/", "/division_abc/subdivision_xyz/")
TAGS = ("Team", "Owner", "CostCenter", "Environment", "Größe", "a:b/c=d+e-f@g")
SERVICES = ("ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com")
AWS_POLICIES = ("ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "job-function/ViewOnlyAccess")
ACTIONS = (
    "s3:GetObject",
    "s3:PutObject",
    "dynamodb:Query",
    "sqs:SendMessage",
    "iam:PassRole",
    "ec2:Describe*",
)


@dataclass(frozen=True)
class Size:
    users: int = 20
    groups: int = 6
    roles: int = 20
    policies: int = 12


REAL = Size(users=5000, groups=300, roles=5000, policies=1500)
"""As much as AWS lets an account have, of users and of policies by default."""


class AccountMaker:
    """Make one account."""

    def __init__(self, seed: int, account_id: str, size: Size) -> None:
        self._chance = random.Random(seed)  # noqa: S311  an account of a test
        self._account_id = account_id
        self._size = size
        self._ids: set[str] = set()

    def details(self) -> dict[str, Any]:
        """Return the whole answer, as the CLI merges it."""
        policies = [self._policy(number) for number in range(self._size.policies)]
        arns = [policy["Arn"] for policy in policies]
        arns += [f"arn:aws:iam::aws:policy/{name}" for name in AWS_POLICIES]
        groups = [self._group(number, arns) for number in range(self._size.groups)]
        names = [group["GroupName"] for group in groups]
        users = [self._user(number, arns, names) for number in range(self._size.users)]
        principals = [user["Arn"] for user in users]
        roles = [self._role(number, arns, principals) for number in range(self._size.roles)]
        return {
            "UserDetailList": users,
            "GroupDetailList": groups,
            "RoleDetailList": roles,
            "Policies": policies,
        }

    def _policy(self, number: int) -> dict[str, Any]:
        path, name = self._chance.choice(PATHS), f"policy-{number:05}"
        last = self._chance.choice((1, 1, 1, 2, 3, 7))
        versions = sorted({last, *self._chance.sample(range(1, last + 1), min(last, 3))}, reverse=True)
        return {
            "PolicyName": name,
            "PolicyId": self._id("ANPA"),
            "Arn": f"arn:aws:iam::{self._account_id}:policy{path}{name}",
            "Path": path,
            "DefaultVersionId": f"v{self._chance.choice(versions)}",
            "AttachmentCount": 3,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": self._at(),
            "UpdateDate": self._at(),
            "PolicyVersionList": [
                {
                    "Document": self._document(),
                    "VersionId": f"v{version}",
                    "IsDefaultVersion": False,
                    "CreateDate": self._at(),
                }
                for version in versions
            ],
        }

    def _group(self, number: int, policies: list[str]) -> dict[str, Any]:
        path, name = self._chance.choice(PATHS), f"group-{number:05}"
        return {
            "Path": path,
            "GroupName": name,
            "GroupId": self._id("AGPA"),
            "Arn": f"arn:aws:iam::{self._account_id}:group{path}{name}",
            "CreateDate": self._at(),
            "GroupPolicyList": self._inline(),
            "AttachedManagedPolicies": self._attached(policies),
        }

    def _user(self, number: int, policies: list[str], groups: list[str]) -> dict[str, Any]:
        path, name = self._chance.choice(PATHS), f"User.{number:05}@example.com"
        user: dict[str, Any] = {
            "Path": path,
            "UserName": name,
            "UserId": self._id("AIDA"),
            "Arn": f"arn:aws:iam::{self._account_id}:user{path}{name}",
            "CreateDate": self._at(),
            "GroupList": self._chance.sample(groups, min(len(groups), self._chance.randrange(4))),
            "AttachedManagedPolicies": self._attached(policies),
            "Tags": self._tags(),
        }
        inline = self._inline()
        if inline:
            user["UserPolicyList"] = inline
        return user | self._boundary(policies)

    def _role(self, number: int, policies: list[str], users: list[str]) -> dict[str, Any]:
        path, name = self._chance.choice(PATHS), f"role-{number:05}"
        role: dict[str, Any] = {
            "Path": path,
            "RoleName": name,
            "RoleId": self._id("AROA"),
            "Arn": f"arn:aws:iam::{self._account_id}:role{path}{name}",
            "CreateDate": self._at(),
            "AssumeRolePolicyDocument": self._trust(users),
            "InstanceProfileList": [],
            "RolePolicyList": self._inline(),
            "AttachedManagedPolicies": self._attached(policies),
            "Tags": self._tags(),
            "RoleLastUsed": self._chance.choice(({}, {"LastUsedDate": self._at(), "Region": "eu-west-1"})),
        }
        if self._chance.random() < 0.3:
            role["InstanceProfileList"] = [self._profile(role, path, name)]
        return role | self._boundary(policies)

    def _profile(self, role: dict[str, Any], path: str, name: str) -> dict[str, Any]:
        inner = ("Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")
        return {
            "Path": path,
            "InstanceProfileName": name,
            "InstanceProfileId": self._id("AIPA"),
            "Arn": f"arn:aws:iam::{self._account_id}:instance-profile{path}{name}",
            "CreateDate": self._at(),
            "Roles": [{member: role[member] for member in inner}],
        }

    def _trust(self, users: list[str]) -> dict[str, Any]:
        principal: dict[str, Any]
        match self._chance.randrange(4):
            case 0 if users:
                principal = {"AWS": self._chance.choice(users)}
            case 1:
                principal = {"AWS": f"arn:aws:iam::{self._account_id}:root"}
            case _:
                principal = {"Service": self._chance.choice(SERVICES)}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _document(self) -> dict[str, Any]:
        statements = [
            {
                "Sid": f"S{number}",
                "Effect": self._chance.choice(("Allow", "Allow", "Deny")),
                "Action": self._chance.sample(ACTIONS, self._chance.randrange(1, 4)),
                "Resource": f"arn:aws:s3:::bucket-{self._chance.randrange(10_000)}/*",
            }
            for number in range(self._chance.randrange(1, 4))
        ]
        return {"Version": "2012-10-17", "Statement": statements}

    def _inline(self) -> list[dict[str, Any]]:
        return [
            {"PolicyName": f"inline-{number}", "PolicyDocument": self._document()}
            for number in range(self._chance.choice((0, 0, 1, 1, 2)))
        ]

    def _attached(self, policies: list[str]) -> list[dict[str, str]]:
        arns = self._chance.sample(policies, min(len(policies), self._chance.randrange(4)))
        return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]

    def _boundary(self, policies: list[str]) -> dict[str, Any]:
        if self._chance.random() > 0.1:
            return {}
        arn = self._chance.choice(policies)
        return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}

    def _tags(self) -> list[dict[str, str]]:
        keys = self._chance.sample(TAGS, self._chance.randrange(4))
        return [{"Key": key, "Value": f"{key} {self._chance.randrange(100)}"} for key in keys]

    def _id(self, prefix: str) -> str:
        while True:
            made = prefix + "".join(self._chance.choices(ALPHABET, k=17))
            if made not in self._ids:
                self._ids.add(made)
                return made

    def _at(self) -> str:
        return (BEGIN + timedelta(seconds=self._chance.randrange(200_000_000))).isoformat()


def pages_of(details: dict[str, Any], most: int) -> Iterator[dict[str, Any]]:
    """Yield *details* in pages of at most so many entities, as the API answers them."""
    entities = [(name, entity) for name, listed in details.items() for entity in listed]
    for begin in range(0, len(entities), most):
        page: dict[str, Any] = {name: [] for name in details}
        for name, entity in entities[begin : begin + most]:
            page[name].append(entity)
        more = begin + most < len(entities)
        yield page | ({"IsTruncated": True, "Marker": f"m{begin}"} if more else {"IsTruncated": False})
