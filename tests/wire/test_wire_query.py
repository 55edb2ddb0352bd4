"""Form fields -> typed parameters, and what cannot be read."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from iamd.errors import InvalidParameterValue, MalformedInput, ServiceError
from iamd.wire.dispatched import Form
from iamd.wire.model import Operation, ServiceName, Shape, load
from iamd.wire.query import MAX_ELEMENTS, parse

LIST_END = "Unexpected list element termination"
NO_LIST = "Top level element may not be treated as a list"


def operation(name: str, service: ServiceName = "iam") -> Operation:
    return load(service).operations[name]


def made_of(shape: Shape) -> Operation:
    """An operation with one parameter of a type that no request of IAM or STS has, so far."""
    return Operation(
        name="Do",
        service="iam",
        xml_namespace="urn:x",
        input=Shape(name="In", type="structure", members={"A": shape}),
        output=None,
        result_wrapper="",
        anonymous=False,
    )


def refusal(of: Operation, form: Form) -> tuple[type[ServiceError], str | None]:
    with pytest.raises(ServiceError) as refused:
        parse(of, form)
    return type(refused.value), refused.value.message


# What is read.


def test_texts_numbers_and_booleans_are_typed() -> None:
    form = {"MinimumPasswordLength": "8", "RequireSymbols": "true", "HardExpiry": "false"}
    expected = {"MinimumPasswordLength": 8, "RequireSymbols": True, "HardExpiry": False}
    assert parse(operation("UpdateAccountPasswordPolicy"), form) == expected
    assert parse(operation("GetUser"), {"UserName": ""}) == {"UserName": ""}


def test_nothing_sent_is_nothing_given() -> None:
    assert parse(operation("GetUser"), {}) == {}
    assert parse(operation("GetAccountSummary"), {}) == {}


def test_lists_of_texts_and_of_structures_are_read_in_their_numbers_order() -> None:
    form = {"RoleName": "r", "TagKeys.member.2": "b", "TagKeys.member.10": "j", "TagKeys.member.1": "a"}
    form |= {f"TagKeys.member.{number}": str(number) for number in range(3, 10)}
    expected = ["a", "b", *(str(number) for number in range(3, 10)), "j"]
    assert parse(operation("UntagRole"), form) == {"RoleName": "r", "TagKeys": expected}
    tags = {"Tags.member.2.Key": "c", "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}
    assert parse(operation("TagRole"), tags) == {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c"}]}


def test_an_empty_list_is_sent_as_an_empty_field() -> None:
    assert parse(operation("UntagRole"), {"TagKeys": ""}) == {"TagKeys": []}


def test_maps_are_read_by_entry_and_their_keys_may_hold_dots() -> None:
    form = {
        "Properties.entry.2.key": "x",
        "Properties.entry.1.key": "a.b",
        "Properties.entry.2.value": "2",
        "Properties.entry.1.value": "1",
    }
    assert parse(operation("PutAccountProperties"), form) == {"Properties": {"a.b": "1", "x": "2"}}
    nested = {"ReplacementValues.entry.1.key": "k", "ReplacementValues.entry.1.value.Values.member.1": "v"}
    assert parse(operation("AcquireRole"), nested) == {"ReplacementValues": {"k": {"Values": ["v"]}}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29T12:34:56Z", datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC)),
        ("2024-02-29T12:34:56.5Z", datetime(2024, 2, 29, 12, 34, 56, 500_000, tzinfo=UTC)),
        ("2024-02-29T12:34:56.000001Z", datetime(2024, 2, 29, 12, 34, 56, 1, tzinfo=UTC)),
        ("2024-02-29T12:34:56+02:00", datetime(2024, 2, 29, 10, 34, 56, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1709210096", datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC)),
        ("1709210096.25", datetime(2024, 2, 29, 12, 34, 56, 250_000, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_iso_8601_or_epoch_seconds(text: str, expected: datetime) -> None:
    read = parse(made_of(Shape(name="T", type="timestamp")), {"A": text})["A"]
    assert read == expected
    assert read.tzinfo is UTC


def test_blobs_are_read_from_base64() -> None:
    blob = bytes(range(256))
    assert parse(made_of(Shape(name="B", type="blob")), {"A": base64.b64encode(blob).decode()}) == {"A": blob}


# What cannot be read as its type.


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1e3",
        "1.0",
        "0x10",
        " 900",
        "900 ",
        "900\n",
        "+900",
        "--9",
        "-",
        "1_000",
        "٩٠٠",
        "\uff19\uff10\uff10",
        "NaN",
        "2147483648",
        "-2147483649",
        "99999999999",
        pytest.param("9" * 5000, id="5000 digits"),
    ],
)
def test_what_is_no_number_is_refused_without_a_message_as_aws_does(text: str) -> None:
    """R-36, R-71: ASCII digits only, and no more than a 32-bit number has."""
    refused = refusal(operation("AssumeRole", "sts"), {"DurationSeconds": text})
    assert refused == (MalformedInput, None)
    assert refused[0].status == 400


@pytest.mark.parametrize(("text", "number"), [("900", 900), ("-1", -1), ("0", 0), ("2147483647", 2**31 - 1)])
def test_every_32_bit_number_is_read(text: str, number: int) -> None:
    """R-36: whether a duration is in bounds is for the constraints to say."""
    assert parse(operation("AssumeRole", "sts"), {"DurationSeconds": text}) == {"DurationSeconds": number}


@pytest.mark.parametrize("text", ["", "True", "TRUE", "yes", "on", "2", "true ", "false\n"])
def test_what_is_no_boolean_is_refused_in_aws_words(text: str) -> None:
    expected = (MalformedInput, "boolean must follow xsd1.1 definition")
    assert refusal(operation("UpdateAccountPasswordPolicy"), {"HardExpiry": text}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-30T00:00:00Z",
        "2024-02-29",
        "2024-02-29T12:34:56",
        "2024-02-29T12:34:56.1234567Z",
        "2024-02-29t12:34:56z",
        "2024-02-29T12:34:56Z\n",
        "٢٠٢٤-02-29T12:34:56Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0000-01-01T00:00:00Z",
        "2024-02-29T12:34:56+24:00",
        "99999999999",
        "-1",
        "1e9",
    ],
)
def test_what_is_no_time_is_refused_in_aws_words(text: str) -> None:
    expected = (MalformedInput, "timestamp must follow ISO8601")
    assert refusal(made_of(Shape(name="T", type="timestamp")), {"A": text}) == expected


@pytest.mark.parametrize("text", ["a", "ab", "abc", "ab==\n", "a b=", "ab=c", "====", "é===", "QR==", "-_-_"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    assert refusal(made_of(Shape(name="B", type="blob")), {"A": text}) == (MalformedInput, None)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"UserName.Foo": "x"}, "Start of structure or map found where not expected."),
        ({"UserName.member.1": "x"}, "Start of list found where not expected"),
        ({"Tags": "x"}, LIST_END),
        ({"Tags.member": "x"}, LIST_END),
        ({"Tags.1.Key": "x"}, NO_LIST),
        ({"Tags.1": "x"}, NO_LIST),
        ({"Tags.Key": "x"}, NO_LIST),
        ({"Tags.member.1": "x"}, "Unexpected complex element termination"),
        ({"Tags.member.1.Key.member.1": "x"}, "Start of list found where not expected"),
        ({"UserName": "x", "UserName.a": "y"}, "a parameter is both a value and a structure"),
        ({"UserName.a": "y", "UserName": "x"}, "a parameter is both a value and a structure"),
        ({"Tags": "", "Tags.member.1.Key": "x"}, "a parameter is both a value and a structure"),
        ({".".join(["Tags"] * 30): "x"}, "a parameter is nested too deeply"),
    ],
)
def test_a_field_of_another_form_than_its_type_is_refused(form: Form, message: str) -> None:
    assert refusal(operation("CreateUser"), form) == (MalformedInput, message)


@pytest.mark.parametrize(
    "form",
    [
        {"Properties": "x"},
        {"Properties": ""},
        {"Properties.entry": "x"},
        {"Properties.1.key": "a", "Properties.1.value": "b"},
        {"Properties.entry.1": "x"},
        {"Properties.entry.1.key": "a"},
        {"Properties.entry.1.value": "b"},
        {"Properties.entry.2.key": "a", "Properties.entry.2.value": "b"},
        {"Properties.entry.1.key.x": "a", "Properties.entry.1.value": "b"},
        {f"Properties.entry.{n}.{part}": "same" for n in (1, 2) for part in ("key", "value")},
    ],
)
def test_a_map_with_anything_missing_or_doubled_is_refused(form: Form) -> None:
    """R-70: a key that comes twice is refused in a map as well."""
    assert refusal(operation("PutAccountProperties"), form)[0] is MalformedInput


def test_a_union_has_exactly_one_member() -> None:
    prefix = "PolicyExclusionList.member.1."
    simulate = operation("SimulatePrincipalPolicy")
    assert parse(simulate, {prefix + "PolicyArn": "a"}) == {"PolicyExclusionList": [{"PolicyArn": "a"}]}
    kind, message = refusal(simulate, {prefix + "PolicyArn": "a", prefix + "PolicyType": "scp"})
    assert kind is MalformedInput
    assert message is not None
    assert message.startswith("`PolicyExclusionList.member.1` has exactly one of ")


# Numbering.


@pytest.mark.parametrize(
    "numbers",
    [
        ["2"],
        ["0"],
        ["1", "3"],
        ["999999999"],
        ["1", "999999999"],
        ["01"],
        ["1", "02"],
        ["-1"],
        ["+1"],
        ["\u0661"],
        ["a"],
        [""],
        ["1", ""],
        ["9" * 200],
        ["1 "],
    ],
)
def test_a_list_that_is_not_numbered_from_one_without_gaps_is_refused(numbers: list[str]) -> None:
    """R-70: `member.999999999` costs what it is long, and no more."""
    form = {f"TagKeys.member.{number}": "x" for number in numbers}
    expected = (MalformedInput, "the elements of `TagKeys` are not numbered 1, 2, 3 …")
    assert refusal(operation("UntagRole"), form) == expected


def test_a_list_holds_at_most_a_thousand_elements() -> None:
    """R-70: `member.N` goes up to 1000."""
    full = {f"TagKeys.member.{number}": "x" for number in range(1, MAX_ELEMENTS + 1)}
    assert parse(operation("UntagRole"), full) == {"TagKeys": ["x"] * 1000}
    full[f"TagKeys.member.{MAX_ELEMENTS + 1}"] = "x"
    assert refusal(operation("UntagRole"), full) == (
        MalformedInput,
        "`TagKeys` holds more than 1000 elements",
    )


# Parameters that the operation does not have.


@pytest.mark.parametrize(
    ("name", "form", "unknown"),
    [
        ("CreateUser", {"UserName": "bob", "Admin": "true"}, "Admin"),
        ("CreateUser", {"username": "bob"}, "username"),
        ("CreateUser", {"PermissionBoundary": "arn"}, "PermissionBoundary"),
        ("CreateUser", {"Tags.member.1.Key": "a", "Tags.member.1.Foo": "b"}, "Tags.member.1.Foo"),
        ("CreateUser", {"Tags.member.1.Key": "a", "Tags.other.1.Key": "b"}, "Tags.other"),
        (
            "PutAccountProperties",
            {"Properties.entry.1.key": "a", "Properties.other": "b"},
            "Properties.other",
        ),
        (
            "PutAccountProperties",
            {f"Properties.entry.1.{part}": "a" for part in ("key", "value", "more")},
            "Properties.entry.1.more",
        ),
        ("GetAccountSummary", {"Foo": "x"}, "Foo"),
        ("CreateUser", {"X-Amz-Signature": "x"}, "X-Amz-Signature"),
        ("CreateUser", {"F" * 200: "x"}, "F" * 128),
    ],
)
def test_a_parameter_that_the_operation_does_not_have_is_refused(name: str, form: Form, unknown: str) -> None:
    """R-25: unknown parameters never reach the store."""
    expected = (InvalidParameterValue, f"The parameter {unknown} is not recognized")
    assert refusal(operation(name), form) == expected


def test_every_operation_refuses_a_parameter_of_another() -> None:
    """R-25: each operation's accepted keys are the model's keys."""
    services: list[ServiceName] = ["iam", "sts"]
    for each in (each for service in services for each in load(service).operations.values()):
        with pytest.raises(InvalidParameterValue):
            parse(each, {"NoOperationHasThis": "x"})


def test_no_refusal_quotes_a_value() -> None:
    create = operation("CreateLoginProfile")
    forms: list[dict[str, Any]] = [
        {"Password.x": "hunter2"},
        {"PasswordResetRequired": "hunter2"},
        {"Passwort": "hunter2"},
    ]
    for form in forms:
        assert "hunter2" not in str(refusal(create, form))
