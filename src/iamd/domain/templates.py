"""
Templates of policies: JSON documents with parameters, and how they are filled in.

* ``@{name}`` in a text stands for a parameter's value.  Where the parameter is a list, the text becomes one text for each
  of its values; two lists in one text make one for each pair.
* ``"@Enabled": "name"`` keeps a statement where the parameter's value is ``True``, and ``"!name"`` where it is not, or
  where there is none.
* Values go into the parsed document and never into its text: whatever they hold, they stay values.

AWS: *Policy templates*, "Template syntax".
"""

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

Values: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""What parameters stand for: a text, or a list of them."""

_ENABLED: Final = "@Enabled"
_TRUE: Final = "True"
_PLACEHOLDER: Final = re.compile(r"@\{([^{}]*)\}", re.ASCII)
_MOST_TEXTS: Final = 2_048
"""More than any policy has room for; lists multiply."""


class TemplateError(Exception):
    """A template cannot be filled in; the text is for whoever wrote it or gave the values."""


def parameters_of(template: Any) -> frozenset[str]:
    """Return the names of all parameters that *template*, a text or a parsed document, asks for."""
    return frozenset(_parameters(template))


def fill_text(template: str, values: Values) -> str:
    """
    Fill in a text that must stay one.

    Raises:
        TemplateError: A parameter has no value, or is a list.
    """
    filled = _fill(template, values)
    if not isinstance(filled, str):
        raise TemplateError(f"a list has no place in `{template}`")
    return filled


def fill_texts(templates: Sequence[str], values: Values) -> tuple[str, ...]:
    """
    Fill in a list of texts; a text in which there is a list becomes several.

    Raises:
        TemplateError: A parameter has no value.
    """
    return tuple(_fill(list(templates), values))


def fill_document(template: Mapping[str, Any], values: Values) -> dict[str, Any] | None:
    """
    Fill in a policy document.

    Returns:
        The document; None where no statement of it is enabled.

    Raises:
        TemplateError: A parameter has no value, or is a list where there must be one text.
    """
    statements = template.get("Statement", [])
    several = statements if isinstance(statements, list) else [statements]
    kept = [each for each in several if _enabled(each, values)]
    if several and not kept:
        return None
    plain = [{name: value for name, value in each.items() if name != _ENABLED} for each in kept]
    rest = {name: value for name, value in template.items() if name != "Statement"}
    return {**_fill(rest, values), "Statement": _fill(plain, values)}


def document_text(document: Mapping[str, Any]) -> str:
    """Return a parsed document as JSON text, without white space."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def enabled_sample(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return *template* with every statement enabled, and the names of parameters for their values."""
    named = {name: name for name in parameters_of(template)}
    statements = template.get("Statement", [])
    several = statements if isinstance(statements, list) else [statements]
    plain = [
        {name: value for name, value in each.items() if name != _ENABLED} if isinstance(each, dict) else each
        for each in several
    ]
    return {**_fill({**template, "Statement": plain}, named)}


def _parameters(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        for name, value in template.items():
            if name == _ENABLED and isinstance(value, str):
                yield value.removeprefix("!")
            else:
                yield from _parameters(name)
                yield from _parameters(value)
    elif isinstance(template, list):
        for each in template:
            yield from _parameters(each)


def _enabled(statement: Any, values: Values) -> bool:
    if not isinstance(statement, Mapping):
        raise TemplateError("a statement is no object")
    condition = statement.get(_ENABLED)
    if condition is None:
        return True
    if not isinstance(condition, str):
        raise TemplateError(f"`{_ENABLED}` is no text")
    negated = condition.startswith("!")
    return (values.get(condition.removeprefix("!")) == _TRUE) is not negated


def _fill(template: Any, values: Values) -> Any:
    """Fill in any part of a document; a text in which there is a list becomes a list."""
    if isinstance(template, str):
        return _texts(template, values)
    if isinstance(template, Mapping):
        return {fill_text(name, values): _fill(value, values) for name, value in template.items()}
    if isinstance(template, list):
        filled: list[Any] = []
        for each in template:
            found = _fill(each, values)
            if isinstance(each, str) and isinstance(found, list):
                filled += found
            else:
                filled.append(found)
        return filled
    return template


def _texts(template: str, values: Values) -> str | list[str]:
    # Split at a pattern with one group: literal, name, literal, …, literal.
    parts = _PLACEHOLDER.split(template)
    names = parts[1::2]
    choices = {name: _value(name, values) for name in names}
    lists = {name: value for name, value in choices.items() if isinstance(value, tuple)}
    if math.prod(map(len, lists.values())) > _MOST_TEXTS:
        raise TemplateError(f"`{template}` becomes too many texts")
    filled = []
    for chosen in itertools.product(*lists.values()):
        these = {**choices, **dict(zip(lists, chosen, strict=True))}
        filled.append("".join(str(these[part]) if odd % 2 else part for odd, part in enumerate(parts)))
    return filled if lists else filled[0]


def _value(name: str, values: Values) -> str | tuple[str, ...]:
    try:
        return values[name]
    except KeyError:
        raise TemplateError(f"the parameter `{name}` has no value") from None
