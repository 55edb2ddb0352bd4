"""
Cut one of two nodes off from the database, lock somebody out on the other, and see for how long the first one lets them in.

``python -m tests.faults.partition [--runs 10]``

Two of `iamd serve` on one PostgreSQL, the one by a way that can be cut, with a lease of a few seconds.  In each run it is cut, *frozen*
or *dropped*; then a user's access key is deactivated on the other node, while the user goes on asking both.  What must hold:

* The node where it was done refuses the user from its answer on.
* The other one lets them in until the lease ends, at the longest; then it answers 503, whoever asks.
* When the way is healed, it refuses the user, and answers everybody else, by itself; it never lets the user in again.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.faults.run import keep_reading, until
from tests.faults.silence import Asked, Asking
from tests.support.postgres import PostgresUnavailableError, fresh_database, private_server
from tests.support.serving import init, root_client, serving
from tests.support.severed import Cut, SeveredWay, severed_way

LEASE: Final = 5.0
SLACK: Final = 3.0
"""Seconds that a busy machine adds."""
RECOVERY: Final = 15.0
OK, REFUSED, UNAVAILABLE = 200, 403, 503


def run(way: SeveredWay, how: Cut, iam: Any, near: str, far: str) -> Iterator[str]:
    """Do it once; yield what did not hold, and print figures."""
    iam.create_user(UserName="locked-out")
    key = iam.create_access_key(UserName="locked-out")["AccessKey"]
    here, there = (_client(url, key).get_caller_identity for url in (near, far))
    until(here)
    until(there)
    with Asking(there, 0.02) as asking:
        time.sleep(0.3)
        cut_at = time.monotonic()
        way.cut(how)
        iam.update_access_key(UserName="locked-out", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        done_at = time.monotonic()
        if _status(here) != REFUSED:
            yield "the node where the key was deactivated lets it in"
        time.sleep(LEASE + 2 * SLACK)
        way.heal()
        healed_at = time.monotonic()
        while time.monotonic() < healed_at + RECOVERY and _status(there) != REFUSED:
            time.sleep(0.05)
        back_at = time.monotonic()
        time.sleep(0.5)
    yield from _broken(asking.asked, cut_at, healed_at, back_at)
    let_in = max((each.answered_at for each in asking.asked if each.status == OK), default=done_at)
    print(
        f"{how}: let in for {let_in - done_at:.1f} s after the key was deactivated, refused {back_at - healed_at:.1f} s"
        f" after the way was healed, {len(asking.asked)} requests",
        flush=True,
    )
    iam.delete_access_key(UserName="locked-out", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="locked-out")


def _broken(asked: list[Asked], cut_at: float, healed_at: float, back_at: float) -> Iterator[str]:
    for each in asked:
        since = f"{each.at - cut_at:.1f} s after the cut"
        if each.status not in {OK, REFUSED, UNAVAILABLE}:
            yield f"an answer of {each.status}, {since}"
        if each.status == OK and each.at > cut_at + LEASE + SLACK:
            yield f"let in, {since}"
        if each.status != REFUSED and each.at > back_at:
            yield f"an answer of {each.status} when it had known"
        if each.status == REFUSED and each.answered_at < healed_at:
            yield f"refused, {since}: nobody can have told"
    if back_at > healed_at + RECOVERY:
        yield "it does not recover"


def _client(url: str, key: dict[str, str]) -> Any:
    make: Any = boto3.client
    return make(
        "sts",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def _status(ask: Callable[[], Any]) -> int:
    try:
        ask()
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    except BotoCoreError:
        return 0
    return OK


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    wrong: list[str] = []
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-partition-")))
            url = stack.enter_context(fresh_database(stack.enter_context(private_server())))
            way = stack.enter_context(severed_way(url))
            file, other = folder / "url", folder / "other-url"
            for each, text in ((file, url), (other, way.url)):
                each.touch(0o600)
                each.write_text(text)
            config = init(folder / "iamd", "--database-url-file", str(file))
            cut = config.with_name("cut.toml")
            cut.touch(0o600)
            cut.write_text(
                config.read_text().replace(str(file), str(other)).replace("audit.jsonl", "cut.jsonl")
            )
            environ = {"IAMD_DATABASE_LEASE_SECONDS": f"{LEASE:.0f}"}
            servers = [
                stack.enter_context(serving(each, environ=environ, seconds=3600)) for each in (config, cut)
            ]
            for server in servers:
                keep_reading(server)
            iam = root_client(servers[0].url, config.parent, "iam")
            for number in range(runs):
                how = list(Cut)[number % 2]
                found = run(way, how, iam, servers[0].url, servers[1].url)
                wrong += [f"run {number}, {how}: {each}" for each in found]
    except PostgresUnavailableError as error:
        print(f"skipped: {error}")
        return 0
    print(f"{runs} runs, {len(wrong)} promises broken", *wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
