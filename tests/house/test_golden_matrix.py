"""
Who may do what, compared with what was read and found right.

When this fails because something was changed on purpose: ``make golden``, read the difference, and say in the commit why
it is right.
"""

import subprocess
import sys

import pytest
from tests.house.matrix import ACTORS, GOLDEN, matrix
from tests.house.matrix_road import steps
from tests.house.matrix_step import Names
from tests.house.source import ROOT
from tests.house.test_registry import REGISTERED
from tests.house.town import Town


def kept() -> dict[str, dict[str, str]]:
    """Return the outcomes in the file, by step and actor."""
    lines = [line for line in GOLDEN.read_text().splitlines() if line and not line.startswith("#")]
    actors = lines[0].split()
    rows = {}
    for line in lines[1:]:
        label, _, rest = line.partition("  ")
        rows[label] = dict(zip(actors, rest.split(), strict=True))
    return rows


@pytest.mark.slow
def test_the_matrix_is_the_one_that_was_read(own_town: Town) -> None:
    assert matrix(own_town).splitlines() == GOLDEN.read_text().splitlines()


@pytest.mark.slow
def test_the_matrix_is_the_same_without_assertions() -> None:
    """R-63: ``python -O`` removes assertions; whatever is refused with them is refused without."""
    done = subprocess.run(
        [sys.executable, "-O", "-m", "tests.house.matrix"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == GOLDEN.read_text().splitlines()


def test_every_operation_with_a_handler_is_in_the_matrix(town: Town) -> None:
    walked = {(step.service, step.operation) for step in steps(town, Names("x", seed="A" * 32))}
    # What an organization may do takes several accounts to walk, and is not in this matrix.
    assert walked == {(service, name) for service, name in REGISTERED if service != "organizations"}


def test_the_file_says_what_any_such_file_must_say() -> None:
    """What holds for every step, so that a wrong file cannot be kept by accident."""
    always = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
    # The token or response says who asks, whoever signs, and these say nothing.
    by_token = {"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
    for_users_alone = {
        f"iam:{name} (own)" for name in ("CreateLoginProfile", "ChangePassword", "DeleteLoginProfile")
    }
    # Told to whom they were made for, and the bounded may have none made.
    reports = {
        f"iam:Get{name}"
        for name in (
            "ServiceLastAccessedDetails",
            "ServiceLastAccessedDetailsWithEntities",
            "OrganizationsAccessReport",
        )
    }
    # What nobody owns yet is for everybody of the account that it is for.
    by_invitation = {"iam:AssociateDelegationRequest"}
    rows = kept()
    assert {tuple(row) for row in rows.values()} == {tuple(ACTORS)}
    for label, row in rows.items():
        assert row["forged"] == "SignatureDoesNotMatch", label
        if label in by_token:
            assert {outcome for actor, outcome in row.items() if actor != "forged"} <= {
                "InvalidIdentityToken",
                "AccessDenied",
            }
            continue
        assert row["anonymous"] == "MissingAuthenticationToken", label
        if label not in always:
            assert row["denied"] == "AccessDenied", label
            assert row["nobody"] == ("OK" if label in by_invitation else "AccessDenied"), label
            assert row["scoped"] in {"AccessDenied", "ValidationError"}, label
        assert row["admin"] == "OK", label
        if label.startswith("iam:"):
            assert (row["root"] == "OK") is (label not in for_users_alone), label
            assert row["session"] == "InvalidClientTokenId", label
            reads = label[4:].startswith(("Get", "List"))
            told = "NoSuchEntity" if label in reports else "OK"
            assert row["bounded"] == (told if reads else "AccessDenied"), label
