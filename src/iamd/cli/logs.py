"""
Logs: lines of JSON on standard error, one event each.

JSON escapes control characters, so that nothing that a client sends can begin a line of its own (R-79).
"""

import logging
import sys

import structlog


def log_to_stderr(level: str) -> None:
    """Set up logging for this process; *level* is a setting's."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # In one piece: several processes may write to the same file.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
