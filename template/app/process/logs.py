"""What the service tells of itself: one JSON object a line, or text to read."""

import logging.config
from contextvars import ContextVar

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
FORMATS = {
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": ["levelname", "name", "message", "request_id"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "timestamp": "time",
    },
    "text": {"format": "%(asctime)s %(levelname)s %(message)s"},
}


def add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    vars(record).pop("color_message", None)  # uvicorn's, for terminals
    return True


def configure(level: str, form: str) -> None:
    """Log to standard error, uvicorn's own lines too."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": lambda: add_request_id}},
            "formatters": {"line": FORMATS[form]},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
                    "filters": ["request"],
                }
            },
            "root": {"level": level, "handlers": ["stderr"]},
        }
    )
