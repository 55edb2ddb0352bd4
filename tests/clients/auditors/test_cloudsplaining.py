"""cloudsplaining downloads the account and finds what is wrong with its policies."""

import json
from pathlib import Path
from typing import Any

from tests.clients.auditors.conftest import ADMINISTRATOR
from tests.clients.flows import flow
from tests.clients.lab import Lab
from tests.clients.terminal import Outcome, run
from tests.clients.toolchain import Program
from tests.clients.tools import CLOUDSPLAINING

RISKS = ("PrivilegeEscalation", "ServiceWildcard")


def found(results: dict[str, Any]) -> dict[tuple[str, tuple[str, ...]], dict[str, list[str]]]:
    """Return what is wrong with each policy, by its name and the users that have it."""
    return {
        (policy["PolicyName"], tuple(policy["AttachedTo"]["users"])): {
            risk: [each if isinstance(each, str) else each["type"] for each in policy[risk]["findings"]]
            for risk in RISKS
            if policy[risk]["findings"]
        }
        for kind in ("aws_managed_policies", "customer_managed_policies", "inline_policies")
        for policy in results[kind].values()
    }


@flow("`download` and `scan`: its findings", CLOUDSPLAINING)
def test_it_finds_what_is_wrong(program: Program, audited: Lab, tmp_path: Path) -> None:
    profile = tmp_path / ".aws"
    profile.mkdir()
    names = {"aws_access_key_id": ADMINISTRATOR.access_key_id}
    names["aws_secret_access_key"] = ADMINISTRATOR.secret_access_key
    lines = [f"{name} = {value}" for name, value in names.items()]
    (profile / "credentials").write_text("\n".join(["[audited]", *lines]))

    def cloudsplaining(*words: str) -> Outcome:
        said = run([*program.command, *words], audited.environ(None, HOME=str(tmp_path)), tmp_path)
        assert said.status == 0, said.out + said.err
        return said

    cloudsplaining("download", "--profile", "audited", "--output", str(tmp_path))
    cloudsplaining("scan", "--input-file", "audited.json", "--output", str(tmp_path), "--skip-open-report")

    results = json.loads((tmp_path / "iam-results-audited.json").read_text())
    by_policy = found(results)
    full = by_policy.pop(("IAMFullAccess", ("full-iam",)))
    assert full["ServiceWildcard"] == ["iam"]
    assert {"CreateAccessKey", "PutUserPolicy", "UpdateRolePolicyToAssumeIt"} <= set(
        full["PrivilegeEscalation"]
    )
    by_versions = ["CreateNewPolicyVersion", "SetExistingDefaultPolicyVersion"]
    assert by_policy == {
        ("raise-by-versions", ("raises-versions",)): {"PrivilegeEscalation": by_versions},
        # What names its resources is no finding.
        ("attach-to-self", ("attaches",)): {},
        ("read-objects", ()): {},
        ("assume", ("assumes", "assumes-bounded")): {},
        ("keys", ("makes-keys",)): {},
        ("keys", ("makes-no-keys",)): {},
    }
    assert len(results["users"]) == 9
    groups = {
        user["name"]: [each["name"] for each in user["groups"].values()] for user in results["users"].values()
    }
    assert (groups["reader"], groups["root-like"]) == (["readers"], ["admins"])
    profiles = {role["name"]: len(role["instance_profiles"]) for role in results["roles"].values()}
    assert profiles == {"operator": 0, "web-server": 1}
