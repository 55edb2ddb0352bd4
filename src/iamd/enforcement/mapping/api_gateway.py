"""
API Gateway: its actions are the methods of HTTP, and its resources are its paths.

AWS: *Actions, resources, and condition keys for Amazon API Gateway Management*.
"""

from typing import Final

from iamd.enforcement.mapping.asked import UnmappedRequest
from iamd.enforcement.mapping.resources import Home

PREFIX: Final = "apigateway"

_METHODS: Final = frozenset({"DELETE", "GET", "PATCH", "POST", "PUT"})
_OF_ACCOUNT: Final = frozenset({"portals", "portalproducts"})


def action_of(method: str) -> str:
    """
    Return the action of a method.

    Raises:
        UnmappedRequest: There is none.
    """
    if method not in _METHODS:
        raise UnmappedRequest(f"API Gateway has no action for {method[:16]}.")
    return f"{PREFIX}:{method}"


def resource_of(raw_path: bytes, home: Home) -> str:
    """Return the ARN of a path; what is encoded in it stays so, as in AWS's own ARNs of tags."""
    path = raw_path.decode("ascii").rstrip("/")
    # The second version of the API has the same resources, beside those of the first.
    path = path.removeprefix("/v2")
    words = path.split("/")
    is_of_account = not _OF_ACCOUNT.isdisjoint(words[1:2]) or "routingrules" in words
    owner = home.account_id if is_of_account else ""
    return f"arn:aws:apigateway:{home.region}:{owner}:{path}"
