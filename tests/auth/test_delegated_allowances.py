"""What is noted of what was allowed with delegated access, about which two sets of policies decide."""

from pathlib import Path

from tests.support.answers import arn
from tests.support.delegation import delegation_world
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, allow, document


def test_what_is_noted_is_decided_by_the_policies_that_it_is_noted_with(
    loop: LoopThread, tmp_path: Path
) -> None:
    with delegation_world(loop, tmp_path) as world:
        admin = world.user("admin", allow("*"))
        delegated = world.trade(world.token(admin))
        delegated.iam.list_groups()
        world.root.iam.put_user_policy(
            UserName="admin", PolicyName="more", PolicyDocument=document(allow("s3:*"))
        )
        delegated.iam.list_groups()
        log = world.app.pipeline.decisions
        assert log.allowances is not None
        noted = [
            [policy.name for policy in record.policies.identity]
            for each in log.allowances.recent(ACCOUNT, world.app.clock.now())
            for record in each.records
            if record.request.action == "iam:ListGroups"
            and record.caller_arn == arn("user/admin")
            and record.policies is not None
            and record.decision is not None
            and {policy for _, policy, _ in record.decision.hits} <= set(record.policies.identity)
        ]
        assert sorted(map(len, noted)) == [1, 2]
