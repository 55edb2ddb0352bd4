"""The mapping of a whole service, to be read: each of its operations, with the actions that it needs and what they are on."""

from collections.abc import Iterator

import msgspec

from iamd.enforcement.mapping import api_gateway, s3_needs
from iamd.enforcement.mapping.actions import actions_of, prefix_of
from iamd.enforcement.mapping.dynamodb import STATEMENTS, TRANSACTIONS
from iamd.enforcement.mapping.models import Models, signing_names
from iamd.enforcement.mapping.reference import service_of

_S3 = "s3"


class Row(msgspec.Struct, frozen=True, rename="pascal"):
    """
    One operation.

    Attributes:
        actions: All of them are needed; none where the operation is not mapped, and always refused.
        resources: Templates of the ARNs that the actions are asked on, as far as a request names them.
    """

    service: str
    operation: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


def rows_of(service: str) -> Iterator[Row]:
    """Yield the rows of a service, given by its signing name or by the name of its model; none of one that is not known."""
    models = Models()
    for signing_name, names in signing_names().items():
        if service != signing_name and service not in names:
            continue
        for model in models.prepare(signing_name):
            if service in {signing_name, model.name}:
                for operation in sorted(model.operations):
                    method = model.operations[operation].template.method
                    yield _row(model.name, prefix_of(signing_name), operation, method)


def _row(model: str, prefix: str, operation: str, method: str) -> Row:
    actions = actions_of(prefix, operation)
    if model == _S3:
        actions = (f"s3:{s3_needs.action_of(operation)}",)
    elif prefix == "dynamodb":
        named = {**TRANSACTIONS, **STATEMENTS}.get(operation)
        actions = tuple(f"dynamodb:{name}" for name in named) if named else actions
    elif prefix == api_gateway.PREFIX and not actions:
        return Row(model, operation, (f"{prefix}:{method}",), ("arn:aws:apigateway:${Region}::${Path}",))
    known = service_of(prefix).actions
    actions = tuple(action for action in actions if action.partition(":")[2].lower() in known)
    templates = [
        kind.template for action in actions for kind in known[action.partition(":")[2].lower()].kinds
    ]
    return Row(model, operation, actions, tuple(dict.fromkeys(templates)) or ("*",) * bool(actions))
