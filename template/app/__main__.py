"""`python -m app`: the service as it runs in production."""

import sys

from app import settings
from app.process import logs
from app.process.server import Config, Server
from app.process.workers import Workers


def main() -> bool:
    """Whether it ended well."""
    if sys.argv[1:]:
        sys.exit("It takes no arguments: .env.example has its settings, as variables.")
    config = settings.load()
    logs.configure(config.log_level, config.log_format)
    server_config = Config(
        "app.main:create_app",
        factory=True,
        host=config.host,
        port=config.port,
        workers=config.workers,
        http="app.process.protocol:Protocol",
        access_log=False,  # app.http.middleware has one
        log_config=None,
        ws="none",  # "auto" once there are web sockets
        forwarded_allow_ips=config.forwarded_allow_ips,
        header_timeout=config.header_timeout,
        timeout_keep_alive=config.keep_alive_timeout,
        timeout_graceful_shutdown=config.shutdown_timeout,
        timeout_worker_healthcheck=60,
    )
    if config.workers > 1:
        workers = Workers(server_config)
        workers.run()
        return not workers.failed
    server = Server(server_config)
    server.run()
    return server.started


sys.exit(not main())
