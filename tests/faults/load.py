"""
Clients that write, and know what they have been told.

Each client is a thread with users of its own.  It does one thing after the other through boto3, and keeps, for each
user, what the server has acknowledged.  What was asked and not answered may have happened or not; nothing else may.
"""

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

USERS: Final = 4
"""How many each client has."""
AWS_POLICY: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@dataclass(frozen=True)
class Known:
    """
    A user, as far as this harness looks.

    Attributes:
        keys: The status of each access key, by its id.
    """

    exists: bool = False
    bounded: bool = False
    tag: str | None = None
    policy: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


Act = Callable[[Any], Any]
Step = tuple[Act, Callable[[Any], Known]]
"""What is asked, and what the user is after the answer."""


class BrokenPromiseError(Exception):
    """The server did what it must not, or refused what it must do."""


class Client:
    """One thread of writes."""

    def __init__(self, number: int, seed: int) -> None:
        self.number = number
        self.known: dict[str, Known] = {f"client-{number}-user-{each}": Known() for each in range(USERS)}
        self.in_doubt: tuple[str, Known] | None = None
        self.acknowledged = 0
        self.broken: list[str] = []
        self._chance = random.Random(seed)  # noqa: S311  the same runs each time
        self._values = 0

    def run(self, iam: Any, stopping: threading.Event) -> None:
        """Write until told to stop, or until an answer does not come."""
        while not stopping.is_set() and self.once(iam):
            pass

    def once(self, iam: Any) -> bool:
        """Do one thing; return whether it was answered by success."""
        name = self._chance.choice(list(self.known))
        act, outcome = self._step(name, self.known[name])
        # Unless it is answered, this is what may have become of it; of a new key nobody knows the id.
        self.in_doubt = (name, outcome(None))
        try:
            answer = act(iam)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
                self.broken.append(f"{name}: {error}")
            return False
        except BotoCoreError:
            return False
        self.known[name] = outcome(answer)
        self.in_doubt = None
        self.acknowledged += 1
        return True

    def _step(self, name: str, known: Known) -> Step:
        return self._chance.choice(list(self._steps(name, known)))

    def _steps(self, name: str, known: Known) -> Iterator[Step]:
        """Yield what can be done with a user that is so."""
        self._values += 1
        value = f"{self._values}"
        if not known.exists:
            bounded = self._chance.random() < 0.5
            more = {"PermissionsBoundary": AWS_POLICY} if bounded else {}
            tags = [{"Key": "value", "Value": value}]
            yield (
                lambda iam: iam.create_user(UserName=name, Tags=tags, **more),
                lambda _: Known(exists=True, tag=value, bounded=bounded),
            )
            return
        yield (
            lambda iam: iam.tag_user(UserName=name, Tags=[{"Key": "value", "Value": value}]),
            lambda _: replace(known, tag=value),
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": [_deny(value)] * 20})
        yield (
            lambda iam: iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document),
            lambda _: replace(known, policy=value),
        )
        if known.policy is not None:
            yield (
                lambda iam: iam.delete_user_policy(UserName=name, PolicyName="p"),
                lambda _: replace(known, policy=None),
            )
        yield from _steps_of_keys(name, known)
        if not known.keys and known.policy is None:
            yield lambda iam: iam.delete_user(UserName=name), lambda _: Known()

    def settle(self, seen: Mapping[str, Known]) -> list[str]:
        """Compare what is *seen* with what was promised, and take it for known; return what is wrong."""
        wrong = list(self.broken)
        self.broken.clear()
        for name, known in self.known.items():
            allowed = [known]
            if self.in_doubt is not None and self.in_doubt[0] == name:
                allowed.append(self.in_doubt[1])
            if not any(_same(each, seen[name]) for each in allowed):
                wrong.append(f"{name} is {seen[name]}, and not {' or '.join(map(str, allowed))}")
            self.known[name] = seen[name]
        self.in_doubt = None
        return wrong


def _steps_of_keys(name: str, known: Known) -> Iterator[Step]:
    if len(known.keys) < 2:
        yield (
            lambda iam: iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"],
            lambda key_id: replace(known, keys={**known.keys, key_id or "?": "Active"}),
        )
    if known.keys:
        key_id, status = next(iter(known.keys.items()))
        other = "Inactive" if status == "Active" else "Active"
        yield (
            lambda iam: iam.update_access_key(UserName=name, AccessKeyId=key_id, Status=other),
            lambda _: replace(known, keys={**known.keys, key_id: other}),
        )
        rest = {each: status for each, status in known.keys.items() if each != key_id}
        yield (
            lambda iam: iam.delete_access_key(UserName=name, AccessKeyId=key_id),
            lambda _: replace(known, keys=rest),
        )


def look(iam: Any, names: list[str]) -> dict[str, Known]:
    """Return what the server says of the users called *names*."""
    details: dict[str, Any] = {}
    pages = iam.get_paginator("get_account_authorization_details")
    for page in pages.paginate(Filter=["User"], PaginationConfig={"PageSize": 1000}):
        details |= {each["UserName"]: each for each in page["UserDetailList"]}
    return {name: _known(iam, details[name]) if name in details else Known() for name in names}


def _known(iam: Any, detail: Mapping[str, Any]) -> Known:
    keys = iam.list_access_keys(UserName=detail["UserName"])["AccessKeyMetadata"]
    policies = detail.get("UserPolicyList", [])
    return Known(
        exists=True,
        bounded="PermissionsBoundary" in detail,
        tag=next((tag["Value"] for tag in detail.get("Tags", []) if tag["Key"] == "value"), None),
        policy=_value(policies[0]["PolicyDocument"]) if policies else None,
        keys={key["AccessKeyId"]: key["Status"] for key in keys},
    )


def _deny(value: str) -> dict[str, str]:
    return {"Effect": "Deny", "Action": f"s3:Get{value}", "Resource": "*"}


def _value(document: Mapping[str, Any]) -> str:
    """Return the value that all statements of *document* have; what they differ in is no policy of ours."""
    values = {each["Action"].removeprefix("s3:Get") for each in document["Statement"]}
    if len(values) != 1 or len(document["Statement"]) != 20:
        raise BrokenPromiseError(f"a policy is half of one and half of another: {document}")
    return str(values.pop())


def _same(expected: Known, seen: Known) -> bool:
    """Tell whether the two are the same, where a ``?`` stands for a key whose id was not answered."""
    if "?" not in expected.keys:
        return expected == seen
    rest = {key_id: status for key_id, status in expected.keys.items() if key_id != "?"}
    new = set(seen.keys) - set(rest)
    return len(new) == 1 and expected == replace(
        seen, keys={**{each: seen.keys[each] for each in rest if each in seen.keys}, "?": "Active"}
    )
