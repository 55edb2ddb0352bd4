"""
Let the primary of PostgreSQL crash amid writes, let its standby take over, and see that nothing acknowledged is lost.

``python -m tests.faults.failover [--runs 20] [--seed N]``

Two real servers, the standby synchronous, and one `iamd serve` whose URL names both.  In each run clients write and others only
verify; the primary crashes; up to a second later the standby is promoted.  What must hold:

* What is in memory is answered all the time.
* Writes work again within fifteen seconds, without a word from anybody, and nothing acknowledged is lost.
* When the old primary comes back as it was, and nobody has told it that it no longer is one, nothing is written to it or read from
  it, though it stands first in the URL and iamd has lost all its connections.
* When it comes back as a standby, nothing is read from it either: it may be behind.
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.faults.load import Client
from tests.faults.run import (
    CLIENTS,
    Place,
    Report,
    count,
    keep_reading,
    loaded,
    settle,
    until,
    verifying,
    write_for_a_while,
)
from tests.support.failover import Pair, failover_pair
from tests.support.postgres import PostgresUnavailableError
from tests.support.serving import Serving, init, root_client, serving

RECOVERY: Final = 15.0
"""Seconds from the promotion to the first write."""


def failover_runs(at: Place, pair: Pair, runs: int, seed: int) -> Report:
    """Fail over *runs* times under one server that lives through it."""
    report, chance = Report(), random.Random(seed)  # noqa: S311  the same runs each time
    clients = [Client(number, seed + number) for number in range(CLIENTS)]
    with serving(at.config, seconds=runs * 120 + 60) as server:
        keep_reading(server)
        iam, sts = (root_client(server.url, at.folder, service) for service in ("iam", "sts"))
        for run in range(runs):
            with verifying(sts, report), loaded(at, server, clients):
                write_for_a_while(clients, chance)
                pair.crash()
                time.sleep(chance.uniform(0, 1))
                pair.fail_over()
                back = time.monotonic()
                until(lambda: iam.create_account_alias(AccountAlias=f"alias-{report.runs}"))
                report.recoveries.append(time.monotonic() - back)
            if report.recoveries[-1] > RECOVERY:
                report.wrong.append(f"run {run}: no write for {report.recoveries[-1]:.1f} s")
            count(clients, report)
            settle(at, server, clients, report)
            _old_one_comes_back(at, pair, server, clients, report, unfenced=run % 2 == 0)
    return report


def _old_one_comes_back(
    at: Place, pair: Pair, server: Serving, clients: list[Client], report: Report, *, unfenced: bool
) -> None:
    """Bring the old primary back, as it was or as the standby, and let the server connect anew."""
    iam = root_client(server.url, at.folder, "iam")
    if unfenced:
        pair.other.start()
    else:
        pair.attach()
        # It gets everything, and shows nothing of it.
        pair.other.ask("SELECT pg_wal_replay_pause()")
    behind = pair.epoch_of(pair.other)
    for turn in range(3):
        pair.cut_off()
        until(lambda: iam.update_account_password_policy(MinimumPasswordLength=8 + turn))  # noqa: B023  at once
        with loaded(at, server, clients):
            time.sleep(0.3)
        report.acknowledged += sum(client.acknowledged for client in clients)
        for client in clients:
            client.acknowledged = 0
        settle(at, server, clients, report)
    if pair.epoch_of(pair.other) != behind:
        report.wrong.append(f"run {report.runs}: something was written to the old primary")
    if unfenced:
        pair.attach()
    else:
        pair.other.ask("SELECT pg_wal_replay_resume()")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    print(f"failover of PostgreSQL, --seed {asked.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="iamd-failover-")))
        try:
            pair = stack.enter_context(failover_pair())
        except PostgresUnavailableError as error:
            print(f"skipped: {error}")
            return 0
        file = folder / "url"
        file.touch(0o600)
        file.write_text(pair.url)
        config = init(folder / "iamd", "--database-url-file", str(file))
        report = failover_runs(Place(folder / "iamd", config, pair.url), pair, asked.runs, asked.seed)
    print(*report.lines(), sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
