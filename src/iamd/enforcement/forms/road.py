"""
The road of a form: read, verified, held to its policy, authorized as the upload that it asks for, and passed on.

* Who has signed the policy asks, whoever sends the form; where nobody has, nobody asks.
* Nothing leaves before all that the policy says has been checked, the length of the file included; and the last of the
  file leaves only when the form has ended.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

import msgspec

from iamd.auth.caller import Caller, anonymous_caller
from iamd.auth.schemes.sigv4 import translated
from iamd.auth.target import Target
from iamd.enforcement.addressing import check_meaning, check_path
from iamd.enforcement.bodies import Body
from iamd.enforcement.check import Checker, Seen
from iamd.enforcement.forms.multipart import InvalidArgument, read_form
from iamd.enforcement.forms.policy import parse_policy
from iamd.enforcement.forms.upload import answered, upload_of
from iamd.enforcement.forward import Terms
from iamd.enforcement.mapping.asked import Asked
from iamd.enforcement.mapping.s3_operations import place_of
from iamd.enforcement.passage import Passage, Reply
from iamd.enforcement.refusals import InvalidRequest, MethodNotAllowed
from iamd.enforcement.s3_road import S3Road
from iamd.enforcement.upstreams import Upstreams
from iamd.http import Request
from iamd.sigv4 import form as signed_form
from iamd.sigv4.errors import IncompleteSignature, SigV4Error, UnsupportedScheme
from iamd.sigv4.payload import UNSIGNED

S3: Final = "s3"
OF_FORM: Final = Asked(service=S3, operation="PostObject", protocol="rest-xml", needs_body=False)
"""AWS: *POST Object*; no operation of the service model."""


class Mapper(Protocol):
    """What is asked of the mapping."""

    def is_ready(self, service: str) -> bool: ...
    def prepare(self, service: str) -> None: ...
    def identify(self, request: Request, service: str) -> Asked: ...
    def targets(self, asked: Asked, request: Request, service: str, caller: Caller) -> tuple[Target, ...]: ...


class FormRoad:
    """Built once by `assemble`."""

    def __init__(
        self,
        *,
        checker: Checker,
        mapping: Mapper,
        of_s3: S3Road,
        upstreams: Upstreams,
        real: Callable[[], datetime],
        account_id: str,
        region: str,
    ) -> None:
        """
        Take the parts.

        Args:
            checker: Answers the two questions.
            mapping: Says what uploads need.
            of_s3: The rest of the road.
            upstreams: Where uploads go.
            real: The time of the world, which policies expire by.
            account_id: The server's own, whose upstream those ask who are nobody.
            region: Of forms that nobody has signed.
        """
        self._checker = checker
        self._mapping = mapping
        self._of_s3 = of_s3
        self._upstreams = upstreams
        self._real = real
        self._account_id = account_id
        self._region = region

    async def pass_on(
        self,
        seen: Seen,
        sent: Request,
        body: Body,
        forward: Callable[[Passage], Awaitable[Reply]],
        *,
        soft: bool,
    ) -> Reply:
        """
        Answer a form.

        Args:
            seen: What is known of the request; gets who asks.
            sent: The request, its bucket in its path.
            body: The form.
            forward: Passes the upload on.
            soft: What is not allowed is noted and let through; what the policy says holds all the same.

        Raises:
            ServiceError: It may not, or something is wrong with it.
        """
        place = place_of(sent.raw_path)
        if not place.bucket or place.key or sent.raw_query:
            raise MethodNotAllowed("The specified method is not allowed against this resource.")
        form = await read_form(sent, body)
        upload = upload_of(form, place.bucket, sent)
        caller, region = await self._authenticate(form.fields)
        seen.caller = caller
        seen.entrance = self._checker.entrance(sent)
        if signed_form.POLICY in form.fields:
            policy = parse_policy(form.fields[signed_form.POLICY])
            policy.check(upload.fields, form.length, self._real())

        upstream = self._upstreams.find(S3, caller.account_id or self._account_id)
        check_path(upload.request, kept=upstream is not None and upstream.keeps_paths, of_s3=True)
        check_meaning(upload.request, of_s3=True)
        passage = Passage(
            caller=caller,
            claim=None,
            terms=Terms(S3, region, UNSIGNED),
            request=upload.request,
            upstream=upstream,
            body=form.file,
            operation=OF_FORM.operation,
        )

        async def send(final: Passage) -> Reply:
            # An empty file has no body to be read with, and its form has to end all the same.
            if not form.length:
                async for _ in form.file:
                    raise InvalidRequest("The file is not empty.")
            return await forward(final)

        targets = await self._targets(upload.request, caller)
        # As for every request: nobody is let do what they may not.
        soft = soft and not caller.of_nobody
        return answered(
            upload, await self._of_s3.pass_on(passage, targets, seen, send, soft=soft, keep=_never)
        )

    async def _targets(self, request: Request, caller: Caller) -> list[Target]:
        if not self._mapping.is_ready(S3):
            await asyncio.to_thread(self._mapping.prepare, S3)
        asked = self._mapping.identify(request, S3)
        return [
            msgspec.structs.replace(target, context={**target.context, **_of_form(caller)})
            for target in self._mapping.targets(asked, request, S3, caller)
        ]

    async def _authenticate(self, fields: Mapping[str, str]) -> tuple[Caller, str]:
        """Return who asks, and in which region."""
        try:
            claim = signed_form.parse_form(fields)
        except UnsupportedScheme as error:
            raise InvalidRequest(error.message) from error
        except IncompleteSignature as error:
            raise InvalidArgument(error.message) from error
        except SigV4Error as error:
            raise translated(error) from error
        if claim is None:
            return anonymous_caller(self._region), self._region
        caller = await self._checker.authenticate_form(fields[signed_form.POLICY], claim, S3)
        return caller, claim.region


def _of_form(caller: Caller) -> dict[str, str]:
    return {} if caller.of_nobody else {"s3:authType": "POST", "s3:signatureversion": "AWS4-HMAC-SHA256"}


async def _never(_body: Body, _declared: str | None) -> bytes:
    raise InvalidRequest("A form is no operation that is answered here.")
