"""
Account properties: settings of the whole account, by ``Namespace/PropertyName``.

AWS knows one, ``RoleManager/Enabled``, which consoles of services ask before they make roles by themselves.  iamd keeps and
tells it; there is nothing here that would make roles by itself, and AcquireRole does not ask for it, as on AWS.
"""

from typing import Final

from iamd.auth.target import Target
from iamd.domain.account_properties import NAMESPACES, check_properties, namespaces_of, with_defaults
from iamd.operations.call import Call, Params, Result
from iamd.operations.registry import Mode, iam_operation

NAMESPACES_KEY: Final = "iam:AccountPropertyNamespaces"


def _all(call: Call, _params: Params) -> Target:
    return Target(arn="*", account_id=call.account_id, context={NAMESPACES_KEY: NAMESPACES})


def _given(call: Call, params: Params) -> Target:
    namespaces = namespaces_of(params["Properties"])
    return Target(arn="*", account_id=call.account_id, context={NAMESPACES_KEY: namespaces})


@iam_operation("GetAccountProperties", on=_all, mode=Mode.READ)
def get_account_properties(call: Call, _params: Params) -> Result:
    """Tell all properties of the account, those that nobody has set included."""
    return {"Properties": with_defaults(call.store.account_properties.find(call.account_id))}


@iam_operation("PutAccountProperties", on=_given, mode=Mode.WRITE)
def put_account_properties(call: Call, params: Params) -> Result:
    """
    Set properties of one namespace; others stay.

    Raises:
        InvalidInput: A property is not known, or its value not of its type; or the properties are of several namespaces.
    """
    properties = params["Properties"]
    check_properties(properties)
    call.store.account_properties.put(call.account_id, properties)
    return {}
