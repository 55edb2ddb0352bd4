"""The trust graph: who has an edge, and what must hold for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.answers import arn, refusal
from tests.support.issuer import issuer
from tests.support.loops import LoopThread
from tests.support.organization import RCP, Organized
from tests.support.saml_world import SamlWorld
from tests.support.trusting import ask, details, edge, held, of_files, told
from tests.support.web_identity import Federation, settings
from tests.support.world import ACCOUNT, World, allow, deny, document

from iamd.exchange.mapped_files import mapped_accounts
from iamd.trust.graph import trust_graph
from iamd.trust.telling import graph_json

OTHER = "210987654321"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def trusting(world: World, name: str, *statements: Any, **more: Any) -> str:
    made = world.root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*statements), **more)
    return str(made["Role"]["Arn"])


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return allow(action, None, Principal=principal, **more)


def test_both_sides_must_allow(world: World) -> None:
    """Semantics 65: who names the account lets in whom their own policies let."""
    world.user("ann", allow("sts:AssumeRole", arn("role/deploy")))
    world.user("bob")
    world.role("deploy", {"AWS": ACCOUNT})
    world.role("audit", {"AWS": arn("user/bob")})
    assert held(told(world)) == {("ann", "deploy"): "always", ("bob", "audit"): "always"}


def test_policies_of_groups_count_and_boundaries_bound(world: World) -> None:
    iam = world.root.iam
    for name in ("ann", "bob"):
        world.user(name)
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="p", PolicyDocument=document(allow("sts:*")))
    bounds = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    for name in ("ann", "bob"):
        iam.add_user_to_group(GroupName="crew", UserName=name)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=bounds)
    world.role("deploy", {"AWS": ACCOUNT})
    world.role("bounded", {"AWS": arn("user/bob")}, PermissionsBoundary=bounds)
    trusting(world, "after", trust({"AWS": [arn("role/deploy"), arn("role/bounded")]}))
    # A boundary does not limit whom a trust policy names as a user, but whom it names as a role.
    assert held(told(world)) == {
        ("ann", "deploy"): "always",
        ("bob", "bounded"): "always",
        ("deploy", "after"): "always",
    }


def test_conditions_are_told_with_an_edge(world: World) -> None:
    world.user("ann", deny("sts:*", "*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))
    trusting(
        world,
        "deploy",
        trust({"AWS": arn("user/ann")}, Condition={"StringEquals": {"sts:ExternalId": ["77", "88"]}}),
    )
    found = edge(told(world), "ann", "deploy")
    assert found.pop("in_short") == [
        "sts:ExternalId StringEquals 77, 88",
        "not: aws:MultiFactorAuthPresent BoolIfExists false",
    ]
    assert (found.pop("escalation"), found.pop("by")) == (None, [])
    assert found == {
        "from": arn("user/ann"),
        "to": arn("role/deploy"),
        "action": "sts:AssumeRole",
        "holds": "conditionally",
        "session_names": [],
        "other_sessions": [],
        "other_account": None,
        "needs": [
            [
                {
                    "layer": "trust",
                    "policy": "deploy",
                    "policy_arn": arn("role/deploy"),
                    "statement": 0,
                    "sid": None,
                    "conditions": [
                        {"operator": "StringEquals", "key": "sts:ExternalId", "values": ["77", "88"]}
                    ],
                    "resources": [],
                }
            ]
        ],
        "unless": [
            {
                "layer": "identity",
                "policy": "test",
                "policy_arn": arn("user/ann/test"),
                "statement": 0,
                "sid": None,
                "conditions": [
                    {"operator": "BoolIfExists", "key": "aws:MultiFactorAuthPresent", "values": ["false"]}
                ],
                "resources": [],
            }
        ],
    }


def test_mfa_is_open_for_users_and_never_there_for_sessions_of_roles(world: World) -> None:
    """Semantics 68."""
    world.user("ann")
    world.role("build", {"AWS": arn("user/ann")})
    trusting(world, "deploy", trust({"AWS": [arn("user/ann"), arn("role/build")]}, Condition=MFA))
    assert held(told(world)) == {("ann", "build"): "always", ("ann", "deploy"): "conditionally"}


def test_tags_of_roles_are_open_where_sessions_can_be_tagged(world: World) -> None:
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    team = [{"Key": "team", "Value": "red"}]
    for name in ("plain", "blue"):
        value = "red" if name == "plain" else "blue"
        trusting(world, name, trust({"Service": "ec2.amazonaws.com"}), Tags=[{"Key": "team", "Value": value}])
    world.role("tagged", {"Service": "ec2.amazonaws.com"}, Tags=team)
    names = [arn("role/plain"), arn("role/blue"), arn("role/tagged")]
    trusting(world, "deploy", trust({"AWS": names}, Condition=red))
    found = held(told(world))
    assert found["plain", "deploy"] == "always"
    assert ("blue", "deploy") not in found
    assert found["tagged", "deploy"] == "conditionally"


def test_sessions_that_are_named(world: World) -> None:
    named = f"arn:aws:sts::{ACCOUNT}:assumed-role/build"
    world.role("build", {"Service": "ec2.amazonaws.com"})
    trusting(world, "deploy", trust({"AWS": [f"{named}/nightly", f"{named}/release"]}))
    refused = deny("sts:AssumeRole", None, Principal={"AWS": f"{named}/nightly"})
    trusting(world, "audit", trust({"AWS": arn("role/build")}), refused)
    found = told(world)
    only, but = edge(found, "build", "deploy"), edge(found, "build", "audit")
    assert (only["holds"], only["session_names"], only["in_short"]) == (
        "conditionally",
        ["nightly", "release"],
        ["the session is called nightly or release"],
    )
    assert (but["holds"], but["other_sessions"]) == ("conditionally", ["nightly"])


def test_who_is_gone_is_trusted_no_more(world: World) -> None:
    """Semantics 46: whoever gets the name later is somebody else."""
    iam = world.root.iam
    iam.create_user(UserName="ann")
    world.role("deploy", {"AWS": arn("user/ann")})
    iam.delete_user(UserName="ann")
    iam.create_user(UserName="ann")
    assert held(told(world)) == {}
    assert held(of_files(world, *details(world.root))) == {}


def test_root_users_may_become_nobody(world: World) -> None:
    trusting(world, "deploy", trust({"AWS": "*"}))
    found = told(world)
    assert [node["kind"] for node in found["nodes"]] == ["role", "everyone"]
    assert refusal(world.root.sts.assume_role, RoleArn=arn("role/deploy"), RoleSessionName="root")[1] == (
        "Roles may not be assumed by root accounts."
    )


def test_services_other_accounts_and_everybody(world: World, loop: LoopThread) -> None:
    for name, principal in {
        "host": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
        "open": {"AWS": "*"},
    }.items():
        trusting(world, name, trust(principal))
    scoped = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    trusting(world, "scoped", trust({"Service": "sns.amazonaws.com"}, Condition=scoped))
    found = told(world)
    assert held(found) == {
        ("ec2.amazonaws.com", "host"): "always",
        ("lambda.amazonaws.com", "host"): "always",
        ("sns.amazonaws.com", "scoped"): "conditionally",
        ("everyone", "open"): "conditionally",
        # A role may assume itself, and others, where everybody may.
        **{(name, "open"): "always" for name in ("host", "open", "scoped")},
    }
    assert edge(found, "everyone", "open")["in_short"] == ["the other account allows it"]


def of_another_account(principal: Any) -> dict[str, Any]:
    """Return what AWS tells of an account with a role that trusts somebody of another."""
    return {
        "RoleDetailList": [
            {
                "Path": "/",
                "RoleName": "theirs",
                "RoleId": "AROATHEIRS",
                "Arn": arn("role/theirs", OTHER),
                "CreateDate": "2026-01-01T00:00:00+00:00",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": trust(principal),
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        ({"AWS": ACCOUNT}, ACCOUNT),
        ({"AWS": arn("root")}, ACCOUNT),
        ({"AWS": arn("user/ann")}, "ann"),
        ({"AWS": arn("role/build")}, "build"),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/build/x"}, "build/x"),
        ({"AWS": "*"}, "everyone"),
    ],
    ids=["account", "root", "user", "role", "session", "everyone"],
)
def test_of_other_accounts_one_side_is_known(world: World, principal: Any, name: str) -> None:
    found = of_files(world, of_another_account(principal))
    # A role may assume itself where everybody may.
    of_itself = {("theirs", "theirs"): "always"} if name == "everyone" else {}
    assert held(found) == {(name, "theirs"): "conditionally", **of_itself}
    assert edge(found, name, "theirs")["other_account"] == ("*" if name == "everyone" else ACCOUNT)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::abc:user/x"},
        {"AWS": "arn:aws:iam::abc:root"},
        {"AWS": "arn:aws:iam::aws:role/x"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:group/crew"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/joe"},
        {"AWS": "AIDAGONE"},
        {"AWS": "arn:aws:iam::"},
        {"AWS": ""},
        {"Service": "*"},
        {"Federated": "*"},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/theirs"},
        {"CanonicalUser": "0" * 64},
    ],
    ids=lambda principal: "".join(f"{key} {value}"[:60] for key, value in principal.items()),
)
def test_who_can_be_nobody_has_no_edge(world: World, principal: Any) -> None:
    assert held(of_files(world, of_another_account(principal))) == {}


def test_between_accounts_that_are_known_both_sides_are(world: World) -> None:
    world.user("ann", allow("sts:AssumeRole", arn("role/theirs", OTHER)))
    world.user("bob")
    theirs = of_another_account({"AWS": ACCOUNT})
    assert held(of_files(world, *details(world.root), theirs)) == {("ann", "theirs"): "always"}
    # Named in another account, a user needs its own policies, too (semantics 62).
    theirs = of_another_account({"AWS": arn("user/bob")})
    assert held(of_files(world, *details(world.root), theirs)) == {}


def test_files_lack_what_they_lack(world: World) -> None:
    notes = of_files(world, of_another_account({"AWS": ACCOUNT}))["notes"]
    assert [note.partition(": ")[2][:40] for note in notes] == [
        "its file does not tell of an organizatio",
        "its file does not tell of identity provi",
    ]


def test_whoever_has_a_policy_without_text_may_do_nothing(world: World) -> None:
    world.user("ann", allow("sts:AssumeRole"))
    world.role("deploy", {"AWS": [ACCOUNT, arn("user/ann")]})
    (whole,) = details(world.root)
    missing = arn("policy/missing")
    whole["UserDetailList"][0]["AttachedManagedPolicies"] = [{"PolicyName": "missing", "PolicyArn": missing}]
    found = of_files(world, whole)
    assert held(found) == {}
    assert f"{arn('user/ann')} may do nothing: the text of {missing} is not known" in found["notes"]


def test_texts_of_aws_managed_policies_are_those_of_the_file(world: World) -> None:
    world.user("ann")
    world.role("deploy", {"AWS": ACCOUNT})
    read_only = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    world.root.iam.attach_user_policy(UserName="ann", PolicyArn=read_only)
    (whole,) = details(world.root)
    assert held(of_files(world, whole)) == {}
    (policy,) = (each for each in whole["Policies"] if each["Arn"] == read_only)
    (version,) = policy["PolicyVersionList"]
    version["Document"] = {"Version": "2012-10-17", "Statement": allow("sts:*")}
    assert held(of_files(world, whole)) == {("ann", "deploy"): "always"}


@pytest.fixture
def federation(loop: LoopThread) -> Iterator[Federation]:
    with issuer() as idp:
        world = World(loop, settings())
        yield Federation(world, idp)
        world.close()


def test_providers_of_tokens(federation: Federation) -> None:
    world = federation.world
    federation.role("app", StringEquals={"sub": "system:serviceaccount:default:app"})
    federation.role("anything")
    # There is no such provider yet.
    assert held(told(world)) == {}
    world.root.iam.create_open_id_connect_provider(
        Url=federation.issuer.url, ClientIDList=["sts.amazonaws.com", "app"]
    )
    found = told(world)
    assert held(found) == {(federation.name, "app"): "conditionally", (federation.name, "anything"): "always"}
    assert edge(found, federation.name, "app")["in_short"] == [
        f"{federation.name}:sub StringEquals system:serviceaccount:default:app"
    ]
    assert edge(found, federation.name, "app")["action"] == "sts:AssumeRoleWithWebIdentity"
    for name in ("app", "anything"):
        federation.assume(arn(f"role/{name}"))


def test_providers_of_saml_responses(world: World) -> None:
    saml = SamlWorld.of(world)
    saml.role("app", StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"})
    saml.role("other", actions=["sts:AssumeRoleWithWebIdentity"])
    found = told(world)
    assert held(found) == {("corp", "app"): "conditionally"}
    assert [node["kind"] for node in found["nodes"]] == ["role", "role", "saml-provider"]


def test_policies_of_an_organization(world: World) -> None:
    organized = Organized.found(world)
    member = organized.account("member")
    organized.client.enable_policy_type(RootId=organized.root_id, PolicyType=RCP)
    steward = organized.enter(member)
    roles = {name: document(trust({"AWS": member})) for name in ("deploy", "kept", "free")}
    for name, trusted in roles.items():
        steward.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
    steward.iam.create_user(UserName="ann")
    steward.iam.put_user_policy(
        UserName="ann", PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole"))
    )
    elsewhere = {"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
    organized.attach(member, "scp", deny("sts:AssumeRole", arn("role/kept", member)))
    organized.attach(
        member, "rcp", {**deny("sts:AssumeRole"), "Principal": "*", "Condition": elsewhere}, type_=RCP
    )
    by = Organized.root(organized, member)
    assert {pair: how for pair, how in held(told(world, by)).items() if pair[0] == "ann"} == {
        ("ann", "deploy"): "always",
        ("ann", "free"): "always",
    }


def test_ways_lead_over_roles(world: World) -> None:
    world.user("ann")
    world.user("bob")
    world.role("first", {"AWS": arn("user/ann")})
    trusting(world, "second", trust({"AWS": arn("role/first")}))
    trusting(world, "third", trust({"AWS": [arn("role/second"), arn("user/bob")]}))
    ways = {("ann", "first"), ("first", "second"), ("second", "third")}
    assert set(held(told(world, query="to=third"))) == {*ways, ("bob", "third")}
    assert set(held(told(world, query="from=ann"))) == ways
    assert set(held(told(world, query="from=ann&to=second"))) == {("ann", "first"), ("first", "second")}
    assert set(held(told(world, query="from=bob&to=second"))) == set()
    assert [node["name"] for node in told(world, query="from=bob&to=second")["nodes"]] == ["bob", "second"]
    assert ask(world, query="from=eve")[1]["message"] == "the trust graph has nobody called `eve`"
    world.role("ann", {"AWS": ACCOUNT})
    status, said = ask(world, query="from=ann")
    assert (status, said["__type"]) == (400, "NoSuchEntity")
    assert said["message"] == f"`ann` is the name of several: {arn('user/ann')}, {arn('role/ann')}"


def test_what_is_too_much_is_left_out_and_said(world: World) -> None:
    for name in ("a", "b", "c"):
        world.user(f"user-{name}")
        world.role(name, {"AWS": "*"})
    values = [(Path("file.json"), value) for value in details(world.root)]
    graph = trust_graph(mapped_accounts(values, world.app.tools.catalogue), most_pairs=8)
    assert {edge.target for edge in graph.edges} == {arn("role/a"), arn("role/b")}
    assert {node.name: node.reached for node in graph.nodes if node.kind == "role"} == {
        "a": True,
        "b": True,
        "c": None,
    }
    assert graph.notes[-1] == "there is too much to look at all of it: arrows to roles are left out, 1 in all"
    shown = graph_json(graph, most_edges=1)
    assert len(shown["edges"]) == 1
    assert shown["notes"][-1] == "13 edges are left out: ask for the ways from somebody, or to a role"
    assert [node["reached"] for node in shown["nodes"] if node["kind"] == "role"] == [True, True, None]


def test_few_graphs_are_made_at_once(world: World) -> None:
    drawing = world.app.trust_map._drawing
    assert drawing.acquire(blocking=False)
    assert drawing.acquire(blocking=False)
    assert ask(world)[1]["__type"] == "ThrottlingException"
    drawing.release()
    assert ask(world)[0] == 200
    # Nor does a question that fails keep its place.
    for _ in range(3):
        assert ask(world, query="to=nobody")[0] == 400
    drawing.release()
