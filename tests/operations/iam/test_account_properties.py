"""Account properties."""

import pytest
from tests.support.answers import content, refusal
from tests.support.world import Actor, World, allow, deny

NAMESPACE = "iam:AccountPropertyNamespaces"


def test_properties_are_what_they_are_until_somebody_sets_them(root: Actor) -> None:
    assert root.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "false"}
    assert content(root.iam.put_account_properties(Properties={"RoleManager/Enabled": "true"})) == {}
    assert root.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "true"}
    root.iam.put_account_properties(Properties={"RoleManager/Enabled": "false"})
    assert root.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "false"}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"Enabled": "true"}, "The property key Enabled must have the form Namespace/PropertyName."),
        (
            {"RoleManager/": "true"},
            "The property key RoleManager/ must have the form Namespace/PropertyName.",
        ),
        (
            {"RoleManager/Enabled/x": "true"},
            "The property key RoleManager/Enabled/x must have the form Namespace/PropertyName.",
        ),
        (
            {"RoleManager/Enabled": "true", "Other/Enabled": "true"},
            "All properties of a request must belong to the same namespace.",
        ),
        ({"RoleManager/Other": "true"}, "The property RoleManager/Other is not known."),
        ({"rolemanager/enabled": "true"}, "The property rolemanager/enabled is not known."),
        (
            {"RoleManager/Enabled": "yes"},
            "The value of the property RoleManager/Enabled must be true or false.",
        ),
        (
            {"RoleManager/Enabled": "True"},
            "The value of the property RoleManager/Enabled must be true or false.",
        ),
    ],
)
def test_what_cannot_be_set(root: Actor, properties: dict[str, str], expected: str) -> None:
    code, message = refusal(root.iam.put_account_properties, Properties=properties)
    assert (code, message) == ("InvalidInput", expected)
    assert root.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "false"}


def test_permissions_may_be_limited_to_namespaces(world: World) -> None:
    """AWS: *GetAccountProperties* and *PutAccountProperties* ask for the namespaces of what is read and set."""
    condition = {"ForAllValues:StringEquals": {NAMESPACE: ["RoleManager"]}, "Null": {NAMESPACE: "false"}}
    actions = ["iam:GetAccountProperties", "iam:PutAccountProperties"]
    manager = world.user("manager", allow(actions, Condition=condition))
    manager.iam.put_account_properties(Properties={"RoleManager/Enabled": "true"})
    assert manager.iam.get_account_properties()["Properties"] == {"RoleManager/Enabled": "true"}
    code, _ = refusal(manager.iam.put_account_properties, Properties={"Other/Enabled": "true"})
    assert code == "AccessDenied"
    barred = world.user(
        "barred",
        allow("iam:*"),
        deny("iam:PutAccountProperties", Condition={"ForAnyValue:StringEquals": {NAMESPACE: "RoleManager"}}),
    )
    code, message = refusal(barred.iam.put_account_properties, Properties={"RoleManager/Enabled": "false"})
    assert code == "AccessDenied"
    assert "iam:PutAccountProperties on resource: *" in message


def test_accounts_have_their_own(world: World) -> None:
    world.root.iam.put_account_properties(Properties={"RoleManager/Enabled": "true"})
    other = world.app.store.read(
        lambda transaction: transaction.account_properties.find("222222222222")  # type: ignore[arg-type]
    ).result()
    assert other == {}
