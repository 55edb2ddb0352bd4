"""The part of the grammar that is about ``Resource`` and ``NotResource``: the form of ARNs (facts 55, 58-60)."""

from typing import Final

from iampolicy.arn import SEGMENTS
from iampolicy.errors import PolicyError
from iampolicy.text import ascii_lower
from iampolicy.wildcard import compile_pattern, has_wildcard

_PARTITIONS: Final = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
)
_IAM_PATHS: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_LATER_IAM_PATHS: Final = ("role-template/", "delegation-request/")
"""Types that AWS's own policies name and its message does not."""
_IAM_PATH_MESSAGE: Final = (
    f'IAM resource path must either be "*", root, or start with {", ".join(_IAM_PATHS)}.'
)
_REGIONAL_S3: Final = ("accesspoint", "access-grants", "async-request", "job", "storage-lens")
"""Resources of S3 that live in a region; buckets and objects do not."""


def legacy_resource(resource: str) -> bool:
    """
    Tell whether IAM's older parser can read *resource*.

    It demands five colons, unless a wildcard may stand for the rest.  What is no ARN at all, or of an unknown
    partition, has messages of its own.
    """
    first, *others = resource.split(":")
    if first != "arn" or not others or not _known_partition(others[0]):
        return True
    return len(others) >= SEGMENTS - 1 or "*" in resource


def check_resource(resource: str) -> None:
    """
    Check the form of one resource.

    Raises:
        PolicyError: With AWS's text.
    """
    if resource == "*":
        return
    first, *others = resource.split(":", SEGMENTS - 1)
    if not others:
        raise PolicyError(f'Resource {resource} must be in ARN format or "*".')
    segments = ["arn", *others]
    segments += ["*"] * (SEGMENTS - len(segments))
    _, partition, vendor, region, _, path = segments
    if not _known_partition(partition):
        raise PolicyError(f'Partition "{partition}" is not valid for resource "{":".join(segments)}".')
    if first != "arn":
        raise PolicyError(f'Resource {resource} must be in ARN format or "*".')
    if has_wildcard(vendor):
        raise PolicyError("Resource vendor must be fully qualified and cannot contain regexes.")
    service = ascii_lower(vendor)
    regional = region not in {"", "*"}
    if service == "iam":
        if regional:
            raise PolicyError(f"IAM resource {':'.join(segments)} cannot contain region information.")
        if path not in {"*", "root"} and not path.startswith(_IAM_PATHS + _LATER_IAM_PATHS):
            raise PolicyError(_IAM_PATH_MESSAGE)
    elif service == "s3" and regional and not path.startswith(_REGIONAL_S3):
        raise PolicyError(f"Resource {':'.join(segments)} can not contain region information.")


def _known_partition(partition: str) -> bool:
    if not has_wildcard(partition):
        return partition in _PARTITIONS
    return any(map(compile_pattern(partition), _PARTITIONS))
