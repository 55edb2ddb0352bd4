"""The two families of errors: a document that may not be stored, and a decision that cannot be taken."""


class PolicyError(Exception):
    """
    A policy document is refused.

    Attributes:
        message: AWS's text of ``MalformedPolicyDocument`` where AWS has one.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EvaluationError(Exception):
    """
    A decision cannot be taken.

    Never leaves the package: `evaluate` turns it into a denial (semantics 61).
    """


class ExpansionTooLongError(EvaluationError):
    """Policy variables made a text longer than any ARN or condition value may be."""
