"""
A world with product providers: two accounts that may ask for delegated access, and a customer that is asked.

The world's own account is the customer's.  What the providers are told goes to a file.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.answers import arn, refusal
from tests.support.loops import LoopThread
from tests.support.world import ACCOUNT, Actor, Credentials, World, allow, document

from iamd.secret import Secret
from iamd.settings import Settings

PROVIDER: Final = "222222222222"
RIVAL: Final = "333333333333"
STRANGER: Final = "444444444444"
ROOT_KEY: Final = ("AKIAROOTEXAMPLE00000", "root/secret/access/key/of/the/tests/0000")

TOPIC: Final = f"arn:aws:sns:us-east-1:{PROVIDER}:delegation"
RIVAL_TOPIC: Final = f"arn:aws:sns:us-east-1:{RIVAL}:delegation"
TEMPLATE: Final = "arn:aws:iam:::delegation-template/example_com/Groups_2026-01-01"
MAKING_TEMPLATE: Final = "arn:aws:iam:::delegation-template/example_com/Making_2026-01-01"
ACCEPTING_TEMPLATE: Final = "arn:aws:iam:::delegation-template/example_com/Accepting_2026-01-01"
ROLES_TEMPLATE: Final = "arn:aws:iam:::delegation-template/example_com/Roles_2026-01-01"
PLAIN_TEMPLATE: Final = "arn:aws:iam:::delegation-template/rival_com/Everything_2026-01-01"
BOUNDARY: Final = "arn:aws:iam::partner:policy/permissions_boundary/example.com/limits_2026-01-01"

REGISTRATIONS: Final[dict[str, Any]] = {
    "providers": [
        {
            "name": "Example Corp",
            "accounts": [PROVIDER],
            "console_link": "https://console.example.com/requests/{}?from=example",
            "policy_templates": [
                {
                    "arn": TEMPLATE,
                    "document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["iam:GetGroup", "iam:ListGroups", "sts:AssumeRole"],
                                "Resource": "*",
                            },
                        ],
                    },
                },
                {
                    "arn": MAKING_TEMPLATE,
                    "document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "iam:ListGroups", "Resource": "*"},
                            {
                                "@Enabled": "Making",
                                "Effect": "Allow",
                                "Action": "iam:CreateGroup",
                                "Resource": "arn:aws:iam::*:group/@{Names}",
                            },
                        ],
                    },
                },
                {
                    "arn": ACCEPTING_TEMPLATE,
                    "document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["iam:*DelegationRequest", "sts:AssumeRole", "sts:AssumeRoot"],
                                "Resource": "*",
                            }
                        ],
                    },
                },
                {
                    "arn": ROLES_TEMPLATE,
                    "document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
                                "Resource": "*",
                                "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
                            },
                            {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"},
                        ],
                    },
                },
            ],
            "permissions_boundaries": [
                {
                    "arn": BOUNDARY,
                    "created": "2026-01-01",
                    "document": json.loads(document(allow("sts:*"))),
                }
            ],
            "channels": [{"topic": TOPIC, "file": "notices.jsonl"}],
        },
        {
            "name": "Rival Corp",
            "accounts": [RIVAL],
            "policy_templates": [
                {"arn": PLAIN_TEMPLATE, "document": json.loads(document(allow("iam:Get*")))}
            ],
            "channels": [{"topic": RIVAL_TOPIC, "file": "rival.jsonl"}],
        },
    ]
}


OPERATIONS: dict[str, Callable[[Actor, str], Any]] = {
    "associate": lambda actor, id_: actor.iam.associate_delegation_request(DelegationRequestId=id_),
    "update": lambda actor, id_: actor.iam.update_delegation_request(DelegationRequestId=id_),
    "accept": lambda actor, id_: actor.iam.accept_delegation_request(DelegationRequestId=id_),
    "reject": lambda actor, id_: actor.iam.reject_delegation_request(DelegationRequestId=id_),
    "send": lambda actor, id_: actor.iam.send_delegation_token(DelegationRequestId=id_),
    "get": lambda actor, id_: actor.iam.get_delegation_request(DelegationRequestId=id_),
    "summarize": lambda actor, id_: actor.iam.get_human_readable_summary(
        EntityArn=arn(f"delegation-request/{id_}")
    ),
}


class DelegationWorld(World):
    """The world; *folder* is where its files are."""

    def __init__(self, loop: LoopThread, folder: Path, **settings: Any) -> None:
        registrations = folder / "product-providers.json"
        registrations.write_text(json.dumps(REGISTRATIONS))
        seed = folder / "seed.json"
        user = {"access_keys": [{}], "inline_policies": {"all": json.loads(document(allow("*")))}}
        seed.write_text(
            json.dumps(
                {
                    "accounts": [
                        {"id": id_, "users": [{"name": id_, **user}]} for id_ in (PROVIDER, RIVAL, STRANGER)
                    ]
                }
            )
        )
        super().__init__(
            loop,
            Settings(
                account_id=ACCOUNT,
                seed=seed,
                product_providers=registrations,
                root_access_key_id=ROOT_KEY[0],
                root_secret_access_key=Secret(ROOT_KEY[1]),
                **settings,
            ),
        )
        # The tests send themselves, when they want to.
        self.app.delivery.stop()
        self.notices = folder / "notices.jsonl"
        self._workflows = iter(range(1_000_000))

    def of(self, account_id: str) -> Actor:
        """Return somebody who may do everything in another account."""
        (key,) = (planted.access_key for planted in self.app.planted if planted.owner == account_id)
        return Actor(self, Credentials(key.access_key_id, key.secret.reveal()), account_id)

    @property
    def provider(self) -> Actor:
        return self.of(PROVIDER)

    def asking(self, **changed: Any) -> dict[str, Any]:
        """Return the parameters of a request; what is None is left out."""
        params = {
            "OwnerAccountId": ACCOUNT,
            "Description": "Set up groups",
            "Permissions": {"PolicyTemplateArn": TEMPLATE},
            "RequestorWorkflowId": f"workflow-{next(self._workflows)}",
            "NotificationChannel": TOPIC,
            "SessionDuration": 3600,
        } | changed
        return {name: value for name, value in params.items() if value is not None}

    def ask(self, **changed: Any) -> str:
        """Make a request and return its id."""
        answer = self.provider.iam.create_delegation_request(**self.asking(**changed))
        return str(answer["DelegationRequestId"])

    def state(self, request_id: str) -> str:
        """Return the state of a request of the world's account."""
        return str(self.show(request_id)["State"])

    def show(self, request_id: str) -> dict[str, Any]:
        """Return what the root user of the world's account sees."""
        answer = self.root.iam.get_delegation_request(DelegationRequestId=request_id)
        request: dict[str, Any] = answer["DelegationRequest"]
        return request

    def claimed(self, owner: Actor, **changed: Any) -> str:
        """Make a request that *owner* claims."""
        request_id = self.ask(**changed)
        owner.iam.associate_delegation_request(DelegationRequestId=request_id)
        return request_id

    def accepted(self, owner: Actor, **changed: Any) -> str:
        """Make a request that *owner* claims and accepts."""
        request_id = self.claimed(owner, **changed)
        owner.iam.accept_delegation_request(DelegationRequestId=request_id)
        return request_id

    def token(self, owner: Actor, **changed: Any) -> str:
        """Have *owner* claim, accept and release a request; return the token that the provider is sent."""
        request_id = self.accepted(owner, **changed)
        owner.iam.send_delegation_token(DelegationRequestId=request_id)
        return self.token_of(request_id)

    def token_of(self, request_id: str) -> str:
        """Return the token that the provider was sent for a request."""
        (found,) = (
            message["ExchangeToken"]
            for message in self.told()
            if message["Type"] == "ExchangeToken" and message["RequestId"] == request_id
        )
        return str(found)

    def trade(self, token: str) -> Actor:
        """Return the provider with the credentials that it gets for *token*."""
        answer = self.provider.sts.get_delegated_access_token(TradeInToken=token)
        return Actor(self, Credentials.of(answer["Credentials"]), "delegated")

    def told(self) -> list[dict[str, Any]]:
        """Have everything sent, and return all messages that the provider got."""
        while self.app.courier.send():
            pass
        return [json.loads(notification["Message"]) for notification in self.notifications()]

    def notifications(self) -> list[dict[str, Any]]:
        if not self.notices.exists():
            return []
        return [json.loads(line) for line in self.notices.read_text().splitlines()]


@contextmanager
def delegation_world(loop: LoopThread, folder: Path, **settings: Any) -> Iterator[DelegationWorld]:
    world = DelegationWorld(loop, folder, **settings)
    try:
        yield world
    finally:
        world.close()


def parameter(name: str, *values: str, several: bool = False) -> Mapping[str, Any]:
    """Return a parameter of a policy template, as a request gives it."""
    return {"Name": name, "Values": list(values), "Type": "stringList" if several else "string"}


def refused(actor: Actor, change: str, request_id: str) -> tuple[str, str]:
    return refusal(lambda: OPERATIONS[change](actor, request_id))
