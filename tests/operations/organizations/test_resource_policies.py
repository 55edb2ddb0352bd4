"""The resource policy of an organization, and what it lets members do."""

import json
import re
from typing import Any

import pytest
from tests.operations.organizations.test_delegated_administrators import NO_PERMISSION, READS, WRITES, asked
from tests.support.answers import content, denial, refusal
from tests.support.organization import RCP, ROLE, SCP, Organized, reason
from tests.support.world import ACCOUNT, Actor, Credentials, allow, deny, document

NOT_THERE = (
    "ResourcePolicyNotFoundException",
    "We can't find a resource policy request with the parameter that you specified.",
)
# What can be delegated beside reading, with parameters as in `WRITES`.
MANAGING: dict[str, dict[str, str]] = {
    "create_policy": {
        "Name": "=made",
        "Description": "=",
        "Type": f"={SCP}",
        "Content": f"={document(allow('*'))}",
    },
    "update_policy": {"PolicyId": "policy", "Description": "=changed"},
    "attach_policy": {"PolicyId": "policy", "TargetId": "unit"},
    "detach_policy": {"PolicyId": "policy", "TargetId": "unit"},
    "delete_policy": {"PolicyId": "policy"},
    "enable_policy_type": {"RootId": "root", "PolicyType": f"={RCP}"},
    "disable_policy_type": {"RootId": "root", "PolicyType": f"={RCP}"},
}
NEVER = {name: params for name, params in WRITES.items() if name not in MANAGING}


def put(org: Organized, *statements: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    answer = org.client.put_resource_policy(Content=document(*statements), **parameters)
    policy: dict[str, Any] = answer["ResourcePolicy"]
    return policy


def letting(account_id: str, action: str | list[str] = "organizations:*", **more: Any) -> dict[str, Any]:
    return allow(action, Principal={"AWS": account_id}, **more)


def member(org: Organized, name: str) -> tuple[str, Any]:
    """Make a member, and return its id and a client of somebody there to whom everything is allowed."""
    account_id = org.account(name)
    return account_id, org.enter(account_id).organizations


@pytest.fixture
def things(org: Organized) -> dict[str, str]:
    """Fill the organization; the names are those that the tables of parameters use."""
    made = {
        "administrator": org.administrator("admin", "iam.amazonaws.com"),
        "account": org.account("alpha"),
        "unit": org.unit("prod"),
        "root": org.root_id,
        "policy": org.policy("policy", allow("*")),
    }
    request = org.client.list_create_account_status()["CreateAccountStatuses"][0]["Id"]
    return made | {"request": request}


class TestThePolicy:
    def test_it_is_made_replaced_and_deleted(self, org: Organized) -> None:
        account_id = org.account("alpha")
        assert refusal(org.client.describe_resource_policy) == NOT_THERE
        assert refusal(org.client.delete_resource_policy) == NOT_THERE
        text = document(letting(account_id))
        policy = content(org.client.put_resource_policy(Content=text))["ResourcePolicy"]
        id_ = policy["ResourcePolicySummary"]["Id"]
        assert re.fullmatch("rp-[a-z0-9]{8}", id_)
        assert policy == {
            "ResourcePolicySummary": {"Id": id_, "Arn": org.arn(f"resourcepolicy/{id_}")},
            "Content": text,
        }
        assert content(org.client.describe_resource_policy()) == {"ResourcePolicy": policy}
        other = document(letting(account_id, "organizations:ListPolicies"))
        replaced = org.client.put_resource_policy(Content=other)["ResourcePolicy"]
        assert replaced == policy | {"Content": other}
        assert content(org.client.delete_resource_policy()) == {}
        assert refusal(org.client.describe_resource_policy) == NOT_THERE

    @pytest.mark.parametrize(
        ("statement", "why"),
        [
            ("{", "INVALID_RESOURCE_POLICY_JSON"),
            (document(allow("organizations:*")), "INVALID_RESOURCE_POLICY_JSON"),
            (document(letting("999999999999")), "INVALID_PRINCIPAL"),
            (document(letting(f"arn:aws:iam::{ACCOUNT}:user/nobody")), "INVALID_PRINCIPAL"),
            (
                document(allow("organizations:*", Principal={"Service": "ec2.amazonaws.com"})),
                "INVALID_PRINCIPAL",
            ),
            (document(letting(ACCOUNT, "iam:*")), "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
            (document(letting(ACCOUNT, "*")), "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"),
            (
                document(
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "NotAction": "organizations:LeaveOrganization",
                        "Resource": "*",
                    }
                ),
                "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
            ),
        ],
    )
    def test_it_has_a_form(self, org: Organized, statement: str, why: str) -> None:
        refused = reason(org.client.put_resource_policy, Content=statement)
        assert refused == ("InvalidInputException", why)

    def test_it_has_tags(self, org: Organized) -> None:
        account_id, reader = member(org, "alpha")
        tags = [{"Key": "team", "Value": "red"}]
        policy = put(org, letting(account_id), Tags=tags)
        named = {"ResourceId": policy["ResourcePolicySummary"]["Id"]}
        assert org.client.list_tags_for_resource(**named)["Tags"] == tags
        assert reader.list_tags_for_resource(**named)["Tags"] == tags
        org.client.untag_resource(**named, TagKeys=["team"])
        org.client.tag_resource(**named, Tags=[{"Key": "a", "Value": ""}])
        assert org.client.list_tags_for_resource(**named)["Tags"] == [{"Key": "a", "Value": ""}]
        again = {"Content": document(letting(account_id)), "Tags": tags}
        assert refusal(org.client.put_resource_policy, **again)[0] == "InvalidInputException"
        missing = {"ResourceId": "rp-missing0"}
        assert refusal(org.client.list_tags_for_resource, **missing)[0] == "TargetNotFoundException"

    def test_tags_need_a_permission(self, org: Organized) -> None:
        keeper = org.world.user("keeper", allow("organizations:PutResourcePolicy")).organizations
        given = {"Content": document(letting(org.account("alpha")))}
        arn = org.arn("resourcepolicy/rp-*")
        _, text = denial(f"arn:aws:iam::{ACCOUNT}:user/keeper", "organizations:TagResource", arn)
        refused = refusal(keeper.put_resource_policy, **given, Tags=[{"Key": "a", "Value": "b"}])
        assert refused == ("AccessDeniedException", text)
        keeper.put_resource_policy(**given)

    def test_it_is_the_management_account_s_alone(self, org: Organized) -> None:
        account_id, client = member(org, "alpha")
        put(org, letting(account_id))
        assert refusal(client.put_resource_policy, Content=document(letting(account_id)))[0] == (
            "AccessDeniedException"
        )
        assert refusal(client.delete_resource_policy) == NO_PERMISSION
        client.describe_resource_policy()

    def test_it_goes_with_the_organization(self, org: Organized) -> None:
        put(org, letting(ACCOUNT))
        org.client.delete_organization()
        org.client.create_organization()
        assert refusal(org.client.describe_resource_policy) == NOT_THERE


class TestWhatItLetsMembersDo:
    def test_who_is_named_reads_and_manages_policies(self, org: Organized, things: dict[str, str]) -> None:
        account_id, client = member(org, "delegate")
        put(org, letting(account_id))
        for operation, params in READS.items():
            given = asked(params, things)
            expected = content(getattr(org.client, operation)(**given))
            assert content(getattr(client, operation)(**given)) == expected, operation
        for operation, params in MANAGING.items():
            getattr(client, operation)(**asked(params, things))
        client.tag_resource(ResourceId=things["unit"], Tags=[{"Key": "k", "Value": "v"}])
        client.untag_resource(ResourceId=things["unit"], TagKeys=["k"])

    def test_everything_else_stays_the_management_account_s(
        self, org: Organized, things: dict[str, str]
    ) -> None:
        account_id, client = member(org, "delegate")
        put(org, letting(account_id))
        for operation, params in NEVER.items():
            refused = refusal(getattr(client, operation), **asked(params, things))
            assert refused[0] == "AccessDeniedException", operation

    @pytest.mark.parametrize("who", ["account", "administrator"])
    def test_who_is_not_named_gets_nothing_by_it(
        self, org: Organized, things: dict[str, str], who: str
    ) -> None:
        """A policy that names somebody opens nothing to others, be they delegated administrators of a service."""
        put(org, letting(org.account("delegate")))
        client = org.enter(things[who]).organizations
        operations = MANAGING | NEVER | ({} if who == "administrator" else READS)
        for operation, params in operations.items():
            refused = refusal(getattr(client, operation), **asked(params, things))
            assert refused[0] == "AccessDeniedException", operation
        aws_s = {"PolicyId": "p-FullAWSAccess"}
        if who == "account":
            for operation in ("describe_policy", "list_targets_for_policy"):
                assert refusal(getattr(client, operation), **aws_s)[0] == "AccessDeniedException"
        else:
            client.list_targets_for_policy(**aws_s)
        tagging = {"ResourceId": things["unit"], "Tags": [{"Key": "k", "Value": "v"}]}
        assert refusal(client.tag_resource, **tagging)[0] == "AccessDeniedException"

    def test_it_says_what_on_what_and_of_which_type(self, org: Organized) -> None:
        account_id, client = member(org, "delegate")
        prod, test = org.unit("prod"), org.unit("test")
        policy = org.policy("policy", allow("*"))
        scps = {"StringLikeIfExists": {"organizations:PolicyType": SCP}}
        put(
            org,
            letting(account_id, "organizations:List*"),
            letting(account_id, "organizations:CreatePolicy", Condition=scps),
            letting(account_id, "organizations:AttachPolicy")
            | {"Resource": [org.arn(f"ou/{prod}"), org.arn("policy/service_control_policy/*")]},
        )
        client.list_accounts()
        client.attach_policy(PolicyId=policy, TargetId=prod)
        _, text = denial(
            f"arn:aws:sts::{account_id}:assumed-role/{ROLE}/session",
            "organizations:AttachPolicy",
            org.arn(f"ou/{test}"),
        )
        refused = refusal(client.attach_policy, PolicyId=policy, TargetId=test)
        assert refused == ("AccessDeniedException", text.replace("identity-based", "resource-based"))
        made = {"Name": "made", "Description": "", "Content": document(allow("*"))}
        client.create_policy(**made, Type=SCP)
        assert refusal(client.create_policy, **made, Type=RCP)[0] == "AccessDeniedException"
        assert refusal(client.describe_policy, PolicyId=policy)[0] == "AccessDeniedException"

    def test_a_deny_denies(self, org: Organized) -> None:
        account_id, client = member(org, "delegate")
        listing = deny("organizations:ListAccounts", Principal={"AWS": account_id})
        put(org, letting(account_id), listing)
        client.list_policies(Filter=SCP)
        refused = refusal(client.list_accounts)
        assert "with an explicit deny in a resource-based policy" in refused[1]

    def test_both_sides_must_allow(self, org: Organized) -> None:
        # semantics 62
        account_id, _ = member(org, "delegate")
        iam = org.enter(account_id).iam
        clients = {}
        for name, statements in (("may", [allow("organizations:ListAccounts")]), ("may-not", [])):
            iam.create_user(UserName=name)
            for statement in statements:
                iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(statement))
            key = iam.create_access_key(UserName=name)["AccessKey"]
            clients[name] = Actor(org.world, Credentials.of(key)).organizations
        user = f"arn:aws:iam::{account_id}:user/may-not"
        put(org, letting(account_id), letting(user))
        clients["may"].list_accounts()
        _, text = denial(user, "organizations:ListAccounts", "*")
        assert refusal(clients["may-not"].list_accounts) == ("AccessDeniedException", text)

    def test_a_user_that_is_made_again_is_somebody_else(self, org: Organized) -> None:
        # semantics 46
        account_id, _ = member(org, "delegate")
        iam = org.enter(account_id).iam
        user = f"arn:aws:iam::{account_id}:user/bob"

        def bob() -> Any:
            made = iam.create_user(UserName="bob")["User"]
            everything = document(allow("*"))
            iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=everything)
            key = iam.create_access_key(UserName="bob")["AccessKey"]
            return made["UserId"], key, Actor(org.world, Credentials.of(key)).organizations

        first_id, key, first = bob()
        put(org, letting(user))
        first.list_accounts()
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="bob", PolicyName="own")
        iam.delete_user(UserName="bob")
        _, _, second = bob()
        assert refusal(second.list_accounts)[0] == "AccessDeniedException"
        shown = json.loads(org.client.describe_resource_policy()["ResourcePolicy"]["Content"])
        assert shown["Statement"][0]["Principal"] == {"AWS": first_id}

    def test_it_is_over_at_once(self, org: Organized) -> None:
        account_id, client = member(org, "delegate")
        put(org, letting(account_id))
        client.list_accounts()
        put(org, letting(account_id, "organizations:ListPolicies"))
        assert refusal(client.list_accounts)[0] == "AccessDeniedException"
        org.client.delete_resource_policy()
        assert refusal(client.list_policies, Filter=SCP) == NO_PERMISSION

    def test_who_is_in_another_organization_is_not_let_in(self, org: Organized) -> None:
        account_id, client = member(org, "delegate")
        put(org, letting(account_id))
        org.client.remove_account_from_organization(AccountId=account_id)
        assert refusal(client.list_accounts)[0] == "AWSOrganizationsNotInUseException"
