"""The porter: what an operator or a developer types."""
