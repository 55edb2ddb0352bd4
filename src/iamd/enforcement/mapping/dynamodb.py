"""
What requests to DynamoDB ask of which table, and the context keys that its fine-grained policies look at.

AWS: *Using IAM policy conditions for fine-grained access control*; *IAM security policies with PartiQL for DynamoDB*.

Which attribute is a table's partition key is not known here.  Where a request may have named it in one of several,
``dynamodb:LeadingKeys`` has the values of all of them: a policy for some leading keys allows too little, never too much.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from iamd.enforcement.mapping.asked import Part, UnmappedRequest
from iamd.enforcement.mapping.parameters import Parameters

Context = dict[str, str | tuple[str, ...]]

_BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
TRANSACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "TransactGetItems": ("GetItem",),
    "TransactWriteItems": ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"),
}
"""The actions of the elements that a transaction may have."""

_STATEMENTS: Final = ("PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate")
STATEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "BatchExecuteStatement": _STATEMENTS,
    "ExecuteStatement": _STATEMENTS,
    "ExecuteTransaction": _STATEMENTS,
}
"""The actions that a statement of PartiQL may need."""

_ELEMENTS: Final[Mapping[str, str]] = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
_EXPRESSIONS: Final = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_OF_ATTRIBUTES: Final = (
    "AttributeUpdates",
    "Expected",
    "Item",
    "Key",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
_WORDS: Final = frozenset({"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"})
_token = re.compile(r"[:#]?[A-Za-z_][A-Za-z0-9_-]*|[:#][0-9][A-Za-z0-9_]*|\S", re.ASCII)
_partiql = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--|/\*|[A-Za-z_][A-Za-z0-9_-]*|\S", re.ASCII)
_is_table = re.compile(r"[A-Za-z0-9_.-]{1,255}", re.ASCII).fullmatch
_LONGEST: Final = 8192


def parts_of(operation: str, parameters: Parameters) -> Sequence[Part]:
    """
    Return what is asked of each table.

    Raises:
        UnmappedRequest: It cannot be told.
    """
    if operation in _BATCHES:
        items = parameters.get("RequestItems")
        if not isinstance(items, dict) or not items:
            raise UnmappedRequest(f"{operation} names no table.")
        return [_of_table(operation, name, told) for name, told in items.items()]
    if operation in TRANSACTIONS:
        return list(_of_transaction(operation, parameters.get("TransactItems")))
    if operation == "ExecuteStatement":
        return [_of_statement(parameters)]
    if operation in {"BatchExecuteStatement", "ExecuteTransaction"}:
        statements = parameters.get("Statements" if operation[0] == "B" else "TransactStatements")
        if not isinstance(statements, list) or not statements:
            raise UnmappedRequest(f"{operation} has no statement.")
        return [_of_statement(each) for each in statements]
    if operation in {"Query", "Scan"} and "IndexName" in parameters:
        return [Part(parameters, only=("index",), context=_context(operation, parameters))]
    if operation.startswith("RestoreTable"):
        return [Part({**parameters, "TableName": parameters.get("TargetTableName")})]
    return [Part(parameters, context=_context(operation, parameters))]


def _of_table(operation: str, name: str, told: object) -> Part:
    context: Context = {}
    if operation == "BatchGetItem" and isinstance(told, Mapping):
        keys = [key for key in told.get("Keys", []) if isinstance(key, Mapping)]
        context = _context("GetItem", {**told, "Key": {}})
        context |= _leading(value for key in keys for value in key.values())
        context |= _attributes({"Key": dict.fromkeys([name for key in keys for name in key]), **told})
    elif isinstance(told, list):
        items = [each for request in told if isinstance(request, Mapping) for each in request.values()]
        written = [
            values
            for each in items
            if isinstance(each, Mapping)
            for values in (each.get("Item"), each.get("Key"))
            if isinstance(values, Mapping)
        ]
        context = _leading(value for values in written for value in values.values())
        context |= _attributes({"Item": dict.fromkeys([name for values in written for name in values])})
    return Part({"TableName": name}, context=context)


def _of_transaction(operation: str, items: object) -> Iterator[Part]:
    if not isinstance(items, list) or not items:
        raise UnmappedRequest("The transaction has no elements.")
    for item in items:
        if not isinstance(item, Mapping) or len(item) != 1:
            raise UnmappedRequest("An element of the transaction is not one of its kinds.")
        ((kind, told),) = item.items()
        name = _ELEMENTS.get(kind)
        if name is None or not isinstance(told, Mapping):
            raise UnmappedRequest("An element of the transaction is not one of its kinds.")
        context = {**_context(name, told), "dynamodb:EnclosingOperation": operation}
        yield Part({"TableName": told.get("TableName")}, actions=(f"dynamodb:{name}",), context=context)


def _context(operation: str, told: Parameters) -> Context:
    context: Context = {}
    for name in ("ReturnConsumedCapacity", "ReturnValues", "Select"):
        value = told.get(name)
        if isinstance(value, str):
            context[f"dynamodb:{name}"] = value
    if operation in _READS and "dynamodb:Select" not in context:
        projects = "ProjectionExpression" in told or "AttributesToGet" in told
        whole = "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in told else "ALL_ATTRIBUTES"
        context["dynamodb:Select"] = "SPECIFIC_ATTRIBUTES" if projects else whole
    for name in ("Key", "Item"):
        value = told.get(name)
        if isinstance(value, Mapping):
            context |= _leading(value.values())
    if operation == "Query":
        context |= _leading(_equals(told))
    return context | _attributes(told)


def _leading(values: object) -> Context:
    found = []
    for value in values if isinstance(values, Iterator) else list(values):  # type: ignore[call-overload]
        if isinstance(value, Mapping) and len(value) == 1:
            ((kind, text),) = value.items()
            if kind in {"S", "N", "B"}:
                found.append(str(text))
    return {"dynamodb:LeadingKeys": tuple(dict.fromkeys(found))} if found else {}


def _equals(told: Parameters) -> Iterator[object]:
    """Yield the values that a query holds keys to; one of them is the partition key's."""
    values = told.get("ExpressionAttributeValues", {})
    tokens = _token.findall(str(told.get("KeyConditionExpression", ""))[:_LONGEST])
    yield from (values[token] for token in tokens if token in values)
    for condition in told.get("KeyConditions", {}).values():
        if isinstance(condition, Mapping):
            yield from condition.get("AttributeValueList", [])


def _attributes(told: Parameters) -> Context:
    """Return the attributes that a request names at all."""
    found: dict[str, None] = dict.fromkeys(
        [name for name in told.get("AttributesToGet", []) if isinstance(name, str)]
    )
    aliases = told.get("ExpressionAttributeNames", {})
    for place in _OF_ATTRIBUTES:
        given = told.get(place)
        if isinstance(given, Mapping):
            found |= dict.fromkeys(given)
    for place in _EXPRESSIONS:
        tokens = _token.findall(str(told.get(place, ""))[:_LONGEST])
        for at, token in enumerate(tokens):
            follows = tokens[at + 1] if at + 1 < len(tokens) else ""
            inner = at > 0 and tokens[at - 1] == "."
            is_name = token[0] == "#" or (token[0].isascii() and (token[0].isalpha() or token[0] == "_"))
            if is_name and not inner and follows != "(" and token.upper() not in _WORDS:
                found[str(aliases.get(token, token))] = None
    return {"dynamodb:Attributes": tuple(found)} if found else {}


def _of_statement(told: Any) -> Part:
    text = told.get("Statement") if isinstance(told, Mapping) else None
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise UnmappedRequest("The statement cannot be read.")
    tokens = _partiql.findall(text)
    words = [token.upper() for token in tokens]
    if not words or {"--", "/*", ";"} & set(words) or words.count("SELECT") > (words[0] == "SELECT"):
        raise UnmappedRequest("The statement is not one that is understood.")
    at = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}.get(words[0])
    if words[0] == "SELECT" and words.count("FROM") == 1:
        at = words.index("FROM") + 1
    if (
        at is None
        or at >= len(words)
        or (words[0] in {"INSERT", "DELETE"} and words[1] not in {"INTO", "FROM"})
    ):
        raise UnmappedRequest("The statement is not one that is understood.")
    table, index = _named(tokens, at)
    # AWS: every statement that is no SELECT has the partition key in it; this one cannot be held to a part of a table.
    action = f"dynamodb:PartiQL{words[0].capitalize()}"
    parameters = {"TableName": table} | ({"IndexName": index} if index else {})
    whole = words[0] == "SELECT" and "WHERE" not in words
    context: Context = {"dynamodb:FullTableScan": "true"} if whole else {}
    # Which items and attributes it is about is not worked out: a policy for some of them does not allow it.
    context |= {"dynamodb:LeadingKeys": ("*",), "dynamodb:Attributes": ("*",)}
    return Part(parameters, actions=(action,), only=("index",) if index else ("table",), context=context)


def _named(tokens: Sequence[str], at: int) -> tuple[str, str]:
    names = [_unquoted(tokens[at])]
    if at + 1 < len(tokens) and tokens[at + 1] == ".":
        names.append(_unquoted(tokens[at + 2] if at + 2 < len(tokens) else ""))
        at += 2
    follows = tokens[at + 1].upper() if at + 1 < len(tokens) else ""
    if follows not in {"", "WHERE", "SET", "REMOVE", "VALUE", "ORDER", "RETURNING"}:
        raise UnmappedRequest("The statement is not one that is understood.")
    if not all(map(_is_table, names)):
        raise UnmappedRequest("The statement names no table.")
    return names[0], names[1] if len(names) > 1 else ""


def _unquoted(token: str) -> str:
    return token[1:-1] if token.startswith('"') and token.endswith('"') else token
