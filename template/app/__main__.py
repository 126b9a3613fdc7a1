"""`python -m app`: the service as it runs in production."""

import sys

import uvicorn

from app import settings
from app.process.server import Server

config = settings.load()
server = Server(
    uvicorn.Config(
        "app.main:create_app",
        factory=True,
        host=config.host,
        port=config.port,
        access_log=False,  # app.http.middleware has one
        log_config=None,
        ws="none",  # "auto" once there are web sockets
        timeout_keep_alive=75,  # longer than load balancers keep theirs
        timeout_graceful_shutdown=config.shutdown_timeout,
    )
)
server.run()
sys.exit(not server.started)
