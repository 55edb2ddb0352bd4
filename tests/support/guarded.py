"""A world whose gateway listens."""

from typing import Any

import boto3
import botocore.config
from tests.support.world import Actor, World


class Guarded(World):
    """`s3` gives clients that go through the gateway, over a real connection."""

    url = ""

    def s3(self, actor: Actor, *, endpoint: str | None = None, style: str = "path", **config: Any) -> Any:
        credentials = actor.credentials
        if credentials is None:
            raise ValueError("an actor without credentials")
        options: dict[str, Any] = {
            "retries": {"max_attempts": 0},
            "s3": {"addressing_style": style},
            "signature_version": "s3v4",
        }
        return boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=endpoint or self.url,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=botocore.config.Config(**(options | config)),
        )
