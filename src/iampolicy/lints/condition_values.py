"""Lints of the values of conditions: what cannot be read as what it must be, and what has no effect."""

import ipaddress
from typing import Final

from iampolicy.lints.collector import Collector, ConditionNode
from iampolicy.lints.rules import Severity, rule
from iampolicy.operators import OperatorUse, Quantifier
from iampolicy.source import Node
from iampolicy.text import ascii_lower
from iampolicy.values import in_network, parse_address, parse_base64, parse_network
from iampolicy.variables import variable_uses

_READ: Final = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": '

VALUE: Final = rule(
    "invalid-condition-value",
    Severity.ERROR,
    "A value is not what the operator compares",
    "Dates are ISO 8601 (`2026-01-31`, `2026-01-31T12:00:00Z`) or seconds since the epoch, addresses are CIDR ranges, "
    "numbers are integers or decimals, binary values are base64, booleans are `true` and `false`, and ARNs have six parts.",
    aws=(
        "TYPE_MISMATCH_DATE",
        "TYPE_MISMATCH_IP_RANGE",
        "TYPE_MISMATCH_NUMBER",
        "TYPE_MISMATCH_STRING",
        "TYPE_MISMATCH_BOOLEAN",
        "INVALID_DATE_VALUE",
    ),
    bad=_READ + '{"DateLessThan": {"aws:CurrentTime": "January 31, 2026"}}}',
    good=_READ + '{"DateLessThan": {"aws:CurrentTime": "2026-01-31"}}}',
)
BOOLEANS: Final = rule(
    "invalid-condition-multiple-boolean",
    Severity.ERROR,
    "Both booleans",
    "A condition that takes `true` and `false` alike only asks whether the key is there.",
    aws=("INVALID_CONDITION_MULTIPLE_BOOLEAN",),
    bad=_READ + '{"Bool": {"aws:SecureTransport": ["true", "false"]}}}',
    good=_READ + '{"Bool": {"aws:SecureTransport": "true"}}}',
)
EMPTY: Final = rule(
    "empty-array-condition",
    Severity.SUGGESTION,
    "A condition key has no values",
    "A positive operator then never holds, a negated one always does. To ask whether a key is there, use `Null`.",
    aws=(
        "EMPTY_ARRAY_CONDITION",
        "EMPTY_ARRAY_CONDITION_FORALLVALUES",
        "EMPTY_ARRAY_CONDITION_FORANYVALUE",
        "EMPTY_ARRAY_CONDITION_IFEXISTS",
    ),
    bad=_READ + '{"StringEquals": {"aws:username": []}}}',
    good=_READ + '{"StringEquals": {"aws:username": ["bob"]}}}',
)
NOT_LIKE: Final = rule(
    "wildcard-without-like-operator",
    Severity.WARNING,
    "A wildcard with an operator that takes it literally",
    "`StringEquals` compares `*` and `?` as they stand. Write `StringLike`, or `${*}` for the character itself.",
    aws=("WILDCARD_WITHOUT_LIKE_OPERATOR",),
    bad=_READ + '{"StringEquals": {"aws:username": "build-*"}}}',
    good=_READ + '{"StringLike": {"aws:username": "build-*"}}}',
)
HOST_BITS: Final = rule(
    "improve-ip-range",
    Severity.SUGGESTION,
    "A range has bits set behind its mask",
    "They are ignored. Write the range that is meant.",
    aws=("IMPROVE_IP_RANGE",),
    bad=_READ + '{"IpAddress": {"aws:SourceIp": "203.0.114.7/24"}}}',
    good=_READ + '{"IpAddress": {"aws:SourceIp": "203.0.114.0/24"}}}',
)
PRIVATE: Final = rule(
    "private-ip-address",
    Severity.WARNING,
    "aws:SourceIp with a private address",
    "AWS sees public addresses only; behind a VPC endpoint the key is absent, and `aws:VpcSourceIp` takes its place. "
    "iamd sees the address that the connection comes from, which may be private.",
    aws=(
        "PRIVATE_IP_ADDRESS",
        "PRIVATE_NOT_IP_ADDRESS",
        "PRIVATE_IP_ADDRESS_SUBSET",
        "PRIVATE_NOT_IP_ADDRESS_SUBSET",
    ),
    bad=_READ + '{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}',
    good=_READ + '{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}}',
)

_PRIVATE: Final = tuple(
    network
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7")
    if (network := parse_network(text))
)
_WIDTHS: Final = {4: 32, 6: 128}
_ADDRESSES: Final = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}


def lint_values(collector: Collector, condition: ConditionNode, use: OperatorUse) -> None:
    """Look at the values of one condition, which uses *use*."""
    operator = use.operator
    if not condition.key.listed:
        holds = operator.negated or use.quantifier is Quantifier.FOR_ALL_VALUES
        message = f"It {'always' if holds else 'never'} holds for requests that have the key."
        collector.report(EMPTY, condition.key, message)
    if operator.name == "Bool" and len({ascii_lower(str(node.value)) for node in condition.values}) > 1:
        collector.report(BOOLEANS, condition.key, "Give one of `true` and `false`.")
    for node in condition.values:
        text = _text(node)
        if not _readable(operator.name, text, known=operator.readable(text)):
            collector.report(VALUE, node, f"`{text}` cannot be compared by `{operator.name}`.")
        elif operator.name.endswith("IpAddress"):
            _address(collector, condition, node, text)
        elif _literal(operator.name) and _wild(collector, text):
            collector.report(NOT_LIKE, node, f"`{operator.name}` takes the wildcard of `{text}` literally.")


def _text(node: Node) -> str:
    if node.value is True or node.value is False:
        return "true" if node.value else "false"
    return str(node.value)


def _readable(name: str, text: str, *, known: bool) -> bool:
    if any(True for _ in variable_uses(text)):
        return True
    if name in {"Bool", "Null"}:
        return ascii_lower(text) in {"true", "false"}
    if name == "BinaryEquals":
        return parse_base64(text) is not None
    if name.startswith("Arn"):
        return text == "*" or (text.startswith(("arn:", "*")) and (text.count(":") >= 5 or "*" in text))
    return known


def _literal(name: str) -> bool:
    return name.startswith("String") and not name.endswith("Like")


def _wild(collector: Collector, text: str) -> bool:
    if collector.variables:
        for inner, _ in variable_uses(text):
            text = text.replace("${" + inner + "}", "")
    return "*" in text or "?" in text


def _address(collector: Collector, condition: ConditionNode, node: Node, text: str) -> None:
    address, network = parse_address(text.partition("/")[0]), parse_network(text)
    if address is None or network is None:
        return  # a variable, which is a finding of its own
    first = network.prefix << network.host_bits
    if first != address.number:
        length = _WIDTHS[network.family] - network.host_bits
        collector.report(HOST_BITS, node, f"Write `{_ADDRESSES[network.family](first)}/{length}`.")
    if condition.name == "aws:sourceip" and any(
        in_network(address, private) and network.host_bits <= private.host_bits for private in _PRIVATE
    ):
        collector.report(PRIVATE, node, f"`{text}` is private.")
