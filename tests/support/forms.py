"""Forms as browsers send them, signed or not."""

import contextlib
import http.client
import json
import select
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.support.guarded import Guarded
from tests.support.world import Actor

from iamd.secret import Secret
from iamd.sigv4.signing_key import derive

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
_PIECE = 65_536
Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def expiration(**delta: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**(delta or {'hours': 1})):%Y-%m-%dT%H:%M:%S.000Z}"


def signed_fields(
    actor: Actor,
    conditions: list[Any],
    fields: Mapping[str, str],
    *,
    expires: str | None = None,
    **changed: Any,
) -> dict[str, str]:
    """Return *fields* with a policy of *conditions* that speaks of the fields of the signature, too, and its signature."""
    credentials = actor.credentials
    assert credentials is not None
    at = changed.pop("at", datetime.now(UTC))
    date = f"{at:%Y%m%d}"
    proof = {
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{credentials.access_key_id}/{date}/us-east-1/{changed.pop('service', 's3')}/aws4_request",
        "x-amz-date": f"{at:%Y%m%dT%H%M%SZ}",
    }
    if credentials.session_token is not None:
        proof["x-amz-security-token"] = credentials.session_token
    whole = [*conditions, *({name: value} for name, value in proof.items())]
    text = changed.pop("policy", None) or json.dumps(
        {"expiration": expires or expiration(), "conditions": whole}
    )
    policy = b64encode(text.encode()).decode()
    key = derive(Secret(credentials.secret_access_key), date, "us-east-1", "s3")
    signature = key.digest(policy.encode()).hex()
    return {**fields, **proof, "policy": policy, "x-amz-signature": signature, **changed}


def multipart(
    fields: Fields,
    file: bytes | None,
    *,
    filename: str = "photo.png",
    after: bytes = b"",
    end: bytes = b"\r\n",
) -> bytes:
    """Return the body of a form; *after* stands between the file and the end."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: image/png\r\n\r\n".encode() + file + b"\r\n")
    return b"".join(parts) + after + f"--{BOUNDARY}--".encode() + end


def send(
    world: Guarded, body: bytes, path: str = "/data", *, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Post a form; a header of ``""`` is left out."""
    connection = http.client.HTTPConnection(urlsplit(world.url).netloc, timeout=20)
    given = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(body)),
    } | dict(headers or {})
    connection.putrequest("POST", path, skip_host="Host" in given)
    for name, value in given.items():
        if value:
            connection.putheader(name, value)
    connection.endheaders()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for start in range(0, len(body), _PIECE):
            if select.select([connection.sock], [], [], 0)[0]:
                break  # Refused before its end: who goes on for long is cut off, and does not hear why.
            connection.send(body[start : start + _PIECE])
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content
