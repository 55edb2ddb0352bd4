"""What a request asks for: which operation of which service, and which actions on which resources it needs."""
