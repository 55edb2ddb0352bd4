"""
Notification channels: where product providers hear of their delegation requests.

On AWS a channel is an SNS topic.  There is no SNS here, so what SNS would deliver goes where the operator has said: to a file,
one JSON line for each notification, or by HTTP to a URL, as SNS posts it to a subscribed endpoint.  It is not signed.

AWS: *Amazon SNS message and JSON formats*, "HTTP/HTTPS notification JSON format"; *HTTP/HTTPS headers*.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from iamd.clock import Clock
from iamd.exchange.product_providers import Destination
from iamd.operations.delegation_notices import DeliveryError
from iamd.secret import Secret

_TYPE: Final = "text/plain; charset=UTF-8"


class Channels:
    """Deliver to the topics that are registered."""

    def __init__(self, destinations: Mapping[str, Destination], clock: Clock) -> None:
        self._destinations = destinations
        self._clock = clock

    def deliver(self, topic: str, envelope: Mapping[str, Any], message: Secret) -> None:
        """
        Deliver a notification.  It blocks.

        Raises:
            DeliveryError: It was not taken; or the topic is registered no more.
        """
        destination = self._destinations.get(topic)
        if destination is None:
            raise DeliveryError(f"the topic {topic} is not registered")
        notification = json.dumps({**envelope, "Message": message.reveal()}).encode()
        if destination.file is not None:
            _append(destination.file, notification + b"\n")
        if destination.url is not None:
            self._post(destination.url, envelope, notification)

    def _post(self, url: str, envelope: Mapping[str, Any], notification: bytes) -> None:
        # Imported when there is something to post: HTTP takes a tenth of a second.
        from iamd.federation.fetch import Ask, Fetcher, FetchError  # noqa: PLC0415

        headers = (
            ("x-amz-sns-message-type", str(envelope["Type"])),
            ("x-amz-sns-message-id", str(envelope["MessageId"])),
            ("x-amz-sns-topic-arn", str(envelope["TopicArn"])),
        )
        # The operator has named the URL: it may be one of a private network.
        fetcher = Fetcher(self._clock.monotonic, private=True)
        try:
            fetcher.get(Ask(url, headers=headers, form=notification, form_type=_TYPE))
        except FetchError as error:
            raise DeliveryError(str(error)) from error


def _append(path: Path, line: bytes) -> None:
    try:
        # Nobody but the operator may read what is in it: tokens are.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line)
    except OSError as error:
        raise DeliveryError(f"`{path}` cannot be written: {error.strerror}") from error
