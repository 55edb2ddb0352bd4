"""The seal: AWS Signature Version 4, both ways, without I/O."""
