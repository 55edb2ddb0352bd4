"""
Actions with which somebody has a service do as they please with a role that they hand to it.

AWS: *Granting a user permissions to pass a role to an AWS service*; the *Service Authorization Reference*.  The list is of
services that run what their customer brings along.  There are more that take a role, and do less with it.
"""

from collections.abc import Mapping
from typing import Final

ROLE_RUNNERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "cloudformation.amazonaws.com": (("cloudformation:CreateStack",), ("cloudformation:UpdateStack",)),
    "codebuild.amazonaws.com": (("codebuild:CreateProject", "codebuild:StartBuild"),),
    "datapipeline.amazonaws.com": (
        (
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ),
    ),
    "ec2.amazonaws.com": (("ec2:RunInstances",), ("ec2:AssociateIamInstanceProfile",)),
    "ecs-tasks.amazonaws.com": (
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
    ),
    "elasticmapreduce.amazonaws.com": (("elasticmapreduce:RunJobFlow",),),
    "glue.amazonaws.com": (("glue:CreateJob", "glue:StartJobRun"), ("glue:CreateDevEndpoint",)),
    "lambda.amazonaws.com": (
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    ),
    "pods.eks.amazonaws.com": (("eks:CreatePodIdentityAssociation",),),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
        ("sagemaker:CreateTrainingJob",),
        ("sagemaker:CreateProcessingJob",),
    ),
    "scheduler.amazonaws.com": (("scheduler:CreateSchedule",),),
    "ssm.amazonaws.com": (("ssm:StartAutomationExecution",),),
    "states.amazonaws.com": (("states:CreateStateMachine", "states:StartExecution"),),
    "tasks.apprunner.amazonaws.com": (("apprunner:CreateService",),),
}
"""For each service, by how trust policies name it: the ways, each of which takes all of its actions."""
