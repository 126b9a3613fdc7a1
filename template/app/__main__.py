"""`python -m app`: the service as it runs in production."""

import uvicorn

from app import settings

config = settings.load()
uvicorn.run(
    "app.main:create_app",
    factory=True,
    host=config.host,
    port=config.port,
    access_log=False,  # app.web.requests has one
    log_config=None,
    ws="none",  # "auto" once there are web sockets
    timeout_graceful_shutdown=config.shutdown_timeout,
)
