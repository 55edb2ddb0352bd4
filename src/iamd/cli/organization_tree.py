"""An organization as a person sees it: a tree of units and accounts, each with its policies, and names for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from iamd.cli.aws_json import OrganizationsClient
from iamd.cli.failures import RefusedError
from iamd.cli.terminal import printable

POLICY_TYPES: Final[Mapping[str, str]] = {
    "scp": "SERVICE_CONTROL_POLICY",
    "rcp": "RESOURCE_CONTROL_POLICY",
}
_DEFAULTS: Final = frozenset({"FullAWSAccess", "RCPFullAWSAccess"})
_NOT_IN_USE: Final = "AWSOrganizationsNotInUseException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account; *state* is AWS's: ACTIVE, CLOSED …"""

    id: str
    name: str
    email: str
    state: str
    policies: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit, or the root; *path* is made of names: ``workloads/prod``, empty for the root."""

    id: str
    name: str
    path: str
    policies: Sequence[str]
    units: Sequence["Unit"] = field(default_factory=tuple)
    accounts: Sequence[Account] = field(default_factory=tuple)

    def walk(self) -> Iterator["Unit"]:
        """Yield this one, and all that are in it."""
        yield self
        for unit in self.units:
            yield from unit.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A whole organization."""

    id: str
    management_account: str
    root: Unit

    def accounts(self) -> Iterator[tuple[Unit, Account]]:
        """Yield every account and where it is."""
        for unit in self.root.walk():
            for account in unit.accounts:
                yield unit, account

    def unit(self, text: str) -> Unit:
        """
        Return the unit that a person means: by id, by path, or by name where there is one of that name alone.

        Raises:
            UsageError: There is none, or several.
        """
        wanted = text.strip("/")
        units = list(self.root.walk())
        for match in (
            [unit for unit in units if unit.id == text],
            [unit for unit in units if unit.path == wanted],
            [unit for unit in units if unit.name == wanted],
        ):
            if len(match) == 1:
                return match[0]
            if match:
                paths = ", ".join(f"`{unit.path}`" for unit in match)
                raise click.UsageError(f"several units are called `{text}`: {paths}")
        raise click.UsageError(f"there is no unit `{text}`; `/` is the root")

    def account(self, text: str) -> Account:
        """
        Return the account that a person means: by id, email, or name where there is one of that name alone.

        Raises:
            UsageError: There is none, or several.
        """
        accounts = [account for _, account in self.accounts()]
        exact = [account for account in accounts if text in {account.id, account.email}]
        found = exact or [account for account in accounts if account.name == text]
        if len(found) != 1:
            raise click.UsageError(f"{'several accounts are' if found else 'no account is'} called `{text}`")
        return found[0]

    def target(self, text: str) -> str:
        """Return the id of the root, unit or account that a person means; raises UsageError."""
        try:
            return self.unit(text).id
        except click.UsageError as error:
            try:
                return self.account(text).id
            except click.UsageError:
                raise click.UsageError(f"{error.message}, and no account is called so either") from None


def read_tree(client: OrganizationsClient) -> Tree:
    """
    Ask for everything that is in the organization of the server's account.

    Raises:
        ClickException: It is in none; the text says how to make one.
    """
    try:
        organization = client.describe_organization()["Organization"]
    except RefusedError as error:
        if error.code != _NOT_IN_USE:
            raise
        raise click.ClickException("there is no organization; make one with `iamd org create`") from None
    (root,) = client.list_roots()["Roots"]
    types = [type_["Type"] for type_ in root["PolicyTypes"]]
    return Tree(
        id=organization["Id"],
        management_account=organization["MasterAccountId"],
        root=_unit(client, types, root["Id"], root["Name"], ""),
    )


def _unit(client: OrganizationsClient, types: Sequence[str], id_: str, name: str, path: str) -> Unit:
    units = client.pages("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=id_)
    accounts = client.pages("list_accounts_for_parent", "Accounts", ParentId=id_)
    return Unit(
        id=id_,
        name=name,
        path=path,
        policies=_policies(client, types, id_),
        units=tuple(
            _unit(client, types, unit["Id"], unit["Name"], f"{path}/{unit['Name']}".strip("/"))
            for unit in sorted(units, key=lambda unit: str(unit["Name"]))
        ),
        accounts=tuple(
            Account(
                id=account["Id"],
                name=account["Name"],
                email=account.get("Email", ""),
                state=account["State"],
                policies=_policies(client, types, account["Id"]),
            )
            for account in accounts
        ),
    )


def _policies(client: OrganizationsClient, types: Sequence[str], target: str) -> tuple[str, ...]:
    return tuple(
        policy["Name"]
        for type_ in types
        for policy in client.pages("list_policies_for_target", "Policies", TargetId=target, Filter=type_)
    )


def drawn(tree: Tree) -> list[str]:
    """Return *tree* as lines for a terminal."""
    head = f"{tree.id}  managed by account {tree.management_account}"
    return [head, _line("Root", tree.root.id, tree.root.policies), *_below(tree, tree.root, "")]


def _below(tree: Tree, unit: Unit, indent: str) -> Iterator[str]:
    entries: list[Unit | Account] = [*unit.units, *unit.accounts]
    for number, entry in enumerate(entries, 1):
        last = number == len(entries)
        branch, below = ("└── ", "    ") if last else ("├── ", "│   ")
        if isinstance(entry, Unit):
            yield indent + branch + _line(f"{printable(entry.name)}/", entry.id, entry.policies)
            yield from _below(tree, entry, indent + below)
        else:
            notes = "".join(
                (
                    "  (management account)" if entry.id == tree.management_account else "",
                    "" if entry.state == "ACTIVE" else f"  ({entry.state.lower()})",
                )
            )
            name = "" if entry.name == entry.id else printable(entry.name)
            yield indent + branch + _line(entry.id, name, entry.policies) + notes


def _line(what: str, more: str, policies: Sequence[str]) -> str:
    """Write one line; policies are named where they are more, or less, than those that allow everything."""
    own = [printable(name) for name in policies if name not in _DEFAULTS]
    shown = [*([] if "FullAWSAccess" in policies or not policies else ["without FullAWSAccess"]), *own]
    return "  ".join(filter(None, (what, more, f"[{', '.join(shown)}]" if shown else "")))


def as_json(tree: Tree) -> dict[str, Any]:
    """Return *tree* for programs."""
    return {"id": tree.id, "management_account": tree.management_account, "root": _unit_json(tree.root)}


def _unit_json(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": unit.name,
        "policies": list(unit.policies),
        "units": [_unit_json(each) for each in unit.units],
        "accounts": [
            {
                "id": account.id,
                "name": account.name,
                "email": account.email or None,
                "state": account.state,
                "policies": list(account.policies),
            }
            for account in unit.accounts
        ],
    }
