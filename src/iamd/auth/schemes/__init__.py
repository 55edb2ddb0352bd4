"""The ways of proving who one is, one module each."""
