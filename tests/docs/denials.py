"""
The denials of ``docs/howto/debug-a-denial.md``, each asked of a world of its own.

``python -m tests.docs.denials --write`` writes the page anew; read the difference before it is kept.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError
from tests.support.decisions import last_decision, page
from tests.support.loops import LoopThread, loop_thread
from tests.support.organization import Organized
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

from iamd.cli.explanation import lines, plain

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "howto" / "debug-a-denial.md"

ID: Final = "3d5f0b5e-6d1c-4f0e-8b57-2a4c7f7f0a55"
AT: Final = "2026-11-22T12:00:00+00:00"
_RANDOM: Final = (
    (re.compile(r"\bo-[a-z0-9]{10,32}"), "o-exampleorgid"),
    (re.compile(r"\bp-[a-z0-9]{8,128}"), "p-examplepolicy"),
)

MEMBER: Final = "222222222222"
ASSUME: Final = "sts:AssumeRole"


@dataclass(frozen=True)
class Scenario:
    """
    One denial.

    Attributes:
        asked: The command, as the AWS CLI has it.
        told: What is there, in a sentence or two.
        happen: Makes it happen; returns who is to ask why.
        learned: What to do about it, for those who only want to know that.
    """

    title: str
    told: str
    asked: str
    happen: Callable[[World], Actor]
    learned: str


def user_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def role_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def refused(world: World, operation: Callable[..., Any], reader: Actor | None = None, **params: Any) -> Actor:
    """Ask for what will be denied; return who reads why."""
    try:
        operation(**params)
    except ClientError as error:
        if "AccessDenied" in error.response["Error"]["Code"]:
            return reader or world.root
        raise
    raise RuntimeError("this should have been denied")


def nothing_allows_it(world: World) -> Actor:
    bob = world.user("bob", allow(["iam:ListUsers", "iam:ListRoles"]))
    return refused(world, bob.iam.create_group, GroupName="auditors")


def another_resource(world: World) -> Actor:
    bob = world.user("bob", allow("iam:GetUser", user_arn("bob"), Sid="OwnUser"))
    return refused(world, bob.iam.get_user, UserName="alice")


def explicit_deny(world: World) -> Actor:
    iam = world.root.iam
    bob = world.user("bob", allow("*"))
    text = (
        "{\n"
        '  "Version": "2012-10-17",\n'
        '  "Statement": [\n'
        "    {\n"
        '      "Sid": "KeepUsers",\n'
        '      "Effect": "Deny",\n'
        '      "Action": "iam:Delete*",\n'
        '      "Resource": "*"\n'
        "    }\n"
        "  ]\n"
        "}"
    )
    guard = iam.create_policy(PolicyName="guard", PolicyDocument=text)["Policy"]["Arn"]
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn=guard)
    iam.add_user_to_group(GroupName="developers", UserName="bob")
    return refused(world, bob.iam.delete_user, UserName="alice")


def boundary(world: World) -> Actor:
    edge = world.root.iam.create_policy(
        PolicyName="edge", PolicyDocument=document(allow(["iam:Get*", "iam:List*"]))
    )["Policy"]["Arn"]
    bob = world.user("bob", allow("iam:*"), PermissionsBoundary=edge)
    return refused(world, bob.iam.create_user, UserName="carol")


def session_policy(world: World) -> Actor:
    bob = world.user("bob")
    world.role("ci", {"AWS": user_arn("bob")}, allow("iam:*"))
    session = bob.assume(role_arn("ci"), "build-7", Policy=document(allow("iam:Get*")))
    return refused(world, session.iam.list_roles)


def trust_policy(world: World) -> Actor:
    bob = world.user("bob", allow(ASSUME, "*"))
    world.user("alice")
    world.role("deploy", {"AWS": user_arn("alice")})
    return refused(world, bob.sts.assume_role, RoleArn=role_arn("deploy"), RoleSessionName="build-7")


def tag_condition(world: World) -> Actor:
    condition = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
    bob = world.user(
        "bob",
        allow(["iam:CreateUser", "iam:TagUser"], Sid="OwnTeam", Condition=condition),
        Tags=[{"Key": "team", "Value": "red"}],
    )
    return refused(world, bob.iam.create_user, UserName="carol", Tags=[{"Key": "team", "Value": "blue"}])


def missing_mfa(world: World) -> Actor:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    bob = world.user("bob", allow("iam:*", Sid="WithMFA", Condition=condition))
    return refused(world, bob.iam.list_users)


def cross_account(world: World) -> Actor:
    org = Organized.found(world)
    account = org.account("partner")
    admin = org.enter(account)
    admin.iam.create_user(UserName="bob")
    key = Credentials.of(admin.iam.create_access_key(UserName="bob")["AccessKey"])
    world.role("shared", {"AWS": f"arn:aws:iam::{account}:root"})
    bob = Actor(world, key)
    return refused(world, bob.sts.assume_role, admin, RoleArn=role_arn("shared"), RoleSessionName="build-7")


def organization(world: World) -> Actor:
    org = Organized.found(world)
    account = org.account("sandbox", org.unit("experiments"))
    admin = org.enter(account)
    org.attach(account, "no-users", deny("iam:CreateUser", Sid="NoUsers"))
    return refused(world, admin.iam.create_user, admin, UserName="bob")


def not_action(world: World) -> Actor:
    bob = world.user(
        "bob",
        {
            "Sid": "AllButIdentity",
            "Effect": "Allow",
            "NotAction": ["iam:*", "organizations:*"],
            "Resource": "*",
        },
    )
    return refused(world, bob.iam.list_users)


SCENARIOS: Final = (
    Scenario(
        "No policy allows it",
        "Bob may list users and roles, and nothing else.",
        "aws iam create-group --group-name auditors",
        nothing_allows_it,
        "Give Bob the statement, or put him into a group that has it.",
    ),
    Scenario(
        "A policy allows it, but on another resource",
        "Bob may read his own user.",
        "aws iam get-user --user-name alice",
        another_resource,
        "Compare `wants` with `saw`, letter by letter: paths, account ids and wildcards are what is usually wrong.",
    ),
    Scenario(
        "A policy denies it",
        "Bob may do everything; his group has a managed policy that denies to delete anything.",
        "aws iam delete-user --user-name alice",
        explicit_deny,
        "No statement that is added helps. Lift the Deny, narrow it with `NotResource` or a condition, or take Bob out of "
        "the group.",
    ),
    Scenario(
        "The permissions boundary does not have it",
        "Bob's own policy allows all of IAM; his permissions boundary only to read.",
        "aws iam create-user --user-name carol",
        boundary,
        "What is in both policies is allowed. The identity-based policy is fine as it is; the boundary is not.",
    ),
    Scenario(
        "The session policy does not have it",
        "The role may do everything in IAM. Whoever assumed it passed a session policy that only has `iam:Get*`.",
        "aws iam list-roles    # with the credentials of the session",
        session_policy,
        "The role need not be changed: the call to AssumeRole does.",
    ),
    Scenario(
        "The trust policy does not name the caller",
        "Bob may assume every role, as far as his own policy goes. This role trusts Alice.",
        f"aws sts assume-role --role-arn {role_arn('deploy')} --role-session-name build-7",
        trust_policy,
        "A role is as closed as its trust policy leaves it, whatever the caller's own policies say.",
    ),
    Scenario(
        "A tag is not the one that a condition wants",
        "Bob, of team red, may create users of his own team.",
        "aws iam create-user --user-name carol --tags Key=team,Value=blue",
        tag_condition,
        "`wants` shows the policy variable and, in brackets, what it stood for in this request.",
    ),
    Scenario(
        "MFA is missing",
        "Bob may do everything in IAM, if he has shown a second factor. He signed with his access key.",
        "aws iam list-users",
        missing_mfa,
        "Long-term credentials have no such key at all; the credentials of a session that was made with MFA have.",
    ),
    Scenario(
        "Another account's role",
        "The role trusts the whole account 222222222222. Bob, of that account, has no policy.",
        f"aws sts assume-role --role-arn {role_arn('shared')} --role-session-name build-7",
        cross_account,
        "Across accounts both must allow. Bob's administrators read this; what is in the trust policy they do not: it is "
        "not theirs.",
    ),
    Scenario(
        "A service control policy denies it",
        "An administrator of a member account may do everything there. The organization denies to create users.",
        "aws iam create-user --user-name bob",
        organization,
        "Only whoever manages the organization can change this.",
    ),
    Scenario(
        "`NotAction` leaves it out",
        "Bob may do everything but `iam:*` and `organizations:*`.",
        "aws iam list-users",
        not_action,
        "`NotAction` with Allow grants everything else; what it names, something else has to grant.",
    ),
)

_HEAD: Final = """\
# Debug a denial

Every denial by policies has a header `x-iamd-decision-id`. For a day, and for as long as the server runs, it can be asked
why. (What the service itself refuses, whatever the policies say, has none; its message is the whole reason.)

```text
$ aws iam get-user --user-name alice --debug 2>&1 | grep -o "x-iamd-decision-id': '[^']*"
$ iamd explain ID
```

`iamd explain` prints one lane for each layer of policies that had a say, each statement with the first element that did not
match, and the least change that would allow the request. `=>` marks the lane that decided. `--output json` prints the same as
[JSON](../reference/decision-record.md), for programs.

It asks as the root user of the account; with `--env`, as whoever the AWS credentials of the environment are: they need
`iam:GetRequestAuthorizationDetails`, and each account reads of its own denials only. Programs ask `GET /_iamd/decisions/ID`.

The console shows the same of every denial, with a button that opens the editor on the change, and the simulator asks beforehand what
would be decided:

![A denial, explained in the console](../images/console-denial.png)

![The simulator's answer](../images/console-simulator.png)

What follows are {count} denials with their explanations. A test makes each of them happen, and writes this page.
"""


def told(world: World, scenario: Scenario) -> str:
    """Return what `iamd explain` prints, with all that chance and time have put into it replaced."""
    reader = scenario.happen(world)
    made = page(world, reader, last_decision(world))
    made |= {"decision_id": ID, "at": AT}
    text = plain(lines(made))
    for account in sorted(set(re.findall(r"\b\d{12}\b", text)) - {ACCOUNT}):
        text = text.replace(account, MEMBER)
    for pattern, written in _RANDOM:
        text = pattern.sub(written, text)
    return text


def sections(loop: LoopThread) -> Iterator[str]:
    for number, scenario in enumerate(SCENARIOS, 1):
        world = World(loop)
        try:
            output = told(world, scenario)
        finally:
            world.close()
        yield f"## {number}. {scenario.title}\n\n{scenario.told}\n"
        yield f"```text\n$ {scenario.asked}\n$ iamd explain {ID}\n{output}\n```\n"
        yield f"{scenario.learned}\n"


def written(loop: LoopThread) -> str:
    """Return the page."""
    return "\n".join([_HEAD.format(count=len(SCENARIOS)), *sections(loop)])


def main() -> None:
    """Print the page, or write it to where it is kept."""
    with loop_thread() as loop:
        text = written(loop)
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
