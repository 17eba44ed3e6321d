"""What a live page asks beside its content."""

from __future__ import annotations

from urllib.parse import urlencode

from collector.config import get_settings
from collector.tickets import stream_ticket

_STREAM_PATH = "/api/v1/stream"


def stream_url() -> str:
    """Where the browser listens for ticks, with what lets it in for the next minute."""
    ticket = stream_ticket(get_settings())
    return f"{_STREAM_PATH}?{urlencode({'ticket': ticket})}" if ticket else _STREAM_PATH
