"""Files of authorization details: in every form in which they come, and what is wrong with others."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.accounts import AccountMaker, Size, pages_of
from tests.support.exchange import contents_of, in_order
from tests.support.world import ACCOUNT

from iamd.exchange.contents import Contents
from iamd.exchange.import_files import read_imports
from iamd.exchange.strict_yaml import FileFormatError

DETAILS = AccountMaker(7, ACCOUNT, Size()).details()
WHOLE = contents_of(DETAILS)
DOCUMENTS = {"AssumeRolePolicyDocument", "PolicyDocument", "Document"}


def with_documents(value: Any, write: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {
            name: write(each) if name in DOCUMENTS else with_documents(each, write)
            for name, each in value.items()
        }
    return [with_documents(each, write) for each in value] if isinstance(value, list) else value


def compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read(tmp_path: Path, *texts: str) -> Contents:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.json").write_text(text, encoding="utf-8")
    (account,) = read_imports([tmp_path])
    assert account.account_id == ACCOUNT
    return account.contents


def said_of(tmp_path: Path, *texts: str) -> str:
    with pytest.raises(FileFormatError) as refused:
        read(tmp_path, *texts)
    return str(refused.value).replace(str(tmp_path), "…")


def test_everything_is_read() -> None:
    (user,) = [each for each in WHOLE.users if each.name == "User.00003@example.com"]
    told = DETAILS["UserDetailList"][3]
    assert (user.id, user.path, user.created_at) == (
        told["UserId"],
        told["Path"],
        datetime.fromisoformat(told["CreateDate"]),
    )
    assert user.tags == {tag["Key"]: tag["Value"] for tag in told["Tags"]}
    assert len(WHOLE.policies) == len(DETAILS["Policies"])
    assert len(WHOLE.memberships) == sum(len(each["GroupList"]) for each in DETAILS["UserDetailList"])
    assert len(WHOLE.instance_profiles) == sum(
        len(each["InstanceProfileList"]) for each in DETAILS["RoleDetailList"]
    )
    assert {policy.name: policy.default_version for policy in WHOLE.policies} == {
        policy["PolicyName"]: int(policy["DefaultVersionId"][1:]) for policy in DETAILS["Policies"]
    }


@pytest.mark.parametrize(
    "write",
    [compact, lambda document: quote(compact(document), safe=""), lambda document: document],
    ids=["json", "encoded", "objects"],
)
def test_documents_as_the_api_the_sdks_and_the_cli_write_them(
    tmp_path: Path, write: Callable[[Any], Any]
) -> None:
    assert read(tmp_path, json.dumps(with_documents(DETAILS, write))) == WHOLE


def test_a_document_keeps_its_white_space_and_escapes(tmp_path: Path) -> None:
    """Fact 10: what is encoded inside a document stays so."""
    text = '{ "Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "a%3Ab"}]}'
    for written in (text, quote(text, safe="")):
        inline = {"PolicyName": "p", "PolicyDocument": written}
        details = {"GroupDetailList": [DETAILS["GroupDetailList"][0] | {"GroupPolicyList": [inline]}]}
        (policy,) = read(tmp_path, json.dumps(details)).inline_policies
        assert policy.document == text


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_pages_in_files_of_their_own_in_any_order(tmp_path: Path, most: int) -> None:
    pages = [json.dumps(page) for page in pages_of(DETAILS, most)]
    assert in_order(read(tmp_path, *reversed(pages))) == in_order(WHOLE)


def test_pages_behind_each_other_and_in_a_list(tmp_path: Path) -> None:
    pages = list(pages_of(DETAILS, 9))
    behind = "\n".join(json.dumps(page, indent=1) for page in pages[:3])
    assert in_order(read(tmp_path, behind, "\ufeff" + json.dumps(pages[3:]))) == in_order(WHOLE)


def test_the_same_page_twice(tmp_path: Path) -> None:
    assert read(tmp_path, json.dumps(DETAILS), json.dumps(DETAILS)) == WHOLE


def test_times_without_a_zone_and_as_sdks_print_them(tmp_path: Path) -> None:
    times = ["2020-05-01T12:00:00Z", "2020-05-01 12:00:00+00:00", "2020-05-01T12:00:00"]
    for number, at in enumerate(times):
        group = DETAILS["GroupDetailList"][0] | {"CreateDate": at}
        folder = tmp_path / str(number)
        folder.mkdir()
        (read_group,) = read(folder, json.dumps({"GroupDetailList": [group]})).groups
        assert read_group.created_at == datetime(2020, 5, 1, 12, tzinfo=UTC)


def test_policies_of_aws_are_left_to_the_catalogue(tmp_path: Path) -> None:
    aws = DETAILS["Policies"][0] | {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    assert read(tmp_path, json.dumps({**DETAILS, "Policies": [*DETAILS["Policies"], aws]})) == WHOLE


def test_what_such_a_file_lacks_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(DETAILS))
    (account,) = read_imports([tmp_path / "a.json"])
    assert [note.where for note in account.notes] == ["authorization details"]


def test_several_accounts(tmp_path: Path) -> None:
    other = AccountMaker(8, "222222222222", Size(users=2, groups=1, roles=1, policies=1)).details()
    for name, details in (("a.json", DETAILS), ("b.json", other)):
        (tmp_path / name).write_text(json.dumps(details))
    accounts = read_imports([tmp_path])
    assert [account.account_id for account in accounts] == [ACCOUNT, "222222222222"]
    assert accounts[0].contents == WHOLE


def test_a_page_is_missing(tmp_path: Path) -> None:
    page = json.dumps(next(pages_of(DETAILS, 9)))
    assert said_of(tmp_path, page) == "`…/0.json` says that there is more, and no file holds the last page"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "`…/0.json` is empty"),
        ("[", "`…/0.json` does not parse: "),
        ("[1]", "`…/0.json` is nothing that iamd can import: neither the output of `aws iam"),
        ('{"Users": []}', "`…/0.json` is nothing that iamd can import"),
        (
            '{"accounts": []}',
            "`…/0.json` is a seed, and may hold several accounts and access keys: give it to",
        ),
        ('{"format_version": "1.0", "values": {}}', "`…/0.json` is the output of `terraform show -json`"),
        ('{"Policies": [], "Policies": []}', "`…/0.json` does not parse: the key `Policies` occurs twice"),
        ('{"Policies": [NaN]}', "`…/0.json` does not parse: `NaN` is no JSON"),
        ('{"Policies": ' + "[" * 100_000, "`…/0.json` does not parse: "),
        ('{"UserDetailList": [{"UserName": "x"}]}', "`…/0.json`: Object missing required field `Path`"),
        ('{"UserDetailList": {}}', "`…/0.json`: Expected `array`, got `object` - at `$.UserDetailList`"),
    ],
    ids=range(11),
)
def test_what_is_no_such_file(tmp_path: Path, text: str, said: str) -> None:
    assert said_of(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("arn:aws-cn:iam::123456789012:group/x", "is of the partition `aws-cn`, and iamd has `aws` alone"),
        ("group/x", "`group/x` is no ARN of something in an account"),
        ("arn:aws:iam::1:group/x", "is no ARN of something in an account"),
    ],
)
def test_arns_that_are_not_ours(tmp_path: Path, arn: str, said: str) -> None:
    assert said in said_of(
        tmp_path, json.dumps({"GroupDetailList": [DETAILS["GroupDetailList"][0] | {"Arn": arn}]})
    )


def test_one_page_is_of_one_account(tmp_path: Path) -> None:
    other = DETAILS["GroupDetailList"][1] | {"Arn": "arn:aws:iam::222222222222:group/x"}
    details = {"GroupDetailList": [DETAILS["GroupDetailList"][0], other]}
    assert "holds entities of several accounts: 123456789012, 222222222222" in said_of(
        tmp_path, json.dumps(details)
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="cannot read"):
        read_imports([tmp_path / "none.json"])
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(FileFormatError, match="cannot read"):
        read_imports([tmp_path / "latin.json"])


def test_a_policy_without_versions(tmp_path: Path) -> None:
    policy = DETAILS["Policies"][0] | {"PolicyVersionList": []}
    assert "has no version" in said_of(tmp_path, json.dumps({"Policies": [policy]}))
    policy = DETAILS["Policies"][0] | {"DefaultVersionId": "3"}
    assert "`3` is no id of a version" in said_of(tmp_path, json.dumps({"Policies": [policy]}))
