"""R-85: texts that mean something to somebody else's parser mean nothing here."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support import store_values as values
from tests.support.store_values import ACCOUNT_ID, AT, add, read, write

from iamd.domain.inline_policies import InlinePolicy
from iamd.domain.managed_policies import PolicyVersion
from iamd.domain.tags import Tag
from iamd.errors import InvalidInput
from iamd.store.interface import Store
from iamd.store.policies_interface import OwnerKind, PolicyUsage

HOSTILE = [
    "'; DROP TABLE users; --",
    "' OR '1'='1",
    '" OR ""="',
    "') UNION SELECT value FROM meta --",
    "1; SELECT pg_sleep(10)--",
    "%' AND 1=(SELECT COUNT(*) FROM meta) --",
    "\\'; DELETE FROM changes; --",
    "%s %(name)s ? :name $1 {0} {name}",
    "%",
    "_",
    "\\",
    "''",
    "\ufeff\u202e\u2028",
    "Ω≈ç√∫µ≤≥÷ 田中さん \U0001f469\u200d\U0001f467 ﷽",
    "\t\r\n\x01\x7f\x85\xa0",
    "a" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_every_text_is_only_a_text(store: Store, text: str) -> None:
    arn = f"arn:aws:iam::aws:policy/{text}"
    tags = (Tag(text, text),)
    user = values.user(text, path=f"/{text}/", permissions_boundary=arn, tags=tags)
    group = values.group(text, path=f"/{text}/")
    role = values.role(
        text,
        path=f"/{text}/",
        trust_policy=text,
        description=text,
        trusted_ids=((text, user.user_id),),
        tags=tags,
    )
    profile = values.instance_profile(text, path=f"/{text}/", tags=tags)
    policy = values.managed_policy(text.replace("/", ""), path=f"/{text}/", description=text, tags=tags)
    device = values.mfa_device(text, path=f"/{text}/", tags=tags)
    account = values.account(name=text, alias=text)
    inline = InlinePolicy(owner_id=user.user_id, name=text, document=text)
    version = PolicyVersion(policy_id=policy.policy_id, number=2, document=text, created_at=AT)
    key = values.access_key(ACCOUNT_ID)

    add(store, user, group, role, profile, policy, device, key)

    def more(tx: Any) -> None:
        tx.accounts.put(account)
        tx.inline_policies.put(OwnerKind.USER, inline)
        tx.managed_policies.add_version(version)
        tx.policy_attachments.add(OwnerKind.USER, user.user_id, arn)
        tx.access_keys.record_uses([(key.access_key_id, AT, text, text)])
        tx.roles.record_uses([(role.role_id, AT, text)])

    write(store, more)

    def look(tx: Any) -> list[Any]:
        return [
            tx.accounts.find_by_alias(text),
            tx.users.get(ACCOUNT_ID, text),
            *tx.users.page(ACCOUNT_ID, f"/{text}", None, 10),
            *tx.users.page(ACCOUNT_ID, "/", text, 10),
            tx.groups.get(ACCOUNT_ID, text),
            tx.roles.get(ACCOUNT_ID, text),
            tx.instance_profiles.get(ACCOUNT_ID, text),
            tx.managed_policies.find(policy.arn),
            tx.managed_policies.find_version(policy.policy_id, 2),
            tx.inline_policies.find(user.user_id, text),
            *tx.inline_policies.page(user.user_id, text, 10),
            tx.policy_attachments.of(user.user_id),
            *(
                [
                    each.owner_name
                    for each in tx.policy_attachments.entities(ACCOUNT_ID, arn, kind, usage=usage, limit=9)
                ]
                for kind, usage in (
                    (OwnerKind.USER, PolicyUsage.ATTACHED),
                    (OwnerKind.USER, PolicyUsage.BOUNDARY),
                )
            ),
            tx.mfa_devices.find(device.serial_number).tags,
            tx.access_keys.find(key.access_key_id).last_used_service,
            tx.access_keys.find(text),
            tx.users.find_by_id(text),
            tx.access_keys.page(text, text, 10),
        ]

    used = replace(role, last_used_at=AT, last_used_region=text)
    expected = [account, user, user, group, used, profile, policy, version, inline]
    assert read(store, look) == [*expected, [arn], [text], [text], tags, text, None, None, []]


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800", "a\udfff"])
def test_what_no_database_can_hold_is_refused_alike(store: Store, text: str) -> None:
    """PostgreSQL has no NUL, and UTF-8 no lone surrogates: R-69."""
    jobs: list[Any] = [
        lambda tx: tx.users.find(ACCOUNT_ID, text),
        lambda tx: tx.mfa_devices.find(text),
        lambda tx: tx.managed_policies.find(f"arn:aws:iam::{ACCOUNT_ID}:policy/{text}"),
        lambda tx: tx.users.page(ACCOUNT_ID, text, None, 10),
        lambda tx: tx.users.add(values.user(text)),
        lambda tx: tx.roles.add(values.role("r", description=text)),
    ]
    for job in jobs:
        with pytest.raises(InvalidInput):
            write(store, job)
    assert read(store, lambda tx: (tx.users.count(ACCOUNT_ID), tx.roles.count(ACCOUNT_ID))) == (0, 0)


def test_tags_may_hold_anything(store: Store) -> None:
    """They are kept as JSON, so that even what no column can hold survives."""
    user = values.user("u", tags=(Tag("nul", "a\0b"), Tag("\U0001f600", "\ud800")))
    add(store, user)
    assert read(store, lambda tx: tx.users.get(ACCOUNT_ID, "u")) == user
