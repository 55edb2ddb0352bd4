"""Every paginator that botocore has for IAM goes through all pages, and begins again where it was left."""

from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from tests.sdk.crowd import READ, Crowd
from tests.sdk.models import model

PAGINATORS: dict[str, dict[str, Any]] = model("paginators-1")["pagination"]
SERVICE: Any = botocore.session.get_session().get_service_model("iam")

# AWS: an account has one alias at most, so this list has one page.
SHORT = {"ListAccountAliases"}

MORE: dict[str, dict[str, Any]] = {
    "ListPolicies": {"Scope": "Local"},
    "GetAccountAuthorizationDetails": {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]},
    "SimulateCustomPolicy": {
        "PolicyInputList": [READ],
        "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
    },
    "SimulatePrincipalPolicy": {"ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]},
}


def parameters(operation: str, crowd: Crowd) -> dict[str, Any]:
    """Return what names something in the crowd, as far as the operation wants it."""
    shape = SERVICE.operation_model(operation).input_shape
    wanted = {*shape.required_members, *({"UserName"} & set(shape.members))}
    return {name: crowd.named[name] for name in wanted if name in crowd.named} | MORE.get(operation, {})


def lists(operation: str, answer: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the lists that the paginator goes through."""
    named = PAGINATORS[operation]["result_key"]
    return {name: answer.get(name, []) for name in ([named] if isinstance(named, str) else named)}


@pytest.mark.parametrize("operation", PAGINATORS)
def test_all_pages_are_the_whole_list(operation: str, crowd: Crowd) -> None:
    given = parameters(operation, crowd)
    whole = lists(operation, getattr(crowd.iam, xform_name(operation))(**given, MaxItems=1000))
    paginator = crowd.iam.get_paginator(xform_name(operation))

    pages = list(paginator.paginate(**given, PaginationConfig={"PageSize": 1}))

    found = [lists(operation, page) for page in pages]
    assert {name: [item for page in found for item in page[name]] for name in whole} == whole
    assert all(sum(map(len, page.values())) == 1 for page in found)
    assert (len(pages) > 1) == (operation not in SHORT)
    assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]


# Of several lists botocore itself drops all but the first one on the page where it is told to begin.
OF_ONE_LIST = [name for name, each in PAGINATORS.items() if isinstance(each["result_key"], str)]


@pytest.mark.parametrize("operation", [name for name in OF_ONE_LIST if name not in SHORT])
def test_a_list_is_taken_up_where_it_was_left(operation: str, crowd: Crowd) -> None:
    given = parameters(operation, crowd)
    paginate = crowd.iam.get_paginator(xform_name(operation)).paginate
    whole = lists(operation, paginate(**given).build_full_result())

    first = paginate(**given, PaginationConfig={"MaxItems": 1, "PageSize": 1}).build_full_result()
    rest = paginate(**given, PaginationConfig={"StartingToken": first["NextToken"]}).build_full_result()

    begun, ended = lists(operation, first), lists(operation, rest)
    assert sum(map(len, begun.values())) == 1
    assert {name: begun[name] + ended[name] for name in whole} == whole
