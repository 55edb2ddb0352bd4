"""The configuration in docs/howto/terraform.md does what the page says."""

import re
from pathlib import Path

from tests.clients.flows import flow
from tests.clients.lab import Lab
from tests.clients.terraform.workspace import Workspace
from tests.clients.toolchain import Program
from tests.clients.tools import TERRAFORM, TERRAFORM_FIRST, Terraform

PAGE = Path(__file__).resolve().parents[3] / "docs" / "howto" / "terraform.md"


@flow("[the guide](docs/howto/terraform.md)", TERRAFORM, TERRAFORM_FIRST)
def test_the_page_is_right(program: Program, lab: Lab, tmp_path: Path) -> None:
    assert isinstance(program, Terraform)
    shown = re.findall(r"^```hcl\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert shown
    terraform = Workspace(tmp_path, program, lab.found_by, configuration="\n".join(shown))
    applied = terraform("apply", "-auto-approve", "-input=false")
    assert applied.status == 0, applied.text
    assert terraform("plan", "-detailed-exitcode", "-input=false").is_empty_plan
    asked = {"ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::reports/june.pdf"]}
    role = lab.iam.get_role(RoleName="reader")["Role"]["Arn"]
    (told,) = lab.iam.simulate_principal_policy(PolicySourceArn=role, **asked)["EvaluationResults"]
    assert told["EvalDecision"] == "allowed"
    assert terraform("destroy", "-auto-approve", "-input=false").status == 0
