"""
Whether the policy of a bucket is public, and what blocks that.

AWS: *Blocking public access to your Amazon S3 storage*, "The meaning of 'public'": a policy is, unless each of its
statements that allow something names its principals, or holds everybody to fixed values of a few context keys.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from iamd.domain.buckets import PublicAccessBlock
from iamd.enforcement.mapping.s3_bodies import MalformedXML, texts
from iampolicy import Policy, Statement
from iampolicy.text import ascii_lower

_FIXING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_EQUALITIES: Final = frozenset(
    {
        "stringequals",
        "stringequalsignorecase",
        "stringlike",
        "arnequals",
        "arnlike",
        "foranyvalue:stringequals",
    }
)
_ADDRESSES: Final = "aws:sourceip"
_SHORTEST_PREFIX: Final = {4: 8, 6: 32}
"""AWS: broader ranges are public, unless they are private."""

_SWITCHES: Final = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}
_BOOLEANS: Final = {"true": True, "false": False}


@lru_cache(maxsize=1024)
def is_public(policy: Policy) -> bool:
    """Tell whether *policy* is public; it is asked again and again, and never changes."""
    return any(_opens(statement) for statement in policy.statements if not statement.denies)


def _opens(statement: Statement) -> bool:
    text = statement.text
    if text.principal is not None and ("AWS", "*") not in text.principal.values:
        return False
    return not any(
        _fixes(ascii_lower(operator), ascii_lower(key), values)
        for operator, keys in text.condition
        for key, values in keys
    )


def _fixes(operator: str, key: str, values: Iterable[str]) -> bool:
    given = tuple(values)
    if not given:
        return False
    if operator == "ipaddress" and key == _ADDRESSES:
        return all(map(_is_narrow, given))
    # A value with a wildcard or a variable is not fixed.
    return operator in _EQUALITIES and key in _FIXING and not any(set("*?$") & set(value) for value in given)


def _is_narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _SHORTEST_PREFIX[network.version] or network.is_private


def read_block(body: bytes) -> PublicAccessBlock:
    """
    Read a ``PublicAccessBlockConfiguration``.

    Raises:
        MalformedXML: It is none.
    """
    told = texts(body)
    values = {name: _BOOLEANS.get(text.lower()) for name, text in told.items()}
    if not told.keys() <= _SWITCHES.keys() or None in values.values():
        raise MalformedXML(
            "The XML you provided was not well-formed or did not validate against our published schema"
        )
    return PublicAccessBlock(**{_SWITCHES[name]: value is True for name, value in values.items()})


def shown_block(block: PublicAccessBlock) -> str:
    """Return the elements of a ``PublicAccessBlockConfiguration``."""
    return "".join(
        f"<{name}>{'true' if getattr(block, attribute) else 'false'}</{name}>"
        for name, attribute in _SWITCHES.items()
    )
