"""
Simulations as the tests ask for them: one action, and the only result.
"""

from typing import Any

from tests.support.world import Actor


def custom(root: Actor, *policies: str, **params: Any) -> dict[str, Any]:
    """Return the only result of a custom simulation."""
    asked = {"ActionNames": ["s3:GetObject"], "PolicyInputList": list(policies), **params}
    (result,) = root.iam.simulate_custom_policy(**asked)["EvaluationResults"]
    found: dict[str, Any] = result
    return found


def principal(root: Actor, source: str, **params: Any) -> dict[str, Any]:
    """Return the only result of a simulation of a principal."""
    asked = {"ActionNames": ["s3:GetObject"], "PolicySourceArn": source, **params}
    (result,) = root.iam.simulate_principal_policy(**asked)["EvaluationResults"]
    found: dict[str, Any] = result
    return found


def entry(name: str, *values: str, type_: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": name, "ContextKeyValues": list(values), "ContextKeyType": type_}
