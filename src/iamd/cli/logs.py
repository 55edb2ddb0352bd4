"""
Logs: lines of JSON on standard error, one event each, whoever writes them.

JSON escapes control characters, so that nothing that a client sends can begin a line of its own (R-79).
"""

import logging
import sys
from typing import Any

import structlog


def log_to_stderr(level: str) -> None:
    """
    Set up logging for this process; *level* is a setting's.

    Libraries that log by Python's own means are heard from warnings on, and all of them at the level ``debug``.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # In one piece: several processes may write to the same file.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    of_libraries: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=of_libraries,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if number <= logging.DEBUG else max(number, logging.WARNING))
    logging.captureWarnings(capture=True)
