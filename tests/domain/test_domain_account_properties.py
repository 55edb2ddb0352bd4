"""Account properties by themselves."""

import pytest

from iamd.domain.account_properties import NAMESPACES, check_properties, namespaces_of, with_defaults
from iamd.errors import InvalidInput


def test_what_is_not_set_has_its_default() -> None:
    assert with_defaults({}) == {"RoleManager/Enabled": "false"}
    assert with_defaults({"RoleManager/Enabled": "true", "Gone/Property": "x"}) == {
        "RoleManager/Enabled": "true"
    }


def test_namespaces_are_told_once_each() -> None:
    assert namespaces_of({"a/b": "", "c/d": "", "a/e": ""}) == ("a", "c")
    assert NAMESPACES == ("RoleManager",)


def test_something_must_be_set() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_properties({})
    assert caught.value.message == "At least one property must be given."


def test_a_key_must_have_a_namespace() -> None:
    with pytest.raises(InvalidInput):
        check_properties({"/Enabled": "true"})
    check_properties({"RoleManager/Enabled": "true"})
