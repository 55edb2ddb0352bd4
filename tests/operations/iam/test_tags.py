"""Tag*, Untag* and List*Tags of users, roles, policies, instance profiles and virtual MFA devices."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.answers import arn, check_permission, content, denial, refusal
from tests.support.world import Actor, World, allow, document

TAGS_OF_AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@dataclass(frozen=True)
class Taggable:
    """
    A kind of entity that has tags.

    Attributes:
        make: Makes the entity called ``it``, with the parameters given.
        named: How requests name it; and one that is not there.
        missing: How that one is missing.
        resource: What policies call it, and how denials show it.
    """

    noun: str
    action: str
    make: Callable[..., Any]
    named: dict[str, str]
    unnamed: dict[str, str]
    missing: str
    resource: str
    shown: str
    ignores_case: bool

    def __str__(self) -> str:
        return self.noun

    def tag(self, actor: Actor, *tags: tuple[str, str]) -> Any:
        return getattr(actor.iam, f"tag_{self.noun}")(**self.named, Tags=wire(*tags))

    def untag(self, actor: Actor, *keys: str) -> Any:
        return getattr(actor.iam, f"untag_{self.noun}")(**self.named, TagKeys=list(keys))

    def list(self, actor: Actor, **page: Any) -> dict[str, Any]:
        return content(getattr(actor.iam, f"list_{self.noun}_tags")(**self.named, **page))


def wire(*tags: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


KINDS = [
    Taggable(
        noun="user",
        action="User",
        make=lambda iam, **more: iam.create_user(UserName="it", Path="/x/", **more),
        named={"UserName": "IT"},
        unnamed={"UserName": "gone"},
        missing="The user with name gone cannot be found.",
        resource="user/x/it",
        shown="user IT",
        ignores_case=True,
    ),
    Taggable(
        noun="role",
        action="Role",
        make=lambda iam, **more: iam.create_role(
            RoleName="it",
            Path="/x/",
            AssumeRolePolicyDocument=document(allow("sts:AssumeRole", None, Principal={"AWS": "*"})),
            **more,
        ),
        named={"RoleName": "IT"},
        unnamed={"RoleName": "gone"},
        missing="The role with name gone cannot be found.",
        resource="role/x/it",
        shown="role IT",
        ignores_case=True,
    ),
    Taggable(
        noun="policy",
        action="Policy",
        make=lambda iam, **more: iam.create_policy(
            PolicyName="it", Path="/x/", PolicyDocument=document(allow("s3:GetObject")), **more
        ),
        named={"PolicyArn": arn("policy/x/it")},
        unnamed={"PolicyArn": arn("policy/gone")},
        missing=f"Policy {arn('policy/gone')} was not found.",
        resource="policy/x/it",
        shown=f"policy {arn('policy/x/it')}",
        ignores_case=False,
    ),
    Taggable(
        noun="instance_profile",
        action="InstanceProfile",
        make=lambda iam, **more: iam.create_instance_profile(InstanceProfileName="it", Path="/x/", **more),
        named={"InstanceProfileName": "it"},
        unnamed={"InstanceProfileName": "gone"},
        missing="Instance Profile gone cannot be found.",
        resource="instance-profile/x/it",
        shown="instance profile it",
        ignores_case=False,
    ),
    Taggable(
        noun="mfa_device",
        action="MFADevice",
        make=lambda iam, **more: iam.create_virtual_mfa_device(VirtualMFADeviceName="it", Path="/x/", **more),
        named={"SerialNumber": arn("mfa/x/it")},
        unnamed={"SerialNumber": arn("mfa/gone")},
        missing=f"MFA Device with serial number {arn('mfa/gone')} does not exist.",
        resource="mfa/x/it",
        shown=arn("mfa/x/it"),
        ignores_case=False,
    ),
]


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Taggable:
    found: Taggable = request.param
    return found


def test_tags_come_and_go_and_are_sorted_by_key(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam, Tags=wire(("team", "red")))

    assert content(kind.tag(root, ("b", ""), ("Zone", "1"), ("a", "x y"))) == {}
    assert kind.list(root) == {
        "Tags": wire(("Zone", "1"), ("a", "x y"), ("b", ""), ("team", "red")),
        "IsTruncated": False,
    }
    assert content(kind.untag(root, "b", "team", "never there")) == {}
    assert kind.list(root)["Tags"] == wire(("Zone", "1"), ("a", "x y"))
    kind.untag(root, "Zone", "a")
    assert kind.list(root) == {"Tags": [], "IsTruncated": False}


def test_a_key_that_is_there_is_given_the_new_value(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam, Tags=wire(("team", "red"), ("other", "1")))

    kind.tag(root, ("team", "blue"))

    assert kind.list(root)["Tags"] == wire(("other", "1"), ("team", "blue"))


def test_whether_the_case_of_a_key_counts(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam, Tags=wire(("team", "red")))

    kind.tag(root, ("Team", "blue"))
    tags = kind.list(root)["Tags"]
    kind.untag(root, "TEAM")

    if kind.ignores_case:
        assert tags == wire(("Team", "blue"))
        assert kind.list(root)["Tags"] == []
    else:
        assert tags == wire(("Team", "blue"), ("team", "red"))
        assert kind.list(root)["Tags"] == tags


def test_a_key_occurs_once_in_a_request(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam)
    text = "Duplicate tag keys found."
    if kind.ignores_case:
        text += " Please note that Tag keys are case insensitive."
        assert refused(kind, root, ("a", "1"), ("A", "2")) == ("InvalidInput", text)

    assert refused(kind, root, ("a", "1"), ("a", "1")) == ("InvalidInput", text)
    assert kind.list(root)["Tags"] == []


def refused(kind: Taggable, actor: Actor, *tags: tuple[str, str]) -> tuple[str, str]:
    return refusal(getattr(actor.iam, f"tag_{kind.noun}"), **kind.named, Tags=wire(*tags))


def test_keys_and_values_of_aws_are_reserved(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam)

    for key in ("aws:x", "AWS:x", "aws:"):
        assert refused(kind, root, (key, "1")) == (
            "InvalidInput",
            "aws: prefixed tag key names are not allowed for external use.",
        )
    assert refused(kind, root, ("x", "aws:1")) == (
        "InvalidInput",
        "aws: prefixed tag values are not allowed for external use.",
    )


def test_an_entity_has_at_most_50_tags(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam, Tags=wire(*((f"k{number}", "v") for number in range(49))))
    kind.tag(root, ("fiftieth", "v"))

    assert refused(kind, root, ("k1", "changed"), ("one more", "v")) == (
        "LimitExceeded",
        "The number of tags has reached the maximum limit.",
    )
    kind.tag(root, ("k1", "changed"), ("k2", "changed"))
    assert len(kind.list(root)["Tags"]) == 50
    too_many = (
        "Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    )
    assert refused(kind, root, *((f"n{number}", "v") for number in range(51))) == (
        "ValidationError",
        f"1 validation error detected: {too_many}",
    )


def test_tags_come_in_pages(root: Actor, kind: Taggable) -> None:
    kind.make(root.iam, Tags=wire(("c", "3"), ("a", "1"), ("b", "2")))

    first = kind.list(root, MaxItems=2)
    second = kind.list(root, MaxItems=2, Marker=first["Marker"])

    assert (first["Tags"], first["IsTruncated"]) == (wire(("a", "1"), ("b", "2")), True)
    assert second == {"Tags": wire(("c", "3")), "IsTruncated": False}
    assert refusal(kind.list, actor=root, Marker=first["Marker"] + "A") == (
        "ValidationError",
        "Invalid Marker.",
    )
    # A tag that goes away in between leaves no gap and repeats nothing.
    kind.untag(root, "b")
    assert kind.list(root, Marker=first["Marker"])["Tags"] == wire(("c", "3"))


def test_what_is_not_there_has_no_tags(root: Actor, kind: Taggable) -> None:
    gone = ("NoSuchEntity", kind.missing)

    assert refusal(getattr(root.iam, f"tag_{kind.noun}"), **kind.unnamed, Tags=wire(("a", "b"))) == gone
    assert refusal(getattr(root.iam, f"untag_{kind.noun}"), **kind.unnamed, TagKeys=["a"]) == gone
    assert refusal(getattr(root.iam, f"list_{kind.noun}_tags"), **kind.unnamed) == gone


@pytest.mark.parametrize("verb", ["tag", "untag", "list"])
def test_who_may(world: World, kind: Taggable, verb: str) -> None:
    kind.make(world.root.iam)
    operation = f"list_{kind.noun}_tags" if verb == "list" else f"{verb}_{kind.noun}"
    action = f"iam:List{kind.action}Tags" if verb == "list" else f"iam:{verb.title()}{kind.action}"
    params: dict[str, Any] = {}
    if verb == "tag":
        params = {"Tags": wire(("team", "red"))}
    elif verb == "untag":
        params = {"TagKeys": ["team"]}

    check_permission(world, operation, action, arn(kind.resource), kind.shown, **kind.named, **params)


def test_which_tags_may_be_set_and_on_what_is_for_policies_to_say(world: World, kind: Taggable) -> None:
    kind.make(world.root.iam, Tags=wire(("team", "red")))
    keeper = world.user(
        "keeper",
        allow(
            f"iam:Tag{kind.action}",
            Condition={
                "StringEquals": {"aws:ResourceTag/team": "red", "aws:RequestTag/stage": ["test", "prod"]},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]},
            },
        ),
        allow(f"iam:Untag{kind.action}", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}}),
    )

    kind.tag(keeper, ("stage", "prod"))
    assert refused(kind, keeper, ("stage", "moon"))[0] == "AccessDenied"
    assert refused(kind, keeper, ("stage", "test"), ("team", "blue"))[0] == "AccessDenied"
    untag = getattr(keeper.iam, f"untag_{kind.noun}")
    assert refusal(untag, **kind.named, TagKeys=["stage", "team"])[0] == "AccessDenied"
    kind.untag(keeper, "stage")
    kind.tag(world.root, ("team", "blue"))
    assert refused(kind, keeper, ("stage", "prod"))[0] == "AccessDenied"


def test_a_users_own_tags_decide_on_the_very_next_request(world: World, root: Actor) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    bob = world.user("bob", allow("iam:ListUsers", Condition=condition))
    assert refusal(bob.iam.list_users) == denial(arn("user/bob"), "iam:ListUsers", arn("user/"))

    root.iam.tag_user(UserName="bob", Tags=wire(("Team", "red")))
    assert len(bob.iam.list_users()["Users"]) == 1

    root.iam.untag_user(UserName="bob", TagKeys=["team"])
    assert refusal(bob.iam.list_users)[0] == "AccessDenied"


def test_only_users_and_roles_have_the_key_of_iam(world: World, kind: Taggable) -> None:
    # AWS: *Actions, resources, and condition keys for AWS IAM*, resource types.
    kind.make(world.root.iam, Tags=wire(("team", "red")))
    action = f"iam:List{kind.action}Tags"
    for service, known in (("aws", True), ("iam", kind.noun in {"user", "role"})):
        condition = {"StringEquals": {f"{service}:ResourceTag/team": "red"}}
        keeper = world.user(f"{service}-keeper", allow(action, Condition=condition))
        ask = getattr(keeper.iam, f"list_{kind.noun}_tags")
        if known:
            assert ask(**kind.named)["Tags"] == wire(("team", "red"))
        else:
            assert refusal(ask, **kind.named)[0] == "AccessDenied"


def test_a_key_with_another_alphabets_letter_is_another_key(root: Actor, kind: Taggable) -> None:
    """R-71: the Kelvin sign is no K; who may set the one tag cannot take the other away."""
    kelvin = "ris\N{KELVIN SIGN}"
    kind.make(root.iam, Tags=wire(("risk", "high")))

    kind.tag(root, (kelvin, "low"))
    assert kind.list(root)["Tags"] == wire(("risk", "high"), (kelvin, "low"))

    kind.untag(root, kelvin)
    assert kind.list(root)["Tags"] == wire(("risk", "high"))


def test_policies_of_aws_have_no_tags_and_are_given_none(root: Actor) -> None:
    outside = ("AccessDenied", "Cannot update policies outside your own account.")

    assert content(root.iam.list_policy_tags(PolicyArn=TAGS_OF_AWS)) == {"Tags": [], "IsTruncated": False}
    assert refusal(root.iam.tag_policy, PolicyArn=TAGS_OF_AWS, Tags=wire(("a", "b"))) == outside
    assert refusal(root.iam.untag_policy, PolicyArn=TAGS_OF_AWS, TagKeys=["a"]) == outside


def test_a_policy_is_named_by_an_arn_of_a_policy(root: Actor) -> None:
    wrong = "this is not the ARN of a policy"
    invalid = ("ValidationError", f"ARN {wrong} is not valid.")

    assert refusal(root.iam.tag_policy, PolicyArn=wrong, Tags=wire(("a", "b"))) == invalid
    assert refusal(root.iam.untag_policy, PolicyArn=wrong, TagKeys=["a"]) == invalid
    assert refusal(root.iam.list_policy_tags, PolicyArn=wrong) == invalid
