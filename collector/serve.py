"""Serves an ASGI app with uvicorn and our limits: `python -m collector.serve collector.main:create_app HOST PORT`."""

from __future__ import annotations

import logging
import sys

import uvicorn

from collector.protocol import BoundedProtocol

KEEP_ALIVE_S = 75
"""Longer than the five seconds between two batches of an OpenTelemetry SDK, so that connections are reused."""
GRACE_S = 10
"""Without it a half-open body would hold the shutdown for ever."""


def serve(app: str, host: str, port: int) -> None:
    """Serves `module:app`, or `module:create_app` as a factory, until SIGTERM."""
    for name in ("uvicorn.access", "uvicorn.error"):
        # Streamlit sets the levels of these loggers when it is imported; a filter stays.
        logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)
    uvicorn.run(
        app,
        host=host,
        port=port,
        factory=app.endswith(":create_app"),
        http=BoundedProtocol,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
