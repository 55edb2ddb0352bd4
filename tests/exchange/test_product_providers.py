"""The operator's file of product providers."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.delegation import BOUNDARY, PROVIDER, REGISTRATIONS, RIVAL, RIVAL_TOPIC, TEMPLATE, TOPIC

from iamd.domain.ids import AccountId
from iamd.exchange.product_providers import Destination, Registrations, read_product_providers
from iamd.exchange.strict_yaml import FileFormatError

YAML = """
providers:
  - name: Example Corp
    accounts: ["222222222222"]
    console_link: https://console.example.com/requests/{}
    policy_templates:
      - arn: arn:aws:iam:::delegation-template/example_com/Groups_2026-01-01
        document:
          Version: 2012-10-17
          Statement: {Effect: Allow, Action: "iam:List*", Resource: "*"}
    permissions_boundaries:
      - arn: arn:aws:iam::partner:policy/permissions_boundary/example.com/limits_2026-01-01
        created: 2026-01-01
        document:
          Version: 2012-10-17
          Statement: {Effect: Allow, Action: "sts:*", Resource: "*"}
    channels:
      - topic: arn:aws:sns:us-east-1:222222222222:delegation
        url: https://example.com/hook
"""


def read(folder: Path, file: Any) -> Registrations:
    path = folder / "providers.json"
    path.write_text(json.dumps(file))
    return read_product_providers(path)


def test_a_file_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "providers.yaml"
    path.write_text(YAML)
    found = read_product_providers(path)
    provider = found.providers.find(AccountId(PROVIDER))
    assert provider is not None
    assert (provider.name, provider.channels) == ("Example Corp", frozenset({TOPIC}))
    assert set(provider.templates) == {TEMPLATE}
    (boundary,) = found.boundaries
    assert (boundary.arn, boundary.created_at) == (BOUNDARY, datetime(2026, 1, 1, tzinfo=UTC))
    assert json.loads(boundary.document)["Statement"]["Action"] == "sts:*"
    assert found.destinations == {TOPIC: Destination(None, "https://example.com/hook")}


def test_a_file_with_several(tmp_path: Path) -> None:
    found = read(tmp_path, REGISTRATIONS)
    names = {account: each.name for account, each in found.providers.by_account.items()}
    assert names == {PROVIDER: "Example Corp", RIVAL: "Rival Corp"}
    assert found.destinations[RIVAL_TOPIC] == Destination(tmp_path / "rival.jsonl", None)
    assert found.providers.find(AccountId("999999999999")) is None


def test_an_empty_file_registers_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, {}).providers.by_account == {}


Change = Callable[[dict[str, Any]], Any]
MAKING_ROLES = {"Statement": {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*"}}
WRONG: dict[str, tuple[Change, str]] = {
    "not a member": (lambda first: first.update(nonsense=1), "Object contains unknown field `nonsense`"),
    "no accounts": (lambda first: first.update(accounts=[]), "Expected `array` of length >= 1"),
    "no account": (lambda first: first.update(accounts=["1"]), "Expected `str` matching regex"),
    "a long name": (lambda first: first.update(name="x" * 31), "Expected `str` of length <= 30"),
    "a link without its id": (
        lambda first: first.update(console_link="https://example.com/"),
        "Expected `str` matching regex",
    ),
    "an account twice": (
        lambda first: first.update(accounts=[PROVIDER, RIVAL]),
        f"the account `{RIVAL}` occurs twice",
    ),
    "a template twice": (
        lambda first: first["policy_templates"].append(first["policy_templates"][0]),
        f"the policy template `{TEMPLATE}` occurs twice",
    ),
    "a boundary twice": (
        lambda first: first["permissions_boundaries"].append(first["permissions_boundaries"][0]),
        f"the boundary `{BOUNDARY}` occurs twice",
    ),
    "a topic twice": (
        lambda first: first["channels"].append(first["channels"][0]),
        f"the topic `{TOPIC}` occurs twice",
    ),
    "no policy": (
        lambda first: first["policy_templates"][0].update(document={"Statement": {"Effect": "Perhaps"}}),
        f"the policy template `{TEMPLATE}`: it is no policy",
    ),
    "roles without a boundary": (
        lambda first: first["policy_templates"][0].update(document=MAKING_ROLES),
        f"the policy template `{TEMPLATE}`: it lets roles be made without a condition on iam:PermissionsBoundary",
    ),
    "a short parameter": (
        lambda first: first["policy_templates"][0].update(
            document={"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::@{name}"}}
        ),
        f"the policy template `{TEMPLATE}`: no request can give a parameter `name`",
    ),
    "a boundary elsewhere": (
        lambda first: first["permissions_boundaries"][0].update(arn="arn:aws:iam::aws:policy/Example"),
        "its ARN must begin with `arn:aws:iam::partner:policy/`",
    ),
    "a boundary that is no policy": (
        lambda first: first["permissions_boundaries"][0].update(arn="arn:aws:iam::partner:role/Example"),
        "this is no ARN of a policy",
    ),
    "a boundary without a policy": (
        lambda first: first["permissions_boundaries"][0].update(document={}),
        f"the boundary `{BOUNDARY}`: ",
    ),
    "a topic of somebody else": (
        lambda first: first["channels"][0].update(topic=RIVAL_TOPIC.replace("delegation", "more")),
        "is not of an account of its provider",
    ),
    "a topic to nowhere": (
        lambda first: first["channels"][0].pop("file"),
        f"the topic `{TOPIC}` needs a `file` or a `url`, and not both",
    ),
    "a topic to both": (
        lambda first: first["channels"][0].update(url="https://example.com/"),
        f"the topic `{TOPIC}` needs a `file` or a `url`, and not both",
    ),
    "a topic in the clear": (
        lambda first: first.update(channels=[{"topic": TOPIC, "url": "http://example.com/"}]),
        f"the topic `{TOPIC}`: its URL is neither https nor of this machine",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, what: str) -> None:
    change, expected = WRONG[what]
    file = copy.deepcopy(REGISTRATIONS)
    change(file["providers"][0])
    with pytest.raises(FileFormatError) as caught:
        read(tmp_path, file)
    assert expected in str(caught.value)
    assert str(tmp_path / "providers.json") in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:80/x"])
def test_this_machine_may_be_told_in_the_clear(tmp_path: Path, url: str) -> None:
    file = copy.deepcopy(REGISTRATIONS)
    file["providers"][0]["channels"] = [{"topic": TOPIC, "url": url}]
    assert read(tmp_path, file).destinations[TOPIC] == Destination(None, url)
