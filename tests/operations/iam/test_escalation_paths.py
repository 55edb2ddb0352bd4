"""
Ways to more rights, walked to their ends.

R-24: with exactly the actions of a path it leads to what it promises; without any one of them it ends there; and what
withholds one of them, a permissions boundary or a policy of the organization, is the end of it, too.
"""

import itertools
from collections.abc import Iterator, Sequence

import pytest
from tests.support import escalation_of_oneself, escalation_through_others
from tests.support.answers import arn, refusal
from tests.support.escalation import EVERYTHING, PRIZE, Path, Scene, Walk
from tests.support.loops import LoopThread
from tests.support.organization import Organized
from tests.support.world import ACCOUNT, Actor, World, allow, deny, document

PATHS = [*escalation_of_oneself.PATHS, *escalation_through_others.PATHS]


@pytest.fixture(scope="module")
def town(loop: LoopThread) -> Iterator[World]:
    """One world for all walks, since each has names of its own."""
    world = World(loop)
    yield world
    world.close()


_numbers = itertools.count()


def begin(
    town: World, actions: Sequence[str], path: Path, owner: Actor | None = None, account: str = ACCOUNT
) -> tuple[Scene, Walk]:
    """Prepare *path* for an Eve who holds *actions*, and does not have the prize yet."""
    scene = Scene(town, f"eve{next(_numbers)}", owner or town.root, account)
    walk = path.begin(scene)
    if actions:
        scene.give(allow(list(actions)))
    assert refusal(scene.eve.iam.list_users)[0] == "AccessDenied"
    return scene, walk


def denied_action(answer: tuple[str, str]) -> str:
    """Return the action that somebody was refused."""
    code, message = answer
    assert code == "AccessDenied"
    return message.partition("to perform: ")[2].partition(" ")[0]


named_paths = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)


@named_paths
def test_exactly_these_actions_lead_there(town: World, path: Path) -> None:
    _, walk = begin(town, path.actions, path)
    who = walk()
    if who is not None:
        assert len(who.iam.list_users()["Users"]) >= 1


@named_paths
def test_without_any_of_them_it_ends_there(town: World, path: Path) -> None:
    for lacking in path.actions:
        scene, walk = begin(town, [action for action in path.actions if action != lacking], path)
        assert denied_action(refusal(walk)) == lacking
        assert refusal(scene.eve.iam.list_users)[0] == "AccessDenied"


@named_paths
def test_a_boundary_without_them_is_the_end(town: World, path: Path) -> None:
    scene, walk = begin(town, path.actions, path)
    edge = town.root.iam.create_policy(
        PolicyName=scene.named("edge"),
        PolicyDocument=document({"Effect": "Allow", "NotAction": list(path.actions), "Resource": "*"}),
    )["Policy"]["Arn"]
    town.root.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=edge)
    answer = refusal(walk)
    assert denied_action(answer) == path.actions[0]
    assert answer[1].endswith(f"because no permissions boundary allows the {path.actions[0]} action")


@pytest.mark.parametrize("path", [path for path in PATHS if path.raises_eve], ids=lambda path: path.name)
def test_a_boundary_holds_at_the_end_of_the_path(town: World, path: Path) -> None:
    """Whatever Eve gives herself, she stays within her boundary."""
    scene, walk = begin(town, path.actions, path)
    edge = town.root.iam.create_policy(
        PolicyName=scene.named("edge"), PolicyDocument=document(allow([*path.actions, "iam:GetUser"]))
    )["Policy"]["Arn"]
    town.root.iam.put_user_permissions_boundary(UserName=scene.name, PermissionsBoundary=edge)
    who = walk()
    assert who is not None
    code, message = refusal(who.iam.list_users)
    assert (code, message.endswith(f"because no permissions boundary allows the {PRIZE} action")) == (
        "AccessDenied",
        True,
    )


@pytest.fixture(scope="module")
def member(loop: LoopThread) -> Iterator[tuple[World, Actor, str]]:
    """An account whose organization forbids every path to whoever is called Eve."""
    world = World(loop)
    org = Organized.found(world)
    account = org.account("build")
    forbidden = sorted({path.actions[0] for path in PATHS})
    eves = {"ArnLike": {"aws:PrincipalArn": arn("user/eve*", account)}}
    org.attach(account, "no-escalation", deny(forbidden, Condition=eves))
    yield world, org.enter(account), account
    world.close()


@pytest.mark.parametrize(
    "path", {path.actions[0]: path for path in reversed(PATHS)}.values(), ids=lambda path: path.actions[0]
)
def test_a_service_control_policy_is_the_end(member: tuple[World, Actor, str], path: Path) -> None:
    world, owner, account = member
    _, walk = begin(world, path.actions, path, owner, account)
    answer = refusal(walk)
    assert denied_action(answer) == path.actions[0]
    assert answer[1].endswith("with an explicit deny in a service control policy")


def test_the_right_to_one_role_is_none_to_the_next(town: World) -> None:
    """R-29: a resource is matched as a whole, not by how it begins."""
    eve = Scene(town, "eve-near", town.root, ACCOUNT)
    for name in ("eve-near-dev", "eve-near-developer"):
        town.root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=eve.trusting_the_account())
        town.root.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=EVERYTHING)
    eve.give(allow(["sts:AssumeRole", "iam:PutRolePolicy"], arn("role/eve-near-dev")))
    near, far = arn("role/eve-near-dev"), arn("role/eve-near-developer")
    assert eve.eve.assume(near).iam.list_users()["Users"]
    assert denied_action(refusal(eve.eve.assume, role_arn=far)) == "sts:AssumeRole"
    asked = {"RoleName": "eve-near-developer", "PolicyName": "p", "PolicyDocument": EVERYTHING}
    assert denied_action(refusal(eve.eve.iam.put_role_policy, **asked)) == "iam:PutRolePolicy"
