"""What the queries of the server's own pages say."""

from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from iamd.errors import InvalidInput

Asked = TypeVar("Asked", bound=msgspec.Struct)


def read_query(raw_query: bytes, kind: type[Asked]) -> Asked:
    """
    Read a query, each field of which is given once, as the struct *kind*, which says what there may be.

    Raises:
        InvalidInput: It cannot be read.
    """
    try:
        fields = parse_qsl(
            raw_query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw_query),
            max_num_fields=len(kind.__struct_fields__),
            errors="strict",
        )
        asked = msgspec.convert(dict(fields), kind, strict=False)
    except ValueError as error:
        raise InvalidInput(f"the query of the request: {error}") from error
    if len(dict(fields)) != len(fields):
        raise InvalidInput("the query of the request: a field is given twice")
    return asked
