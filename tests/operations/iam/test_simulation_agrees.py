"""What the simulator says is what happens: each case is simulated, and then done for real."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from tests.support.answers import arn
from tests.support.organization import RCP, Organized
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, deny, document

RED = [{"Key": "team", "Value": "red"}]
ASSUME = "sts:AssumeRole"


@dataclass(frozen=True, eq=False)
class Case:
    """
    One thing that somebody wants to do.

    Attributes:
        who: A key of `ACTORS`.
        action: Its own name tells the operation.
        context: Keys that the request will have beside those of the caller.
    """

    who: str
    action: str
    resource: str
    params: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        name = self.action.partition(":")[2]
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def town(world: World) -> dict[str, tuple[Actor, str]]:
    """Found the world of all cases; return who acts, and the ARN of the user or role that they are."""
    iam = world.root.iam
    iam.create_user(UserName="alice", Tags=RED)
    iam.create_role(
        RoleName="open",
        AssumeRolePolicyDocument=document(allow(ASSUME, None, Principal={"AWS": arn("root")})),
    )
    edge = iam.create_policy(
        PolicyName="edge", PolicyDocument=document(allow(["iam:Get*", ASSUME]), deny("iam:GetGroup"))
    )["Policy"]["Arn"]
    reading = iam.create_policy(PolicyName="reading", PolicyDocument=document(allow("iam:List*")))["Policy"][
        "Arn"
    ]
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="own", PolicyDocument=document(deny("iam:GetRole")))
    iam.attach_group_policy(GroupName="staff", PolicyArn=reading)

    users = {
        "nobody": world.user("nobody"),
        "admin": world.user("admin", allow("*")),
        "own": world.user("own", allow("iam:*", arn("user/${aws:username}"))),
        "exact": world.user("exact", allow("iam:GetUser", arn("user/alice"))),
        "bounded": world.user("bounded", allow("*"), PermissionsBoundary=edge),
        "member": world.user("member", allow(["iam:GetUser", "iam:GetRole"])),
        "except": world.user("except", {"Effect": "Allow", "NotAction": "iam:*User*", "Resource": "*"}),
        "elsewhere": world.user("elsewhere", allow("iam:*", None, NotResource=arn("user/alice"))),
        "tagged": world.user(
            "tagged",
            allow(
                "iam:GetUser",
                Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
            ),
            allow(
                "iam:CreateUser",
                Condition={"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}},
            ),
            Tags=RED,
        ),
        "tagging": world.user(
            "tagging",
            allow("iam:CreateUser", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            deny("iam:CreateUser", Condition={"Null": {"aws:TagKeys": "true"}}),
        ),
        "mfa": world.user("mfa", allow("iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
        "denied": world.user("denied", allow("*"), deny("iam:*", arn("user/alice"))),
    }
    iam.add_user_to_group(GroupName="staff", UserName="member")
    everyone = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    found = {name: (actor, arn(f"user/{name}")) for name, actor in users.items()}
    for name, statements in {
        "reader": [allow("iam:Get*")],
        "silent": [],
        "shut": [allow("*"), deny("iam:*")],
    }.items():
        role = world.role(
            name, everyone, *statements, **({"PermissionsBoundary": edge} if name == "shut" else {})
        )
        found[name] = (users["admin"].assume(role), role)
    world.role("trusting", {"AWS": arn("user/nobody")})
    world.role("distrusting", {"AWS": arn("user/alice")})
    world.role("of-the-role", {"AWS": arn("role/silent")})
    return found


GET_ALICE: Mapping[str, Any] = {"params": {"UserName": "alice"}, "context": {"aws:ResourceTag/team": "red"}}
CREATE = {"UserName": "new"}


def _get_alice(who: str) -> Case:
    return Case(who, "iam:GetUser", arn("user/alice"), **GET_ALICE)


def _assume(who: str, role: str) -> Case:
    return Case(
        who, ASSUME, arn(f"role/{role}"), {"RoleArn": arn(f"role/{role}"), "RoleSessionName": "session"}
    )


WHO = [
    *(
        "nobody",
        "admin",
        "own",
        "exact",
        "bounded",
        "member",
        "except",
        "elsewhere",
        "tagged",
        "tagging",
        "mfa",
    ),
    *("denied", "reader", "silent", "shut"),
]
CASES = [
    *map(_get_alice, WHO),
    *(Case(who, "iam:GetRole", arn("role/open"), {"RoleName": "open"}) for who in WHO),
    *(Case(who, "iam:GetGroup", arn("group/staff"), {"GroupName": "staff"}) for who in WHO),
    *(Case(who, "iam:ListUsers", arn("user/")) for who in WHO),
    *(Case(who, "iam:GetAccountSummary", "*") for who in WHO),
    *(Case(who, "iam:GetPolicy", arn("policy/ReadOnlyAccess", "aws"), {"PolicyArn": arn("policy/ReadOnlyAccess", "aws")})
      for who in ("nobody", "admin", "bounded")),
    Case("own", "iam:GetUser", arn("user/own"), {"UserName": "own"}),
    Case("tagged", "iam:GetUser", arn("user/own"), {"UserName": "own"}),
    *(
        Case(who, "iam:CreateUser", arn("user/new"), {**CREATE, "Tags": [{"Key": key, "Value": value}]},
             {f"aws:RequestTag/{key}": value, "aws:TagKeys": (key,)})
        for who in ("tagged", "tagging", "admin", "bounded")
        for key, value in (("team", "red"), ("team", "blue"), ("cost", "red"))
    ),
    *(Case(who, "iam:CreateUser", arn("user/new"), CREATE) for who in ("tagged", "tagging", "admin")),
    *(
        _assume(who, role)
        for who in ("nobody", "admin", "bounded", "denied", "reader", "silent", "shut")
        for role in ("open", "trusting", "distrusting", "of-the-role", "missing")
    ),
    *(Case(who, "sts:GetCallerIdentity", "*") for who in ("nobody", "shut")),
]  # fmt: skip


def simulated(root: Actor, source: str, case: Case) -> bool:
    entries = [
        {
            "ContextKeyName": name,
            "ContextKeyValues": [value] if isinstance(value, str) else list(value),
            "ContextKeyType": "string" if isinstance(value, str) else "stringList",
        }
        for name, value in case.context.items()
    ]
    (result,) = root.iam.simulate_principal_policy(
        PolicySourceArn=source,
        ActionNames=[case.action],
        ResourceArns=[case.resource],
        ContextEntries=entries,
    )["EvaluationResults"]
    return bool(result["EvalDecision"] == "allowed")


def done(actor: Actor, case: Case) -> bool:
    """Do it, and tell whether it was allowed; whatever else it may have come to."""
    client = actor.iam if case.action.startswith("iam:") else actor.sts
    operation: Callable[..., Any] = getattr(client, case.operation)
    try:
        operation(**case.params)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in {"AccessDenied", "NoSuchEntity"}:
            raise
        return bool(code != "AccessDenied")
    return True


def test_what_is_simulated_is_what_happens(world: World) -> None:
    actors = town(world)
    said, happened = {}, {}
    for case in CASES:
        actor, source = actors[case.who]
        said[case] = simulated(world.root, source, case)
        happened[case] = done(actor, case)
        if happened[case] and case.action == "iam:CreateUser":
            world.root.iam.delete_user(UserName="new")
    assert {str(case): outcome for case, outcome in said.items()} == {
        str(case): outcome for case, outcome in happened.items()
    }
    # And neither is always so.
    assert 30 < sum(happened.values()) < len(CASES) - 30


def test_organization_policies_are_simulated_and_happen(world: World) -> None:
    """Semantics 53, 54: service control policies of the caller's account, resource control policies of the role's."""
    org = Organized.found(world)
    account = org.account("alpha", org.unit("prod"))
    admin = org.enter(account)
    iam = admin.iam
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=document(allow("*")))
    bob = Actor(world, Credentials.of(iam.create_access_key(UserName="bob")["AccessKey"]))
    source = arn("user/bob", account)
    trusting = document(allow(ASSUME, None, Principal={"AWS": source}))
    role = iam.create_role(RoleName="open", AssumeRolePolicyDocument=trusting)["Role"]["Arn"]
    org.attach(account, "no-groups", deny("iam:ListGroups"))
    org.client.enable_policy_type(RootId=org.root_id, PolicyType=RCP)
    org.attach(account, "no-roles", deny(ASSUME, Principal="*"), type_=RCP)

    cases = [
        Case("bob", "iam:ListGroups", arn("group/", account)),
        Case("bob", "iam:ListUsers", arn("user/", account)),
        Case("bob", ASSUME, role, {"RoleArn": role, "RoleSessionName": "session"}),
    ]
    said = [simulated(admin, source, case) for case in cases]
    assert said == [done(bob, case) for case in cases] == [False, True, False]
    (result,) = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=["iam:ListGroups"])[
        "EvaluationResults"
    ]
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("explicitDeny", [])
    (result,) = iam.simulate_principal_policy(
        PolicySourceArn=source, ActionNames=["iam:ListGroups"], PolicyExclusionList=[{"PolicyType": "scp"}]
    )["EvaluationResults"]
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
