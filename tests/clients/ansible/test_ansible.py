"""
Ansible's modules of IAM: present, again, changed, absent, again.

The names of a playbook's tasks say whether they change something; Ansible must say the same.
"""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clients.authenticator import Authenticator
from tests.clients.flows import flow
from tests.clients.lab import Lab, Member, allow
from tests.clients.server import development_server
from tests.clients.terminal import run
from tests.clients.toolchain import Program
from tests.clients.tools import ANSIBLE
from tests.support import key_material
from tests.support.saml_metadata import metadata

PLAYBOOKS: Final = {path.stem: path for path in sorted((Path(__file__).parent / "playbooks").glob("*.yml"))}
# At the end of the names of tasks, after whether they change something.
REFUSED: Final = "(refused)"


def with_mfa_device(lab: Lab) -> Member:
    """Make a user with an MFA device: Ansible has no module that enables one."""
    user = lab.user("with-mfa")
    made = lab.iam.create_virtual_mfa_device(VirtualMFADeviceName=user.name)["VirtualMFADevice"]
    app = Authenticator(made["Base32StringSeed"].decode())
    lab.iam.enable_mfa_device(
        UserName=user.name,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=app.code(),
        AuthenticationCode2=app.code(),
    )
    return user


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with development_server(tmp_path_factory.mktemp("server")) as (found_by, root):
        yield Lab(found_by, root, tmp_path_factory.mktemp("home"))


@pytest.fixture
def environ(own_lab: Lab, tmp_path: Path) -> dict[str, str]:
    """Give the environment of somebody who may do everything in an account where there is little else."""
    for name, text in {
        "certificate.pem": key_material.certificate(),
        "private_key.pem": key_material.pem_private_key(),
        "saml_metadata.xml": metadata(),
        "saml_metadata_second.xml": metadata("https://second.example.com"),
    }.items():
        (tmp_path / name).write_text(text)
    own_lab.reset()
    operator = own_lab.user("operator", allow("*"))
    return own_lab.environ(
        operator,
        HOME=str(tmp_path),
        FILES=str(tmp_path),
        CALLER_ARN=operator.arn,
        WITH_MFA=with_mfa_device(own_lab).name,
        ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_NOCOLOR="true",
    )


def turns(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what Ansible says of a task, or of each turn of a loop."""
    (host,) = task["hosts"].values()
    found = host.get("results")
    return found if isinstance(found, list) else [host]


def failures(tasks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return name and message of the tasks that failed and should not have."""
    return [
        (task["task"]["name"], f"{turn.get('msg')} {turn.get('assertion', '')}")
        for task in tasks
        for turn in turns(task)
        if turn.get("failed") and not task["task"]["name"].endswith(REFUSED)
    ]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
@flow("amazon.aws and community.aws, the modules of IAM and STS: present, again, absent", ANSIBLE)
def test_a_playbook(playbook: str, program: Program, environ: dict[str, str], tmp_path: Path) -> None:
    python = Path(program.command[0]).parent / "python"
    words = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={python}"]
    done = run([*program.command, *words, PLAYBOOKS[playbook]], environ, tmp_path)

    assert done.out.startswith("{"), done.out + done.err
    tasks = [task for play in json.loads(done.out)["plays"] for task in play["tasks"]]
    assert failures(tasks) == []
    assert (done.status, done.err) == (0, "")
    said = {
        task["task"]["name"]: {turn.get("changed", False) for turn in turns(task)}
        for task in tasks
        if task["task"]["name"].endswith(")")
    }
    assert said == {name: {name.endswith("(changed)")} for name in said}
    expected = PLAYBOOKS[playbook].read_text(encoding="utf-8").count("    - name: ")
    assert len(said) == expected
