"""
The tasks for which the root user of a member account may be assumed, each with AWS's policy.

A task's policy allows nothing.  It denies all but a few actions, to a root user, who needs no policy to be allowed them;
so it is asked as an identity policy of the session, and not as a session policy, which would have to allow.

AWS: *AssumeRoot*, ``TaskPolicyArn``; *AWS managed policies for AWS Identity and Access Management*.  The texts are AWS's
own, and held against those of `iamd.catalogue.managed_policies` in the tests; they are here so that it works without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from iamd.domain.organizations import OrganizationsFeature
from iampolicy import Policy, PolicyKind, parse

PREFIX: Final = "arn:aws:iam::aws:policy/root-task/"


@dataclass(frozen=True, slots=True)
class RootTask:
    """
    A task.

    Attributes:
        arn: Of its policy.
        feature: That must be enabled in the organization.
        policy: What the session may not do.
    """

    arn: str
    feature: OrganizationsFeature
    policy: Policy


_AUDIT: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllOtherActionsOnAnyResource",
      "Effect": "Deny",
      "NotAction": [
        "iam:ListAccessKeys",
        "iam:ListSigningCertificates",
        "iam:GetLoginProfile",
        "iam:ListMFADevices",
        "iam:GetAccountSummary",
        "iam:GetUser",
        "iam:GetAccessKeyLastUsed"
      ],
      "Resource": "*"
    },
    {
      "Sid": "DenyAuditingCredentialsOnNonRootUserResource",
      "Effect": "Deny",
      "Action": [
        "iam:ListAccessKeys",
        "iam:ListSigningCertificates",
        "iam:GetLoginProfile",
        "iam:ListMFADevices",
        "iam:GetUser",
        "iam:GetAccessKeyLastUsed"
      ],
      "NotResource": "arn:aws:iam::*:root"
    }
  ]
}"""

_CREATE_SIGN_IN: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllOtherActionsOnAnyResource",
      "Effect": "Deny",
      "NotAction": ["iam:CreateLoginProfile", "iam:GetLoginProfile"],
      "Resource": "*"
    },
    {
      "Sid": "DenyCreatingPasswordOnNonRootUserResource",
      "Effect": "Deny",
      "Action": ["iam:CreateLoginProfile", "iam:GetLoginProfile"],
      "NotResource": "arn:aws:iam::*:root"
    }
  ]
}"""

_DELETE_CREDENTIALS: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllOtherActionsOnAnyResource",
      "Effect": "Deny",
      "NotAction": [
        "iam:DeleteAccessKey",
        "iam:DeleteSigningCertificate",
        "iam:DeleteLoginProfile",
        "iam:DeactivateMFADevice",
        "iam:DeleteVirtualMFADevice",
        "iam:ListAccessKeys",
        "iam:ListSigningCertificates",
        "iam:GetLoginProfile",
        "iam:ListMFADevices",
        "iam:GetUser",
        "iam:GetAccessKeyLastUsed"
      ],
      "Resource": "*"
    },
    {
      "Sid": "DenyDeletingRootUserCredentialsOnNonRootUserResource",
      "Effect": "Deny",
      "Action": [
        "iam:DeleteAccessKey",
        "iam:DeleteSigningCertificate",
        "iam:DeleteLoginProfile",
        "iam:DeactivateMFADevice",
        "iam:DeleteVirtualMFADevice",
        "iam:ListAccessKeys",
        "iam:ListSigningCertificates",
        "iam:GetLoginProfile",
        "iam:ListMFADevices",
        "iam:GetUser",
        "iam:GetAccessKeyLastUsed"
      ],
      "NotResource": "arn:aws:iam::*:root"
    }
  ]
}"""

_UNLOCK_BUCKET: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllOtherActionsOnAnyResource",
      "Effect": "Deny",
      "NotAction": ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets"],
      "Resource": "*"
    },
    {
      "Sid": "DenyManagingBucketPolicyForNonRootCallers",
      "Effect": "Deny",
      "Action": ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets"],
      "Resource": "*",
      "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    }
  ]
}"""

_UNLOCK_QUEUE: Final = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllOtherActionsOnAnyResource",
      "Effect": "Deny",
      "NotAction": ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"],
      "Resource": "*"
    },
    {
      "Sid": "DenyGettingQueueAttributesOnNonOwnQueue",
      "Effect": "Deny",
      "Action": ["sqs:GetQueueAttributes"],
      "Resource": "arn:aws:sqs:*:*:*",
      "Condition": {"StringNotEqualsIfExists": {"aws:ResourceAccount": ["${aws:PrincipalAccount}"]}}
    },
    {
      "Sid": "DenyActionsForNonRootUser",
      "Effect": "Deny",
      "Action": ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"],
      "Resource": "*",
      "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    }
  ]
}"""


def _task(name: str, feature: OrganizationsFeature, document: str) -> RootTask:
    arn = PREFIX + name
    return RootTask(arn, feature, parse(document, PolicyKind.IDENTITY, name=name, arn=arn))


_CREDENTIALS: Final = OrganizationsFeature.ROOT_CREDENTIALS_MANAGEMENT
_SESSIONS: Final = OrganizationsFeature.ROOT_SESSIONS

ROOT_TASKS: Final[Mapping[str, RootTask]] = {
    task.arn: task
    for task in (
        _task("IAMAuditRootUserCredentials", _CREDENTIALS, _AUDIT),
        _task("IAMCreateRootUserPassword", _CREDENTIALS, _CREATE_SIGN_IN),
        _task("IAMDeleteRootUserCredentials", _CREDENTIALS, _DELETE_CREDENTIALS),
        _task("S3UnlockBucketPolicy", _SESSIONS, _UNLOCK_BUCKET),
        _task("SQSUnlockQueuePolicy", _SESSIONS, _UNLOCK_QUEUE),
    )
}
"""By the ARN of its policy."""
