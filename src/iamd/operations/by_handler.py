"""Operations by their handlers: for whoever asks for one without a request, and must not write its name again."""

from collections.abc import Mapping
from typing import Any

from iamd.operations.registry import Handler, Registered
from iamd.wire import constraints, json_params, model
from iamd.wire.model import Operation


class ByHandler:
    """What is registered, found by its handler."""

    def __init__(self, registry: Mapping[tuple[str, str], Registered]) -> None:
        self._registered = {registered.handler: registered for registered in registry.values()}

    def __getitem__(self, handler: Handler) -> Registered:
        return self._registered[handler]

    def action(self, handler: Handler) -> str:
        """Return what policies call the operation: ``iam:CreateUser``."""
        registered = self._registered[handler]
        return f"{registered.service}:{registered.name}"

    def check(self, handler: Handler, params: Mapping[str, Any]) -> None:
        """
        Check *params* by the service model.

        Raises:
            ValidationError: At least one constraint is broken.
        """
        constraints.check(self._operation(handler), params)

    def read(self, handler: Handler, members: dict[str, Any]) -> dict[str, Any]:
        """
        Return the parameters that a body of JSON holds in *members*, checked by the service model.

        Raises:
            ServiceError: A member is unknown, of another type, or breaks a constraint.
        """
        params = json_params.parse(self._operation(handler), members)
        self.check(handler, params)
        return params

    def _operation(self, handler: Handler) -> Operation:
        registered = self._registered[handler]
        (service,) = (name for name in model.SERVICES if name == registered.service)
        return model.load(service).operations[registered.name]
