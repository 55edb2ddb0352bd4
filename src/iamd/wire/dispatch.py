"""
The Query protocol: which operation a request asks for, and the form fields that it sends along.

The rules of this gate, all of them applied before anything is authenticated, so that what is refused here is refused
to everybody alike:

* A POST carries its fields in an ``application/x-www-form-urlencoded`` body and only there; a GET carries them in its
  query and has no body.  In a query, ``X-Amz-*`` is the signature's and never a field.
* A key that comes twice is refused, since a signer and a reader might take different ones.
* Percent-encoding, UTF-8 and characters are strict.  What XML 1.0 cannot carry is not let in: it could be stored but
  never be answered.
* The service is the one in the credential scope; an unsigned request is known by its ``Version`` and ``Action``.
* The path is not looked at.  It is signed, and AWS serves every operation at ``/``.

Nothing in an error quotes a field's value: it may be a password or a token.
"""

import re
import string
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from iamd.errors import (
    InvalidAction,
    MalformedInput,
    MalformedQueryString,
    MissingAction,
    SignatureDoesNotMatch,
)
from iamd.http import Request
from iamd.wire.dispatched import Dispatched, Form
from iamd.wire.model import SERVICES, Operation, ServiceModel, ServiceName, load
from iamd.wire.xml import NOT_XML

MAX_FIELDS: Final = 2000

_NAMES: Final[tuple[ServiceName, ...]] = ("iam", "sts")
"""The services that speak it."""
_is_bare = re.compile(rb"Action=([A-Za-z]+)&Version=([0-9-]+)").fullmatch
_LONGEST_BARE: Final = 96
_json: Final = msgspec.json.Encoder().encode
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USUAL: Final = bytes(range(32, 127))
"""What nearly every form consists of; everything else is looked at more closely."""
_ESCAPED: Final = {
    upper + lower: chr(int(upper + lower, 16))
    for upper in "234567"
    for lower in "0123456789abcdefABCDEF"
    if int(upper + lower, 16) in _USUAL
}
_SCOPE: Final = re.compile(rb"(?:/|%2[Ff])(" + "|".join(SERVICES).encode() + rb")(?:/|%2[Ff])aws4_request")
_SHOWN: Final = 128
_OF_NAMES: Final = string.ascii_letters + string.digits + "-_.:"
_USUAL_CONTENT_TYPE: Final = b"application/x-www-form-urlencoded; charset=utf-8"


def dispatch(request: Request, scope_service: str | None) -> Dispatched:
    """
    Return the operation that *request* names and its form.

    Args:
        request: As it came.
        scope_service: The service in the credential scope, None when the request is not signed.  Not yet verified.

    Raises:
        MalformedQueryString: The fields cannot be decoded, are too many, or come twice.
        MalformedInput: The method or the type of the body is not the Query protocol's.
        MissingAction: There is no ``Action``.
        InvalidAction: The service has no such operation in that version.
        SignatureDoesNotMatch: The credential is scoped to another service than the one asked for.
    """
    form = read_form(request)
    action = form.pop("Action", "")
    version = form.pop("Version", "")
    # AWS: Common Query Parameters.  The time that Signature Version 2 signed; SDKs of its age send it still beside
    # Version 4, whose own time is what the seal verifies.
    form.pop("Timestamp", None)
    if not action:
        # AWS: Common Errors, MissingAction; the wording is SimpleDB's, the only one that is published.
        raise MissingAction("No action was supplied with this request.")
    operation = _found.get((scope_service, action, version))
    if operation is None:
        model = _model(scope_service, action, version)
        if model is None or version != model.version or action not in model.operations:
            raise InvalidAction(
                f"Could not find operation {_shown(action)} for version {_shown(version) or 'NO_VERSION_SPECIFIED'}"
            )
        operation = _found[scope_service, action, version] = model.operations[action]
    return Dispatched(operation, form)


_found: Final[dict[tuple[str | None, str, str], Operation]] = {}
"""Those that were asked for; of what is none nothing is kept, so that there is an end to it."""


def bare(request: Request, scope_service: str | None) -> Operation | None:
    """
    Return the operation that *request* names if it does nothing else, in the form that SDKs have for that.

    That is what every health check and many a client asks all day.  Nothing is wrong with such a request; whatever else
    comes is for `dispatch`.
    """
    fields = request.fields()
    if (
        len(request.body) > _LONGEST_BARE
        or fields is None
        or request.raw_query
        or request.method != "POST"
        or fields.get(b"content-type") != _USUAL_CONTENT_TYPE
        or b"content-encoding" in fields
    ):
        return None
    return _bare(request.body, scope_service)


@lru_cache(maxsize=256)
def _bare(body: bytes, scope_service: str | None) -> Operation | None:
    found = _is_bare(body)
    if found is None or scope_service not in _NAMES:
        return None
    model = load(scope_service)
    operation = model.operations.get(found[1].decode())
    return operation if found[2].decode() == model.version else None


def _shown(name: str) -> str:
    """Return a name as an error may repeat it: of a form that was put together wrongly, it may go on with a password."""
    return name[: len(name) - len(name.lstrip(_OF_NAMES))][:_SHOWN]


def service_of_error(request: Request) -> str:
    """
    Guess the service for whose client an error before dispatch is written.

    Believes what is not verified, so it is good for the form of an error and nothing else.  Never raises.

    Returns:
        The name of a service, or an empty string when nothing tells.
    """
    for header, text in request.headers:
        if header == b"authorization" and (found := _SCOPE.search(text)):
            return found[1].decode()
    if request.raw_query and (found := _SCOPE.search(request.raw_query)):
        return found[1].decode()
    for name in _NAMES:
        needle = b"Version=" + load(name).version.encode()
        if needle in request.raw_query or needle in request.body:
            return name
    return ""


def read_form(request: Request) -> Form:
    """
    Return the decoded fields of *request*, ``Action`` and ``Version`` included.

    Raises:
        MalformedQueryString: The fields cannot be decoded, are too many, or come twice.
        MalformedInput: The method or the type of the body is not the Query protocol's.
    """
    if request.header(b"content-encoding") not in {None, b"identity"}:
        # the signing scheme's aws-chunked framing must not be read as fields.
        raise MalformedInput("a request to this service has no Content-Encoding")
    if request.method == "POST":
        if request.raw_query and not all(map(_is_signature, _decode(request.raw_query))):
            raise MalformedQueryString("the parameters of a POST belong in its body")
        if request.body:
            _check_content_type(request)
        return _decode(request.body)
    if request.method == "GET":
        if request.body:
            raise MalformedInput("a GET request has no body")
        fields = _decode(request.raw_query)
        return {key: text for key, text in fields.items() if not _is_signature(key)}
    raise MalformedInput("the method of a request is GET or POST")


def _model(scope_service: str | None, action: str, version: str) -> ServiceModel | None:
    """Return the model of the service that is asked for; None when nothing tells."""
    if scope_service in _NAMES:
        # Nearly always everything agrees.
        model = load(scope_service)
        if version == model.version and action in model.operations:
            return model
    models = tuple(load(name) for name in _NAMES)
    # The version speaks first: it names the service even where the action is misspelled.
    named = [model for model in models if model.version == version]
    named += [model for model in models if action in model.operations]
    if scope_service is None:
        return named[0] if named else None
    for model in named:
        if model.service != scope_service:
            # AWS: Signature Version 4, Troubleshooting.  The space at the end is AWS's.
            raise SignatureDoesNotMatch(
                f"Credential should be scoped to correct service: '{model.service}'. "
            )
    return next((model for model in models if model.service == scope_service), None)


def _check_content_type(request: Request) -> None:
    if request.fields() and request.header(b"content-type") == _USUAL_CONTENT_TYPE:
        return
    values = list(request.header_values(b"content-type"))
    if len(values) == 1:
        media_type, *parameters = (part.strip().lower() for part in values[0].split(b";"))
        charsets = {part for part in parameters if part.startswith(b"charset=")}
        if media_type == b"application/x-www-form-urlencoded" and charsets <= {
            b"charset=utf-8",
            b'charset="utf-8"',
        }:
            return
    raise MalformedInput("the body of a request is application/x-www-form-urlencoded in UTF-8")


def _is_signature(key: str) -> bool:
    # whatever the case; the guard refuses a parameter that comes in two spellings.
    return key[:6].lower() == "x-amz-"


def _decode(raw: bytes) -> Form:
    """Split *raw* at ``&`` and ``=`` and decode both halves."""
    if len(raw) >= MAX_FIELDS and raw.count(b"&") >= MAX_FIELDS:  # counted before anything is split.
        raise MalformedQueryString(f"a request has at most {MAX_FIELDS} parameters")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedQueryString("the parameters are not UTF-8") from error
    # JSON escapes all control characters, so that a text that it only puts between quotation marks has none.
    if not (text.isascii() and len(_json(text)) == len(text) + 2) and NOT_XML.search(text):
        raise MalformedQueryString("the parameters hold a character that is not allowed")
    form: Form = {}
    escapes = "%" in text or "+" in text
    pairs = text.split("&")
    for pair in pairs:
        key, _, value = pair.partition("=")
        if escapes and ("%" in pair or "+" in pair):
            key, value = _unquote(key), _unquote(value)
        form[key] = value
    # Nearly always each pair is another field, and has a name.
    if len(form) != len(pairs) or "" in form:
        _check_pairs([pair for pair in pairs if pair])
        form.pop("", None)
    return form


def _check_pairs(pairs: list[str]) -> None:
    """Refuse a field that has no name, and one that is there twice."""
    seen: set[str] = set()
    for pair in pairs:
        key = _unquote(pair.partition("=")[0])
        if not key:
            raise MalformedQueryString("a parameter has no name")
        if key in seen:
            raise MalformedQueryString("a parameter is given twice")
        seen.add(key)


def _unquote(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    # What ARNs are full of goes first.  Neither of the two can become part of another escape, valid or not.
    text = text.replace("%3A", ":").replace("%2F", "/").replace("+", " ")
    if "%" not in text:
        return text
    first, *escaped = text.split("%")
    try:
        return first + "".join([_ESCAPED[piece[:2]] + piece[2:] for piece in escaped])
    except KeyError:
        return _unquote_slowly(text)


def _unquote_slowly(text: str) -> str:
    """Decode what holds more than printable ASCII, or say what is wrong with it."""
    if _BAD_ESCAPE.search(text):
        raise MalformedQueryString("the percent-encoding of a parameter is malformed")
    try:
        plain = unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise MalformedQueryString("the parameters are not UTF-8") from error
    if NOT_XML.search(plain):
        raise MalformedQueryString("the parameters hold a character that is not allowed")
    return plain
