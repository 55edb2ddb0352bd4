"""A database from before uses of policies were counted: the revision counts what there is, and puts it in order."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from tests.support.sqlite import sqlite
from tests.support.store_values import ACCOUNT_ID, read, write

from iamd.domain.ids import Ids, UniqueId
from iamd.store import migrations
from iamd.store.engines import sqlite_database
from iamd.store.open import open_sqlite
from iamd.store.policies_interface import OwnerKind, PolicyUsage, PolicyUses

BEFORE = "0014"
ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/p"
AWS = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROWS = f"""
INSERT INTO accounts (account_id, name, created_at) VALUES ('{ACCOUNT_ID}', 'a', 0);
INSERT INTO owners VALUES
  ('{ACCOUNT_ID}', '{ACCOUNT_ID}', 'root'), ('AIDA1', '{ACCOUNT_ID}', 'user'), ('AIDA2', '{ACCOUNT_ID}', 'user'),
  ('AGPA1', '{ACCOUNT_ID}', 'group'), ('AROA1', '{ACCOUNT_ID}', 'role');
INSERT INTO users VALUES
  ('AIDA1', '{ACCOUNT_ID}', 'Zoe', 'zoe', '/x/', 0, '{ARN}', NULL, '[]'),
  ('AIDA2', '{ACCOUNT_ID}', 'ann', 'ann', '/', 0, NULL, NULL, '[]');
INSERT INTO groups VALUES ('AGPA1', '{ACCOUNT_ID}', 'g', 'g', '/', 0);
INSERT INTO roles (role_id, account_id, name, name_key, path, created_at, trust_policy, trusted_ids,
                   max_session_duration, permissions_boundary, tags)
  VALUES ('AROA1', '{ACCOUNT_ID}', 'r', 'r', '/', 0, '{{}}', '[]', 3600, '{ARN}', '[]');
INSERT INTO group_memberships VALUES ('AIDA1', 'AGPA1'), ('AIDA2', 'AGPA1');
INSERT INTO policy_attachments (owner_id, policy_arn) VALUES
  ('AIDA1', '{ARN}'), ('AIDA2', '{ARN}'), ('AGPA1', '{ARN}'), ('AROA1', '{AWS}');
INSERT INTO mfa_devices VALUES
  ('arn:1', '{ACCOUNT_ID}', 'a', 'a', '/', x'00', 0, 'AIDA1', 0, 0, '[]'),
  ('arn:2', '{ACCOUNT_ID}', 'b', 'b', '/', x'00', 0, NULL, NULL, 0, '[]');
"""  # noqa: S608  our own rows


def before(path: Path) -> None:
    """Make a database of the revision before, with something in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    database = sqlite_database(path, durable=False, readers=1)
    with database.writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
    database.dispose()
    with sqlite(path) as raw:
        raw.execute(ROWS)


def test_what_was_there_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "iamd.db"
    before(path)
    store = open_sqlite(path, master_key=bytes(32), ids=Ids())

    def look(tx: Any) -> Any:
        attachments = tx.policy_attachments
        return {
            "uses": (attachments.uses(ACCOUNT_ID, ARN), attachments.uses(ACCOUNT_ID, AWS)),
            "of AWS": attachments.uses_of_aws(ACCOUNT_ID),
            "users": [
                each.owner_name
                for each in attachments.entities(
                    ACCOUNT_ID, ARN, OwnerKind.USER, usage=PolicyUsage.ATTACHED, limit=9
                )
            ],
            "members": [user.name for user in tx.group_memberships.users_in("AGPA1", None, 9)],
            "devices": tx.mfa_devices.counts(ACCOUNT_ID),
            "in a path": [user.name for user in tx.users.page(ACCOUNT_ID, "/x/", None, 9)],
        }

    assert read(store, look) == {
        "uses": (PolicyUses(3, 2), PolicyUses(1, 0)),
        "of AWS": {AWS: PolicyUses(1, 0)},
        "users": ["ann", "Zoe"],
        "members": ["ann", "Zoe"],
        "devices": (2, 1),
        "in a path": ["Zoe"],
    }
    write(store, lambda tx: tx.policy_attachments.remove(OwnerKind.ROLE, UniqueId("AROA1"), AWS))
    assert read(store, lambda tx: tx.policy_attachments.uses(ACCOUNT_ID, AWS)) == PolicyUses()
    store.close()
