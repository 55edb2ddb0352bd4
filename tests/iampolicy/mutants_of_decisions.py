"""Mistakes about the decision and about what makes it fast, and mistakes of the judge."""

from typing import Final

from tests.iampolicy.mutants import Mutant

_ALLOWING_ROOTS: Final = "return self._identity_allows or self._request.principal.kind in ROOTS"

DECISION: Final = (
    Mutant(
        "the boundary is dropped",
        "evaluate.py",
        "if policies.boundary is not None and not self._boundary_allows:",
        "if policies.boundary is not None and False:",
    ),
    Mutant(
        "a Deny of the boundary is not heard",
        "evaluate.py",
        "self._boundary_allows = self._ask(_BOUNDARY, (policies.boundary,))",
        "self._boundary_allows = True",
    ),
    Mutant(
        "session policies do not limit what a role is given",
        "evaluate.py",
        "policies.session is not None or",
        "(policies.session is not None and not granted) or",
    ),
    Mutant(
        "a federated user needs no session policy",
        "evaluate.py",
        "policies.session is not None or self._request.principal.kind in NEEDING_A_SESSION_POLICY",
        "policies.session is not None",
    ),
    Mutant(
        "a direct grant is limited by session policies",
        "evaluate.py",
        "if self._grant is Grant.DIRECT:\n            return None",
        "if self._grant is Grant.DIRECT and not self._policies.session:\n            return None",
    ),
    Mutant(
        "one level of service control policies is enough",
        "evaluate.py",
        "for level in self._policies.scps:",
        "for level in self._policies.scps[:1]:",
    ),
    Mutant(
        "all policies of a level must allow",
        "evaluate.py",
        "if not any(grants):",
        "if not all(grants):",
    ),
    Mutant(
        "service-linked roles are not exempt",
        "evaluate.py",
        "if self._request.principal.service_linked:",
        "if self._request.principal.service_linked and False:",
    ),
    Mutant(
        "a trust policy may be silent",
        "evaluate.py",
        "if self._policies.resource_must_allow and self._grant is _NONE:",
        "if self._policies.resource_must_allow and self._grant is None:",
    ),
    Mutant(
        "a direct grant crosses accounts alone",
        "evaluate.py",
        "silent = self._silent_of_principal(granted=False)",
        "silent = self._silent_of_principal(granted=self._grant is Grant.DIRECT)",
    ),
    Mutant(
        "accounts are one",
        "evaluate.py",
        "elif principal.account == self._request.resource_account:",
        "elif principal.account:",
    ),
    Mutant("the root user needs a policy", "evaluate.py", _ALLOWING_ROOTS, "return self._identity_allows"),
    Mutant(
        "an endpoint may be silent",
        "evaluate.py",
        "if self._ask_about_principal(policies.endpoint) is _NONE:",
        "if self._ask_about_principal(policies.endpoint) is None:",
    ),
    Mutant(
        "an endpoint lets through what needs no permission",
        "evaluate.py",
        "if policies.endpoint is None:\n            return Decision",
        "if True:\n            return Decision",
    ),
    Mutant(
        "what needs no permission needs one behind an endpoint",
        "evaluate.py",
        "        elif free:\n            return self._decision(_ALLOW, _IDENTITY)\n",
        "",
    ),
    Mutant(
        "the actions that need no permission have case",
        "evaluate.py",
        "ascii_lower(request.action) in _ALWAYS_ALLOWED",
        "request.action in _ALWAYS_ALLOWED",
    ),
    Mutant(
        "the resource's Deny is named before the identity's",
        "evaluate.py",
        "    Layer.IDENTITY,\n    Layer.BOUNDARY,",
        "    Layer.RESOURCE,\n    Layer.IDENTITY,\n    Layer.BOUNDARY,",
    ),
    Mutant(
        "naming the role is enough",
        "evaluate.py",
        "if self._grant is Grant.DIRECT:\n            return None",
        "if self._grant >= Grant.ENTITY:\n            return None",
    ),
    Mutant(
        "naming the account is enough",
        "evaluate.py",
        "granted=self._grant is Grant.ENTITY",
        "granted=self._grant is not _NONE",
    ),
    Mutant(
        "the first Deny hides behind an Allow",
        "evaluate.py",
        "        if self._denies:\n            denying",
        "        if self._denies and not self._allows:\n            denying",
    ),
    Mutant(
        "conditions of resource policies are not heard",
        "evaluate.py",
        "or not all(check(values) for check in statement.checks)",
        "",
    ),
)

MATCHING: Final = (
    Mutant(
        "a pattern may match the beginning of a text",
        "wildcard.py",
        "return lambda text: len(text) == piece.length and piece.at(text, 0)",
        "return lambda text: len(text) >= piece.length and piece.at(text, 0)",
    ),
    Mutant(
        "pieces of a pattern may overlap",
        "wildcard.py",
        "position += piece.length",
        "position += 1",
    ),
    Mutant(
        "the end of a pattern may overlap its beginning",
        "wildcard.py",
        "if size < shortest or not first.at(text, 0)",
        "if end < 0 or not first.at(text, 0)",
    ),
    Mutant(
        "? in the middle matches nothing",
        "wildcard.py",
        "state = ((state << 1) | 1) & masks.get(text[position], any_character)",
        "state = ((state << 1) | 1) & masks.get(text[position], 0)",
    ),
    Mutant(
        "the index of resources looks up one length",
        "index.py",
        "for length in self._lengths:",
        "for length in self._lengths[:1]:",
    ),
    Mutant(
        "the index of resources forgets statements of any resource",
        "index.py",
        "found = [self._anywhere] if self._anywhere else []",
        "found: list[list[Statement]] = []",
    ),
    Mutant(
        "the beginning of a resource may hold a ?",
        "arn.py",
        'for mark in ("*", "?", "${")',
        'for mark in ("*", "${")',
    ),
    Mutant(
        "the index of actions forgets those with wildcards",
        "index.py",
        "for statement in (*self._anywhere, *of_service)",
        "for statement in self._anywhere",
    ),
)

JUDGE: Final = (
    Mutant(
        "the judge: a Deny is an Allow",
        "judge/decide.py",
        'if grant and statement["Effect"] == "Deny":',
        'if grant and statement["Effect"] == "deny":',
    ),
    Mutant(
        "the judge: a missing key is no match",
        "judge/conditions.py",
        "return if_exists or negated  # semantics 30",
        "return if_exists",
    ),
    Mutant(
        "the judge: one key is enough",
        "judge/conditions.py",
        "    return all(\n        _holds(",
        "    return any(\n        _holds(",
    ),
    Mutant(
        "the judge: wildcards in values count",
        "judge/patterns.py",
        "tokens.extend(value)  # semantics 17",
        "tokens.extend(plain(value))  # semantics 17",
    ),
    Mutant(
        "the judge: short ARNs are cut",
        "judge/resources.py",
        'return [entry + ":*" * missing, entry]',
        "return [entry]",
    ),
    Mutant(
        "the judge: case does not matter",
        "judge/resources.py",
        "return same(wanted, seen, at) if at > start else",
        "return same(wanted, seen, at) if False else",
    ),
    Mutant(
        "the judge: the account is the root user",
        "judge/principals.py",
        "return Grant.ACCOUNT\n    # semantics 46",
        'return Grant.ACCOUNT if who["kind"] == "Root" else Grant.NONE\n    # semantics 46',
    ),
    Mutant(
        "the judge: a session needs no policy",
        "judge/decide.py",
        'if who["kind"] in {"FederatedUser", "FederatedRoot"}:',
        "if not who:",
    ),
    Mutant(
        "the judge: addresses are compared as numbers",
        "judge/values.py",
        "return one[0] == whole[0] and ",
        "return ",
    ),
    Mutant(
        "the judge: a year has 365 days",
        "judge/values.py",
        "days = date(int(year), int(month or 1), int(day or 1)).toordinal() - _UNIX",
        "days = 365 * int(year) + 30 * int(month or 1) + int(day or 1) - _UNIX",
    ),
)
