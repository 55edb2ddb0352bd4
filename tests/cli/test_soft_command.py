"""`iamd soft report`, about denials that are kept."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from tests.support.loops import loop_thread
from tests.support.world import ACCOUNT, World

from iamd.auth.decisions import Denial
from iamd.cli.main import cli
from iamd.cli.state import ServerState, published
from iamd.enforcement.missing import missing_policy
from iamd.secret import Secret
from iamd.server.app import Door
from iamd.server.health import health_routes
from iamd.server.run import ServerThread
from iamd.server.soft import soft_routes
from iampolicy import Principal, PrincipalKind, Request


@pytest.fixture
def world() -> Iterator[World]:
    with loop_thread() as loop:
        found = World(loop)
        yield found
        found.close()


def _keep(world: World, arn: str, action: str, resource: str, account: str = ACCOUNT) -> None:
    kind = PrincipalKind.ASSUMED_ROLE if ":sts:" in arn else PrincipalKind.USER
    request = Request(
        principal=Principal(kind=kind, arn=arn, account=account),
        action=action,
        resource=resource,
        resource_account=account,
    )
    denial = Denial(
        at=world.clock.now() - timedelta(minutes=1),
        account_id=account,
        caller_arn=arn,
        caller_id="AROA",
        operation=action.partition(":")[2],
        request=request,
    )
    world.app.pipeline.decisions.add(f"{arn}{action}{resource}", denial)


def _report(*words: str) -> Any:
    done = CliRunner().invoke(cli, ["soft", "report", *words])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)["Statement"]


def test_the_report_is_the_policy_that_was_missing(world: World, environ: dict[str, str]) -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/etl/run"
    user = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
    _keep(world, session, "s3:GetObject", "arn:aws:s3:::data/a")
    _keep(world, session, "iam:GetUser", user)
    _keep(world, user, "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs")
    _keep(world, "arn:aws:iam::222222222222:user/bob", "s3:GetObject", "arn:aws:s3:::x", "222222222222")
    root = world.root.credentials
    assert root is not None
    routes = {**health_routes({}), **soft_routes(world.app.pipeline, missing_policy)}
    with ServerThread(Door(world.app.pipeline.handle, routes)) as server:
        state = ServerState(
            endpoint=server.url,
            region="eu-central-1",
            account_id=ACCOUNT,
            access_key_id=root.access_key_id,
            secret_access_key=Secret(root.secret_access_key),
            pid=os.getpid(),
        )
        with published(state, environ):
            reports = [
                _report(*words) for words in (["--role", "etl"], ["--user", "bob"], [], ["--role", "bob"])
            ]
    of_role = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/a"}
    of_user = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
    }
    assert reports == [[of_role], [of_user], [of_role, of_user], []]
