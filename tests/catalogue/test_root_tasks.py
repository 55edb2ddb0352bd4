"""The tasks of AssumeRoot: their policies are AWS's."""

import json

from iamd.catalogue.managed_policies import AwsManagedPolicies
from iamd.catalogue.root_tasks import PREFIX, ROOT_TASKS


def test_the_texts_are_aws_s() -> None:
    path = "/" + PREFIX.rsplit("/", 2)[1] + "/"
    theirs = {each.arn: json.loads(each.document) for each in AwsManagedPolicies.load().page(path)}
    assert {arn: json.loads(task.policy.text) for arn, task in ROOT_TASKS.items()} == theirs
    assert len(theirs) == 5


def test_each_is_called_by_its_arn() -> None:
    assert {arn: task.arn for arn, task in ROOT_TASKS.items()} == {arn: arn for arn in ROOT_TASKS}
    assert {task.policy.arn for task in ROOT_TASKS.values()} == set(ROOT_TASKS)
