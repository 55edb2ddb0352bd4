"""Inline policies of users, groups and roles."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import Actor, World, allow, document

ANY = document(allow("s3:*"))
EC2 = document(allow("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}))
EDGE = arn("policy/edge")
KINDS = pytest.mark.parametrize("kind", ["user", "group", "role"])
MISSING = {
    "user": "The user with name ghost cannot be found.",
    "group": "The group with name ghost cannot be found.",
    "role": "The role with name ghost cannot be found.",
}


class Owned:
    """The four operations on the inline policies of one kind of entity; the entity is called `X`."""

    def __init__(self, iam: Any, kind: str, name: str = "X") -> None:
        self.put = getattr(iam, f"put_{kind}_policy")
        self.get = getattr(iam, f"get_{kind}_policy")
        self.delete = getattr(iam, f"delete_{kind}_policy")
        self.list = getattr(iam, f"list_{kind}_policies")
        self.parameter = f"{kind.capitalize()}Name"
        self.owner = {self.parameter: name}

    def names(self) -> list[str]:
        names: list[str] = self.list(**self.owner)["PolicyNames"]
        return names


@pytest.fixture
def iam(root: Actor) -> Any:
    """Return the client of the root, in an account where a user, a group and a role are called `X`."""
    root.iam.create_user(UserName="X", Path="/team/")
    root.iam.create_group(GroupName="X", Path="/team/")
    root.iam.create_role(RoleName="X", Path="/team/", AssumeRolePolicyDocument=EC2)
    return root.iam


@KINDS
def test_a_policy_that_was_put_can_be_got_and_listed(world: World, iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    sent = '{ "Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",\n"Resource":"arn:aws:s3:::%3Aé/*"}}'
    assert content(owned.put(**owned.owner, PolicyName="p", PolicyDocument=sent)) == {}
    # The name is told as it was written, however the request writes it.
    assert content(owned.get(**{owned.parameter: "x"}, PolicyName="p")) == {
        owned.parameter: "X",
        "PolicyName": "p",
        "PolicyDocument": json.loads(sent),
    }
    assert f"<PolicyDocument>{quote(sent, safe='')}</PolicyDocument>" in world.responses[-1].body.decode()
    assert content(owned.list(**owned.owner)) == {"PolicyNames": ["p"], "IsTruncated": False}


@KINDS
def test_putting_again_replaces(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=ANY)
    other = document(allow("iam:*"))
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=other)
    assert owned.names() == ["p"]
    assert owned.get(**owned.owner, PolicyName="p")["PolicyDocument"] == json.loads(other)


@KINDS
def test_deleting_removes_one_policy(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    for name in ("p", "q"):
        owned.put(**owned.owner, PolicyName=name, PolicyDocument=ANY)
    owned.delete(**owned.owner, PolicyName="p")
    assert owned.names() == ["q"]


@KINDS
def test_a_missing_policy_is_reported(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    expected = ("NoSuchEntity", f"The {kind} policy with name p cannot be found.")
    assert refusal(owned.get, **owned.owner, PolicyName="p") == expected
    assert refusal(owned.delete, **owned.owner, PolicyName="p") == expected


@KINDS
def test_a_missing_entity_is_reported(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind, "ghost")
    expected = ("NoSuchEntity", MISSING[kind])
    assert refusal(owned.put, **owned.owner, PolicyName="p", PolicyDocument=ANY) == expected
    assert refusal(owned.get, **owned.owner, PolicyName="p") == expected
    assert refusal(owned.delete, **owned.owner, PolicyName="p") == expected
    assert refusal(owned.list, **owned.owner) == expected


@KINDS
def test_names_are_listed_in_pages(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    assert owned.names() == []
    for name in ("c", "a", "b"):
        owned.put(**owned.owner, PolicyName=name, PolicyDocument=ANY)
    first = owned.list(**owned.owner, MaxItems=2)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a", "b"], True)
    rest = content(owned.list(**owned.owner, MaxItems=2, Marker=first["Marker"]))
    assert rest == {"PolicyNames": ["c"], "IsTruncated": False}
    assert refusal(owned.list, **owned.owner, Marker="x" + first["Marker"]) == (
        "ValidationError",
        "Invalid Marker.",
    )


@KINDS
def test_a_malformed_document_is_refused(iam: Any, kind: str) -> None:
    owned = Owned(iam, kind)
    for text, message in {
        "not json": "Syntax errors in policy.",
        document(allow("s3:*", None)): "Policy statement must contain resources.",
        document(allow("s3:*", Principal="*")): "Policy document should not specify a principal.",
    }.items():
        expected = ("MalformedPolicyDocument", message)
        assert refusal(owned.put, **owned.owner, PolicyName="p", PolicyDocument=text) == expected
    assert owned.names() == []


@KINDS
def test_an_inline_policy_may_be_of_any_version(iam: Any, kind: str) -> None:
    """Fact 54: unlike managed ones."""
    owned = Owned(iam, kind)
    owned.put(**owned.owner, PolicyName="none", PolicyDocument=json.dumps({"Statement": allow("s3:*")}))
    old = json.dumps({"Version": "2008-10-17", "Statement": allow("s3:*")})
    owned.put(**owned.owner, PolicyName="old", PolicyDocument=old)
    assert owned.names() == ["none", "old"]


@pytest.mark.parametrize(("kind", "most"), [("user", 2048), ("group", 5120), ("role", 10240)])
def test_all_policies_of_an_entity_together_have_a_size(iam: Any, kind: str, most: int) -> None:
    def padded(size: int) -> str:
        compact = json.dumps(json.loads(document(allow("s3:*", "arn:aws:s3:::b/"))), separators=(",", ":"))
        return compact.replace("b/", f"b/{'x' * (size - len(compact))}").replace(",", ",\n\t ")

    owned = Owned(iam, kind)
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=padded(1000))
    owned.put(**owned.owner, PolicyName="q", PolicyDocument=padded(most - 1000))
    expected = (
        "LimitExceeded",
        f"Maximum policy size of {most} bytes exceeded for {kind} X",
    )
    owner = {owned.parameter: "x"}
    assert refusal(owned.put, **owner, PolicyName="q", PolicyDocument=padded(most - 999)) == expected
    assert refusal(owned.put, **owner, PolicyName="r", PolicyDocument=padded(200)) == expected
    assert owned.names() == ["p", "q"]
    # What is replaced does not count.
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=padded(800))
    owned.put(**owned.owner, PolicyName="r", PolicyDocument=padded(200))


@KINDS
@pytest.mark.parametrize(
    ("verb", "parameters"),
    [
        ("Put", {"PolicyName": "new", "PolicyDocument": ANY}),
        ("Get", {"PolicyName": "p"}),
        ("Delete", {"PolicyName": "p"}),
        ("List", {}),
    ],
)
def test_each_operation_needs_its_action_on_the_entity(
    world: World, iam: Any, kind: str, verb: str, parameters: dict[str, Any]
) -> None:
    owned = Owned(iam, kind)
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=ANY)
    noun = ("policy", "Policy") if verb != "List" else ("policies", "Policies")
    check_permission(
        world,
        f"{verb.lower()}_{kind}_{noun[0]}",
        f"iam:{verb}{kind.capitalize()}{noun[1]}",
        arn(f"{kind}/team/X"),
        f"{kind} X",
        **owned.owner,
        **parameters,
    )


@pytest.mark.parametrize("kind", ["user", "role"])
def test_conditions_see_the_boundary_of_the_entity(world: World, iam: Any, kind: str) -> None:
    iam.create_policy(PolicyName="edge", PolicyDocument=ANY)
    owned = Owned(iam, kind)
    owned.put(**owned.owner, PolicyName="p", PolicyDocument=ANY)
    actions = [f"iam:{verb}{kind.capitalize()}Policy" for verb in ("Put", "Delete")]
    eve = world.user("eve", allow(actions, Condition={"StringEquals": {"iam:PermissionsBoundary": EDGE}}))
    hers = Owned(eve.iam, kind)
    new = {"PolicyName": "new", "PolicyDocument": ANY}
    assert refusal(hers.put, **owned.owner, **new) == denial(arn("user/eve"), actions[0], f"{kind} X")
    assert refusal(hers.delete, **owned.owner, PolicyName="p") == denial(
        arn("user/eve"), actions[1], f"{kind} X"
    )
    getattr(iam, f"put_{kind}_permissions_boundary")(**owned.owner, PermissionsBoundary=EDGE)
    hers.put(**owned.owner, **new)
    hers.delete(**owned.owner, PolicyName="p")
    assert owned.names() == ["new"]


@KINDS
def test_who_may_not_know_is_not_told_that_an_entity_is_missing(world: World, iam: Any, kind: str) -> None:
    """R-28"""
    eve = world.user("eve", allow("iam:*", arn(f"{kind}/other")))
    action = f"iam:List{kind.capitalize()}Policies"
    for name in ("X", "ghost"):
        hers = Owned(eve.iam, kind, name)
        assert refusal(hers.list, **hers.owner) == denial(arn("user/eve"), action, f"{kind} {name}")


def test_a_policy_is_in_force_at_once_and_no_longer_than_it_is_there(world: World, iam: Any) -> None:
    bob = world.user("bob")
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))
    bob.iam.list_users()
    iam.delete_user_policy(UserName="bob", PolicyName="p")
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
    iam.put_group_policy(GroupName="X", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))
    iam.add_user_to_group(GroupName="X", UserName="bob")
    bob.iam.list_users()
    iam.put_group_policy(GroupName="X", PolicyName="p", PolicyDocument=document(allow("iam:ListRoles")))
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"
