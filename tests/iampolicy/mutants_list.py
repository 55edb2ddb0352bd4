"""The mistakes that `mutants` makes: those that evaluators of policies are known for, and some that only hurry makes."""

from typing import Final

from tests.iampolicy.mutants_of_conditions import CONDITIONS, OPERATORS, VALUES, VARIABLES
from tests.iampolicy.mutants_of_decisions import DECISION, JUDGE, MATCHING
from tests.iampolicy.mutants_of_statements import ACTIONS, PRINCIPALS, RESOURCES

MUTANTS: Final = (
    *CONDITIONS,
    *OPERATORS,
    *VALUES,
    *VARIABLES,
    *RESOURCES,
    *ACTIONS,
    *PRINCIPALS,
    *DECISION,
    *MATCHING,
    *JUDGE,
)
