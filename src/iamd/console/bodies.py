"""What browsers send to the console's own pages: JSON, or the forms of others."""

from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from iamd.errors import InvalidInput, MalformedInput
from iamd.http import Request

T = TypeVar("T")

_MOST_FIELDS = 32


def read_json(request: Request, kind: type[T]) -> T:
    """
    Return the body of *request* as *kind*.

    Raises:
        MalformedInput: It is not JSON, or says so falsely.
        InvalidInput: It is not of that kind.
    """
    types = [value.partition(b";")[0].strip().lower() for value in request.header_values(b"content-type")]
    if types != [b"application/json"]:
        raise MalformedInput("the body of a request is application/json")
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"the body of the request: {error}") from None
    except msgspec.DecodeError:
        raise MalformedInput("the body of a request is one JSON object in UTF-8") from None


def read_fields(encoded: bytes) -> dict[str, str]:
    """
    Return the fields of a form or a query.

    Raises:
        MalformedInput: They cannot be read, or one comes twice.
    """
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise MalformedInput("the fields of the request cannot be read") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedInput("a parameter is given twice")
    return fields
