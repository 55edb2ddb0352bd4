"""The pages for jobs and pods: with tokens of the very issuers, whose keys are ours, their scripts get the roles."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from tests.clients.lab import ACCOUNT
from tests.clients.server import development_server
from tests.clients.terminal import Outcome, run
from tests.clients.test_pages import environment
from tests.support.issuer import KID, Answer, issuer
from tests.support.jose import claims_of, jwk, rsa_key, signed
from tests.support.pages import ROOT, blocks_noted, script, session

HOWTO: Final = ROOT / "docs" / "howto"
SHOWN: Final = "https://iamd.example.com"


def token(url: str, subject: str, audience: str) -> str:
    claims = claims_of(url, sub=subject, aud=audience)
    return signed({"alg": "RS256", "kid": KID}, claims, rsa_key())


@contextmanager
def account(page: str, url: str, folder: Path) -> Iterator[dict[str, str]]:
    """Do what *page* says at a server that has keys of ours for the issuer *url*; give the environment of its clients."""
    providers = folder / "providers.json"
    providers.write_text(json.dumps({"issuers": [{"url": url, "keys": [jwk(rsa_key(), KID)]}]}))
    with development_server(folder, IAMD_IDENTITY_PROVIDERS=str(providers)) as (found_by, root):
        environ = environment(found_by, root)
        done = bash(script(session(HOWTO / page)), environ, folder)
        assert done.status == 0, done.err
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del environ[name]
        yield environ


def bash(text: str, environ: Mapping[str, str], folder: Path) -> Outcome:
    return run(["/bin/bash", "-euo", "pipefail", "-c", text], environ, folder)


def shown(page: str, note: str, language: str) -> str:
    (block,) = blocks_noted(HOWTO / page, f"not run: by make clients, {note}", language)
    return block.text


def filled(values: Mapping[str, str], environ: Mapping[str, str], **known: str) -> dict[str, str]:
    """Return the variables that a page shows, for the server that there is."""
    made = {}
    for name, value in values.items():
        text = value.replace(SHOWN, environ["AWS_ENDPOINT_URL"])
        for word, stands_for in known.items():
            text = text.replace(word, stands_for)
        made[name] = text
    return made


def session_of(role: str, name: str) -> str:
    return f'"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"'


@pytest.mark.parametrize(
    ("subject", "let_in"),
    [("repo:my-org/my-repo:ref:refs/heads/main", True), ("repo:my-org/my-repo:pull_request", False)],
    ids=["branch", "pull-request"],
)
def test_the_workflow_of_github_gets_its_role(subject: str, tmp_path: Path, *, let_in: bool) -> None:
    page, url = "let-github-jobs-in.md", "https://token.actions.githubusercontent.com"
    workflow: Any = yaml.safe_load(shown(page, "a workflow", "yaml"))
    job = workflow["jobs"]["deploy"]
    assert workflow["permissions"]["id-token"] == "write"
    with issuer() as runner, account(page, url, tmp_path) as environ:
        runner.answers["/token"] = Answer(
            json.dumps({"value": token(url, subject, "sts.amazonaws.com")}).encode()
        )
        environ.update(filled(job["env"], environ, **{"${{ github.run_id }}": "7"}))
        environ.update(
            {
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-runner",
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{runner.url}/token?job=7",
                "RUNNER_TEMP": str(tmp_path),
                "GITHUB_ENV": str(tmp_path / "env"),
            }
        )
        first, second = job["steps"]
        assert bash(first["run"], environ, tmp_path).status == 0
        assert runner.asked == ["/token?job=7&audience=sts.amazonaws.com"]
        assert runner.headers[0]["Authorization"] == "bearer of-the-runner"
        lines = (tmp_path / "env").read_text().splitlines()
        environ.update({name: value for name, _, value in (line.partition("=") for line in lines)})
        check(bash(second["run"], environ, tmp_path), session_of("deploy", "run-7"), let_in=let_in)


@pytest.mark.parametrize(("ref", "let_in"), [("main", True), ("feature", False)])
def test_the_job_of_gitlab_gets_its_role(ref: str, tmp_path: Path, *, let_in: bool) -> None:
    page, url = "let-gitlab-jobs-in.md", "https://gitlab.com"
    job: Any = yaml.safe_load(shown(page, "a job", "yaml"))["deploy"]
    subject = f"project_path:my-group/my-project:ref_type:branch:ref:{ref}"
    with account(page, url, tmp_path) as environ:
        environ.update(filled(job["variables"], environ, **{"$CI_JOB_ID": "7"}))
        environ["IAMD_TOKEN"] = token(url, subject, job["id_tokens"]["IAMD_TOKEN"]["aud"])
        said = bash("\n".join(job["script"]), environ, tmp_path)
        check(said, session_of("deploy", "job-7"), let_in=let_in)


@pytest.mark.parametrize(("namespace", "let_in"), [("shop", True), ("default", False)])
def test_the_pod_gets_its_role(namespace: str, tmp_path: Path, *, let_in: bool) -> None:
    page, url = "let-pods-in.md", "https://kubernetes.default.svc.cluster.local"
    pod: Any = yaml.safe_load(shown(page, "the pod", "yaml"))["spec"]
    (container,) = pod["containers"]
    (source,) = pod["volumes"][0]["projected"]["sources"]
    (mount,) = container["volumeMounts"]
    variables = {each["name"]: each["value"] for each in container["env"]}
    projected = source["serviceAccountToken"]
    assert variables["AWS_WEB_IDENTITY_TOKEN_FILE"] == f"{mount['mountPath']}/{projected['path']}"
    with account(page, url, tmp_path) as environ:
        file = tmp_path / "token"
        subject = f"system:serviceaccount:{namespace}:{pod['serviceAccountName']}"
        file.write_text(token(url, subject, projected["audience"]))
        environ.update(filled(variables, environ))
        environ.update(
            {
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
                "AWS_ROLE_SESSION_NAME": "pod",
            }
        )
        del environ["AWS_ENDPOINT_URL"]
        check(bash("aws sts get-caller-identity", environ, tmp_path), session_of("app", "pod"), let_in=let_in)


def test_the_keys_of_a_cluster_are_a_file_that_iamd_reads(tmp_path: Path) -> None:
    documents: dict[str, Any] = {
        "/.well-known/openid-configuration": {"issuer": "https://kubernetes.default.svc.cluster.local"},
        "/openid/v1/jwks": {"keys": [jwk(rsa_key(), KID)]},
    }
    answers = "".join(f"{path}) echo '{json.dumps(said)}' ;;\n" for path, said in documents.items())
    kubectl = f'kubectl() {{ case "$3" in\n{answers}esac; }}\n'
    text = shown("let-pods-in.md", "the cluster's keys", "sh")
    subprocess.run(["/bin/bash", "-euc", kubectl + text], cwd=tmp_path, check=True)  # noqa: S603  the page's own commands
    settings = {"IAMD_IDENTITY_PROVIDERS": str(tmp_path / "identity-providers.json")}
    with development_server(tmp_path, **settings):
        found = json.loads((tmp_path / "identity-providers.json").read_text())
    assert found == {
        "issuers": [
            {"url": documents["/.well-known/openid-configuration"]["issuer"], **documents["/openid/v1/jwks"]}
        ]
    }


def check(said: Outcome, who: str, *, let_in: bool) -> None:
    if let_in:
        assert who in re.sub(r"\s+", " ", said.worked)
    else:
        assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in said.err
