"""
Which context keys statements ask for: in their conditions, and as policy variables.

The names are as the document spells them.
"""

from collections.abc import Iterable, Iterator

from iampolicy.document import StatementText
from iampolicy.policy_set import Policy
from iampolicy.statement import Statement
from iampolicy.text import ascii_lower
from iampolicy.variables import variable_names


def context_keys(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Return the keys that *policies* ask for, in the order in which they are met, each once whatever its case."""
    return unique_keys(
        key
        for policy in policies
        for statement in policy.statements
        for key in statement_keys(statement.text, variables=policy.variables)
    )


def statement_keys(text: StatementText, *, variables: bool) -> Iterator[str]:
    """
    Return the keys that one statement asks for, some perhaps more than once.

    Args:
        text: The statement.
        variables: Whether its document's version has policy variables.
    """
    if variables:
        for element in (text.resource, text.not_resource):
            for value in element or ():
                yield from variable_names(value)
    for _, keys in text.condition:
        for key, values in keys:
            yield key
            if variables:
                for value in values:
                    yield from variable_names(value)


def missing_keys(statements: Iterable[tuple[Policy, Statement]], given: Iterable[str]) -> tuple[str, ...]:
    """Return the keys that *statements* ask for and that are not among *given*; case does not matter."""
    known = {ascii_lower(key) for key in given}
    return unique_keys(
        key
        for policy, statement in statements
        for key in statement_keys(statement.text, variables=policy.variables)
        if ascii_lower(key) not in known
    )


def unique_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return *keys*, each once; of several spellings the first."""
    found: dict[str, str] = {}
    for key in keys:
        found.setdefault(ascii_lower(key), key)
    return tuple(found.values())
