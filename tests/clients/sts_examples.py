"""
What AWS's page *AWS STS examples using AWS CLI* has: each command as it stands there, and the answer below it.

A command is changed in nothing but ``SAML_ASSERTION``, ``ENCODED_MESSAGE``, ``MFA_SERIAL`` and ``MFA_CODE``, which stand
for what the page shows of somebody else's world.  In the answers a pattern stands for what is made anew each time.
Where the page itself is wrong, a comment says how.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

SUBJECT: Final = "amzn1.account.AF6RHO7KZU5XRVQJGXK6HB56KR2A"
APPLICATION: Final = "client.5498841531868486423.1548@apps.example.com"
ISSUER: Final = "https://integ.example.com/idp/shibboleth"

ACCESS_TOKEN: Final = (
    "Atza%7CIQEBLjAsAhRFiXuWpUXuRvQ9PZL3GMFcYevydwIUFAHZwXZXXXXXXXXJnrulxKDHwy87oGKPznh0D6bEQZTSCzyoCtL_8S07pLpr0zMbn6w1"
    "lfVZKNTBdDansFBmtGnIsIapjI6xKR02Yc_2bQ8LZbUXSGm6Ry6_BG7PrtLZtj_dfCTj92xNGed-CrKqjG7nPBjNIL016GGvuS5gSvPRUxWES3VYfm1"
    "wl7WTI7jn-Pcb6M-buCgHhFOzTQxod27L9CqnOLio7N3gZAGpsp6n1-AJBOCJckcyXe2c6uD0srOJeZlKUm2eTDVMf8IehDVI0r1QOnTV6KzzAI3OY87"
    "Vd_cVMQ"
)

COMMANDS: Final[Mapping[str, str]] = {
    "assume-role-with-saml": r"""
aws sts assume-role-with-saml \
    --role-arn arn:aws:iam::123456789012:role/TestSaml \
    --principal-arn arn:aws:iam::123456789012:saml-provider/SAML-test \
    --saml-assertion "SAML_ASSERTION"
""",
    "assume-role-with-web-identity": rf"""
aws sts assume-role-with-web-identity \
    --duration-seconds 3600 \
    --role-session-name "app1" \
    --provider-id "www.amazon.com" \
    --policy-arns "arn:aws:iam::123456789012:policy/q=webidentitydemopolicy1","arn:aws:iam::123456789012:policy/webidentitydemopolicy2" \
    --role-arn arn:aws:iam::123456789012:role/FederatedWebIdentityRole \
    --web-identity-token "{ACCESS_TOKEN}"
""",
    "assume-role": r"""
aws sts assume-role \
    --role-arn arn:aws:iam::123456789012:role/xaccounts3access \
    --role-session-name s3-access-example
""",
    "assume-root": r"""
aws sts assume-root \
    --duration-seconds 900 \
    --target-principal 111122223333 \
    --task-policy-arn arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy
""",
    "decode-authorization-message": r"""
aws sts decode-authorization-message \
    --encoded-message ENCODED_MESSAGE
""",
    "get-caller-identity": r"""
aws sts get-caller-identity
""",
    "get-federation-token": r"""
aws sts get-federation-token \
    --name Bob \
    --policy file://myfile.json \
    --policy-arns arn=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess \
    --duration-seconds 900
""",
    "get-session-token": r"""
aws sts get-session-token \
    --duration-seconds 900 \
    --serial-number "MFA_SERIAL" \
    --token-code MFA_CODE
""",
}

# AWS's CLI takes the `=` in the first ARN for the end of a name, and sends nothing: as it says itself, ARNs are given so.
MISREAD: Final = '"arn:aws:iam::123456789012:policy/q=webidentitydemopolicy1","arn:aws:iam::123456789012:policy/webidentitydemopolicy2"'
READ: Final = '"arn=arn:aws:iam::123456789012:policy/q=webidentitydemopolicy1" "arn=arn:aws:iam::123456789012:policy/webidentitydemopolicy2"'

MYFILE: Final = """\
{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "ec2:Describe*",
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": "elasticloadbalancing:Describe*",
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": [
                "cloudwatch:ListMetrics",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:Describe*"
            ],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": "autoscaling:Describe*",
            "Resource": "*"
        }
    ]
}
"""
"""The page's ``myfile.json``."""

_CREDENTIALS: Final = {
    # On the page two of them begin with AKIA, as temporary ones never do.
    "AccessKeyId": re.compile("ASIA[A-Z2-7]{16}"),
    "SecretAccessKey": re.compile("[A-Za-z0-9+/]{40}"),
    "SessionToken": re.compile("[A-Za-z0-9+/]{100,4096}={0,2}"),
    "Expiration": re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)"),
}
_PERCENT: Final = range(1, 101)

ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "assume-role-with-saml": {
        # The page has a piece of a tag behind it.
        "Issuer": ISSUER,
        "AssumedRoleUser": {
            # The page leaves out the session's name.
            "Arn": "arn:aws:sts::123456789012:assumed-role/TestSaml/TestSaml",
            "AssumedRoleId": re.compile("AROA[A-Z2-7]{17}:TestSaml"),
        },
        "Credentials": _CREDENTIALS,
        "Audience": "https://signin.aws.amazon.com/saml",
        "SubjectType": "transient",
        "NameQualifier": re.compile("[A-Za-z0-9+/]{27}="),
        "Subject": "SamlExample",
        # The page has a PackedPolicySize although no policy is given.
    },
    "assume-role-with-web-identity": {
        "SubjectFromWebIdentityToken": SUBJECT,
        "Audience": APPLICATION,
        "AssumedRoleUser": {
            "Arn": "arn:aws:sts::123456789012:assumed-role/FederatedWebIdentityRole/app1",
            "AssumedRoleId": re.compile("AROA[A-Z2-7]{17}:app1"),
        },
        "Credentials": _CREDENTIALS,
        "Provider": "www.amazon.com",
        # The page leaves it out although policies are given.
        "PackedPolicySize": _PERCENT,
    },
    "assume-role": {
        "AssumedRoleUser": {
            "AssumedRoleId": re.compile("AROA[A-Z2-7]{17}:s3-access-example"),
            "Arn": "arn:aws:sts::123456789012:assumed-role/xaccounts3access/s3-access-example",
        },
        "Credentials": _CREDENTIALS,
    },
    "assume-root": {
        "Credentials": _CREDENTIALS,
        "SourceIdentity": "Alice",
    },
    "get-caller-identity": {
        "UserId": re.compile("AIDA[A-Z2-7]{17}"),
        "Account": "123456789012",
        "Arn": "arn:aws:iam::123456789012:user/DevAdmin",
    },
    "get-federation-token": {
        "Credentials": _CREDENTIALS,
        # The page's account is another one.
        "FederatedUser": {
            "FederatedUserId": "123456789012:Bob",
            "Arn": "arn:aws:sts::123456789012:federated-user/Bob",
        },
        "PackedPolicySize": _PERCENT,
    },
    "get-session-token": {"Credentials": _CREDENTIALS},
    # What is in the text, whose JSON the test reads.
    "decode-authorization-message": {
        "allowed": False,
        "explicitDeny": True,
        "matchedStatements": {
            "items": [
                {
                    "statementId": "VisualEditor0",
                    "effect": "DENY",
                    "principals": {"items": [{"value": re.compile("AROA[A-Z2-7]{17}")}]},
                    "principalGroups": {"items": []},
                    "actions": {"items": [{"value": "iam:CreateUser"}]},
                    "resources": {"items": [{"value": "*"}]},
                    "conditions": {"items": []},
                    # Which policy the statement is of, the page does not tell.
                    "policy": re.compile(".*no-users"),
                }
            ]
        },
        "failures": {"items": []},
        "context": {
            # The name is in AWS's text, *DecodeAuthorizationMessage*, and not on the page.
            "principal": {
                "id": re.compile("AROA[A-Z2-7]{17}:Ana"),
                "name": "Ana",
                "arn": "arn:aws:sts::123456789012:assumed-role/Developer/Ana",
            },
            # The page has no prefix here.
            "action": "iam:CreateUser",
            "resource": "arn:aws:iam::123456789012:user/nobody",
            "conditions": {"items": list},
        },
    },
}


def difference(wanted: Any, answer: Any, where: str = "") -> list[str]:
    """Return where *answer* is not what is *wanted*: a value, a pattern, a range, a type, or members of such."""
    if isinstance(wanted, Mapping) and isinstance(answer, dict):
        names = sorted(wanted.keys() ^ answer.keys())
        both = [name for name in wanted if name in answer]
        return [f"{where}{name}: there or not" for name in names] + [
            found for name in both for found in difference(wanted[name], answer[name], f"{where}{name}.")
        ]
    if isinstance(wanted, list) and isinstance(answer, list) and len(wanted) == len(answer):
        return [
            found for at, each in enumerate(wanted) for found in difference(each, answer[at], f"{where}{at}.")
        ]
    if isinstance(wanted, re.Pattern):
        same = isinstance(answer, str) and wanted.fullmatch(answer) is not None
    elif isinstance(wanted, type):
        same = isinstance(answer, wanted)
    else:
        same = answer in wanted if isinstance(wanted, range) else answer == wanted
    return [] if same else [f"{where[:-1]}: {answer!r}"]
