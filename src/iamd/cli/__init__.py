"""The porter: the command line."""
