"""
Change certificate, token keys and master key of a server while clients are busy, and see that no request fails.

``python -m tests.faults.rotations [--turns 20]``

Each turn is a new certificate (SIGHUP), a new key for session tokens, at once, and every few turns another master key.
Clients ask all the time, over connections that they keep and over new ones, with keys and with sessions from the start; and some
ask as fast as they can, so that there are hundreds of requests a second.
"""

import argparse
import base64
import secrets
import signal
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from click.testing import CliRunner
from tests.faults.exhaustion import Honest
from tests.faults.run import keep_reading
from tests.support.serving import certificate_files, init, root_client, root_profile, serving

from iamd.cli.main import cli

CLIENTS: Final = 3
CERTIFICATES: Final = 4


class Busy:
    """Somebody who asks all the time."""

    def __init__(self, number: int, url: str, folder: Path, verify: str) -> None:
        self.answered = 0
        self.failed: list[str] = []
        self._where = {"endpoint_url": url, "region_name": "us-east-1", "verify": verify}
        self._root = root_client(url, folder, "sts", verify=verify)
        self._session = self._of_session(self._root.get_session_token()["Credentials"])
        self._credentials = self._root.get_session_token()["Credentials"]
        self._iam = root_client(url, folder, "iam", verify=verify)
        self._name = f"busy-{number}"
        self._iam.create_user(UserName=self._name)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _of_session(self, credentials: dict[str, Any]) -> Any:
        make: Any = boto3.client
        return make(
            "sts",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
            **self._where,
        )

    def _run(self) -> None:
        asks: tuple[Callable[[], object], ...] = (
            self._root.get_caller_identity,
            self._session.get_caller_identity,
            # Over a new connection, with a session from the start.
            lambda: self._of_session(self._credentials).get_caller_identity(),
            self._come_and_go,
        )
        while not self._stopping.is_set():
            for ask in asks:
                try:
                    ask()
                except (ClientError, BotoCoreError) as error:
                    self.failed.append(str(error))
                self.answered += 1

    def _come_and_go(self) -> None:
        key = self._iam.create_access_key(UserName=self._name)["AccessKey"]
        self._iam.delete_access_key(UserName=self._name, AccessKeyId=key["AccessKeyId"])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=20)
    turns = parser.parse_args().turns
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-rotations-")))
        config = init(folder / "iamd")
        pairs = [
            certificate_files(folder, name=f"tls-{number}", subject=f"localhost {number}")
            for number in range(CERTIFICATES)
        ]
        bundle = folder / "bundle.pem"
        bundle.write_bytes(b"".join(certificate.read_bytes() for certificate, _ in pairs))
        served = folder / "served.crt", folder / "served.key"
        _serve_pair(pairs[0], served)
        other = folder / "other.key"
        other.touch(0o600)
        other.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        server = stack.enter_context(
            serving(
                config,
                *("--tls-certificate", str(served[0]), "--tls-key", str(served[1])),
                environ={"IAMD_OTHER_MASTER_KEY_FILE": str(other)},
                seconds=3600,
            )
        )
        keep_reading(server)
        url = server.url.replace("127.0.0.1", "localhost")
        busy = [
            stack.enter_context(Busy(number, url, config.parent, str(bundle))) for number in range(CLIENTS)
        ]
        trusted = ssl.create_default_context(cafile=str(bundle))
        steady = [
            stack.enter_context(Honest(url, config.parent, context=trusted, pause=0)) for _ in range(CLIENTS)
        ]
        began = time.monotonic()
        for turn in range(1, turns + 1):
            time.sleep(1)
            _serve_pair(pairs[turn % CERTIFICATES], served)
            server.process.send_signal(signal.SIGHUP)
            _operate(url, config.parent, bundle, "rotate", "--now")
            if turn == turns // 2:
                print(_operate(url, config.parent, bundle, "rotate-master").splitlines()[0])
        answered = sum(one.answered for one in busy) + sum(one.statuses.total() for one in steady)
        rate = answered / (time.monotonic() - began)
    failed = [each for one in busy for each in one.failed] + [each for one in steady for each in one.wrong()]
    print(
        f"{turns} turns, {answered} requests, {rate:.0f} a second, {len(failed)} failed",
        *failed[:10],
        sep="\n",
    )
    return 1 if failed else 0


def _serve_pair(pair: tuple[Path, Path], served: tuple[Path, Path]) -> None:
    for source, target in zip(pair, served, strict=True):
        new = target.with_suffix(".new")
        new.touch(0o600)
        new.write_bytes(source.read_bytes())
        new.replace(target)


def _operate(url: str, folder: Path, bundle: Path, *words: str) -> str:
    """Run a command of `iamd keyring` as the operator does, and return what it says."""
    given = {name.upper(): value for name, value in root_profile(folder).items()}
    given |= {"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": str(bundle), "XDG_STATE_HOME": str(folder / "state")}
    done = CliRunner().invoke(cli, ["keyring", *words], env=given)
    if done.exit_code != 0:
        raise RuntimeError(done.output) from done.exception
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
