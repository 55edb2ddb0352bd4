"""
A small client of the services that speak the Query protocol, for the commands that ask a server for IAM and STS.

Like that of `iamd.cli.aws_json`, it imports no SDK.
"""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from iamd.cli.connections import connection_to
from iamd.cli.failures import NoServerError, refusal
from iamd.clock import SystemClock
from iamd.http import Request
from iamd.secret import Secret
from iamd.sigv4.sign import Credentials, sign

_VERSIONS: Final = {"iam": "2010-05-08", "sts": "2011-06-15"}
_SECONDS: Final = 30.0
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryClient:
    """
    Somebody who asks a server.

    Attributes:
        endpoint: A URL without a path.
    """

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None

    def ask(self, service: str, operation: str, params: Mapping[str, str]) -> dict[str, str]:
        """
        Return the texts of an answer by the names of their elements; the last of those that have the same.

        *operation* is in botocore's spelling: ``assume_role``.

        Raises:
            RefusedError: The answer is an error.
            NoServerError: There is none, or none that can be read.
        """
        url = urlsplit(self.endpoint)
        action = "".join(map(str.capitalize, operation.split("_")))
        form = {"Action": action, "Version": _VERSIONS[service], **params}
        request = sign(
            Request(
                method="POST",
                raw_path=b"/",
                headers=(
                    (b"host", url.netloc.encode()),
                    (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
                ),
                body=urlencode(form).encode(),
            ),
            Credentials(
                access_key_id=self.access_key_id,
                secret_access_key=self.secret_access_key,
                session_token=self.session_token,
            ),
            region=self.region,
            service=service,
            at=SystemClock().real(),
        )
        connection = connection_to(self.endpoint, _SECONDS)
        try:
            headers = {name.decode(): value.decode() for name, value in request.headers}
            connection.request("POST", "/", request.body, headers)
            response = connection.getresponse()
            texts = _texts(response.read(_MOST_BYTES))
        except (OSError, ValueError, http.client.HTTPException, ET.ParseError) as error:
            raise NoServerError(f"the server at {self.endpoint} does not answer: {error!r}") from None
        finally:
            connection.close()
        if response.status != HTTPStatus.OK:
            raise refusal(texts.get("Code", f"status {response.status}"), texts.get("Message", ""))
        return texts


def _texts(body: bytes) -> dict[str, str]:
    # Neither document types nor anything else of the kind is part of an answer.
    if b"<!" in body:
        raise ValueError("the answer is not as services write theirs")
    root = ET.fromstring(body)  # noqa: S314  bounded, and without declarations
    return {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
