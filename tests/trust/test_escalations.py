"""
Escalations of the trust graph: each kind of edge is walked really, and is gone with any permission that it is made of.

The walks are those of ``tests/operations/iam/test_escalation_paths.py``, whose scenes have an Eve in them.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest
from tests.support import escalation_of_oneself, escalation_through_others
from tests.support.answers import arn, refusal
from tests.support.browser import Browser
from tests.support.escalation import EVERYTHING, Path, Scene, Walk
from tests.support.jose import rsa_key
from tests.support.loops import LoopThread
from tests.support.saml_idp import PROVIDER, Idp
from tests.support.saml_world import SamlWorld
from tests.support.trusting import Json, accounts_of, details, of_files, told
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.trust.graph import trust_graph

DRAWN: Final = (
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "AttachUserPolicy",
    "AttachGroupPolicy",
    "PutUserPolicy",
    "PutGroupPolicy",
    "AddUserToGroup",
    "CreateAccessKey",
    "CreateLoginProfile",
    "UpdateLoginProfile",
    "UpdateAssumeRolePolicy",
    "AttachRolePolicy+AssumeRole",
    "AttachRolePolicy+UpdateAssumeRolePolicy",
    "PutRolePolicy+AssumeRole",
    "PutRolePolicy+UpdateAssumeRolePolicy",
    "CreatePolicyVersion+AssumeRole",
    "CreatePolicyVersion+UpdateAssumeRolePolicy",
)
PATHS: Final = {
    path.name: path
    for path in (*escalation_of_oneself.PATHS, *escalation_through_others.PATHS)
    if path.name in DRAWN
}
SERVICE: Final = {
    "ec2": ("iam:PassRole", "ec2:RunInstances"),
    "ecs-tasks": ("iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    "lambda": ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
}
PASSWORD: Final = "Eves-password-1"

_numbers = itertools.count()


@pytest.fixture(scope="module")
def town(loop: LoopThread) -> Iterator[World]:
    """One world for all walks, since each has names of its own."""
    world = World(loop)
    yield world
    world.close()


def begin(town: World, path: Path, actions: Sequence[str]) -> tuple[Scene, Walk]:
    scene = Scene(town, f"eve{next(_numbers)}", town.root, ACCOUNT)
    walk = path.begin(scene)
    if actions:
        scene.give(allow(list(actions)))
    return scene, walk


def escalations(graph: Json, who: str) -> dict[tuple[str, frozenset[str]], Json]:
    """Return the escalations of somebody, by the name of whom they lead to and the actions that they take."""
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    return {
        (names[edge["to"]], frozenset(step["action"] for step in edge["by"])): edge
        for edge in graph["edges"]
        if edge["escalation"] and names[edge["from"]] == who
    }


def of(town: World, who: str) -> dict[tuple[str, frozenset[str]], Json]:
    return escalations(told(town, query="escalations=true"), who)


def takes(found: dict[tuple[str, frozenset[str]], Json], actions: Sequence[str]) -> list[Json]:
    return [edge for (_, by), edge in found.items() if by.issuperset(actions)]


def test_all_paths_are_there() -> None:
    assert sorted(PATHS) == sorted(DRAWN)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_is_walked(town: World, name: str) -> None:
    path = PATHS[name]
    scene, walk = begin(town, path, path.actions)
    found = takes(of(town, scene.name), path.actions)
    assert {edge["holds"] for edge in found} == {"always"}
    who = walk()
    if who is not None:
        assert who.iam.list_users()["Users"]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_with_any_action_the_edge_goes_as_well(town: World, name: str) -> None:
    path = PATHS[name]
    for lacking in path.actions:
        scene, walk = begin(town, path, [action for action in path.actions if action != lacking])
        assert takes(of(town, scene.name), path.actions) == []
        assert refusal(walk)[0] == "AccessDenied"


@pytest.mark.parametrize("operation", ["create_login_profile", "update_login_profile"])
def test_a_password_of_somebody_else_is_a_door(town: World, operation: str) -> None:
    scene = Scene(town, f"eve{next(_numbers)}", town.root, ACCOUNT)
    victim = scene.admin()
    if operation == "update_login_profile":
        scene.iam.create_login_profile(UserName=victim, Password="First-password-1")
    action = "iam:" + operation.title().replace("_", "")
    scene.give(allow(action, arn(f"user/{victim}")))
    ((to, by),) = of(town, scene.name)
    assert (to, by) == (victim, frozenset({action}))
    getattr(scene.eve.iam, operation)(UserName=victim, Password=PASSWORD)
    browser = Browser(town)
    browser.sign_in(victim, PASSWORD)
    assert browser.session()["arn"] == arn(f"user/{victim}")


def test_a_group_has_the_edges_of_whoever_joins_it(town: World) -> None:
    scene = Scene(town, f"eve{next(_numbers)}", town.root, ACCOUNT)
    victim = scene.admin()
    group = scene.group(document(allow("iam:CreateAccessKey", arn(f"user/{victim}"))), with_eve=False)
    scene.give(allow("iam:AddUserToGroup", arn(f"group/{group}")))
    assert [to for to, _ in of(town, scene.name)] == [group]
    assert [to for to, _ in of(town, group)] == [victim]
    ways = told(town, query=f"from={scene.name}&to={victim}&escalations=true")
    assert len(ways["edges"]) == 2
    scene.eve.iam.add_user_to_group(GroupName=group, UserName=scene.name)
    assert scene.with_key(scene.eve.iam.create_access_key(UserName=victim)["AccessKey"]).iam.list_users()
    # Whoever is in it has them.
    assert [to for to, _ in of(town, scene.name)] == [victim]


def test_the_policies_of_another_whom_one_can_become(town: World) -> None:
    scene = Scene(town, f"eve{next(_numbers)}", town.root, ACCOUNT)
    other = scene.named("other")
    scene.iam.create_user(UserName=other)
    scene.give(allow("iam:PutUserPolicy", arn(f"user/{other}")))
    assert of(town, scene.name) == {}
    scene.give(allow(["iam:PutUserPolicy", "iam:CreateAccessKey"], arn(f"user/{other}")))
    found = of(town, scene.name)
    everything = f"any permission in {ACCOUNT}"
    assert set(found) == {
        (other, frozenset({"iam:CreateAccessKey"})),
        (everything, frozenset({"iam:PutUserPolicy", "iam:CreateAccessKey"})),
    }
    steps = found[everything, frozenset({"iam:PutUserPolicy", "iam:CreateAccessKey"})]["by"]
    assert [step["resource"] for step in steps] == [arn(f"user/{other}")] * 2
    assert steps[0]["statements"] == [
        {
            "layer": "identity",
            "policy": "given",
            "policy_arn": arn(f"user/{scene.name}/given"),
            "statement": 0,
            "sid": None,
        }
    ]
    scene.eve.iam.put_user_policy(UserName=other, PolicyName="p", PolicyDocument=EVERYTHING)
    assert scene.with_key(scene.eve.iam.create_access_key(UserName=other)["AccessKey"]).iam.list_users()


def test_metadata_of_a_provider_is_whoever_it_vouches_for(world: World) -> None:
    saml = SamlWorld.of(world)
    saml.role("app", allow("iam:ListUsers"), StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"})
    eve = world.user("eve", allow("iam:UpdateSAMLProvider", PROVIDER))
    assert [to for to, _ in of(world, "eve")] == ["corp"]
    assert len(told(world, query="from=eve&to=app&escalations=true")["edges"]) == 2
    own = SamlWorld(world, Idp(rsa_key("eve")))
    assert own.refused(own.saying())[0] == "InvalidIdentityToken"
    eve.iam.update_saml_provider(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=own.idp.metadata())
    assert own.actor(own.saying()).iam.list_users()["Users"]
    world.root.iam.delete_user_policy(UserName="eve", PolicyName="test")
    assert of(world, "eve") == {}
    assert refusal(eve.iam.update_saml_provider, SAMLProviderArn=PROVIDER)[0] == "AccessDenied"


@pytest.mark.parametrize("service", SERVICE)
def test_a_role_that_is_handed_to_a_service(world: World, service: str) -> None:
    """iamd is no such service, so that the walk is the decision about each request of it."""
    role = world.role("worker", {"Service": f"{service}.amazonaws.com"}, allow("*"))
    world.user("eve", allow(list(SERVICE[service])))
    ((to, by),) = of(world, "eve")
    assert (to, by) == ("worker", frozenset({*SERVICE[service], "sts:AssumeRole"}))

    def decided(*actions: str) -> set[str]:
        answer = world.root.iam.simulate_principal_policy(
            PolicySourceArn=arn("user/eve"),
            ActionNames=actions,
            ResourceArns=[role] if actions == ("iam:PassRole",) else ["*"],
            ContextEntries=[
                {
                    "ContextKeyName": "iam:PassedToService",
                    "ContextKeyType": "string",
                    "ContextKeyValues": [f"{service}.amazonaws.com"],
                }
            ],
        )
        return {each["EvalDecision"] for each in answer["EvaluationResults"]}

    assert decided(*SERVICE[service][1:]) == decided("iam:PassRole") == {"allowed"}
    for lacking in SERVICE[service]:
        rest = [action for action in SERVICE[service] if action != lacking]
        world.root.iam.put_user_policy(
            UserName="eve", PolicyName="test", PolicyDocument=document(allow(rest))
        )
        assert of(world, "eve") == {}
        assert decided(lacking) == {"implicitDeny"}
    # It is for that service alone.
    elsewhere = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    given = document(allow("iam:PassRole", Condition=elsewhere), allow(list(SERVICE[service][1:])))
    world.root.iam.put_user_policy(UserName="eve", PolicyName="test", PolicyDocument=given)
    assert of(world, "eve") == {}


def test_a_function_of_one_name_is_enough(world: World) -> None:
    world.role("worker", {"Service": "lambda.amazonaws.com"})
    functions = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:team-*"
    make = allow(["lambda:CreateFunction", "lambda:InvokeFunction"], functions)
    world.user("eve", allow("iam:PassRole", arn("role/work*")), make)
    world.user("bob", allow("iam:PassRole", arn("role/other")), make)
    world.user("dan", allow("iam:PassRole"), {**make, "Resource": functions.replace(ACCOUNT, "210987654321")})
    assert [to for to, _ in of(world, "eve")] == ["worker"]
    assert of(world, "bob") == of(world, "dan") == {}


MFA: Final = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
SELF: Final = "arn:aws:iam::*:user/${aws:username}"


@pytest.mark.parametrize(
    ("statements", "holds"),
    [
        ([allow("iam:CreateAccessKey", arn("user/victim"))], "always"),
        ([allow("iam:createaccesskey", arn("user/vic*"))], "always"),
        ([{"Effect": "Allow", "Action": "iam:CreateA*", "NotResource": arn("user/ann")}], "always"),
        ([allow("iam:CreateAccessKey", Condition=MFA)], "conditionally"),
        ([allow("iam:CreateAccessKey"), deny("iam:CreateAccessKey", Condition=MFA)], "conditionally"),
        (
            [allow("iam:CreateAccessKey", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})],
            "always",
        ),
        ([allow("iam:CreateAccessKey", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})], None),
        ([allow("iam:CreateAccessKey", SELF)], None),
        ([allow("iam:CreateAccessKey", arn("user/victi"))], None),
        ([allow("iam:CreateAccessKey", arn("user/victim", "210987654321"))], None),
        ([allow("iam:*"), deny(["iam:C*", "iam:U*", "iam:P*", "iam:A*", "iam:S*"])], None),
        ([allow("iam:Get*")], None),
    ],
    ids=itertools.count(),
)
def test_resources_and_conditions_are_looked_at(world: World, statements: Any, holds: str | None) -> None:
    eve = world.user("eve", *statements)
    world.root.iam.create_user(UserName="victim", Tags=[{"Key": "team", "Value": "red"}])
    found = {to: edge for (to, by), edge in of(world, "eve").items() if "iam:CreateAccessKey" in by}
    if holds is None:
        assert found == {}
        assert refusal(eve.iam.create_access_key, UserName="victim")[0] == "AccessDenied"
        return
    assert found["victim"]["holds"] == holds
    denies = any(each["Effect"] == "Deny" for each in statements)
    if holds == "conditionally":
        said = "aws:MultiFactorAuthPresent Bool true"
        assert found["victim"]["in_short"] == [f"not: {said}" if denies else said]
    if holds == "always" or denies:
        assert eve.iam.create_access_key(UserName="victim")["AccessKey"]["UserName"] == "victim"


def test_boundaries_forbid_what_they_forbid(world: World) -> None:
    edge = document({"Effect": "Allow", "NotAction": "iam:CreateAccessKey", "Resource": "*"})
    boundary = world.root.iam.create_policy(PolicyName="edge", PolicyDocument=edge)["Policy"]["Arn"]
    world.user("ann")
    world.user("eve", allow("iam:CreateAccessKey"), PermissionsBoundary=boundary)
    assert of(world, "eve") == {}
    # What a boundary must not be lost with.
    kept = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    world.user("dan", allow("iam:PutUserPolicy", Condition=kept))
    assert of(world, "dan") == {}
    world.user(
        "dot", allow("iam:PutUserPolicy", arn("user/dot"), Condition=kept), PermissionsBoundary=boundary
    )
    assert len(of(world, "dot")) == 1


def test_whoever_can_do_anything_has_one_edge(world: World) -> None:
    world.role("worker", {"Service": "lambda.amazonaws.com"})
    world.user("ann")
    world.user("eve", allow("*"))
    found = of(world, "eve")
    assert {to for to, _ in found} == {f"any permission in {ACCOUNT}"}
    assert told(world)["edges"] == [edge for edge in told(world)["edges"] if edge["escalation"] is None]


def test_files_tell_the_same(world: World) -> None:
    world.user("ann")
    world.user("eve", allow(["iam:CreateAccessKey", "iam:AddUserToGroup"]))
    world.root.iam.create_group(GroupName="ops")
    world.root.iam.put_group_policy(GroupName="ops", PolicyName="p", PolicyDocument=EVERYTHING)
    graph = told(world, query="escalations=true")
    shown = of_files(world, *details(world.root), escalations=True)
    found, other = escalations(shown, "eve"), escalations(graph, "eve")
    assert {key: edge["holds"] for key, edge in found.items()} == {
        key: edge["holds"] for key, edge in other.items()
    }
    assert {to for to, _ in escalations(shown, "ops")} == {f"any permission in {ACCOUNT}"}
    assert json.loads(json.dumps(shown))


def test_what_is_too_much_is_left_out_and_said(world: World) -> None:
    for name in ("a", "b", "c"):
        world.user(f"user-{name}", allow(["iam:CreateAccessKey", "iam:UpdateLoginProfile"]))
    accounts = accounts_of(world, *details(world.root))
    graph = trust_graph(accounts, most_questions=4, escalations=True)
    assert len({edge.source for edge in graph.edges}) == 1
    said = "there is too much to look at all of it: escalations of users, roles and groups are left out, 3 in all"
    assert graph.notes[-1] == said
    assert len(trust_graph(accounts, escalations=True).edges) == 12
