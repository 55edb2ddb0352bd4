"""The constraints of the models, in AWS's words: the recorded answers, and every constraint of every operation."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.wire.samples import CHARACTERS, Seeded, alphabet_of, params

from iamd.errors import ValidationError
from iamd.wire.constraints import check, compile_pattern
from iamd.wire.model import Operation, ServiceName, Shape, load

SERVICES: tuple[ServiceName, ...] = ("iam", "sts")
ARN_PATTERN = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
TAG_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+"
ROLE_ARN = "arn:aws:iam::123456789012:role/R"
PREFIX = "It must begin with the / character and contain only alphanumeric characters and/or / characters."
COMPOUND_TAG_KEY = (
    "Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length"
    " greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+,"
    " Member must not be null]"
)


def operation(name: str, service: ServiceName = "iam") -> Operation:
    return load(service).operations[name]


def refusal(of: Operation, given: Mapping[str, Any]) -> str | None:
    with pytest.raises(ValidationError) as refused:
        check(of, given)
    assert refused.value.status == 400
    return refused.value.message


def at(path: str, text: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: {text}"


# The recorded answers.


def test_iam_does_not_show_the_value_and_sts_does() -> None:
    """Fact 3; the text has no period at its end."""
    expected = "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set"
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "active"}
    assert refusal(operation("UpdateAccessKey"), key) == expected
    expected = (
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint:"
        r" Member must satisfy regular expression pattern: [\w+=,.@-]*"
    )
    assume = {"RoleArn": ROLE_ARN, "RoleSessionName": "Session1:2"}
    assert refusal(operation("AssumeRole", "sts"), assume) == expected


def test_codes_of_mfa_devices_are_never_shown() -> None:
    """R-78: what is no code may be a password that was typed in the wrong place."""
    expected = (
        r"2 validation errors detected: Value at 'tokenCode' failed to satisfy constraint: Member must satisfy regular"
        r" expression pattern: [\d]*; Value at 'tokenCode' failed to satisfy constraint: Member must have length less than"
        " or equal to 6"
    )
    mistyped = {"SerialNumber": "GAHT12345678", "TokenCode": "my password"}
    assert refusal(operation("GetSessionToken", "sts"), mistyped) == expected


def test_a_long_session_name_is_shown_whole() -> None:
    """Fact 81."""
    name = "s" * 65
    expected = (
        f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint:"
        " Member must have length less than or equal to 64"
    )
    assume = {"RoleArn": ROLE_ARN, "RoleSessionName": name}
    assert refusal(operation("AssumeRole", "sts"), assume) == expected


def test_a_long_policy_is_shown_whole() -> None:
    """Fact 82."""
    policy = "x" * 2049
    expected = (
        f"1 validation error detected: Value '{policy}' at 'policy' failed to satisfy constraint:"
        " Member must have length less than or equal to 2048"
    )
    assert refusal(operation("GetFederationToken", "sts"), {"Name": "bob", "Policy": policy}) == expected


def test_the_violations_of_a_password_policy_come_in_the_recorded_order() -> None:
    """Fact 4."""
    given = {"MaxPasswordAge": 1096, "MinimumPasswordLength": 5, "PasswordReusePrevention": 25}
    expected = "3 validation errors detected: " + "; ".join(
        (
            at("minimumPasswordLength", "Member must have value greater than or equal to 6"),
            at("passwordReusePrevention", "Member must have value less than or equal to 24"),
            at("maxPasswordAge", "Member must have value less than or equal to 1095"),
        )
    )
    assert refusal(operation("UpdateAccountPasswordPolicy"), given) == expected


def test_the_violations_of_an_oidc_provider_come_in_the_recorded_order() -> None:
    """Facts 4 and 6."""
    given = {"Url": "u" * 256, "ThumbprintList": ["b" * 41], "ClientIDList": ["a" * 256]}
    client = (
        "Member must satisfy constraint: [Member must have length less than or equal to 255,"
        " Member must have length greater than or equal to 1, Member must not be null]"
    )
    thumbprint = client.replace("255", "40").replace("equal to 1,", "equal to 40,")
    expected = "3 validation errors detected: " + "; ".join(
        (
            at("clientIDList", client),
            at("thumbprintList", thumbprint),
            at("url", "Member must have length less than or equal to 255"),
        )
    )
    assert refusal(operation("CreateOpenIDConnectProvider"), given) == expected


def test_two_arns_are_refused_in_the_order_and_words_of_sts() -> None:
    """The order of members is that of a HashMap, and a pattern comes before a length."""
    given = {"PrincipalArn": "", "RoleArn": "", "SAMLAssertion": "PHNhbWw+"}
    expected = "4 validation errors detected: " + "; ".join(
        f"Value '' at '{path}' failed to satisfy constraint: {text}"
        for path in ("roleArn", "principalArn")
        for text in (
            f"Member must satisfy regular expression pattern: {ARN_PATTERN}",
            "Member must have length greater than or equal to 20",
        )
    )
    assert refusal(operation("AssumeRoleWithSAML", "sts"), given) == expected


def test_what_is_missing_is_null_for_sts_and_nothing_for_iam() -> None:
    expected = "1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"
    assert refusal(operation("AssumeRole", "sts"), {"RoleArn": ROLE_ARN}) == expected
    expected = "1 validation error detected: " + at("userName", "Member must not be null")
    assert refusal(operation("CreateUser"), {}) == expected


def test_paths_are_in_lower_camel_case_with_the_element_from_one() -> None:
    """Fact 5: only the first letter is lowered."""
    tags = [{"Key": "fine", "Value": "x"}, {"Key": "b?d", "Value": "x"}, {"Value": "y"}]
    expected = "2 validation errors detected: " + "; ".join(
        (
            at("tags.2.member.key", f"Member must satisfy regular expression pattern: {TAG_PATTERN}"),
            at("tags.3.member.key", "Member must not be null"),
        )
    )
    assert refusal(operation("TagRole"), {"RoleName": "r", "Tags": tags}) == expected
    expected = "1 validation error detected: " + at("aWSServiceName", "Member must not be null")
    assert refusal(operation("CreateServiceLinkedRole"), {}) == expected


@pytest.mark.parametrize("keys", [["a" * 129], [""], ["b?d"], ["fine", "a" * 129, "", "b?d"]])
def test_a_list_of_texts_has_one_compound_violation(keys: list[str]) -> None:
    """Facts 6 and 39."""
    expected = "1 validation error detected: " + at("tagKeys", COMPOUND_TAG_KEY)
    assert refusal(operation("UntagRole"), {"RoleName": "r", "TagKeys": keys}) == expected


def test_a_list_of_texts_is_shown_by_sts() -> None:
    given = {"RoleArn": ROLE_ARN, "RoleSessionName": "me", "TransitiveTagKeys": ["a", "?"]}
    expected = (
        "1 validation error detected: Value '[a, ?]' at 'transitiveTagKeys' failed to satisfy constraint: "
        + COMPOUND_TAG_KEY
    )
    assert refusal(operation("AssumeRole", "sts"), given) == expected


@pytest.mark.parametrize(
    ("name", "member", "path"), [("TagRole", "Tags", "tags"), ("UntagRole", "TagKeys", "tagKeys")]
)
def test_more_than_fifty_tags_are_refused(name: str, member: str, path: str) -> None:
    """Fact 39."""
    tags: list[Any] = [f"k{number}" for number in range(51)]
    if member == "Tags":
        tags = [{"Key": key, "Value": "v"} for key in tags]
    expected = "1 validation error detected: " + at(path, "Member must have length less than or equal to 50")
    assert refusal(operation(name), {"RoleName": "r", member: tags}) == expected
    check(operation(name), {"RoleName": "r", member: tags[:50]})


@pytest.mark.parametrize(("key", "value", "path"), [("k" * 129, "v", "key"), ("k", "v" * 257, "value")])
def test_long_tag_keys_and_values_are_refused(key: str, value: str, path: str) -> None:
    """Fact 39."""
    limit = {"key": 128, "value": 256}[path]
    text = f"Member must have length less than or equal to {limit}"
    given = {"RoleName": "r", "Tags": [{"Key": key, "Value": value}]}
    expected = "1 validation error detected: " + at(f"tags.1.member.{path}", text)
    assert refusal(operation("TagRole"), given) == expected


def test_a_version_id_is_refused_with_its_pattern() -> None:
    """Fact 47."""
    given = {"PolicyArn": "arn:aws:iam::123456789012:policy/P", "VersionId": "1"}
    pattern = r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
    expected = "1 validation error detected: " + at(
        "versionId", f"Member must satisfy regular expression pattern: {pattern}"
    )
    assert refusal(operation("GetPolicyVersion"), given) == expected


# Names and paths, which IAM explains in words.


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        (
            "CreateUser",
            {"UserName": "bob/alice"},
            "userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "UpdateGroup",
            {"GroupName": "g", "NewGroupName": "a b"},
            "newGroupName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "CreateVirtualMFADevice",
            {"VirtualMFADeviceName": "d", "Path": "test"},
            "path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ),
        (
            "ListPolicies",
            {"PathPrefix": "/foo"},
            f"pathPrefix is invalid. {PREFIX}",
        ),
        (
            "ListUsers",
            {"PathPrefix": "foo"},
            f"pathPrefix is invalid. {PREFIX}",
        ),
    ],
)
def test_names_and_paths_are_explained_in_words(name: str, given: dict[str, Any], text: str) -> None:
    """Fact 65."""
    assert refusal(operation(name), given) == f"The specified value for {text}"


def test_double_slashes_are_allowed_in_a_path_and_513_characters_are_not() -> None:
    """Fact 65."""
    create = operation("CreateVirtualMFADevice")
    check(create, {"VirtualMFADeviceName": "d", "Path": "/a//b/"})
    given = {"VirtualMFADeviceName": "d", "Path": f"/{'a' * 511}/"}
    expected = "1 validation error detected: " + at(
        "path", "Member must have length less than or equal to 512"
    )
    assert refusal(create, given) == expected


def test_other_violations_are_answered_before_the_spelling_of_names() -> None:
    given = {"UserName": "a b", "Path": "x" * 513}
    expected = "1 validation error detected: " + at(
        "path", "Member must have length less than or equal to 512"
    )
    assert refusal(operation("CreateUser"), given) == expected


# Secrets.


@pytest.mark.parametrize(
    ("service", "name", "given"),
    [
        ("sts", "AssumeRoleWithSAML", {"SAMLAssertion": "hunter2" * 20_000}),
        ("sts", "AssumeRoleWithWebIdentity", {"WebIdentityToken": "hunter2" * 20_000, "RoleArn": ""}),
        ("iam", "CreateLoginProfile", {"Password": "hunter2\x01" + "x" * 128}),
        ("iam", "ChangePassword", {"OldPassword": "hunter2\u0100", "NewPassword": "hunter2\u0100"}),
        ("iam", "UploadServerCertificate", {"PrivateKey": "hunter2\u0100"}),
    ],
)
def test_a_sensitive_value_is_never_shown(service: ServiceName, name: str, given: dict[str, Any]) -> None:
    assert "hunter2" not in (refusal(operation(name, service), given) or "")


def test_a_sensitive_value_has_the_text_that_shows_none() -> None:
    given = {"RoleArn": ROLE_ARN, "PrincipalArn": ROLE_ARN, "SAMLAssertion": "abc"}
    expected = "1 validation error detected: " + at(
        "sAMLAssertion", "Member must have length greater than or equal to 4"
    )
    assert refusal(operation("AssumeRoleWithSAML", "sts"), given) == expected


# Maps, which few requests have.


def test_keys_and_values_of_maps_are_checked() -> None:
    put = operation("PutAccountProperties")
    assert put.input is not None
    properties = {"good": "x", "?": ""}
    message = refusal(put, {"Properties": properties}) or ""
    assert message.startswith(
        "2 validation errors detected: Value at 'properties' failed to satisfy constraint: Map keys"
    )
    assert (
        "; Value at 'properties' failed to satisfy constraint: Map value must satisfy constraint: ["
        in message
    )
    check(put, {"Properties": {"good": "x"}})


def test_structures_in_maps_are_checked_under_their_key() -> None:
    acquire = operation("AcquireRole")
    assert acquire.input is not None
    given = params(Seeded("maps"), acquire.input) | {"ReplacementValues": {"color": {"Values": []}}}
    expected = "1 validation error detected: " + at(
        "replacementValues.color.member.values", "Member must have length greater than or equal to 1"
    )
    assert refusal(acquire, given) == expected


# Every constraint of every operation.


def broken(shape: Shape, path: str) -> Iterator[tuple[Any, str]]:
    """Yield values that break one constraint of *shape*, and a part of the answer that says so."""
    valid = Seeded(path)
    lengths = shape.type in {"string", "list"}
    if shape.type == "integer":
        if shape.minimum is not None:
            yield shape.minimum - 1, f"value greater than or equal to {shape.minimum}"
        if shape.maximum is not None:
            yield shape.maximum + 1, f"value less than or equal to {shape.maximum}"
    if shape.type == "list" and shape.element is not None:
        if shape.maximum is not None:
            item = _valid(shape.element, valid)
            yield [item] * (shape.maximum + 1), f"length less than or equal to {shape.maximum}"
        if shape.minimum:
            yield [], f"length greater than or equal to {shape.minimum}"
    elif lengths and not shape.enum:
        if shape.maximum is not None:
            yield "a" * (shape.maximum + 1), f"length less than or equal to {shape.maximum}"
        if shape.minimum:
            yield "a" * (shape.minimum - 1), f"length greater than or equal to {shape.minimum}"
        if shape.pattern is not None:
            # A lone surrogate is in none of the patterns, and never comes through the gate either.
            yield "a" * (shape.minimum or 1) + "\ud800", ""
    if shape.enum:
        yield shape.enum[0].swapcase(), "enum value set"
        yield shape.enum[0] + "\n", "enum value set"


def _valid(shape: Shape, source: Seeded) -> Any:
    whole = Shape(name="One", type="structure", members={"A": shape}, required=("A",))
    return params(source, whole)["A"]


OPERATIONS = [each for service in SERVICES for each in load(service).operations.values() if each.input]


@pytest.mark.parametrize("of", OPERATIONS, ids=repr)
def test_every_constraint_of_every_parameter_holds(of: Operation) -> None:
    """R-36: one below the least and one above the most are refused, for every parameter that has bounds."""
    assert of.input is not None
    for name, shape in of.input.members.items():
        wire_name = name[0].lower() + name[1:]
        for value, text in broken(shape, f"{of!r}{name}"):
            given = params(Seeded((repr(of), name)), of.input) | {name: value}
            message = refusal(of, given) or ""
            assert (f"at '{wire_name}'" in message) or message.startswith(
                f"The specified value for {wire_name} "
            )
            assert text in message


@pytest.mark.parametrize("of", [each for each in OPERATIONS if each.input and each.input.required], ids=repr)
def test_every_required_parameter_is_required(of: Operation) -> None:
    assert of.input is not None
    given = params(Seeded(repr(of)), of.input)
    for name in of.input.required:
        lacking = {key: value for key, value in given.items() if key != name}
        null = f"at '{name[0].lower() + name[1:]}' failed to satisfy constraint: Member must not be null"
        assert null in (refusal(of, lacking) or "")


# Patterns.


def patterns(shape: Shape) -> Iterator[str]:
    if shape.pattern is not None:
        yield shape.pattern
    for inner in (*shape.members.values(), shape.element, shape.key):
        if inner is not None:
            yield from patterns(inner)


PATTERNS = sorted({pattern for each in OPERATIONS if each.input for pattern in patterns(each.input)})


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_anchored_at_both_ends(pattern: str) -> None:
    """R-71: a trailing line feed is not overlooked, and nothing may stand before or behind."""
    matches = compile_pattern(pattern)
    given = _valid(Shape(name="S", type="string", pattern=pattern, minimum=1, maximum=60), Seeded(pattern))
    assert matches(given)
    for wrong in (given + "\ud800", "\ud800" + given):
        assert not matches(wrong)
    if r"\u000A" not in pattern:
        assert not matches(given + "\n")


@pytest.mark.parametrize(
    "pattern", [each for each in PATTERNS if re.fullmatch(r"\^?\[[^\]]*\][+*]?\$?", each)]
)
def test_a_class_allows_what_java_says_and_nothing_else(pattern: str) -> None:
    r"""R-71: ASCII letters and digits where the model says \w and \d, every letter where it says \p{L}."""
    matches = compile_pattern(pattern)
    allowed = set(alphabet_of(pattern))
    for character in CHARACTERS:
        assert bool(matches(character)) == (character in allowed), hex(ord(character))


def test_unicode_digits_are_no_digits_but_in_tags() -> None:
    """R-71."""
    mfa = {
        "RoleArn": ROLE_ARN,
        "RoleSessionName": "me",
        "SerialNumber": "GAHT12345678",
        "TokenCode": "12345\u0666",
    }
    message = refusal(operation("AssumeRole", "sts"), mfa)
    assert message is not None
    assert (
        r"at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*"
        in message
    )
    check(operation("TagRole"), {"RoleName": "r", "Tags": [{"Key": "\u0666é中", "Value": ""}]})


def test_the_slower_engine_is_only_used_for_single_classes() -> None:
    """R-66: `regex` is quadratic on some patterns of the models that `re` takes in linear time."""
    for pattern in PATTERNS:
        if r"\p" in pattern:
            assert alphabet_of(pattern)
            assert pattern.count("[") == pattern.count("]") == 1


def test_a_pattern_that_needs_both_kinds_of_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="at once"):
        compile_pattern(r"[\w\p{L}]")
