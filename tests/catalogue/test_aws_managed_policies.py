"""The AWS managed policies: the installed data, and what happens without it or with other data."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iamd.catalogue.managed_policies import (
    ARN_PREFIX,
    PARTNER_ARN_PREFIX,
    AwsManagedPolicies,
    AwsManagedPolicy,
    PolicyTextUnavailableError,
    partner_policy,
)


@pytest.fixture(scope="module")
def policies() -> AwsManagedPolicies:
    return AwsManagedPolicies.load()


def get(policies: AwsManagedPolicies, name: str) -> AwsManagedPolicy:
    found = policies.find(ARN_PREFIX + name)
    assert found is not None
    return found


def test_administrator_access_is_the_real_one(policies: AwsManagedPolicies) -> None:
    policy = get(policies, "AdministratorAccess")
    assert (policy.name, policy.path, policy.default_version_id) == ("AdministratorAccess", "/", "v1")
    assert policy.created_at == datetime(2015, 2, 6, 18, 39, 46, tzinfo=UTC)
    assert policy.updated_at == policy.created_at
    assert policy.attachable
    assert json.loads(policy.document) == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }


def test_read_only_access_has_a_real_version_number_and_changes_nothing(policies: AwsManagedPolicies) -> None:
    policy = get(policies, "ReadOnlyAccess")
    # Fact 52: AWS managed policies carry real version numbers.
    assert int(policy.default_version_id.removeprefix("v")) >= 190
    assert policy.updated_at > policy.created_at
    actions = [
        action
        for statement in json.loads(policy.document)["Statement"]
        for action in statement.get("Action", [])
    ]
    assert len(actions) > 1000
    assert "s3:Get*" in actions
    assert {action for action in actions if action.startswith("iam:")} == {
        "iam:Generate*",
        "iam:Get*",
        "iam:List*",
        "iam:Simulate*",
    }


def test_every_policy_is_whole(policies: AwsManagedPolicies) -> None:
    everything = tuple(policies.page())
    assert len(everything) >= 1500
    for policy in everything:
        assert policy.arn == f"arn:aws:iam::aws:policy{policy.path}{policy.name}"
        assert re.fullmatch(r"[\w+=,.@-]+", policy.name, re.ASCII)
        assert re.fullmatch(r"v[1-9][0-9]*", policy.default_version_id, re.ASCII)
        assert re.fullmatch(r"ANPA[A-Z2-7]{17}", policy.policy_id, re.ASCII)
        assert policy.created_at <= policy.updated_at
        document = json.loads(policy.document)
        assert list(document) == ["Version", "Statement"]
        assert document["Statement"]
    assert len({policy.policy_id for policy in everything}) == len(everything)


def test_an_id_stays_the_same_for_ever(policies: AwsManagedPolicies) -> None:
    assert get(policies, "AdministratorAccess").policy_id == "ANPAXPLZLNOLGVXD3YJMU"


def test_the_list_is_by_name_and_by_path(policies: AwsManagedPolicies) -> None:
    names = [policy.name.lower() for policy in policies.page()]
    assert names == sorted(names)
    assert [policy.name.lower() for policy in policies.page("/", names[700])] == names[701:]
    assert tuple(policies.page("/", names[-1])) == ()
    for_jobs = tuple(policies.page("/job-function/"))
    assert "ViewOnlyAccess" in [policy.name for policy in for_jobs]
    assert {policy.path for policy in for_jobs} == {"/job-function/"}
    # Fact 13: a prefix may end within a segment of the path.
    assert {policy.path for policy in policies.page("/job-f")} == {"/job-function/"}
    assert tuple(policies.page("/nothing/")) == ()


def test_policies_of_service_linked_roles_and_root_tasks_are_not_attachable(
    policies: AwsManagedPolicies,
) -> None:
    reserved = {policy.path for policy in policies.page() if not policy.attachable}
    assert reserved == {"/aws-service-role/", "/root-task/"}
    assert not get(policies, "aws-service-role/AWSSupportServiceRolePolicy").attachable
    assert get(policies, "service-role/AWSLambdaBasicExecutionRole").attachable


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:policy/AdministratorAccess",
        "arn:aws:iam::aws:policy/administratoraccess",
        "arn:aws:iam::aws:policy/job-function/AdministratorAccess",
        "arn:aws:iam::aws:policy/",
        "AdministratorAccess",
        "",
    ],
)
def test_what_is_not_there_is_none(policies: AwsManagedPolicies, arn: str) -> None:
    assert policies.find(arn) is None


def test_without_the_data_an_aws_managed_policy_is_an_error_and_never_empty() -> None:
    absent = AwsManagedPolicies(None)
    assert not absent.available
    assert tuple(absent.page()) == ()
    assert absent.find("arn:aws:iam::123456789012:policy/mine") is None
    with pytest.raises(
        PolicyTextUnavailableError,
        match=r"AdministratorAccess is not installed.*`iamd\[managed-policies\]`",
    ):
        absent.find(ARN_PREFIX + "AdministratorAccess")


GOOD = {
    "Path": "/",
    "DefaultVersionId": "v2",
    "CreateDate": "2020-01-01T00:00:00+00:00",
    "UpdateDate": "2021-01-01T00:00:00+00:00",
    "Document": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
}


def data_file(folder: Path, entry: object) -> Path:
    file = folder / "data.py"
    file.write_text(f'aws_managed_policies_data = """\n{json.dumps({"Some": entry})}"""\n')
    return file


def test_the_shape_that_is_understood(tmp_path: Path) -> None:
    policies = AwsManagedPolicies(data_file(tmp_path, GOOD))
    assert [policy.name for policy in policies.page()] == ["Some"]


@pytest.mark.parametrize(
    "wrong",
    [
        *({key: value for key, value in GOOD.items() if key != missing} for missing in GOOD),
        GOOD | {"Document": {"Version": "2012-10-17", "Statement": []}},
        GOOD | {"Document": {"Statement": GOOD["Document"]}},
        GOOD | {"Document": "{}"},
        GOOD | {"CreateDate": "2020-01-01T00:00:00"},
        GOOD | {"UpdateDate": "yesterday"},
        [],
        None,
    ],
)
def test_other_data_is_an_error_for_the_list_too(tmp_path: Path, wrong: object) -> None:
    policies = AwsManagedPolicies(data_file(tmp_path, wrong))
    for ask in (policies.page, lambda: policies.find(ARN_PREFIX + "Some")):
        with pytest.raises(PolicyTextUnavailableError, match="is not the data that was expected"):
            ask()


@pytest.mark.parametrize("source", ["", "other = '{}'", "aws_managed_policies_data = 7", "not python(", "\0"])
def test_a_file_without_the_literal_is_an_error(tmp_path: Path, source: str) -> None:
    file = tmp_path / "data.py"
    file.write_text(source)
    with pytest.raises(PolicyTextUnavailableError):
        AwsManagedPolicies(file).page()
    with pytest.raises(PolicyTextUnavailableError):
        AwsManagedPolicies(tmp_path / "absent.py").find(ARN_PREFIX + "Some")


def test_the_data_file_is_not_run(tmp_path: Path) -> None:
    file = data_file(tmp_path, GOOD)
    file.write_text(file.read_text() + "raise SystemExit('ran')\n")
    assert len(tuple(AwsManagedPolicies(file).page())) == 1


def test_the_distribution_is_never_imported_and_nothing_is_read_early() -> None:
    program = (
        "import sys\n"
        "from iamd.catalogue.managed_policies import AwsManagedPolicies\n"
        "policies = AwsManagedPolicies.load()\n"
        "assert policies._texts.policies is None and policies.available and policies.version\n"
        "assert policies.find('arn:aws:iam::aws:policy/ReadOnlyAccess')\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('moto', 'boto3', 'botocore')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  our own words
    assert done.stdout == "[]\n"


def test_boundaries_of_partners_are_found_beside_the_rest_and_not_listed(tmp_path: Path) -> None:
    policies = AwsManagedPolicies(data_file(tmp_path, GOOD))
    arn = PARTNER_ARN_PREFIX + "permissions_boundary/example.com/limits_2026-01-01"
    boundary = partner_policy(arn, "{}", datetime(2026, 1, 1, tzinfo=UTC))
    both = policies.with_partners([boundary])
    assert (both.find(arn), policies.find(arn)) == (boundary, None)
    assert (boundary.path, boundary.name) == ("/permissions_boundary/example.com/", "limits_2026-01-01")
    assert not boundary.attachable
    assert tuple(both.page()) == tuple(policies.page())
    assert both.version == policies.version
    assert partner_policy(PARTNER_ARN_PREFIX + "plain", "{}", boundary.created_at).path == "/"
