"""The gate: the AWS Query protocol, driven by the service models."""
