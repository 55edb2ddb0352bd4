"""The server's certificate: what can be used, and how it changes while the server runs."""

import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.key_material import certificate, pem_private_key
from tests.support.serving import certificate_files

from iamd.server.tls import TLS, TLSError, validity


def test_a_pair_can_be_used_and_told_of(tmp_path: Path) -> None:
    pair = certificate_files(tmp_path, days=90)
    context = TLS(*pair).context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    begins, ends = validity(pair[0])
    assert timedelta(days=89) < ends - datetime.now(UTC) < timedelta(days=91)
    assert begins < datetime.now(UTC)


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    one, other = certificate_files(tmp_path, name="one"), certificate_files(tmp_path, name="other")
    with pytest.raises(TLSError, match=r"one.crt` and .*other.key` are no certificate and its private key"):
        TLS(one[0], other[1])


def test_files_that_are_no_certificate_are_refused(tmp_path: Path) -> None:
    pair = certificate_files(tmp_path)
    with pytest.raises(TLSError, match="No such file"):
        TLS(pair[0], tmp_path / "nowhere.key")
    pair[0].write_text("nothing")
    with pytest.raises(TLSError):
        TLS(*pair)
    with pytest.raises(TLSError, match="cannot be read"):
        validity(pair[0])


def test_nobody_is_asked_for_the_password_of_a_key(tmp_path: Path) -> None:
    files = tmp_path / "tls.crt", tmp_path / "tls.key"
    files[0].write_text(certificate())
    files[1].write_text(pem_private_key(passphrase=b"open sesame"))
    with pytest.raises(TLSError, match="is encrypted"):
        TLS(*files)


def test_a_new_pair_is_taken_and_a_bad_one_leaves_the_old(tmp_path: Path) -> None:
    pair = certificate_files(tmp_path, name="old")
    tls = TLS(*pair)
    new = certificate_files(tmp_path, name="new", days=30)
    shutil.copy(new[0], pair[0])
    with pytest.raises(TLSError):
        tls.reload()
    shutil.copy(new[1], pair[1])
    tls.reload()
    assert TLS(*pair).context is not tls.context
