"""Random contexts, and conditions on them that hold or nearly do."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from tests.iampolicy.generate_patterns import blur

Json = dict[str, Any]

OPERATORS: Final[Mapping[str, Sequence[str]]] = {
    "text": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "number": [
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ],
    "date": [
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ],
    "boolean": ["Bool"],
    "binary": ["BinaryEquals"],
    "address": ["IpAddress", "NotIpAddress"],
    "arn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
}
_ALL_OPERATORS: Final = [name for names in OPERATORS.values() for name in names]

_TEXTS: Final = [
    "red",
    "Red",
    "bob",
    "",
    "*",
    "r*d",
    "home/bob/x",
    "straße",
    "STRASSE",
    "a\nb",
    "$",
    "${aws:username}",
]
_NUMBERS: Final = [
    "10", "10.0", "9", "11", "-5", "9007199254740993", "+5", "5", "0", "-0", "0.1", "0.10", "9007199254740993", "9007199254740992",
    "10.00000000000000000001", "1e1", "ten", "", " 10", "10 ", "\u0661\u0660", "1_0", ".5", "5.", "0x10", "NaN", "010", "10".rjust(128, "0"), "10".rjust(129, "0"),
]  # fmt: skip
_DATES: Final = [
    "2020-01-01T00:00:00Z", "2020-01-01T00:00Z", "2020-01-01", "2020-01", "2020", "1577836800", "1577836800.0",
    "2020-01-01T01:00:00+01:00", "2019-12-31T23:00:00-01:00", "2020-01-01T00:00:00.5Z", "1577836800.5",
    "2019-12-31", "2020-02-30", "2020-13-01", "January 1, 2020", "2020-01-01T00:00:00", "2020-01-01T24:00:00Z",
    "2020-1-1", "", "2020-01-01 00:00:00Z", "20200101", "2020-01-01t00:00:00z", "1577836799", "*", "10.0", "-123", "-1.5", "1.5", "123", "9999", "0000", "10000", "1".rjust(128, "0"), "1".rjust(129, "0"),
]  # fmt: skip
_BOOLEANS: Final = ["true", "false", "True", "FALSE", "yes", "1", "", "truee"]
_BINARIES: Final = [
    "red",
    "cmVk",
    "Ym9i",
    "bob",
    "w6k=",
    "é",
    "6Q==",
    "AAE=",
    "AAE",
    "_-==",
    "",
    "red",
    "cmVk\n",
]
_ADDRESSES: Final = [
    "10.1.2.3", "10.1.2.4", "10.1.3.3", "192.0.2.1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:db8::2", "::1",
    "::ffff:10.1.2.3", "10.1.2", "10.1.2.256", "010.1.2.3", "garbage", "", "::ffff:a01:203", "1::2::3", "1.2.3.4::1", "::10.1.2.3", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:10.1.2.3", "1:2:3:4:5:6:7:8:9", "fe80::1%1", "12345::", ":1:2:3:4:5:6:7",
]  # fmt: skip
_BLOCKS: Final = [
    "10.1.2.0/24", "10.1.2.3/24", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::1/64",
    "10.1.2.3/32", "10.1.2.3/33", "10.1.2.0/", "10.1.2.0/24x", "10.1.2.0/255.255.255.0", "2001:db8::1/128", "*",
]  # fmt: skip
_ARNS: Final = [
    "arn:aws:sns:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
    "arn:aws:iam::111122223333:role/R", "arn:aws:iam::111122223333:role/red/R", "arn:aws:s3:::bucket/a:b",
    "arn:aws:sns:us-east-1:111122223333:topic", "x:aws:s3:::bucket/a:b", "arn:aws:sns:us-east-1:111122223333",
    "garbage", "", "*", "arn:*", "ARN:aws:s3:::bucket/a:b", "arn:aws:s3:::", "**", "*:*:*:*:*:*", "arn:*:*:*:*:*",
]  # fmt: skip

_POOLS: Final[Mapping[str, Sequence[str]]] = {
    "text": _TEXTS,
    "number": _NUMBERS,
    "date": _DATES,
    "boolean": _BOOLEANS,
    "binary": _BINARIES,
    "address": _ADDRESSES,
    "arn": _ARNS,
}
_LIKELY: Final = {"text": 7, "number": 7, "date": 10, "boolean": 4, "binary": 6, "address": 8, "arn": 6}
"""So many at the start of a pool are of good form."""

_KEYS: Final[Mapping[str, str]] = {
    "aws:username": "text",
    "aws:PrincipalTag/Team": "text",
    "aws:RequestTag/Team": "text",
    "aws:RequestTag/Größe": "text",
    "s3:prefix": "text",
    "aws:TagKeys": "texts",
    "aws:CalledVia": "texts",
    "s3:max-keys": "number",
    "aws:MultiFactorAuthAge": "number",
    "aws:CurrentTime": "date",
    "aws:TokenIssueTime": "date",
    "aws:MultiFactorAuthPresent": "boolean",
    "aws:SecureTransport": "boolean",
    "x:Blob": "binary",
    "aws:SourceIp": "address",
    "aws:VpcSourceIp": "address",
    "aws:SourceArn": "arn",
    "aws:PrincipalArn": "arn",
    "x:Numbers": "numbers",
    "x:Addresses": "addresss",
    "x:Arns": "arns",
    "x:Dates": "dates",
    "x:Flags": "booleans",
    "x:Blobs": "binarys",
}
_ABSENT: Final = "x:Never"


def context(rng: Random, who: Json) -> Json:
    values: Json = {}
    for key, type_ in _KEYS.items():
        if rng.random() < 0.45:
            values[key] = _usual_value(rng, type_)
    if who["identity_arn"]:
        values["aws:PrincipalArn"] = who["identity_arn"]
    if who["kind"] == "User":
        values["aws:username"] = who["arn"].rsplit("/", 1)[1]
    return values


def _usual_value(rng: Random, type_: str) -> str | list[str]:
    pool = _POOLS.get(type_)
    if pool is not None:
        return pool[rng.randrange(_LIKELY[type_])] if rng.random() < 0.85 else rng.choice(pool)
    member = type_[:-1]
    count = rng.choice([0, 1, 1, 2, 2, 3])
    return [str(_usual_value(rng, member)) for _ in range(count)]


def odd_value(rng: Random, key: str) -> str:
    type_ = _KEYS.get(key, "text")
    return rng.choice(_POOLS.get(type_) or _POOLS[type_[:-1]])


def conditions(rng: Random, values: Json) -> Json:
    made: Json = {}
    for _ in range(1 if rng.random() < 0.75 else 2):
        _add(rng, made, values)
    return made


def _add(rng: Random, made: Json, values: Json) -> None:
    chance = rng.random()
    key = (
        rng.choice(list(values))
        if values and chance < 0.75
        else rng.choice(list(_KEYS))
        if chance < 0.95
        else _ABSENT
    )
    seen = values.get(key)
    type_ = _KEYS.get(key, "text")
    type_ = type_ if type_ in _POOLS else type_[:-1]
    if rng.random() < 0.12:
        type_ = rng.choice(list(_POOLS))
    operator = _operator(rng, type_, seen)
    wanted = [
        _wanted(rng, operator, type_, seen, values)
        for _ in range(1 if rng.random() < 0.7 else rng.choice([0, 2, 2, 2, 3]))
    ]
    if rng.random() < 0.12:
        key = key.swapcase()
    scalar = len(wanted) == 1 and rng.random() < 0.6
    made.setdefault(operator, {})[key] = wanted[0] if scalar else wanted
    if rng.random() < 0.05:
        made[operator][key.swapcase()] = _wanted(rng, operator, type_, seen, values)


def _operator(rng: Random, type_: str, seen: Any) -> str:
    chance = rng.random()
    if chance < 0.06:
        return "Null"
    operator = rng.choice(OPERATORS[type_])
    if chance < 0.12:
        operator = rng.choice(_ALL_OPERATORS)
    if rng.random() < (0.75 if isinstance(seen, list) else 0.15):
        operator = rng.choice(["ForAllValues:", "ForAnyValue:"]) + operator
    if rng.random() < 0.25:
        operator += "IfExists"
    if chance > 0.97:
        operator = rng.choice(
            [
                operator + "X",
                "NullIfExists",
                "ForSomeValues:StringEquals",
                "ForAllValues:Null",
                "Equals",
                "BoolNotEquals",
                "StringLikes",
                "BinaryNotEquals",
                "StringNotEqualsIfExistsIfExists",
                "ForAnyValue:",
                "IfExists",
                "ForAnyValue:ForAnyValue:StringLike",
            ]
        )
    if rng.random() < 0.05:
        operator = operator.lower() if rng.random() < 0.5 else operator.upper()
    return operator


def _wanted(rng: Random, operator: str, type_: str, seen: Any, values: Json) -> Any:
    lowered = operator.lower()
    if "null" in lowered:
        return rng.choice(["true", "false", True, False, "TRUE", "maybe"])
    if isinstance(seen, list):
        seen = rng.choice(seen) if seen else None
    chance = rng.random()
    value = str(seen) if seen is not None and chance < 0.55 else rng.choice(_POOLS[type_])
    if "ignorecase" in lowered and rng.random() < 0.4:
        return rng.choice([value.upper(), value.lower(), value.swapcase()])
    special = _SPECIAL.get(type_)
    if special is not None and rng.random() < 0.4:
        return special(rng, value)
    if type_ == "text" or (type_ in {"arn", "boolean"} and rng.random() < 0.3):
        if chance < 0.25:
            return with_variable(rng, value, values)
        if chance < 0.3:
            return value.swapcase()
        if chance < 0.38:
            return value[: rng.randrange(len(value) + 1)] + rng.choice("*?")
    if "like" in lowered or "arn" in lowered:
        if chance > 0.6:
            return blur(rng, value)
        if chance > 0.5 and ":" in value:
            parts = value.split(":")
            parts[rng.randrange(len(parts))] = "*"
            return ":".join(parts)
    return _as_json(rng, value)


def _block(rng: Random, _value: str) -> str:
    return rng.choice(_BLOCKS if rng.random() < 0.75 else _BLOCKS[3:5])


def _encoded(rng: Random, value: str) -> str:
    text = b64encode(value.encode()).decode()
    return (
        text if rng.random() < 0.6 else rng.choice([text.rstrip("="), text + "\n", text.lower(), text + "="])
    )


def _wide_arn(rng: Random, value: str) -> str:
    if rng.random() < 0.3 or not value.startswith("arn:"):
        return rng.choice(["*", "*:*:*:*:*:*", "?*:aws:*:*:*:*", "arn:*:*:*:*:*"])
    at = rng.randrange(len(value) + 1)
    return value[:at] + "*" + value[rng.randrange(at, len(value) + 1) :]


def _near_number(rng: Random, value: str) -> str:
    """Return what a binary float cannot tell from *value*, or the same written otherwise."""
    if value.startswith("900719925474099"):
        return rng.choice(["9007199254740992", "9007199254740993", "9007199254740994"])
    point = "" if "." in value else "."
    return rng.choice(
        [f"{value}{point}0", f"{value}{point}00000000000000000001", f"0{value}", f"+{value}", f"-{value}"]
    )


_SPECIAL: Final = {"number": _near_number, "address": _block, "binary": _encoded, "arn": _wide_arn}


def _as_json(rng: Random, value: str) -> Any:
    """Return numbers and booleans as themselves now and then."""
    if rng.random() < 0.3:
        if value in {"true", "false"}:
            return value == "true"
        if value in {"10", "9", "11", "0", "5", "1577836800", "9007199254740993"}:
            return int(value)
        if value == "0.1":
            return float(value)
    return value


def with_variable(rng: Random, text: str, values: Json) -> str:
    """Write some of *text* as a variable that stands for it, or put one in that changes it."""
    standing_for = [
        key for key, value in values.items() if isinstance(value, str) and value and value in text
    ]
    lists = [key for key, value in values.items() if isinstance(value, list)]
    if lists and text and rng.random() < 0.08:
        return f"${{{rng.choice(lists)}, '{text}'}}"
    if not text and rng.random() < 0.5:
        return f"${{{_ABSENT}}}"
    if standing_for and rng.random() < 0.6:
        key = rng.choice(standing_for)
        name = key if rng.random() < 0.8 else key.swapcase()
        if rng.random() < 0.2:
            name += ", 'red'"
        return text.replace(values[key], f"${{{name}}}", 1)
    at = rng.randrange(len(text) + 1)
    to = rng.randrange(at, len(text) + 1)
    chance = rng.random()
    if chance < 0.3:
        return f"{text[:at]}${{{_ABSENT}, '{text[at:to]}'}}{text[to:]}"
    if chance < 0.45:
        return text[:at] + rng.choice(["${*}", "${?}", "${$}"]) + text[to:]
    key = rng.choice(list(_KEYS))
    odd = [
        f"${{{key}}}", f"${{{key}}}", f"${{{key}, 'bob'}}", f"${{{key}, '*'}}", f"${{{_ABSENT}}}",
        f"${{{key}", "${", "${}", f"${{ {key}}}", f"${{{key},'bob'}}", f"${{{key}, bob}}", "${a${aws:username}}", "$",
        f"${{{key}, ''}}", "${**}", "${, 'x'}",
        f"${{{_ABSENT}, '}}'}}", f"${{{_ABSENT}, 'b}}o}}'}}", f"${{{_ABSENT}, 'bob}}", f"${{{_ABSENT}, '${{'}}",
    ]  # fmt: skip
    return text[:at] + rng.choice(odd) + text[at:]
