"""
Forms of the Query protocol that somebody has shaken (R-19, R-25, R-36, R-70, R-71).

A law: a request is refused with an error of the service, which can be written down, or its fields are those that another
reader of forms finds in it, each once.
"""

import random
from typing import Final
from urllib.parse import parse_qsl
from xml.etree.ElementTree import fromstring

import pytest
from tests.support.shaking import FAST, Target, for_a_while, fuzz, shaken
from tests.wire.samples import Seeded, params
from tests.wire.test_wire_oracle import OPERATIONS, TELLING, read_back, sent_by_botocore

from iamd.errors import ServiceError
from iamd.http import Request
from iamd.wire.dispatch import read_form, service_of_error
from iamd.wire.error_xml import write
from iamd.wire.model import ServiceName, load

# What forms are made of, and what they must not be.
_WORDS: Final = (
    b"&", b"&&", b"=", b"==", b"+", b"%", b"%2", b"%00", b"%0", b"%zz", b"%C0%80", b"%ED%A0%80", b"%EF%BF%BF", b"%26", b"%3D", b"%2B", b";", b"\x00",
    b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf", b"\r\n", b".member.", b".member.1", b".member.0", b".member.01", b".member.-1", b".member.1001",
    b".member.99999999999999999999", b".entry.1.key=a", b".entry.1.value=b", b".", b"..", b".Key.Key.Key", b".a" * 40, b"Action=GetUser", b"Version=2011-06-15",
    b"&Action=CreateUser", b"&X-Amz-Signature=0", b"&Timestamp=1", b"\xd9\xa1", b"%D9%A1", b"1e9", b"true", b"NaN", b"2147483648", b"9999-12-31T23:59:59Z",
    b"0000-00-00T00:00:00Z", b"a=" * 2100, b"a&" * 2100,
)  # fmt: skip
_HEADERS: Final = (
    b"application/x-www-form-urlencoded; charset=utf-8", b"application/x-www-form-urlencoded", b"application/x-www-form-urlencoded; charset=latin-1",
    b"application/json", b"multipart/form-data; boundary=a", b"", b";", b"application/x-www-form-urlencoded; charset=utf-8; charset=utf-7",
)  # fmt: skip


def request(chance: random.Random) -> tuple[Request, ServiceName]:
    """Return a request as botocore sends it, and shaken then."""
    service, name = chance.choice(TELLING if chance.random() < 0.5 else OPERATIONS)
    shape = load(service).operations[name].input
    body = sent_by_botocore(service, name, params(Seeded(chance.random()), shape) if shape else {}).body
    body = shaken(body, chance, _WORDS, b"&")
    if chance.random() < 0.2:
        return Request(method="GET", raw_path=b"/", raw_query=body), service
    kind = _HEADERS[0] if chance.random() < 0.9 else chance.choice(_HEADERS)
    return Request(method="POST", raw_path=b"/", headers=((b"content-type", kind),), body=body), service


def shaken_form(chance: random.Random) -> None:
    sent, service = request(chance)
    assert service_of_error(sent) in {"", "iam", "sts"}
    refusal = None
    try:
        read_back(sent, service)
    except ServiceError as error:
        refusal = error
    if refusal is not None:
        assert 400 <= refusal.status < 500
        fromstring(write(service, refusal, "request-id"))  # noqa: S314  our own answer


def read_by_two(chance: random.Random) -> None:
    sent, _ = request(chance)
    try:
        form = read_form(sent)
    except ServiceError:
        return
    text = (sent.body or sent.raw_query).decode()
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    found = dict(pairs)
    assert len(found) == len(pairs)
    if sent.method == "GET":
        # In a query they are the signature's; in a body they are fields that no operation has.
        found = {key: text for key, text in found.items() if not key.lower().startswith("x-amz-")}
    assert form == found


TARGETS: Final = (shaken_form, read_by_two)


@pytest.mark.parametrize("target", TARGETS)
def test_forms(target: Target) -> None:
    # What is shaken here is large.
    fuzz(target, range(FAST // 4))


@pytest.mark.deep
@pytest.mark.parametrize("target", TARGETS)
def test_forms_for_a_while(target: Target) -> None:
    fuzz(target, for_a_while())
