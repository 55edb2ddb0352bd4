"""Where `iamd assume` keeps credentials: who may read them, for how long they are handed out, and what is not believed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from iamd.cli.credential_cache import CredentialCache, TemporaryCredentials, key_of
from iamd.secret import Secret

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = key_of({"role": "reader"})


def credentials(seconds: int = 3600) -> TemporaryCredentials:
    return TemporaryCredentials(
        access_key_id="ASIAEXAMPLE",
        secret_access_key=Secret("a secret"),
        session_token=Secret("a token"),
        expires_at=NOW + timedelta(seconds=seconds),
        issued_at=NOW,
        arn="arn:aws:sts::123456789012:assumed-role/reader/iamd",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "credentials"


@pytest.fixture
def cache(folder: Path) -> CredentialCache:
    return CredentialCache(folder)


def found_at(cache: CredentialCache, seconds: int) -> bool:
    return cache.find(KEY, NOW + timedelta(seconds=seconds)) is not None


def test_what_is_kept_is_found_whole(cache: CredentialCache) -> None:
    assert cache.find(KEY, NOW) is None
    cache.keep(KEY, credentials())
    found = cache.find(KEY, NOW)
    assert found is not None
    assert (found.access_key_id, found.expires_at, found.issued_at, found.arn) == (
        "ASIAEXAMPLE",
        NOW + timedelta(hours=1),
        NOW,
        "arn:aws:sts::123456789012:assumed-role/reader/iamd",
    )
    assert (found.secret_access_key.reveal(), found.session_token.reveal()) == ("a secret", "a token")
    assert cache.find(key_of({"role": "writer"}), NOW) is None


def test_only_its_user_may_read_it(cache: CredentialCache, folder: Path) -> None:
    cache.keep(KEY, credentials())
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_what_others_could_have_read_or_written_counts_as_none(
    cache: CredentialCache, folder: Path, mode: int
) -> None:
    cache.keep(KEY, credentials())
    (file,) = folder.iterdir()
    file.chmod(mode)
    assert cache.find(KEY, NOW) is None


def test_nothing_is_kept_where_others_may_write(cache: CredentialCache, folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(click.ClickException, match="is open to others than you"):
        cache.keep(KEY, credentials())
    assert list(folder.iterdir()) == []


def test_they_are_handed_out_until_sdks_would_ask_anew(cache: CredentialCache) -> None:
    cache.keep(KEY, credentials(3600))
    assert [found_at(cache, at) for at in (0, 44 * 60 - 1, 44 * 60, 3600)] == [True, True, False, False]
    # Of the shortest there are, half.
    cache.keep(KEY, credentials(900))
    assert [found_at(cache, at) for at in (449, 450)] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"Credentials": {}}',
        json.dumps(
            {
                "Credentials": {
                    "AccessKeyId": "ASIA",
                    "SecretAccessKey": 1,
                    "SessionToken": "x",
                    "Expiration": "2027-01-01T00:00:00+00:00",
                },
                "AssumedRoleUser": {"Arn": None},
                "Issued": "2026-01-01T00:00:00+00:00",
            }
        ),
        json.dumps(
            {
                "Credentials": {
                    "AccessKeyId": "ASIA",
                    "SecretAccessKey": "x",
                    "SessionToken": "x",
                    "Expiration": "2027-01-01T00:00:00",
                },
                "AssumedRoleUser": {"Arn": None},
                "Issued": "2026-01-01T00:00:00",
            }
        ),
    ],
)
def test_what_is_damaged_counts_as_none_and_is_replaced(
    cache: CredentialCache, folder: Path, text: str
) -> None:
    cache.keep(KEY, credentials())
    (file,) = folder.iterdir()
    file.write_text(text)
    assert cache.find(KEY, NOW) is None
    cache.keep(KEY, credentials())
    assert found_at(cache, 0)


def test_what_has_expired_is_forgotten(cache: CredentialCache, folder: Path) -> None:
    cache.keep(key_of({"role": "old"}), credentials(-1))
    (folder / "other.txt").write_text("somebody else's")
    cache.keep(KEY, credentials())
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{KEY}.json", "other.txt"])
