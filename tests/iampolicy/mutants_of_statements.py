"""Mistakes about the other elements of statements: resources, actions, principals."""

from typing import Final

from tests.iampolicy.mutants import Mutant

_ALL_THREE: Final = "self._account(principal) and self._behind(principal) and self._named(principal)"
_NONE_OF: Final = "return True not in answers and (deny or None not in answers)"
_CROSSES: Final = 'crosses = segment.endswith("*") and (last or self._deny or number > _SERVICE)'
_SAME: Final = "folded.get(ascii_lower(character), 0) if colons < HEAD_SEGMENTS else named.get(character, 0)"
_ROLE: Final = "ascii_lower(principal.identity_arn) in self._roles"

RESOURCES: Final = (
    Mutant("stars do not cross colons", "arn.py", _CROSSES, "crosses = False"),
    Mutant(
        "stars anywhere in a segment cross colons",
        "arn.py",
        "steps += _steps(tokenize(segment), colons=last)",
        "steps += _steps(tokenize(segment), colons=True)",
    ),
    Mutant(
        "a star for the partition does not cross in a Deny",
        "arn.py",
        'partition_crosses = deny and segments[1].endswith("*")',
        "partition_crosses = False",
    ),
    Mutant(
        "after a star has crossed, nothing has case",
        "arn.py",
        _SAME,
        "folded.get(ascii_lower(character), 0)",
    ),
    Mutant(
        "a wildcard for the resource type is allowed",
        "arn.py",
        'if deny or ascii_lower(service) not in _TYPED_SERVICES or tail == "*":',
        "if service:",
    ),
    Mutant(
        "a wildcard for the service is allowed",
        "arn.py",
        'if head[0] != "arn" or has_wildcard(head[_SERVICE]):',
        'if head[0] != "arn":',
    ),
    Mutant(
        "a variable may stand for the account",
        "arn.py",
        'return not (variables and any("${" in segment for segment in head))',
        "return True",
    ),
    Mutant(
        "resources have no case",
        "arn.py",
        "self.tail = parts[HEAD_SEGMENTS]",
        "self.tail = ascii_lower(parts[HEAD_SEGMENTS])",
    ),
    Mutant(
        "accounts and regions have case",
        "arn.py",
        "self.head = ascii_lower(text[: len(text) - len(self.tail)])",
        "self.head = text[: len(text) - len(self.tail)]",
    ),
    Mutant(
        "wildcards of ArnLike cross colons",
        "arn.py",
        "    matchers = tuple(compile_tokens(part) for part in parts)\n",
        "    return compile_tokens(tokens)\n    matchers = ()\n",
    ),
    Mutant(
        "a variable without a value is left out of NotResource",
        "arn.py",
        "return None  # semantics 17",
        "return False",
    ),
    Mutant("NotResource is not heard", "statement.py", _NONE_OF, "return True"),
    Mutant(
        "an unusable entry of NotResource stops a Deny",
        "statement.py",
        _NONE_OF,
        _NONE_OF.replace("deny or ", ""),
    ),
    Mutant(
        "an unusable entry of NotResource opens an Allow",
        "statement.py",
        _NONE_OF,
        "return True not in answers",
    ),
    Mutant(
        "one entry of Resource that misses is enough to miss",
        "statement.py",
        "        return matchers[0]\n    several = tuple(matchers)",
        "        return matchers[0]\n    several = tuple(matchers[:1])",
    ),
    Mutant(
        "short ARNs of service control policies are always completed",
        "statement.py",
        "PolicyKind.SCP: _if_wildcard_last",
        "PolicyKind.SCP: _always",
    ),
    Mutant(
        "short ARNs of resource policies are always completed",
        "statement.py",
        "PolicyKind.RESOURCE: _if_wildcard",
        "PolicyKind.RESOURCE: _always",
    ),
    Mutant(
        "short ARNs of identity policies are never completed",
        "statement.py",
        "PolicyKind.IDENTITY: _always",
        "PolicyKind.IDENTITY: _never",
    ),
)

ACTIONS: Final = (
    Mutant(
        "an unusable entry of NotAction opens an Allow",
        "statement.py",
        "return self.denies or None not in self._not_action",
        "return True",
    ),
    Mutant(
        "NotAction is Action",
        "statement.py",
        "            return False\n        # An entry that can match nothing",
        "            return True\n        # An entry that can match nothing",
    ),
    Mutant(
        "actions have case",
        "statement.py",
        'service, _, name = ascii_lower(pattern).partition(":")',
        'service, _, name = pattern.partition(":")',
    ),
    Mutant(
        "white space in actions is passed over",
        "statement.py",
        "or pattern.split() != [pattern]",
        "",
    ),
)

PRINCIPALS: Final = (
    Mutant(
        "NotPrincipal with Allow allows everybody else",
        "statement.py",
        "if self._not_principal is None or not self.denies:",
        "if self._not_principal is None:",
    ),
    Mutant(
        "NotPrincipal spares those with a boundary",
        "principals.py",
        "if bounded:\n            return False",
        "if not bounded and False:\n            return False",
    ),
    Mutant(
        "NotPrincipal spares a session whose role is not listed",
        "principals.py",
        _ALL_THREE,
        "self._account(principal) and self._named(principal)",
    ),
    Mutant(
        "NotPrincipal spares a user whose account is not listed",
        "principals.py",
        "return self._account(principal) and self._named(principal)\n            case PrincipalKind.ASSUMED",
        "return self._named(principal)\n            case PrincipalKind.ASSUMED",
    ),
    Mutant(
        "a namesake made later is let in",
        "principals.py",
        "self._ids.add(bindings[value])",
        "self._add_arn(value)",
    ),
    Mutant(
        "a role is known by its name alone",
        "principals.py",
        _ROLE,
        'ascii_lower(principal.identity_arn).rpartition("/")[2] in {role.rpartition("/")[2] for role in self._roles}',
    ),
    Mutant("names of roles have case", "principals.py", _ROLE, "principal.identity_arn in self._roles"),
    Mutant(
        "partitions are one",
        "principals.py",
        "or (principal.partition, account) in self._accounts",
        "or any(account == other for _, other in self._accounts)",
    ),
    Mutant(
        "naming the role is naming the session",
        "principals.py",
        "if self._behind(principal):\n            return Grant.ENTITY",
        "if self._behind(principal):\n            return Grant.DIRECT",
    ),
    Mutant(
        "naming the session is naming the role",
        "principals.py",
        "if self._named(principal):\n            return Grant.DIRECT",
        "if self._named(principal):\n            return Grant.ENTITY",
    ),
    Mutant(
        "everybody of AWS is everybody, for an endpoint too",
        "principals.py",
        "self._aws_alone = kind is PolicyKind.ENDPOINT and not element.untyped",
        "self._aws_alone = False",
    ),
    Mutant(
        "everybody is everybody of AWS alone, for an endpoint",
        "principals.py",
        "self._aws_alone = kind is PolicyKind.ENDPOINT and not element.untyped",
        "self._aws_alone = kind is PolicyKind.ENDPOINT",
    ),
    Mutant(
        "everyone is only an account",
        "principals.py",
        "if self._everyone(principal):\n            return Grant.DIRECT",
        "if self._everyone(principal):\n            return Grant.ACCOUNT",
    ),
    Mutant(
        "a canonical user id is not known",
        "principals.py",
        'principal.canonical_user_id != "" and principal.canonical_user_id in self._canonical',
        "False",
    ),
)
