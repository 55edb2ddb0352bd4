"""Where every value of a text stands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iampolicy.positions import Lines
from iampolicy.source import DEEPEST, Node, SourceError, read_source

TEXT = ' {"a": [1, {"b/~": "x"}, -2.5e3], "c": null,\r\n"a":true, "": {}, "e": [], "f": "\\u00e9"}'


def at(pointer: str, root: Node) -> Node:
    return next(node for node in root.walk() if node.pointer == pointer)


def test_pointers_and_positions() -> None:
    root = read_source(TEXT)
    lines = Lines(TEXT)
    shown = {
        node.pointer: (node.kind, node.value, lines.position(node.begin), lines.position(node.named))
        for node in root.walk()
    }
    assert shown == {
        "": ("object", None, (1, 2), (1, 2)),
        "/a": ("boolean", True, (2, 5), (2, 1)),
        "/c": ("null", None, (1, 40), (1, 35)),
        "/": ("object", None, (2, 15), (2, 11)),
        "/e": ("array", None, (2, 24), (2, 19)),
        "/f": ("string", "é", (2, 33), (2, 28)),
    }
    (earlier,) = root.repeated
    assert (earlier.pointer, earlier.value) == ("/a", True)


def test_lists_and_names() -> None:
    root = read_source('{"x": [1, {"b/~": "y"}], "z": "w"}')
    deep = at("/x/1/b~1~0", root)
    assert (deep.name, deep.text, deep.kind) == ("b/~", "y", "string")
    assert [node.value for node in at("/x", root).listed] == ["1", None]
    assert [node.text for node in at("/z", root).listed] == ["w"]
    assert at("/x/0", root).text is None


@pytest.mark.parametrize(
    ("text", "message", "index"),
    [
        ("", "Expecting value", 0),
        ('{"a": 1,}', "Expecting property name enclosed in double quotes", 8),
        ('{"a": NaN}', "NaN is no JSON", 6),
        ("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2), "nested too deeply", DEEPEST + 1),
        ("[" * 100_000, "nested too deeply", 0),
    ],
)
def test_what_is_no_json_says_where(text: str, message: str, index: int) -> None:
    """R-67."""
    with pytest.raises(SourceError) as raised:
        read_source(text)
    assert (str(raised.value), raised.value.index) == (message, index)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=3), below, max_size=3)
    ),
    max_leaves=10,
)


def plain(node: Node) -> object:
    if node.kind == "object":
        return {name: plain(member) for name, member in node.members.items()}
    if node.kind == "array":
        return [plain(item) for item in node.items]
    return int(str(node.value)) if node.kind == "number" else node.value


@given(values, st.sampled_from([None, 1]))
def test_the_tree_is_the_value(value: object, indent: int | None) -> None:
    assert plain(read_source(json.dumps(value, indent=indent))) == value
