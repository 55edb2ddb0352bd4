"""The door for browsers: it has no powers of its own, since every click is an operation that somebody calls."""
