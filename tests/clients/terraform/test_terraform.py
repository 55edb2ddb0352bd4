"""
Terraform makes, changes and removes everything of IAM that its provider knows, and sees what others changed.

One run for each provider, on a server of its own: what is applied must be found again without a difference.
"""

from pathlib import Path
from typing import Any

import pytest
from tests.clients.flows import flow
from tests.clients.lab import Lab
from tests.clients.server import development_server
from tests.clients.terraform.workspace import HERE, Answer, Workspace, used
from tests.clients.toolchain import Client, Program
from tests.clients.tools import TERRAFORM, TERRAFORM_FIRST, Terraform

PROVIDERS = (TERRAFORM, TERRAFORM_FIRST)
CHANGED = "-var=second=true"
NOW = ("-auto-approve", "-input=false")
SEE = ("-detailed-exitcode", "-input=false")

# What the configuration says of what it found, with each provider and with those of today.
FOUND = {
    "account_alias": "example-first",
    "caller": "arn:aws:iam::123456789012:root",
    "certificate_expires": True,
    "policy_read": True,
    "profile_role": "deploy",
    "readers": True,
    "user_id": True,
}
FOUND_TODAY = {
    "access_keys": 2,
    "accounts_below_the_root": 2,
    "bob_may_read": True,
    "caller_in_a_role": "arn:aws:sts::123456789012:assumed-role/kept/terraform",
    "member_accounts": ["shop"],
    "people": ["bob"],
    "policy_by_name": True,
    "profiles_of_role": ["deploy"],
    "provider_clients": ["sts.amazonaws.com"],
    "saml_provider": "office",
    "service_control_policies": 2,
    "service_roles": ["deploy"],
    "session_issuer": True,
    "shop_administers": ["iam.amazonaws.com"],
    "ssh_key": True,
    "units": ["workloads"],
    "users_of_readers": ["bob"],
}


class Run:
    """A configuration applied, changed by another hand, changed by its author, and destroyed."""

    def __init__(self, folder: Path, terraform: Terraform) -> None:
        state, work = folder / "state", folder / "work"
        state.mkdir()
        work.mkdir()
        with development_server(state, "--seed", str(HERE / "seed.yaml")) as (found_by, root):
            self.lab = Lab(found_by, root, folder)
            self.before = everything(self.lab.iam)
            self.workspace = Workspace(work, terraform, found_by)
            self.said: dict[str, Answer] = {}
            self.outputs: dict[str, Any] = {}
            self._run()
            self.after = everything(self.lab.iam)

    def _run(self) -> None:
        terraform, iam = self.workspace, self.lab.iam
        self.said["apply"] = terraform("apply", *NOW)
        if self.said["apply"].status:
            return
        self.outputs = terraform.outputs()
        self.said["plan"] = terraform("plan", *SEE)
        read = next(
            each for each in iam.list_policies(Scope="Local")["Policies"] if each["PolicyName"] == "read"
        )
        iam.detach_user_policy(UserName="bob", PolicyArn=read["Arn"])
        iam.tag_role(RoleName="deploy", Tags=[{"Key": "Team", "Value": "blue"}])
        iam.create_access_key(UserName="careless")
        iam.create_login_profile(UserName="careless", Password="correct-Horse-battery-1")
        self.said["plan after others"] = terraform("plan", *SEE)
        self.said["change"] = terraform("apply", *NOW, CHANGED)
        self.said["plan after the change"] = terraform("plan", *SEE, CHANGED)
        self.said["destroy"] = terraform("destroy", *NOW, CHANGED)


def everything(iam: Any) -> dict[str, Any]:
    """Return what the account holds, as IAM tells it, but for what changes when it is used."""
    whole = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "Role", "Group", "LocalManagedPolicy"]
    )
    members = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    details = {member: [each for page in whole for each in page[member]] for member in members}
    for role in details["RoleDetailList"]:
        del role["RoleLastUsed"]
    for listed, member in (
        (iam.list_account_aliases, "AccountAliases"),
        (iam.list_instance_profiles, "InstanceProfiles"),
        (iam.list_server_certificates, "ServerCertificateMetadataList"),
        (iam.list_virtual_mfa_devices, "VirtualMFADevices"),
        (iam.list_open_id_connect_providers, "OpenIDConnectProviderList"),
        (iam.list_saml_providers, "SAMLProviderList"),
    ):
        details[member] = listed()[member]
    return details


_RUNS: dict[str, Run] = {}


@pytest.fixture
def run(
    program: Program,
    tmp_path_factory: pytest.TempPathFactory,
    versions: dict[str, str],
    notes: dict[str, str],
    request: pytest.FixtureRequest,
) -> Run:
    """Run the configuration, once for all tests of a provider."""
    client: Client = request.node.callspec.params["program"]
    assert isinstance(program, Terraform)
    if client.name not in _RUNS:
        _RUNS[client.name] = Run(tmp_path_factory.mktemp("terraform"), program)
    done = _RUNS[client.name]
    versions.setdefault(client.name, done.workspace.version)
    if done.workspace.left_out:
        notes[client.name] = f"the provider does not know what is in {', '.join(done.workspace.left_out)}"
    return done


@flow("`apply` of all resources and data sources of IAM", *PROVIDERS)
def test_everything_is_made(run: Run) -> None:
    assert run.said["apply"].status == 0, run.said["apply"].text
    assert run.outputs == (FOUND if run.workspace.terraform.is_first else FOUND | FOUND_TODAY)


@flow("an empty `plan` after it", *PROVIDERS)
def test_what_was_made_is_found_as_it_was_written(run: Run) -> None:
    assert run.said["plan"].is_empty_plan, run.said["plan"].text


@flow("`plan` sees what others changed", *PROVIDERS)
def test_what_others_changed_is_seen(run: Run) -> None:
    said = run.said["plan after others"]
    assert (said.status, sorted(said.planned)) == (
        2,
        ["aws_iam_role.deploy", "aws_iam_user_policy_attachment.bob"],
    ), said.text


@flow("changes in place, renames, replacements; an empty `plan` again", *PROVIDERS)
def test_everything_is_changed(run: Run) -> None:
    assert run.said["change"].status == 0, run.said["change"].text
    assert run.said["plan after the change"].is_empty_plan, run.said["plan after the change"].text


@flow("`destroy` leaves what was there before", *PROVIDERS)
def test_everything_is_removed(run: Run) -> None:
    assert run.said["destroy"].status == 0, run.said["destroy"].text
    assert run.after == run.before


@flow("nothing that the provider knows of IAM is left out", *PROVIDERS)
def test_the_configuration_has_every_resource_and_data_source(run: Run) -> None:
    known = {(kind, each) for kind, types in run.workspace.known.items() for each in types}
    of_iam = {(kind, each) for kind, each in known if each.startswith("aws_iam_")}
    assert of_iam - used(run.workspace.sources) == set()
