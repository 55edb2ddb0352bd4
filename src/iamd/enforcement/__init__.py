"""Doors for other systems: the gateway in front of services that have no IAM, and decisions for those that ask."""
