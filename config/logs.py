"""How the program speaks to its logs: one line an event, for people and machines."""

from __future__ import annotations

import sys
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
]


def logging_for(*, debug: bool) -> dict[str, Any]:
    """Django's LOGGING: coloured on a terminal, `key=value` in a file."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *([] if sys.stderr.isatty() else [structlog.processors.format_exc_info]),
                    _renderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False},
            "axes": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django.db.backends": {"level": "DEBUG" if debug else "WARNING"},
        },
    }


def _renderer() -> Any:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    return _line_then_trace


def _line_then_trace(logger: Any, method: str, event: dict[str, Any]) -> str:
    """One `key=value` line; the trace of an error below it as Python prints it."""
    trace = event.pop("exception", None)
    line = str(_LOGFMT(logger, method, event))
    return f"{line}\n{trace}" if trace else line


_LOGFMT = structlog.processors.LogfmtRenderer(
    key_order=["timestamp", "level", "logger", "event"], drop_missing=True
)
