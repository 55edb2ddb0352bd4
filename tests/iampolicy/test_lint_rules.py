"""Every rule of the lints: its two examples, its section of the documentation, and that nothing escapes them."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.iampolicy.cases import UNHURRIED
from tests.iampolicy.test_iampolicy_laws import actions, conditions, resources

from iamd.catalogue.services import AwsServices
from iampolicy import PolicyError, PolicyKind, validate
from iampolicy.lint import RULES, Rule, Severity, lint
from iampolicy.lints.rules import as_document

ROOT = Path(__file__).resolve().parents[2]
SERVICES = AwsServices()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_bad_example_has_the_finding_and_the_good_one_has_none(rule: Rule) -> None:
    bad = [finding for finding in lint(as_document(rule.bad), rule.kind, SERVICES) if finding.rule == rule.id]
    assert bad
    assert {(finding.severity, finding.link) for finding in bad} == {(rule.severity, rule.link)}
    assert lint(as_document(rule.good), rule.kind, SERVICES) == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_finds_what_it_can_without_knowledge(rule: Rule) -> None:
    found = {finding.rule for finding in lint(as_document(rule.bad), rule.kind)}
    assert (rule.id in found) != rule.knowing


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_good_examples_are_what_iam_takes(rule: Rule) -> None:
    validate(as_document(rule.good), rule.kind)


def test_each_rule_has_a_section_of_the_documentation() -> None:
    page = (ROOT / "docs" / "reference" / "lint-rules.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == list(RULES)
    assert {rule.link.partition("#")[2] for rule in RULES.values()} == set(RULES)


def test_ids_are_words_and_codes_are_awss() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in rule.aws)


def test_severities_are_in_order() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


statements = st.fixed_dictionaries(
    {},
    optional={
        "Sid": st.sampled_from(["A", "B", "", "a b", 1]),
        "Effect": st.sampled_from(["Allow", "Deny", "allow", None]),
        "Action": st.one_of(actions, st.lists(actions, max_size=2), st.just(1)),
        "NotAction": actions,
        "Resource": st.one_of(resources, st.lists(resources, max_size=2)),
        "NotResource": resources,
        "Principal": st.sampled_from(["*", "x", {}, {"AWS": []}, {"AWS": "*"}, {"AWS": "u*"}, {"X": "y"}]),
        "Condition": st.one_of(conditions, st.sampled_from([[], {"Bool": 1}, {"Null": {"a:b": {}}}])),
    },
)
documents = st.fixed_dictionaries(
    {"Statement": st.one_of(st.lists(statements, max_size=2), statements, st.just("x"))},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17", "2013-10-17", 1]), "Id": st.just(1)},
)


@UNHURRIED
@given(documents, st.sampled_from(list(PolicyKind)))
def test_what_iam_refuses_has_an_error(document: object, kind: PolicyKind) -> None:
    text = json.dumps(document)
    try:
        validate(text, kind)
    except PolicyError:
        assert Severity.ERROR in {finding.severity for finding in lint(text, kind, SERVICES)}


@UNHURRIED
@given(st.text(max_size=40), st.sampled_from(list(PolicyKind)))
def test_any_text_can_be_linted(text: str, kind: PolicyKind) -> None:
    assert all(finding.rule in RULES for finding in lint(text, kind))
