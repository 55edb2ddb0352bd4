"""The operations of Organizations, one module for each noun."""
