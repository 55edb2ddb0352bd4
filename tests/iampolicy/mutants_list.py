"""The mistakes that `mutants` makes: those that evaluators of policies are known for, and some that only hurry makes."""

from typing import Final

from tests.iampolicy.mutants import Mutant

_ALLOWING_ROOTS: Final = "return self._identity_allows or self._request.principal.kind in ROOTS"
_ALL_THREE: Final = "self._account(principal) and self._behind(principal) and self._named(principal)"
_NONE_OF: Final = "return True not in answers and (deny or None not in answers)"
_MISSED: Final = "missed = used.negated and (mode.deny or len(wanted) == len(parsed))"
_CROSSES: Final = 'crosses = segment.endswith("*") and (last or self._deny or number > _SERVICE)'
_SAME: Final = "folded.get(ascii_lower(character), 0) if colons < HEAD_SEGMENTS else named.get(character, 0)"
_ROLE: Final = "ascii_lower(principal.identity_arn) in self._roles"

CONDITIONS: Final = (
    Mutant(
        "a missing key matches",
        "condition.py",
        "missing = use.operator.negated or use.if_exists",
        "missing = True",
    ),
    Mutant(
        "a negated operator fails without the key",
        "condition.py",
        "missing = use.operator.negated or use.if_exists",
        "missing = use.if_exists",
    ),
    Mutant(
        "IfExists is not heard",
        "condition.py",
        "missing = use.operator.negated or use.if_exists",
        "missing = use.operator.negated",
    ),
    Mutant(
        "Null is inverted",
        "condition.py",
        "return when_absent if value is None or value == () else when_present",
        "return when_present if value is None or value == () else when_absent",
    ),
    Mutant(
        "Null takes an empty list for a value",
        "condition.py",
        "return when_absent if value is None or value == () else when_present",
        "return when_absent if value is None else when_present",
    ),
    Mutant(
        "ForAllValues is ForAnyValue",
        "condition.py",
        "return all(map(_bound(test, context), members))",
        "return any(map(_bound(test, context), members))",
    ),
    Mutant(
        "ForAnyValue is ForAllValues",
        "condition.py",
        "return any(members) and any(map(_bound(test, context), members))",
        "return any(members) and all(map(_bound(test, context), members))",
    ),
    Mutant(
        "ForAllValues fails without values",
        "condition.py",
        "if not any(members):\n            return True",
        "if not any(members):\n            return False",
    ),
    Mutant(
        "ForAllValues takes an empty text for a value",
        "condition.py",
        "if not any(members):\n            return True",
        "if not members:\n            return True",
    ),
    Mutant(
        "ForAnyValue holds for an empty text",
        "condition.py",
        "return any(members) and any(",
        "return any(",
    ),
    Mutant(
        "ForAnyValue does not hear IfExists",
        "condition.py",
        "if value is None:\n            return missing\n        if value is AMBIGUOUS",
        "if value is None:\n            return False\n        if value is AMBIGUOUS",
    ),
    Mutant(
        "a list counts as missing for a plain operator",
        "condition.py",
        "return value is AMBIGUOUS and deny",
        "return missing",
    ),
    Mutant(
        "two spellings of a key never stop a request",
        "condition.py",
        "return value is AMBIGUOUS and deny",
        "return False",
    ),
    Mutant(
        "names of keys have case",
        "condition.py",
        "lowered = ascii_lower(key)",
        "lowered = key",
    ),
    Mutant(
        "of two spellings of a key the last counts",
        "condition.py",
        "merged[lowered] = merged.get(lowered, ()) + values",
        "merged[lowered] = values",
    ),
    Mutant(
        "one operator of a block is enough",
        "condition.py",
        "return tuple(checks)",
        "return tuple(checks[:1])",
    ),
    Mutant(
        "an unknown operator holds",
        "condition.py",
        "_never if use is None",
        "(lambda _values: True) if use is None",
    ),
)

OPERATORS: Final = (
    Mutant(
        "a variable without a value equals the empty text",
        "operators.py",
        "resolved = {text for template in templates if (text := template.text(context)) is not None}",
        'resolved = {template.text(context) or "" for template in templates}',
    ),
    Mutant(
        "a negated operator fails on a variable without a value",
        "operators.py",
        "return matcher_of(wanted.union(map(fold, resolved)))",
        "if len(resolved) < len(templates):\n                return lambda _value: used.negated\n"
        "            return matcher_of(wanted.union(map(fold, resolved)))",
    ),
    Mutant(
        "a negated operator is not",
        "operators.py",
        "return Test(_negate(static) if used.negated else static)",
        "return Test(static)",
    ),
    Mutant(
        "StringNotLike is StringLike",
        "operators.py",
        'Operator("StringNotLike", _build_like, negated=True)',
        'Operator("StringNotLike", _build_like)',
    ),
    Mutant(
        "StringLike knows no wildcards",
        "operators.py",
        'Operator("StringLike", _build_like)',
        'Operator("StringLike", _equals)',
    ),
    Mutant(
        "StringEquals knows wildcards",
        "operators.py",
        'Operator("StringEquals", _equals)',
        'Operator("StringEquals", _build_like)',
    ),
    Mutant(
        "StringEqualsIgnoreCase does not",
        "operators.py",
        'Operator("StringEqualsIgnoreCase", _equals_ignoring_case)',
        'Operator("StringEqualsIgnoreCase", _equals)',
    ),
    Mutant(
        "case is folded letter by letter",
        "operators.py",
        "_build_equals(str.casefold)",
        "_build_equals(str.lower)",
    ),
    Mutant(
        "Bool has case",
        "operators.py",
        "return lambda value: ascii_lower(value) in texts",
        "return lambda value: value in texts",
    ),
    Mutant(
        "Bool compares any text",
        "operators.py",
        "wanted = truths.intersection(map(ascii_lower, texts))",
        "wanted = frozenset(map(ascii_lower, texts))",
    ),
    Mutant(
        "an unreadable value lets an Allow speak",
        "operators.py",
        "unreadable = used.negated and mode.deny",
        "unreadable = used.negated",
    ),
    Mutant(
        "an unreadable value hinders a Deny",
        "operators.py",
        "unreadable = used.negated and mode.deny",
        "unreadable = False",
    ),
    Mutant(
        "an unreadable value of the policy is as if it were not there",
        "operators.py",
        _MISSED,
        "missed = used.negated",
    ),
    Mutant(
        "the last answer is kept for too long",
        "operators.py",
        "if known == text:",
        "if known and len(known) == len(text):",
    ),
    Mutant(
        "NumericLessThan is NumericLessThanEquals",
        "operators.py",
        '_typed("NumericLessThan", parse_number, operator.lt)',
        '_typed("NumericLessThan", parse_number, operator.le)',
    ),
    Mutant(
        "NumericGreaterThan looks the other way",
        "operators.py",
        '_typed("NumericGreaterThan", parse_number, operator.gt)',
        '_typed("NumericGreaterThan", parse_number, operator.lt)',
    ),
    Mutant(
        "DateGreaterThanEquals is DateGreaterThan",
        "operators.py",
        '_typed("DateGreaterThanEquals", parse_instant, operator.ge)',
        '_typed("DateGreaterThanEquals", parse_instant, operator.gt)',
    ),
    Mutant(
        "NotIpAddress is IpAddress",
        "operators.py",
        '_address("NotIpAddress", negated=True)',
        '_address("NotIpAddress")',
    ),
    Mutant(
        "BinaryEquals compares texts",
        "operators.py",
        "_build_typed(_request_bytes, parse_base64, operator.eq)",
        "_build_typed(_request_bytes, _request_bytes, operator.eq)",
    ),
    Mutant(
        "ArnEquals is StringEquals",
        "operators.py",
        'Operator("ArnEquals", _build_arn)',
        'Operator("ArnEquals", _equals)',
    ),
    Mutant(
        "ArnLike takes what is no ARN",
        "operators.py",
        "return lambda value: looks_like_arn(value) and matches(value)",
        "return matches",
    ),
    Mutant(
        "ArnNotLike lets an Allow speak whatever is written there",
        "operators.py",
        "held = mode.deny or not broken",
        "held = True",
    ),
    Mutant(
        "Null takes IfExists",
        "operators.py",
        "found is NULL and len(name) != len(NULL.name)",
        "found is NULL and not name",
    ),
    Mutant(
        "names of operators have case",
        "operators.py",
        "rest = ascii_lower(name)",
        "rest = name[:1].lower() + name[1:]",
    ),
)

VALUES: Final = (
    Mutant(
        "numbers are binary floats",
        "values.py",
        "return Decimal(text)",
        "return Decimal(float(text))",
    ),
    Mutant(
        "numbers are what int takes",
        "values.py",
        'if text.startswith("-+") or not all_digits(whole) or',
        'if not whole.replace("_", "").isdigit() or',
    ),
    Mutant(
        "time zones are not heard",
        "values.py",
        'return clock, -seconds if sign == "-" else seconds',
        "return clock, 0",
    ),
    Mutant(
        "time zones go the other way",
        "values.py",
        'return clock, -seconds if sign == "-" else seconds',
        'return clock, seconds if sign == "-" else -seconds',
    ),
    Mutant(
        "fractions of a second are cut off",
        "values.py",
        'return midnight + hour * 3600 + minute * 60 + second - offset, fraction.rstrip("0")',
        'return midnight + hour * 3600 + minute * 60 + second - offset, ""',
    ),
    Mutant(
        "four characters are a year",
        "values.py",
        'if (len(text) == 4 and all_digits(text)) or "-" in text[1:]:',
        'if len(text) == 4 or "-" in text[1:]:',
    ),
    Mutant(
        "IPv4 and IPv6 are compared",
        "values.py",
        "return address.family == network.family and ",
        "return ",
    ),
    Mutant(
        "bits of the host count",
        "values.py",
        "return Network(address.family, address.number >> (width - bits), width - bits)",
        "return Network(address.family, address.number, 0)",
    ),
    Mutant(
        "base64 may hold anything",
        "values.py",
        "decoded = b64decode(text, validate=True)",
        "return b64decode(text)",
    ),
    Mutant(
        "base64 may have padding to spare",
        "values.py",
        "return decoded if len(text) == (len(decoded) + 2) // 3 * 4 else None",
        "return decoded",
    ),
)

VARIABLES: Final = (
    Mutant(
        "the default stands in for a list",
        "variables.py",
        "return value if isinstance(value, str) else None",
        "return value if isinstance(value, str) else self.default",
    ),
    Mutant(
        "wildcards in a substituted value count",
        "variables.py",
        "                tokens.append(text)\n                size += len(text)",
        "                tokens.extend(tokenize(text))\n                size += len(text)",
    ),
    Mutant(
        "old versions have variables",
        "variables.py",
        'if not enabled or "${" not in text:',
        'if "${" not in text:',
    ),
    Mutant(
        "${$} is no escape",
        "variables.py",
        '_ESCAPES: Final = frozenset("*?$")',
        '_ESCAPES: Final = frozenset("*?")',
    ),
    Mutant(
        "variables have case",
        "variables.py",
        'return None if not name or "${" in name else ascii_lower(name)',
        'return None if not name or "${" in name else name',
    ),
    Mutant(
        "a default needs no quote at its end",
        "variables.py",
        'if not default.endswith("\'"):\n            return Variable(None)',
        'if not default.endswith("\'"):\n            return Variable(_key(key), default)',
    ),
)

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
        "everyone is only an account",
        "principals.py",
        "if self.everyone:\n            return Grant.DIRECT",
        "if self.everyone:\n            return Grant.ACCOUNT",
    ),
    Mutant(
        "a canonical user id is not known",
        "principals.py",
        'principal.canonical_user_id != "" and principal.canonical_user_id in self._canonical',
        "False",
    ),
)

DECISION: Final = (
    Mutant(
        "the boundary is dropped",
        "evaluate.py",
        "if policies.boundary is not None and not self._boundary_allows:",
        "if policies.boundary is not None and False:",
    ),
    Mutant(
        "a Deny of the boundary is not heard",
        "evaluate.py",
        "self._boundary_allows = self._ask(_BOUNDARY, (policies.boundary,))",
        "self._boundary_allows = True",
    ),
    Mutant(
        "session policies do not limit what a role is given",
        "evaluate.py",
        "policies.session is not None or",
        "(policies.session is not None and not granted) or",
    ),
    Mutant(
        "a federated user needs no session policy",
        "evaluate.py",
        "policies.session is not None or self._request.principal.kind in NEEDING_A_SESSION_POLICY",
        "policies.session is not None",
    ),
    Mutant(
        "a direct grant is limited by session policies",
        "evaluate.py",
        "if self._grant is Grant.DIRECT:\n            return None",
        "if self._grant is Grant.DIRECT and not self._policies.session:\n            return None",
    ),
    Mutant(
        "one level of service control policies is enough",
        "evaluate.py",
        "for level in self._policies.scps:",
        "for level in self._policies.scps[:1]:",
    ),
    Mutant(
        "all policies of a level must allow",
        "evaluate.py",
        "if not any(grants):",
        "if not all(grants):",
    ),
    Mutant(
        "service-linked roles are not exempt",
        "evaluate.py",
        "if self._request.principal.service_linked:",
        "if self._request.principal.service_linked and False:",
    ),
    Mutant(
        "a trust policy may be silent",
        "evaluate.py",
        "if self._policies.resource_must_allow and self._grant is _NONE:",
        "if self._policies.resource_must_allow and self._grant is None:",
    ),
    Mutant(
        "a direct grant crosses accounts alone",
        "evaluate.py",
        "silent = self._silent_of_principal(granted=False)",
        "silent = self._silent_of_principal(granted=self._grant is Grant.DIRECT)",
    ),
    Mutant(
        "accounts are one",
        "evaluate.py",
        "elif principal.account == self._request.resource_account:",
        "elif principal.account:",
    ),
    Mutant("the root user needs a policy", "evaluate.py", _ALLOWING_ROOTS, "return self._identity_allows"),
    Mutant(
        "an endpoint may be silent",
        "evaluate.py",
        "if self._ask_about_principal(policies.endpoint) is _NONE:",
        "if self._ask_about_principal(policies.endpoint) is None:",
    ),
    Mutant(
        "the actions that need no permission have case",
        "evaluate.py",
        "ascii_lower(request.action) in _ALWAYS_ALLOWED",
        "request.action in _ALWAYS_ALLOWED",
    ),
    Mutant(
        "the resource's Deny is named before the identity's",
        "evaluate.py",
        "    Layer.IDENTITY,\n    Layer.BOUNDARY,",
        "    Layer.RESOURCE,\n    Layer.IDENTITY,\n    Layer.BOUNDARY,",
    ),
    Mutant(
        "naming the role is enough",
        "evaluate.py",
        "if self._grant is Grant.DIRECT:\n            return None",
        "if self._grant >= Grant.ENTITY:\n            return None",
    ),
    Mutant(
        "naming the account is enough",
        "evaluate.py",
        "granted=self._grant is Grant.ENTITY",
        "granted=self._grant is not _NONE",
    ),
    Mutant(
        "the first Deny hides behind an Allow",
        "evaluate.py",
        "        if self._denies:\n            denying",
        "        if self._denies and not self._allows:\n            denying",
    ),
    Mutant(
        "conditions of resource policies are not heard",
        "evaluate.py",
        "or not all(check(values) for check in statement.checks)",
        "",
    ),
)

MATCHING: Final = (
    Mutant(
        "a pattern may match the beginning of a text",
        "wildcard.py",
        "return lambda text: len(text) == piece.length and piece.at(text, 0)",
        "return lambda text: len(text) >= piece.length and piece.at(text, 0)",
    ),
    Mutant(
        "pieces of a pattern may overlap",
        "wildcard.py",
        "position += piece.length",
        "position += 1",
    ),
    Mutant(
        "the end of a pattern may overlap its beginning",
        "wildcard.py",
        "if size < shortest or not first.at(text, 0)",
        "if end < 0 or not first.at(text, 0)",
    ),
    Mutant(
        "? in the middle matches nothing",
        "wildcard.py",
        "state = ((state << 1) | 1) & masks.get(text[position], any_character)",
        "state = ((state << 1) | 1) & masks.get(text[position], 0)",
    ),
    Mutant(
        "the index of resources looks up one length",
        "index.py",
        "for length in self._lengths:",
        "for length in self._lengths[:1]:",
    ),
    Mutant(
        "the index of resources takes ? for a letter",
        "index.py",
        "found = {statement.index: statement for statement in self._anywhere}",
        "found = {}",
    ),
    Mutant(
        "the beginning of a resource may hold a ?",
        "arn.py",
        'for mark in ("*", "?", "${")',
        'for mark in ("*", "${")',
    ),
    Mutant(
        "the index of actions forgets those with wildcards",
        "index.py",
        "for statement in (*self._anywhere, *of_service, *named)",
        "for statement in (*self._anywhere, *named)",
    ),
)

JUDGE: Final = (
    Mutant(
        "the judge: a Deny is an Allow",
        "judge/decide.py",
        'if grant and statement["Effect"] == "Deny":',
        'if grant and statement["Effect"] == "deny":',
    ),
    Mutant(
        "the judge: a missing key is no match",
        "judge/conditions.py",
        "return if_exists or negated  # semantics 30",
        "return if_exists",
    ),
    Mutant(
        "the judge: one key is enough",
        "judge/conditions.py",
        "    return all(\n        _holds(",
        "    return any(\n        _holds(",
    ),
    Mutant(
        "the judge: wildcards in values count",
        "judge/patterns.py",
        "tokens.extend(value)  # semantics 17",
        "tokens.extend(plain(value))  # semantics 17",
    ),
    Mutant(
        "the judge: short ARNs are cut",
        "judge/resources.py",
        'return [entry + ":*" * missing, entry]',
        "return [entry]",
    ),
    Mutant(
        "the judge: case does not matter",
        "judge/resources.py",
        "return same(wanted, seen, at) if at > start else",
        "return same(wanted, seen, at) if False else",
    ),
    Mutant(
        "the judge: the account is the root user",
        "judge/principals.py",
        "return Grant.ACCOUNT\n    # semantics 46",
        'return Grant.ACCOUNT if who["kind"] == "Root" else Grant.NONE\n    # semantics 46',
    ),
    Mutant(
        "the judge: a session needs no policy",
        "judge/decide.py",
        'if who["kind"] in {"FederatedUser", "FederatedRoot"}:',
        "if not who:",
    ),
    Mutant(
        "the judge: addresses are compared as numbers",
        "judge/values.py",
        "return one[0] == whole[0] and ",
        "return ",
    ),
    Mutant(
        "the judge: a year has 365 days",
        "judge/values.py",
        "days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _UNIX",
        "days = 365 * int(year) + 30 * int(month or 1) + int(day or 1) - _UNIX",
    ),
)

MUTANTS: Final = (
    *CONDITIONS,
    *OPERATORS,
    *VALUES,
    *VARIABLES,
    *RESOURCES,
    *ACTIONS,
    *PRINCIPALS,
    *DECISION,
    *MATCHING,
    *JUDGE,
)
