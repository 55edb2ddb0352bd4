"""What iamd asks identity providers, and where it refuses to."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.issuer import Answer, Issuer, issuer
from tests.support.jose import fingerprint

from iamd.federation.addresses import AddressRefusedError, check_address
from iamd.federation.fetch import MAX_BYTES, Ask, Fetcher, FetchError

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"]
PRIVATE = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1"]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",  # noqa: S104  nothing listens
    "::",
    "224.0.0.1",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "not an address",
]


@pytest.fixture
def idp() -> Iterator[Issuer]:
    with issuer() as made:
        yield made


class Ticking:
    """A monotonic clock that moves on each time it is asked."""

    def __init__(self, step: float) -> None:
        self.at = 0.0
        self.step = step

    def __call__(self) -> float:
        self.at += self.step
        return self.at


def fetcher(*, private: bool = True, addresses: list[str] | None = None, step: float = 0.0) -> Fetcher:
    return Fetcher(Ticking(step), private=private, resolve=lambda _host, _port: addresses or ["127.0.0.1"])


def refusal(fetch: Fetcher, ask: Ask) -> str:
    with pytest.raises(FetchError) as caught:
        fetch.get(ask)
    return str(caught.value)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_taken(address: str) -> None:
    check_address(address, private=False)
    check_address(address, private=True)


@pytest.mark.parametrize("address", [*PRIVATE, "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"])
def test_private_addresses_are_for_the_operator_to_allow(address: str) -> None:
    """R-51."""
    with pytest.raises(AddressRefusedError):
        check_address(address, private=False)
    if address in PRIVATE:
        check_address(address, private=True)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_addresses_are_never_taken(address: str) -> None:
    """R-51: in no notation, whatever the operator allows."""
    for private in (False, True):
        with pytest.raises(AddressRefusedError):
            check_address(address, private=private)


def test_an_answer_is_its_body(idp: Issuer) -> None:
    assert fetcher().get(Ask(f"{idp.url}/keys.json")) == idp.answers["/keys.json"].body
    assert idp.asked == ["/keys.json"]


def test_a_form_is_posted(idp: Issuer) -> None:
    idp.say("/introspect", {"active": True})
    ask = Ask(f"{idp.url}/introspect", (("Authorization", "Basic eA=="),), form=b"token=a")
    assert fetcher().get(ask) == b'{"active": true}'
    assert idp.bodies == [b"token=a"]
    assert idp.headers[0]["Authorization"] == "Basic eA=="


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER])
def test_a_host_with_such_an_address_is_not_connected_to(idp: Issuer, address: str) -> None:
    """R-51: what counts is what the name resolves to, at the moment of connecting."""
    url = idp.url.replace("http://127.0.0.1", "https://idp.example.com")
    said = refusal(fetcher(private=False, addresses=["1.1.1.1", address]), Ask(url))
    assert said == f"`idp.example.com` has the address {address}, which is not allowed"
    assert idp.asked == []


def test_a_host_without_addresses_is_refused() -> None:
    def nothing(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    said = refusal(Fetcher(Ticking(0), private=True, resolve=nothing), Ask("https://idp.example.com"))
    assert said == "`idp.example.com` has no address"


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com/",
        "file:///etc/passwd",
        "ftp://idp.example.com/",
        "unix:/tmp/socket",
        "idp.example.com",
        "https://",
        "https://user:password@idp.example.com/",
        "https://idp.example.com\n.evil.example.com/",
        "https://ïdp.example.com/",
    ],
)
def test_other_urls_are_not_asked(url: str) -> None:
    """R-51."""
    assert refusal(fetcher(private=False, addresses=["127.0.0.1"]), Ask(url))


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 401, 404, 500])
def test_only_200_is_an_answer_and_no_redirect_is_followed(idp: Issuer, status: int) -> None:
    """R-51."""
    location = (("Location", f"{idp.url}/keys.json"),)
    idp.answers["/a"] = Answer(b"", status=status, headers=location)
    assert refusal(fetcher(), Ask(f"{idp.url}/a?secret")) == f"`{idp.url}/a` answers {status}"
    assert idp.asked == ["/a?secret"]


def test_an_answer_is_at_most_64_kilobytes(idp: Issuer) -> None:
    """R-51."""
    idp.answers["/a"] = Answer(b"x" * MAX_BYTES)
    assert len(fetcher().get(Ask(f"{idp.url}/a"))) == MAX_BYTES
    idp.answers["/a"] = Answer(b"x" * (MAX_BYTES + 1))
    assert refusal(fetcher(), Ask(f"{idp.url}/a")) == f"`{idp.url}/a` answers with more than 65536 bytes"


def test_nothing_is_decompressed(idp: Issuer) -> None:
    """R-49, R-51: a small answer stays small."""
    idp.answers["/a"] = Answer(b"x", headers=(("Content-Encoding", "gzip"),))
    assert "encoding" in refusal(fetcher(), Ask(f"{idp.url}/a"))


def test_five_seconds_are_for_the_whole(idp: Issuer) -> None:
    """R-51: not for each part of it."""
    assert refusal(fetcher(step=2.0), Ask(f"{idp.url}/keys.json")) == "no whole answer in 5 seconds"


def test_proxies_of_the_environment_are_not_used(idp: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-51."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetcher().get(Ask(f"{idp.url}/keys.json"))


def test_a_server_that_is_not_there_is_an_error(idp: Issuer) -> None:
    assert "cannot be reached" in refusal(fetcher(), Ask("http://127.0.0.1:1/"))


def der_of(folder: Path, name: str) -> bytes:
    text = (folder / f"{name}.pem").read_text()
    end = "-----END CERTIFICATE-----\n"
    return ssl.PEM_cert_to_DER_cert(text[: text.index(end) + len(end)])


def test_a_certificate_of_nobody_known_is_believed_by_its_thumbprint_alone(tmp_path: Path) -> None:
    with issuer(tls=tmp_path) as made:
        ask = f"{made.url}/keys.json"
        assert "cannot be reached" in refusal(fetcher(), Ask(ask))
        said = refusal(fetcher(), Ask(ask, thumbprints=("0" * 40,)))
        assert said == f"no certificate of `{ask}` has a thumbprint of the provider"
        assert made.asked == []
        thumbprint = fingerprint(der_of(tmp_path, "127.0.0.1"))
        found = fetcher().get(Ask(ask, thumbprints=("0" * 40, thumbprint)))
        assert found == made.answers["/keys.json"].body


def test_a_thumbprint_does_not_make_a_certificate_another_hosts(tmp_path: Path) -> None:
    with issuer(tls=tmp_path, name="idp.example.com") as made:
        thumbprint = fingerprint(der_of(tmp_path, "idp.example.com"))
        ask = Ask(f"{made.url}/keys.json", thumbprints=(thumbprint,))
        assert fetcher().get(ask) == made.answers["/keys.json"].body
        other = Ask(ask.url.replace("idp", "other"), thumbprints=(thumbprint,))
        assert "cannot be reached" in refusal(fetcher(), other)
        assert made.asked == ["/keys.json"]
