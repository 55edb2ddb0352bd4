"""Mistakes about conditions: operators, values, variables."""

from typing import Final

from tests.iampolicy.mutants import Mutant

_MISSED: Final = "missed = used.negated and (mode.deny or len(wanted) == len(parsed))"

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
        "condition.py",
        "if value == known:",
        "if isinstance(value, str) and isinstance(known, str) and len(value) == len(known):",
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
        "                    tokens.append(text)\n",
        "                    tokens.extend(tokenize(text))\n",
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
