"""Results and errors as XML: what is refused, what is left out, and the exact bytes."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from iamd.errors import AccessDenied, ReportNotPresent, ServiceFailure
from iamd.secret import Secret
from iamd.wire import error_xml, xml
from iamd.wire.model import Operation, ServiceName, load

IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
STS = "https://sts.amazonaws.com/doc/2011-06-15/"


def operation(name: str, service: ServiceName = "iam") -> Operation:
    return load(service).operations[name]


def written(name: str, result: dict[str, Any] | None, service: ServiceName = "iam") -> str:
    return xml.write(operation(name, service), result, "rid").decode()


def test_an_answer_has_its_result_and_its_request_id() -> None:
    result = {"UserId": "AIDA", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/bob"}
    assert written("GetCallerIdentity", result, "sts") == (
        f'<GetCallerIdentityResponse xmlns="{STS}"><GetCallerIdentityResult><UserId>AIDA</UserId>'
        "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/bob</Arn></GetCallerIdentityResult>"
        "<ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def test_an_answer_without_output_has_no_result_element() -> None:
    assert written("DeleteUser", None) == (
        f'<DeleteUserResponse xmlns="{IAM}"><ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata>'
        "</DeleteUserResponse>"
    )


def test_an_output_without_members_keeps_its_result_element() -> None:
    """Fact 33: UpdateRole returns an empty result."""
    for empty in (None, dict[str, Any]()):
        assert "<UpdateRoleResult></UpdateRoleResult>" in written("UpdateRole", empty)


def test_lists_maps_numbers_booleans_times_and_blobs() -> None:
    created = datetime(2024, 2, 29, 23, 34, 56, 999_999, tzinfo=timezone(timedelta(hours=2)))
    users = [{"UserName": "a", "CreateDate": created}, {"UserName": "b"}]
    text = written("ListUsers", {"Users": users, "IsTruncated": False})
    assert (
        "<Users><member><UserName>a</UserName><CreateDate>2024-02-29T21:34:56Z</CreateDate></member>"
        "<member><UserName>b</UserName></member></Users><IsTruncated>false</IsTruncated>"
    ) in text
    text = written("GetAccountSummary", {"SummaryMap": {"Users": 3, "Groups": 0}})
    assert (
        "<SummaryMap><entry><key>Users</key><value>3</value></entry>"
        "<entry><key>Groups</key><value>0</value></entry></SummaryMap>"
    ) in text
    assert "<Content>AP8=</Content>" in written("GetCredentialReport", {"Content": b"\x00\xff"})


def test_members_come_in_the_order_of_the_model() -> None:
    text = written("ListUsers", {"IsTruncated": True, "Marker": "m", "Users": []})
    assert "<Users></Users><IsTruncated>true</IsTruncated><Marker>m</Marker>" in text


def test_what_is_none_or_absent_is_not_written_and_what_is_empty_is() -> None:
    text = written("GetPolicy", {"Policy": {"PolicyName": "", "Tags": [], "Description": None}})
    assert "<Policy><PolicyName></PolicyName><Tags></Tags></Policy>" in text
    assert "<SummaryMap></SummaryMap>" in written("GetAccountSummary", {"SummaryMap": {}})
    assert "<RoleLastUsed></RoleLastUsed>" in written("GetRole", {"Role": {"RoleLastUsed": {}}})


def test_of_texts_alone_what_is_none_is_not_written_either() -> None:
    told = {"UserId": "AIDA", "Account": None, "Arn": "arn"}
    assert "<UserId>AIDA</UserId><Arn>arn</Arn>" in written("GetCallerIdentity", told, "sts")


def test_markup_and_carriage_returns_are_escaped() -> None:
    text = written("GetUser", {"User": {"UserName": "<a>&amp;\r\n\t\"'"}})
    assert "<UserName>&lt;a&gt;&amp;amp;&#xD;\n\t\"'</UserName>" in text
    assert "<RequestId>&lt;</RequestId>" in xml.write(operation("GetUser"), {}, "<").decode()
    assert "<key>&lt;</key>" in written("GetAccountSummary", {"SummaryMap": {"<": 1}})


@pytest.mark.parametrize("code_point", [0, 1, 8, 0xB, 0xC, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF], ids=hex)
def test_a_character_that_xml_cannot_carry_is_refused_loudly(code_point: int) -> None:
    """R-69."""
    with pytest.raises(ValueError, match=rf"U\+{code_point:04X}"):
        written("GetUser", {"User": {"UserName": f"a{chr(code_point)}b"}})


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("GetUser", {"User": {"UserName": "a", "Secret": "x"}}),
        ("GetUser", {"user": {}}),
        ("GetUser", {"User": {"UserName": None, "username": None}}),
        ("ListUsers", {"Users": [{"Nonsense": 1}]}),
        ("DeleteUser", {"UserName": "bob"}),
    ],
)
def test_a_member_that_the_model_does_not_know_is_a_type_error(name: str, result: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        written(name, result)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("GetUser", {"User": {"UserName": 1}}),
        ("GetUser", {"User": {"UserName": b"bob"}}),
        ("GetUser", {"User": {"UserName": Secret("bob")}}),
        ("GetUser", {"User": {"UserName": "bob", "Path": 1}}),
        ("GetUser", {"User": {"UserName": "bob", "Path": b"/"}}),
        ("GetUser", {"User": {"UserName": "bob", "Path": Secret("/")}}),
        ("GetUser", {"User": {"CreateDate": "2024-02-29T12:34:56Z"}}),
        ("GetUser", {"User": {"CreateDate": datetime(2024, 2, 29)}}),  # noqa: DTZ001  a naive one is the point
        ("GetUser", {"User": "bob"}),
        ("GetUser", {"User": [("UserName", "bob")]}),
        ("ListUsers", {"Users": {"UserName": "bob"}}),
        ("ListUsers", {"Users": "bob"}),
        ("ListUsers", {"Users": [None]}),
        ("ListUsers", {"IsTruncated": 0}),
        ("ListUsers", {"IsTruncated": "false"}),
        ("GetAccountSummary", {"SummaryMap": {"Users": "3"}}),
        ("GetAccountSummary", {"SummaryMap": {"Users": True}}),
        ("GetAccountSummary", {"SummaryMap": {1: 1}}),
        ("GetAccountSummary", {"SummaryMap": [1]}),
        ("GetCredentialReport", {"Content": "text"}),
    ],
)
def test_a_value_of_another_type_is_a_type_error(name: str, result: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        written(name, result)


def test_a_utc_time_is_written_in_whole_seconds() -> None:
    created = datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert "<CreateDate>0001-01-01T00:00:00Z</CreateDate>" in written(
        "GetUser", {"User": {"CreateDate": created}}
    )


@pytest.mark.parametrize(
    ("service", "namespace"),
    [("iam", IAM), ("sts", STS), ("", "http://webservices.amazon.com/AWSFault/2005-15-09")],
)
def test_an_error_has_type_code_message_and_nothing_else(service: str, namespace: str) -> None:
    """Fact 1."""
    error = AccessDenied("no <way>\r", detail="for the log alone")
    assert error_xml.write(service, error, "rid").decode() == (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>AccessDenied</Code>'
        "<Message>no &lt;way&gt;&#xD;</Message></Error><RequestId>rid</RequestId></ErrorResponse>"
    )


def test_an_error_without_a_message_has_no_message_element_and_an_empty_one_has() -> None:
    """Fact 77."""
    assert b"Message" not in error_xml.write("iam", ReportNotPresent(), "rid")
    assert b"<Message></Message>" in error_xml.write("iam", ReportNotPresent(""), "rid")


def test_a_fault_of_the_server_says_so() -> None:
    assert b"<Type>Receiver</Type><Code>ServiceFailure</Code>" in error_xml.write(
        "iam", ServiceFailure("x"), "rid"
    )


def test_an_error_that_quotes_what_xml_cannot_carry_is_answered_all_the_same() -> None:
    """R-69: a refusal must not turn into a failure."""
    body = error_xml.write("sts", AccessDenied("a\x00b\ud800c"), "r\x00id").decode()
    assert "<Message>a\ufffdb\ufffdc</Message>" in body
    assert "<RequestId>r\ufffdid</RequestId>" in body
