"""What the service tells of itself: one JSON object a line, or text to read."""

import logging.config

from app.web.requests import REQUEST_ID

JSON = "pythonjsonlogger.json.JsonFormatter"
FORMATS = {
    "json": {
        "()": JSON,
        "fmt": "{asctime}{levelname}{name}{message}{request_id}",
        "style": "{",
        "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
    },
    "text": {"format": "%(asctime)s %(levelname)s %(message)s"},
}


def with_request_id(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    return True


def configure(level: str, form: str) -> None:
    """Log to standard error, uvicorn's own lines too."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": lambda: with_request_id}},
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
